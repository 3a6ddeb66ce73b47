/* Goal: a command line means what the manual says, and one that cannot be meant is one line and exit 2 before
 * anything is opened. */
#include "coordinator/config.h"
#include "coordinator/local.h"
#include "tests/unit/coordinator/rig.h"

/* Splits at spaces; ~ stands for a space inside a word. */
static int parse(struct config *config, const char *line)
{
    static char words[2000];
    static char *argv[50];
    int argc = 0;
    snprintf(words, sizeof words, "trawl %s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        for (char *at = word; *at; at++)
            *at = *at == '~' ? ' ' : *at;
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    return config_parse(config, argc, argv);
}

static const char *text(const char *string)
{
    return string ? string : "-";
}

static void describe(const struct config *c, char *out, size_t size)
{
    snprintf(out, size,
             "i=%s o=%s p=%s s=%s L=%s w=%d c=%d h=%d l=%d P=%d t=%g b=%zu r=%d g=%g ua=%s%s%s%s%s%s%s%s",
             text(c->input), text(c->output), text(c->pages), text(c->summary), text(c->listen),
             c->workers == local_cpus() ? -1 : c->workers, c->slots, c->per_host, c->links, c->parser,
             c->timeout, c->max_body, c->max_redirects, c->grace, c->user_agent_text,
             c->no_robots ? " no-robots" : "", c->no_header ? " no-header" : "",
             c->insecure ? " insecure" : "", c->quiet ? " quiet" : "", c->verbose ? " verbose" : "",
             c->all_schemes ? " all" : "", c->log_format ? " json" : "");
}

/* What holds unless it is said otherwise, from the workers on: as many as there are CPUs, shown as -1. */
#define WORKERS(w) " w=" #w " c=64 h=6 l=0 P=0 t=30 b=8388608 r=10 g=10 ua=trawl/" TRAWL_VERSION

static void command_lines_mean_what_the_manual_says(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {"http://a/", "i=- o=- p=- s=- L=-" WORKERS(-1)},
        {"-i list", "i=list o=- p=- s=- L=-" WORKERS(-1)},
        {"-i - -o rows --pages pages --summary sum", "i=- o=rows p=pages s=sum L=-" WORKERS(-1)},
        {"-w 1000 u", "i=- o=- p=- s=- L=-" WORKERS(1000)},
        {"--listen tcp://127.0.0.1:7777 u", "i=- o=- p=- s=- L=tcp://127.0.0.1:7777" WORKERS(0)},
        {"--listen tcp://127.0.0.1:7777 -w 900 u", "i=- o=- p=- s=- L=tcp://127.0.0.1:7777" WORKERS(900)},
        {"--listen ipc:///tmp/x -w 0 u", "i=- o=- p=- s=- L=ipc:///tmp/x" WORKERS(0)},
        {"--listen tcp://*:1 --insecure u", "i=- o=- p=- s=- L=tcp://*:1" WORKERS(0) " insecure"},
        {"-w 900 -c 5 --per-host 7 --links all --parser none --timeout 2m --max-body 1K --max-redirects 0 "
         "--grace 0 u",
         "i=- o=- p=- s=- L=- w=900 c=5 h=7 l=2 P=3 t=120 b=1024 r=0 g=0 ua=trawl/" TRAWL_VERSION},
        {"--links a --parser tidy u -w 900",
         "i=- o=- p=- s=- L=- w=900 c=64 h=6 l=1 P=2 t=30 b=8388608 r=10 g=10 ua=trawl/" TRAWL_VERSION},
        {"--contact mailto:me@a u", "i=- o=- p=- s=- L=-" WORKERS(-1) " (+mailto:me@a)"},
        {"--user-agent Me~1 u", "i=- o=- p=- s=- L=- w=-1 c=64 h=6 l=0 P=0 t=30 b=8388608 r=10 g=10 ua=Me 1"},
        {"--user-agent Me --contact x u",
         "i=- o=- p=- s=- L=- w=-1 c=64 h=6 l=0 P=0 t=30 b=8388608 r=10 g=10 ua=Me (+x)"},
        {"-q --no-robots --no-header --log-format json u",
         "i=- o=- p=- s=- L=-" WORKERS(-1) " no-robots no-header quiet json"},
        {"-v u", "i=- o=- p=- s=- L=-" WORKERS(-1) " verbose"},
        {"--all-schemes u", "i=- o=- p=- s=- L=-" WORKERS(-1) " all"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config;
        char got[1000];
        assert_int_equal(parse(&config, cases[i].line), OPTIONS_RUN);
        describe(&config, got, sizeof got);
        assert_string_equal(got, cases[i].expected);
        config_clear(&config);
    }
}

static void following_is_off_until_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {"u", "d=0 scope=0 filters= pages=0 per-host=0 time=0 delay=0 retries=2"},
        {"-d 3 u", "d=3 scope=0 filters= pages=0 per-host=0 time=0 delay=0 retries=2"},
        {"--depth=1 --scope domain u", "d=1 scope=1 filters= pages=0 per-host=0 time=0 delay=0 retries=2"},
        {"-d1 --scope any --respect-nofollow u",
         "d=1 scope=2 filters= pages=0 per-host=0 time=0 delay=0 retries=2 respect-nofollow"},
        {"-d1 --exclude a --include=b --exclude ^c$ u",
         "d=1 scope=0 filters= exclude:a include:b exclude:^c$ pages=0 per-host=0 time=0 delay=0 retries=2"},
        {"--max-pages 1000000000000 --max-per-host 7 --max-time 2h --delay 0.25 --retries 0 u",
         "d=0 scope=0 filters= pages=1000000000000 per-host=7 time=7200 delay=0.25 retries=0"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config;
        char got[1000], filters[300] = "";
        assert_int_equal(parse(&config, cases[i].line), OPTIONS_RUN);
        for (size_t j = 0; j < config.filters.count; j++)
            sprintf(filters + strlen(filters), " %s:%s", config.filters.options[j], config.filters.words[j]);
        snprintf(got, sizeof got,
                 "d=%d scope=%d filters=%s pages=%lld per-host=%lld time=%g delay=%g retries=%d%s",
                 config.depth, config.scope, filters, (long long)config.max_pages,
                 (long long)config.max_per_host, config.max_time, config.delay, config.retries,
                 config.respect_nofollow ? " respect-nofollow" : "");
        assert_string_equal(got, cases[i].expected);
        assert_int_equal(config.filter != NULL, config.filters.count > 0);
        config_clear(&config);
        assert_null(config.filter);
    }
}

/* What the environment says comes behind what the command line does. */
static void filters_come_from_the_environment_too(void **state)
{
    (void)state;
    struct config config;
    setenv("TRAWL_INCLUDE", "b", 1);
    setenv("TRAWL_DEPTH", "4", 1);
    assert_int_equal(parse(&config, "--exclude a u"), OPTIONS_RUN);
    unsetenv("TRAWL_INCLUDE");
    unsetenv("TRAWL_DEPTH");
    assert_int_equal(config.depth, 4);
    assert_true(filter_allows(config.filter, "http://x/b", 10));
    assert_false(filter_allows(config.filter, "http://x/ab", 11));
    config_clear(&config);
}

static void credentials_stand_behind_other_headers(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
        size_t credentials;
    } cases[] = {
        {"u", "", 0},
        {"-H A:1 --header B:~2 u", "A:1|B: 2|", 0},
        {"-H Cookie:1 u", "Cookie:1|", 1},
        {"-H Cookie:1 -H A:1 -H authorization:2 -H B:1 -H Cookie:3 u",
         "A:1|B:1|Cookie:1|authorization:2|Cookie:3|", 3},
        {"-H Cookie:1 -H Cookie:2 -H A:1 u", "A:1|Cookie:1|Cookie:2|", 2},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config;
        char got[300] = "";
        assert_int_equal(parse(&config, cases[i].line), OPTIONS_RUN);
        for (size_t j = 0; j < config.headers.count; j++)
            sprintf(got + strlen(got), "%s|", config.headers.words[j]);
        assert_string_equal(got, cases[i].expected);
        assert_int_equal(config.credentials, cases[i].credentials);
        config_clear(&config);
    }
}

static void proxies_are_urls_of_what_libcurl_speaks(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "--proxy http://127.0.0.1:3128 u",
        "--proxy https://proxy.example:443 -k u",
        "--proxy socks5h://me:secret@[::1]:1 u",
        "--proxy socks4a://h --listen ipc:///tmp/x u",
        "--proxy socks5://me@h --listen tcp://127.0.0.1:1 u",
        "--proxy http://h:1 --listen tcp://*:1 --insecure u",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config;
        assert_int_equal(parse(&config, cases[i]), OPTIONS_RUN);
        assert_non_null(config.proxy);
        assert_int_equal(config.no_verify, strstr(cases[i], " -k") != NULL);
        config_clear(&config);
    }
}

static void an_option_that_can_do_nothing_is_one_warning(void **state)
{
    (void)state;
    static const struct {
        const char *line, *named; /* NULL: nothing is said */
    } cases[] = {
        {"u", NULL},
        {"-d 1 --scope any --include a --respect-nofollow u", NULL},
        {"--max-pages 5 --max-per-host 5 --max-time 5 --delay 1 u", NULL},
        {"--scope any u", ": --scope can do nothing\n"},
        {"--exclude a --include b u", ": --include and --exclude can do nothing\n"},
        {"--respect-nofollow u", ": --respect-nofollow can do nothing\n"},
        {"--scope domain --include b --respect-nofollow u",
         ": --scope, --include and --exclude, --respect-nofollow can do nothing\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config;
        assert_int_equal(parse(&config, cases[i].line), OPTIONS_RUN);
        rig_listen();
        config_warn(&config);
        const char *heard = rig_heard();
        config_clear(&config);
        assert_int_equal(rig_times(heard, "\n"), cases[i].named != NULL);
        if (cases[i].named && !strstr(heard, cases[i].named))
            fail_msg("%s", heard);
    }
}

static void arguments_are_urls_in_their_order(void **state)
{
    (void)state;
    struct config config;
    assert_int_equal(parse(&config, "http://a/ -q http://b/ -- -x"), OPTIONS_RUN);
    assert_int_equal(config.urls.count, 3);
    assert_string_equal(config.urls.words[0], "http://a/");
    assert_string_equal(config.urls.words[2], "-x");
    config_clear(&config);
    assert_int_equal(config.urls.count, 0);
}

static void what_cannot_be_meant_is_one_line_and_exit_2(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"", "no URLs"},
        {"-w 4", "no URLs"},
        {"-w 0 u", "--workers: 0 leaves no worker"},
        {"-w -1 u", "workers"},
        {"-w 1025 u", "workers"},
        {"-c 0 u", "concurrency"},
        {"-q -v u", "contradict"},
        {"--per-host 0 u", "per-host"},
        {"--timeout 0 u", "timeout"},
        {"--max-redirects 101 u", "max-redirects"},
        {"--listen tcp://*:7777 u", "--insecure"},
        {"--listen tcp://0.0.0.0:7777 u", "--insecure"},
        {"--listen tcp://10.0.0.1:7777 u", "--insecure"},
        {"--listen tcp://localhost.evil:1 u", "--insecure"},
        {"--user-agent a\tb u", "--user-agent holds a byte"}, /* H32: no header may be slipped in */
        {"--contact a\r\nX:b u", "--contact holds a byte"},
        {"--user-agent \xc3\xa4 u", "--user-agent holds a byte"},
        {"--parser lynx u", "parser"},
        {"--fresh u", "--fresh needs --state DIR"},
        {"--fresh --state d", "no URLs"},
        {"--workerz 4 u", "--workers"},
        {"-d -1 u", "depth"},
        {"-d 65536 u", "depth"},
        {"--scope hosts u", "--scope: 'hosts' is not one of host, domain, any"},
        {"--include ( u", "--include '(': Unmatched ( or \\("},
        {"--include a --exclude [z-a] u", "--exclude '[z-a]': Invalid range end"},
        {"--exclude= u", "--exclude '': it is empty"},
        {"--exclude \033[2J u", "--exclude '\\x1b[2J': "}, /* H89 */
        {"--retries -1 u", "retries"},
        {"-H Accept u", "--header Accept: write 'Name: value'"},
        {"-H A:b\r\nC:d u", "--header A: write 'Name: value'"}, /* H32 */
        {"-H Host:x u", "--header Host: trawl says that itself"},
        {"--header user-agent:x u", "--header user-agent: --user-agent is for that"},
        {"--proxy proxy.example:80 u", "--proxy is no URL"},
        {"--proxy ftp://h u", "--proxy is no URL"},
        {"--proxy socks5://me:secret@/ u", "--proxy is no URL"},
        {"-H Cookie:secret --listen tcp://10.0.0.1:1 --insecure u", "--header holds a secret"},
        {"--proxy http://a:secret@h:1 --listen tcp://*:1 --insecure u", "--proxy holds a secret"},
        {"--max-pages 1K u", "max-pages"},
        {"--max-time -1 u", "max-time"},
        {"--delay 1e9 u", "delay"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config;
        rig_listen();
        int code = parse(&config, cases[i].line);
        const char *heard = rig_heard();
        config_clear(&config);
        assert_int_equal(code, 2);
        assert_int_equal(rig_times(heard, "\n"), 1);
        assert_int_equal(strncmp(heard, "trawl: ", 7), 0);
        if (!strstr(heard, cases[i].why))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].why, heard);
        assert_null(strstr(heard, ":secret"));
    }
}

/* And what the command line says is not the environment's. */
static void a_complaint_of_a_variable_names_it(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *value, *line, *why;
    } cases[] = {
        {"TRAWL_PROXY", "nonsense", "u", "trawl: TRAWL_PROXY is no URL of a proxy"},
        {"TRAWL_PROXY", "nonsense", "--proxy other u", "trawl: --proxy is no URL of a proxy"},
        {"TRAWL_WORKERS", "0", "u", "trawl: TRAWL_WORKERS: 0 leaves no worker"},
        {"TRAWL_WORKERS", "9", "-w 0 u", "trawl: --workers: 0 leaves no worker"},
        {"TRAWL_FRESH", "1", "u", "trawl: TRAWL_FRESH needs --state DIR"},
        {"TRAWL_LISTEN", "7", "u", "trawl: TRAWL_LISTEN: '7' is not an endpoint"},
        {"TRAWL_HEADER", "Host:x", "u", "trawl: TRAWL_HEADER Host: trawl says that itself"},
        {"TRAWL_EXCLUDE", "[", "--include a u", "trawl: TRAWL_EXCLUDE '[': Unmatched"},
        {"TRAWL_EXCLUDE", "a", "--include [ u", "trawl: --include '[': Unmatched"},
        {"TRAWL_CONTACT", "\t", "u", "trawl: TRAWL_CONTACT holds a byte"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config;
        setenv(cases[i].variable, cases[i].value, 1);
        rig_listen();
        int code = parse(&config, cases[i].line);
        const char *heard = rig_heard();
        unsetenv(cases[i].variable);
        config_clear(&config);
        assert_int_equal(code, 2);
        assert_int_equal(rig_times(heard, "\n"), 1);
        if (strncmp(heard, cases[i].why, strlen(cases[i].why)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", heard, cases[i].why);
    }
}

static void more_headers_than_a_message_holds_are_refused(void **state)
{
    (void)state;
    static char *argv[2 * MESSAGE_HEADERS_MAX + 5];
    struct config config;
    int argc = 0;
    argv[argc++] = "trawl";
    argv[argc++] = "u";
    for (int i = 0; i < MESSAGE_HEADERS_MAX; i++) {
        argv[argc++] = "-H";
        argv[argc++] = "A: b";
    }
    assert_int_equal(config_parse(&config, argc, argv), OPTIONS_RUN);
    config_clear(&config);
    argv[argc++] = "-HA: b";
    rig_listen();
    int code = config_parse(&config, argc, argv);
    const char *heard = rig_heard();
    config_clear(&config);
    assert_int_equal(code, 2);
    assert_non_null(strstr(heard, "65 are too many"));
}

static void an_overlong_user_agent_is_refused_not_cut(void **state)
{
    (void)state;
    struct config config;
    char line[700] = "--user-agent ";
    memset(line + 13, 'x', 600);
    strcpy(line + 613, " u");
    rig_listen();
    int code = parse(&config, line);
    const char *heard = rig_heard();
    config_clear(&config);
    assert_int_equal(code, 2);
    assert_non_null(strstr(heard, "user-agent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_lines_mean_what_the_manual_says),
        cmocka_unit_test(following_is_off_until_asked_for),
        cmocka_unit_test(filters_come_from_the_environment_too),
        cmocka_unit_test(credentials_stand_behind_other_headers),
        cmocka_unit_test(proxies_are_urls_of_what_libcurl_speaks),
        cmocka_unit_test(an_option_that_can_do_nothing_is_one_warning),
        cmocka_unit_test(arguments_are_urls_in_their_order),
        cmocka_unit_test(what_cannot_be_meant_is_one_line_and_exit_2),
        cmocka_unit_test(a_complaint_of_a_variable_names_it),
        cmocka_unit_test(more_headers_than_a_message_holds_are_refused),
        cmocka_unit_test(an_overlong_user_agent_is_refused_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
