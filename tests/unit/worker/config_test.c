/* Goal: a command line of trawl-worker means what it says, and one that means nothing is exit code 2 and one
 * line that names the option. */
#include "tests/unit/check.h"
#include "worker/config.h"

#include <fcntl.h>

static int saved_out = -1, saved_err = -1;
static FILE *said;

/* What config_parse prints goes to `said` until release. */
static void capture(void)
{
    said = tmpfile();
    assert_non_null(said);
    fflush(stdout), fflush(stderr);
    saved_out = dup(STDOUT_FILENO), saved_err = dup(STDERR_FILENO);
    dup2(fileno(said), STDOUT_FILENO), dup2(fileno(said), STDERR_FILENO);
}

static void release(char *text, size_t room)
{
    fflush(stdout), fflush(stderr);
    dup2(saved_out, STDOUT_FILENO), dup2(saved_err, STDERR_FILENO);
    close(saved_out), close(saved_err);
    rewind(said);
    text[fread(text, 1, room - 1, said)] = 0;
    fclose(said);
}

/* Parses a command line whose words are separated by single blanks. */
static int parse(struct config *config, const char *line, char *text, size_t room)
{
    static char words[2048];
    char *argv[32] = {"trawl-worker"}, *rest = words, *word;
    int argc = 1;
    snprintf(words, sizeof words, "%s", line);
    while (*line && (word = strsep(&rest, " ")))
        argv[argc++] = word;
    capture();
    int code = config_parse(config, argc, argv);
    release(text, room);
    return code;
}

static void what_is_given_is_taken(void **state)
{
    (void)state;
    struct config config;
    char text[8192];
    assert_int_equal(parse(&config, "--connect tcp://h:1", text, sizeof text), OPTIONS_RUN);
    assert_string_equal(text, "");
    assert_string_equal(config.connect, "tcp://h:1");
    assert_int_equal(config.workers, 1);
    assert_int_equal(config.slots, 64);
    assert_true(config.patience == 600.);
    assert_int_equal(config.log_format, 0);
    assert_false(config.quiet || config.verbose);
    char own[32];
    snprintf(own, sizeof own, "-%d", (int)getpid());
    assert_non_null(strstr(config.name, own));

    assert_int_equal(parse(&config,
                           "--connect ipc:///x -w 3 -c 7 --name a-1 --patience 0.5h -q -v --log-format json",
                           text, sizeof text),
                     OPTIONS_RUN);
    assert_int_equal(config.workers, 3);
    assert_int_equal(config.slots, 7);
    assert_true(config.patience == 1800.);
    assert_string_equal(config.name, "a-1");
    assert_int_equal(config.log_format, 1);
    assert_true(config.quiet && config.verbose);
}

#define LONG50 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const struct {
    const char *line;
    int code;
    const char *says;
} lines[] = {
    {"", 2, "--connect"},
    {"-w 2", 2, "--connect"},
    {"--connect", 2, "--connect"},
    {"--connect nonsense", 2, "is not an endpoint"},
    {"--connect tcp://h:1 -w 0", 2, "--workers"},
    {"--connect tcp://h:1 -w 1025", 2, "--workers"},
    {"--connect tcp://h:1 -w x", 2, "--workers"},
    {"--connect tcp://h:1 -c 0", 2, "--concurrency"},
    {"--connect tcp://h:1 -c 10001", 2, "--concurrency"},
    {"--connect tcp://h:1 --patience 0", 2, "--patience"},
    {"--connect tcp://h:1 --patience soon", 2, "--patience"},
    {"--connect tcp://h:1 --log-format xml", 2, "--log-format"},
    {"--connect tcp://h:1 --name=", 2, "--name"},
    {"--connect tcp://h:1 --name=a\tb", 2, "--name"},
    {"--connect tcp://h:1 --name=\xc3\xa4", 2, "--name"},
    {"--connect tcp://h:1 --name=a\x7f", 2, "--name"},
    {"--connect tcp://h:1 --name=" LONG50 LONG50 LONG50 LONG50 "n", 2, "--name"},
    {"--connect tcp://h:1 --name=" LONG50 LONG50 LONG50 LONG50, OPTIONS_RUN, ""},
    {"--connect tcp://h:1 --conc 3", 2, "--conc"},
    {"--connect tcp://h:1 stray", 2, "stray"},
    {"--help", 0, "--patience"},
    {"--version", 0, "libcurl/"},
    {"--version", 0, "libzmq "},
    {"--version", 0, "c-ares/"},
};

static void every_line_has_its_code_and_names_its_option(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct config config;
        char text[8192];
        int code = parse(&config, lines[i].line, text, sizeof text);
        if (code != lines[i].code || !strstr(text, lines[i].says))
            fail_msg("`%s`: %d, %s", lines[i].line, code, text);
        if (code == 2 && strchr(text, '\n') != text + strlen(text) - 1)
            fail_msg("`%s`: not one line: %s", lines[i].line, text);
    }
}

static void the_environment_fills_in(void **state)
{
    (void)state;
    struct config config;
    char text[8192];
    setenv("TRAWL_CONNECT", "tcp://env:9", 1);
    setenv("TRAWL_CONCURRENCY", "5", 1);
    assert_int_equal(parse(&config, "-c 6", text, sizeof text), OPTIONS_RUN);
    assert_string_equal(config.connect, "tcp://env:9");
    assert_int_equal(config.slots, 6);
    unsetenv("TRAWL_CONNECT");
    unsetenv("TRAWL_CONCURRENCY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_is_taken),
        cmocka_unit_test(every_line_has_its_code_and_names_its_option),
        cmocka_unit_test(the_environment_fills_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
