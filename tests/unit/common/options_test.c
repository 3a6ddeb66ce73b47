/* Goal: a command line means what the table says, the environment and the standards fill the rest, and
 * whatever is wrong is one line that names the option, the value or the option that was meant. */
#include "common/options.h"
#include "tests/unit/check.h"

struct settings {
    bool quiet, no_robots, fresh;
    int workers, per_host;
    double delay;
    size_t max_body;
    const char *output;
    int scope;
    struct options_list headers;
    int parent;
};

static const struct options_row rows[] = {
    {.help = "What and where:"},
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .standard = "-",
     .help = "Write the links to FILE",
     OPTIONS_STRING(struct settings, output)},
    {.name = "workers",
     .letter = 'w',
     .argument = "N",
     .help = "Start N local workers (one for each processor)",
     OPTIONS_INTEGER(struct settings, workers, 0, 512)},
    {.name = "links",
     .standard = "host",
     .help = "Which links",
     OPTIONS_CHOICE(struct settings, scope, "host|domain|any")},
    {.help = "Manners:"},
    {.name = "per-host",
     .argument = "N",
     .standard = "6",
     .help = "Requests in flight for each host over all workers together, however many they are",
     OPTIONS_INTEGER(struct settings, per_host, 1, 1024)},
    {.name = "delay",
     .argument = "SECONDS",
     .standard = "0",
     .help = "Wait between requests",
     OPTIONS_SECONDS(struct settings, delay, 0, 86400)},
    {.name = "max-body",
     .argument = "SIZE",
     .standard = "8M",
     .help = "Longest page",
     OPTIONS_BYTES(struct settings, max_body, 1, 1 << 30)},
    {.name = "no-robots", .help = "For your own sites", OPTIONS_FLAG(struct settings, no_robots)},
    {.name = "header",
     .letter = 'H',
     .argument = "LINE",
     .help = "Send LINE",
     OPTIONS_LIST(struct settings, headers)},
    {.name = "trailer", .argument = "LINE", .help = "Send it last", OPTIONS_LIST(struct settings, headers)},
    {.name = "fresh", .help = "Start again", OPTIONS_FLAG(struct settings, fresh)},
    {.name = "quiet", .letter = 'q', .help = "Errors only", OPTIONS_FLAG(struct settings, quiet)},
    {.name = "parent",
     .hidden = true,
     .argument = "FD",
     .help = "Not shown",
     OPTIONS_INTEGER(struct settings, parent, 0, 99)},
    {0},
};

static const struct options_program program = {
    .name = "trawl",
    .arguments = "[URL...]",
    .summary = "Fetches pages and writes every link it finds.",
    .rows = rows,
    .notes = "Example:\n  trawl -o links.tsv https://example.com/\n",
    .libraries = "libzmq 4.3.4\nlibcurl 7.88.1\n",
};

/* One parsed command line with all it printed. */
struct outcome {
    int code;
    struct settings settings;
    struct options_list arguments;
    char *out, *err;
};

/* Splits at spaces; ~ stands for a space inside a word. */
static struct outcome parse(const struct options_program *of, const char *line)
{
    struct outcome outcome = {.settings = {.workers = -1}};
    static char words[1000];
    char *argv[50] = {words};
    int argc = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        for (char *at = word; *at; at++)
            *at = *at == '~' ? ' ' : *at;
        argv[argc++] = word;
    }
    size_t out_size, err_size;
    FILE *out = open_memstream(&outcome.out, &out_size), *err = open_memstream(&outcome.err, &err_size);
    outcome.code = options_parse(of, argc, argv, &outcome.settings, &outcome.arguments, out, err);
    fclose(out);
    fclose(err);
    return outcome;
}

static void outcome_clear(struct outcome *outcome)
{
    options_list_clear(&outcome->arguments);
    options_list_clear(&outcome->settings.headers);
    free(outcome->out);
    free(outcome->err);
}

/* All settings and arguments as one line. */
static void describe(const struct outcome *outcome, char *out, size_t size)
{
    const struct settings *s = &outcome->settings;
    int used = snprintf(out, size, "o=%s w=%d l=%d p=%d d=%g b=%zu%s%s%s", s->output, s->workers, s->scope,
                        s->per_host, s->delay, s->max_body, s->no_robots ? " no-robots" : "",
                        s->fresh ? " fresh" : "", s->quiet ? " quiet" : "");
    for (size_t i = 0; i < s->headers.count; i++)
        used += snprintf(out + used, size - (size_t)used, " %c=%s",
                         strcmp(s->headers.options[i], "header") ? 'T' : 'H', s->headers.words[i]);
    for (size_t i = 0; i < outcome->arguments.count; i++)
        used += snprintf(out + used, size - (size_t)used, " [%s]", outcome->arguments.words[i]);
}

static void command_lines_mean_what_the_table_says(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {"trawl", "o=- w=-1 l=0 p=6 d=0 b=8388608"},
        {"trawl u v", "o=- w=-1 l=0 p=6 d=0 b=8388608 [u] [v]"},
        {"trawl -qw4 u -o - -", "o=- w=4 l=0 p=6 d=0 b=8388608 quiet [u] [-]"},
        {"trawl -q -qw5 --quiet", "o=- w=5 l=0 p=6 d=0 b=8388608 quiet"},
        {"trawl --per-host=9 --links any", "o=- w=-1 l=2 p=9 d=0 b=8388608"},
        {"trawl --delay 1.5 --max-body=64K --no-robots --fresh",
         "o=- w=-1 l=0 p=6 d=1.5 b=65536 no-robots fresh"},
        {"trawl -H A:~1 --header=B:~2 -HC", "o=- w=-1 l=0 p=6 d=0 b=8388608 H=A: 1 H=B: 2 H=C"},
        {"trawl --trailer=A -HB --trailer=C", "o=- w=-1 l=0 p=6 d=0 b=8388608 T=A H=B T=C"},
        {"trawl -q -- -w --nonsense", "o=- w=-1 l=0 p=6 d=0 b=8388608 quiet [-w] [--nonsense]"},
        {"trawl -o -- u", "o=-- w=-1 l=0 p=6 d=0 b=8388608 [u]"},
        {"trawl -o -q u", "o=-q w=-1 l=0 p=6 d=0 b=8388608 [u]"},
        {"trawl --output=a=b u", "o=a=b w=-1 l=0 p=6 d=0 b=8388608 [u]"},
        {"trawl --output= u", "o= w=-1 l=0 p=6 d=0 b=8388608 [u]"},
        {"trawl --parent 7", "o=- w=-1 l=0 p=6 d=0 b=8388608"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct outcome outcome = parse(&program, cases[i].line);
        char settings[500];
        assert_string_equal(outcome.err, "");
        assert_string_equal(outcome.out, "");
        assert_int_equal(outcome.code, OPTIONS_RUN);
        describe(&outcome, settings, sizeof settings);
        assert_string_equal(settings, cases[i].expected);
        outcome_clear(&outcome);
    }
}

static void what_is_wrong_is_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {"trawl --link", "unknown option --link: did you mean --links?"},
        {"trawl --link any", "unknown option --link: did you mean --links?"},
        {"trawl --per-hots=3", "unknown option --per-hots: did you mean --per-host?"},
        {"trawl --per", "unknown option --per: did you mean --per-host?"},
        {"trawl --host 3", "unknown option --host: did you mean --per-host?"},
        {"trawl --ost 3", "unknown option --ost: see --help"},
        {"trawl --delays", "unknown option --delays: did you mean --delay?"},
        {"trawl -Z", "unknown option -Z: see --help"},
        {"trawl --robots", "unknown option --robots: did you mean --no-robots?"},
        {"trawl --versoin", "unknown option --versoin: did you mean --version?"},
        {"trawl --paren 1", "unknown option --paren: see --help"},
        {"trawl --frobnicate", "unknown option --frobnicate: see --help"},
        {"trawl u --fresh=yes", "option --fresh takes no value"},
        {"trawl --h", "unknown option --h: did you mean --header?"},
        {"trawl -links", "unknown option -links: did you mean --links?"},
        {"trawl -Q", "unknown option -Q: did you mean -q (--quiet)?"},
        {"trawl -qW4", "unknown option -W: did you mean -w (--workers)?"},
        {"trawl -f", "unknown option -f: did you mean --fresh?"},
        {"trawl -9", "unknown option -9: see --help"},
        {"trawl -o", "option --output needs a value (FILE)"},
        {"trawl u -qo", "option --output needs a value (FILE)"},
        {"trawl --links", "option --links needs a value (host|domain|any)"},
        {"trawl --per-host nine", "--per-host: 'nine' is not a whole number from 1 to 1024"},
        {"trawl --per-host=", "--per-host: '' is not a whole number from 1 to 1024"},
        {"trawl -qw-1", "--workers: '-1' is not a whole number from 0 to 512"},
        {"trawl --links img", "--links: 'img' is not one of host, domain, any"},
        {"trawl --delay 1w",
         "--delay: '1w' is not a time in seconds from 0 to 1d, such as 0.5, 30, 10m, 2h or 1d"},
        {"trawl --max-body 2G",
         "--max-body: '2G' is not a size in bytes from 1 to 1G, such as 65536, 64K, 8M or 1G"},
        {"trawl --links a\n\033[2Jb", "--links: 'a\\x0a\\x1b[2Jb' is not one of host, domain, any"},
        {"trawl --w\xc3\xa4rkers", "unknown option --w\\xc3\\xa4rkers: did you mean --workers?"},
        {"trawl -w 4 -w5", "--workers was given twice: it takes one value (N)"},
        {"trawl -o a u --output=a", "--output was given twice: it takes one value (FILE)"},
        {"trawl --links any --links any", "--links was given twice: it takes one value (host|domain|any)"},
        {"trawl --delay x --bogus", "unknown option --bogus: see --help"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct outcome outcome = parse(&program, cases[i].line);
        char line[500];
        snprintf(line, sizeof line, "trawl: %s\n", cases[i].expected);
        assert_string_equal(outcome.err, line);
        assert_string_equal(outcome.out, "");
        assert_int_equal(outcome.code, 2);
        outcome_clear(&outcome);
    }
}

static void endless_words_stay_one_short_line(void **state)
{
    (void)state;
    char line[900] = "trawl --";
    memset(line + 8, 'x', sizeof line - 9);
    struct outcome outcome = parse(&program, line);
    assert_int_equal(outcome.code, 2);
    assert_ptr_equal(strchr(outcome.err, '\n'), outcome.err + strlen(outcome.err) - 1);
    outcome_clear(&outcome);
    memcpy(line + 6, "--links=", 8);
    outcome = parse(&program, line);
    assert_int_equal(outcome.code, 2);
    assert_non_null(strstr(outcome.err, "xxx' is not one of host, domain, any\n"));
    assert_true(strlen(outcome.err) < 300);
    outcome_clear(&outcome);
}

static void the_environment_fills_what_the_command_line_left_open(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *value, *line, *expected;
        int code;
    } cases[] = {
        {"TRAWL_PER_HOST", "2", "trawl", "o=- w=-1 l=0 p=2 d=0 b=8388608", OPTIONS_RUN},
        {"TRAWL_PER_HOST", "2", "trawl --per-host 3", "o=- w=-1 l=0 p=3 d=0 b=8388608", OPTIONS_RUN},
        {"TRAWL_PER_HOST", "", "trawl", "o=- w=-1 l=0 p=6 d=0 b=8388608", OPTIONS_RUN},
        {"TRAWL_PER_HOST", "x", "trawl", "trawl: TRAWL_PER_HOST: 'x' is not a whole number from 1 to 1024\n",
         2},
        {"TRAWL_PER_HOST", "x", "trawl --per-host 3", "o=- w=-1 l=0 p=3 d=0 b=8388608", OPTIONS_RUN},
        {"TRAWL_NO_ROBOTS", "yes", "trawl", "o=- w=-1 l=0 p=6 d=0 b=8388608 no-robots", OPTIONS_RUN},
        {"TRAWL_NO_ROBOTS", "0", "trawl", "o=- w=-1 l=0 p=6 d=0 b=8388608", OPTIONS_RUN},
        {"TRAWL_NO_ROBOTS", "maybe", "trawl",
         "trawl: TRAWL_NO_ROBOTS: 'maybe' is not 1, yes, true, 0, no or false\n", 2},
        {"TRAWL_HEADER", "A: 1", "trawl", "o=- w=-1 l=0 p=6 d=0 b=8388608 H=A: 1", OPTIONS_RUN},
        {"TRAWL_HEADER", "A: 1", "trawl -H B", "o=- w=-1 l=0 p=6 d=0 b=8388608 H=B", OPTIONS_RUN},
        {"TRAWL_HEADER", "A", "trawl --trailer B", "o=- w=-1 l=0 p=6 d=0 b=8388608 T=B H=A", OPTIONS_RUN},
        {"TRAWL_HELP", "1", "trawl", "o=- w=-1 l=0 p=6 d=0 b=8388608", OPTIONS_RUN},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        setenv(cases[i].variable, cases[i].value, 1);
        struct outcome outcome = parse(&program, cases[i].line);
        unsetenv(cases[i].variable);
        char settings[500];
        describe(&outcome, settings, sizeof settings);
        assert_int_equal(outcome.code, cases[i].code);
        assert_string_equal(outcome.code == 2 ? outcome.err : settings, cases[i].expected);
        outcome_clear(&outcome);
    }
}

static void help_shows_the_table_in_80_columns(void **state)
{
    (void)state;
    static const char *const shown[] = {
        "Usage: trawl [OPTION...] [URL...]\nFetches pages and writes every link it finds.\n",
        "\n What and where:\n",
        "  -o, --output=FILE          Write the links to FILE (-)\n",
        "      --links=host|domain|any   Which links (host)\n",
        "      --max-body=SIZE        Longest page (8M)\n",
        "  -H, --header=LINE          Send LINE; may be given again\n",
        "  -h, --help                 Show this help\n",
        "\nExample:\n  trawl -o links.tsv https://example.com/\n",
        "10m, 2h, 1d",
        "64K, 8M, 1G",
        "TRAWL_QUIET",
    };
    struct outcome outcome = parse(&program, "trawl -q --help --nonsense");
    assert_int_equal(outcome.code, 0);
    assert_string_equal(outcome.err, "");
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        if (!strstr(outcome.out, shown[i]))
            fail_msg("missing: %s in:\n%s", shown[i], outcome.out);
    assert_null(strstr(outcome.out, "--parent"));
    assert_null(strstr(outcome.out, "Mandatory"));
    for (char *line = strtok(outcome.out, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(strlen(line) < 80);
    outcome_clear(&outcome);
    outcome = parse(&program, "trawl -qh");
    assert_int_equal(outcome.code, 0);
    outcome_clear(&outcome);
}

static void help_speaks_of_what_the_program_takes(void **state)
{
    (void)state;
    static const struct options_row few[] = {
        {.name = "no-robots", .help = "Not shown", OPTIONS_FLAG(struct settings, no_robots)}, {0}};
    struct options_program bare = {.name = "trawl-few", .summary = "Takes a flag.", .rows = few};
    struct outcome outcome = parse(&bare, "trawl-few --help");
    assert_non_null(strstr(outcome.out, "TRAWL_NO_ROBOTS"));
    assert_null(strstr(outcome.out, "10m"));
    assert_null(strstr(outcome.out, "64K"));
    outcome_clear(&outcome);
}

static void what_cannot_be_shown_is_an_error(void **state)
{
    (void)state;
    static const char *const options[] = {"--help", "--version"};
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        char *argv[] = {"trawl", (char *)(uintptr_t)options[i], NULL}, *said, expected[100];
        struct settings settings = {0};
        struct options_list arguments;
        size_t size;
        FILE *out = fopen("/dev/full", "w"), *err = open_memstream(&said, &size);
        assert_int_equal(options_parse(&program, 2, argv, &settings, &arguments, out, err), 1);
        fclose(out);
        fclose(err);
        snprintf(expected, sizeof expected, "trawl: cannot write what %s shows: No space left on device\n",
                 options[i]);
        assert_string_equal(said, expected);
        options_list_clear(&arguments);
        free(said);
    }
}

static void version_names_the_libraries(void **state)
{
    (void)state;
    struct outcome outcome = parse(&program, "trawl --version");
    assert_int_equal(outcome.code, 0);
    assert_string_equal(outcome.out, "trawl " TRAWL_VERSION "\nlibzmq 4.3.4\nlibcurl 7.88.1\n");
    outcome_clear(&outcome);
}

static void a_program_without_arguments_takes_none(void **state)
{
    (void)state;
    struct options_program bare = {.name = "trawl-worker", .summary = "Works.", .rows = rows};
    struct outcome outcome = parse(&bare, "trawl-worker -q stray");
    assert_int_equal(outcome.code, 2);
    assert_string_equal(outcome.err, "trawl-worker: unexpected argument 'stray'\n");
    outcome_clear(&outcome);
    outcome = parse(&bare, "trawl-worker --version");
    assert_string_equal(outcome.out, "trawl-worker " TRAWL_VERSION "\n");
    outcome_clear(&outcome);
}

static void a_program_complains_like_the_table(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *err = open_memstream(&text, &size);
    assert_int_equal(options_complain(&program, err, "-w %d needs --listen\n", 0), 2);
    fclose(err);
    assert_string_equal(text, "trawl: -w 0 needs --listen\\x0a\n");
    free(text);
}

static void variables_are_cut_to_their_room(void **state)
{
    (void)state;
    char name[12];
    options_variable(&rows[5], name, sizeof name);
    assert_string_equal(name, "TRAWL_PER_H");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_lines_mean_what_the_table_says),
        cmocka_unit_test(what_is_wrong_is_one_line),
        cmocka_unit_test(endless_words_stay_one_short_line),
        cmocka_unit_test(the_environment_fills_what_the_command_line_left_open),
        cmocka_unit_test(help_shows_the_table_in_80_columns),
        cmocka_unit_test(help_speaks_of_what_the_program_takes),
        cmocka_unit_test(what_cannot_be_shown_is_an_error),
        cmocka_unit_test(version_names_the_libraries),
        cmocka_unit_test(a_program_without_arguments_takes_none),
        cmocka_unit_test(a_program_complains_like_the_table),
        cmocka_unit_test(variables_are_cut_to_their_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
