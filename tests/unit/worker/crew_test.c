/* Goal: N processes with the right arguments; one that dies is followed by one that is told what it died on
 * (D41); the first code that is not 0 is the crew's; a signal ends them all (D40). The test program is its
 * own crew: what a process does is named by --connect. */
#include "common/supervised.h"
#include "tests/unit/check.h"
#include "worker/crew.h"

#include <signal.h>
#include <sys/resource.h>

/* Runs a crew whose processes do `what`; what they said is in `said`. */
static char said[8192];
static FILE *file;

static int run_crew(const char *what, int workers, bool quiet)
{
    struct config config = {
        .connect = what, .workers = workers, .slots = 5, .name = "crew", .patience = 2.5, .quiet = quiet};
    file = tmpfile();
    int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    int code = crew_run(ev_default_loop(0), &config);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = 0;
    fclose(file);
    return code;
}

static void every_process_has_its_arguments(void **state)
{
    (void)state;
    assert_int_equal(run_crew("leave", 3, false), 0);
    for (int i = 1; i <= 3; i++) {
        char line[256];
        snprintf(line, sizeof line,
                 "trawl-worker --connect leave -w 1 -c 5 --patience 2.500 --log-format text --name crew-%d.",
                 i);
        if (!strstr(said, line))
            fail_msg("no `%s` in %s", line, said);
    }
    assert_int_equal(run_crew("leave", 2, true), 0);
    assert_non_null(strstr(said, " -q "));
}

/* D29: a shell gives 1,024 descriptors where the machine has many more. */
static void a_large_crew_has_its_descriptors(void **state)
{
    (void)state;
    struct rlimit before, few;
    getrlimit(RLIMIT_NOFILE, &before);
    few = before;
    few.rlim_cur = 20;
    setrlimit(RLIMIT_NOFILE, &few);
    assert_int_equal(run_crew("leave", 12, false), 0);
    setrlimit(RLIMIT_NOFILE, &before);
}

static void a_code_of_failure_is_the_crews(void **state)
{
    (void)state;
    assert_int_equal(run_crew("refused", 2, false), 2);
}

static void the_next_process_is_told_of_a_death(void **state)
{
    (void)state;
    assert_int_equal(run_crew("crash-once", 1, false), 0);
    assert_non_null(strstr(said, "died of signal 6"));
    assert_non_null(strstr(said, "told 1: signal 6 on 77"));
}

/* Both listen. */
static void on_time(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    ssize_t size = pread(fileno(file), said, sizeof said - 1, 0);
    said[size > 0 ? size : 0] = 0;
    const char *one = strstr(said, "waiting");
    if (!one || !strstr(one + 1, "waiting"))
        return;
    ev_timer_stop(loop, timer);
    raise(SIGTERM);
}

static void on_start(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    raise(SIGTERM);
}

static void a_signal_ends_all(void **state)
{
    (void)state;
    ev_timer timer;
    ev_timer_init(&timer, on_time, 0., 0.02);
    ev_timer_start(ev_default_loop(0), &timer);
    assert_int_equal(run_crew("wait", 2, false), 0);
    assert_non_null(strstr(said, "asked to leave"));
}

/* The first signal is taken by a crew that has just begun, and whoever it started may not listen yet. */
static void a_signal_at_once_ends_all(void **state)
{
    (void)state;
    ev_timer timer;
    ev_timer_init(&timer, on_start, 0., 0.);
    ev_timer_start(ev_default_loop(0), &timer);
    assert_int_equal(run_crew("wait", 2, false), 0);
}

static struct supervised_page *page;

static void on_term(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)watcher, (void)events;
    fprintf(stderr, "asked to leave\n");
    ev_break(loop, EVBREAK_ALL);
}

static int be_worker(int argc, char **argv)
{
    char line[1024] = "";
    for (int i = 0; i < argc; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", argv[i],
                 i + 1 < argc ? " " : ".\n");
    fputs(line, stderr);
    struct ev_loop *loop = ev_default_loop(0);
    page = supervised_join(loop, NULL, NULL);
    if (!strcmp(argv[2], "crash-once") && !page->death_count) {
        page->lease = 77;
        abort();
    }
    if (page->death_count)
        fprintf(stderr, "told %u: signal %d on %d\n", page->death_count, page->deaths[0].signal,
                (int)page->deaths[0].lease);
    if (!strcmp(argv[2], "wait")) {
        ev_signal term;
        ev_signal_init(&term, on_term, SIGTERM);
        ev_signal_start(loop, &term);
        fprintf(stderr, "waiting\n");
        ev_run(loop, 0);
    }
    page->leaving = 1;
    return !strcmp(argv[2], "refused") ? 2 : 0;
}

int main(int argc, char **argv)
{
    if (argc > 2)
        return be_worker(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_process_has_its_arguments),
        cmocka_unit_test(a_large_crew_has_its_descriptors),
        cmocka_unit_test(a_code_of_failure_is_the_crews),
        cmocka_unit_test(the_next_process_is_told_of_a_death),
        cmocka_unit_test(a_signal_ends_all),
        cmocka_unit_test(a_signal_at_once_ends_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
