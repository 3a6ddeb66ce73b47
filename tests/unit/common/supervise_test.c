/* Goal: a process that dies is started again and what it died on is known; one that leaves is not; none
 * outlives its parent (D1, D41). The test program is its own child: `supervise_test --name NAME` does what
 * NAME says. */
#include "common/supervise.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct ev_loop *loop;
static struct supervise *supervise;
static struct supervise_exit ends[10];
static int end_count, wanted_ends;
static char lines[4096];

static void on_line(void *arg, unsigned index, const char *line, size_t size)
{
    (void)arg;
    size_t used = strlen(lines);
    snprintf(lines + used, sizeof lines - used, "%u:%.*s\n", index, (int)size, line);
}

static void on_exit_(void *arg, const struct supervise_exit *end)
{
    (void)arg;
    ends[end_count++] = *end;
    supervise_tell_next(supervise, end->index, &end->death);
    if (end_count == wanted_ends)
        ev_break(loop, EVBREAK_ALL);
}

static void on_guard(struct ev_loop *l, ev_timer *timer, int events)
{
    (void)l, (void)timer, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void run_until_ends(const char *what, unsigned count, int wanted, double seconds)
{
    static const struct supervise_callbacks calls = {on_line, on_exit_};
    const char *argv[] = {"supervise_test", NULL};
    end_count = 0;
    wanted_ends = wanted;
    lines[0] = 0;
    loop = ev_default_loop(0);
    supervise = supervise_create(loop, count, "/proc/self/exe", argv, what, &calls, NULL);
    assert_int_equal(supervise_start(supervise), 0);
    ev_timer guard;
    ev_timer_init(&guard, on_guard, seconds, 0.);
    ev_timer_start(loop, &guard);
    ev_run(loop, 0);
    ev_timer_stop(loop, &guard);
}

static void a_crash_tells_its_lease_and_is_followed_by_a_new_process(void **state)
{
    (void)state;
    run_until_ends("crash", 1, 2, 20.);
    assert_int_equal(end_count, 2);
    assert_int_equal(ends[0].death.signal, SIGABRT);
    assert_int_equal(ends[0].death.lease, 77);
    assert_int_equal(ends[0].left, 0);
    assert_int_equal(ends[0].welcomed, 1);
    assert_int_not_equal(ends[0].pid, ends[1].pid);
    assert_memory_not_equal(ends[0].death.instance, ends[1].death.instance, SUPERVISED_ID_SIZE);
    assert_non_null(strstr(lines, "0:deaths told 0\n"));
    assert_non_null(strstr(lines, "0:deaths told 1\n"));
    supervise_destroy(&supervise);
    assert_null(supervise);
}

static void one_that_leaves_is_not_started_again(void **state)
{
    (void)state;
    run_until_ends("leave", 3, 4, 1.);
    assert_int_equal(end_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ends[i].left, 1);
        assert_int_equal(ends[i].death.exit_code, 0);
    }
    assert_int_equal(supervise_alive(supervise), 0);
    supervise_destroy(&supervise);
}

static void on_continue(struct ev_loop *l, ev_timer *timer, int events)
{
    (void)l, (void)timer, (void)events;
    const char *at = strstr(lines, "1:pid ");
    assert_non_null(at);
    kill((pid_t)atol(at + strlen("1:pid ")), SIGCONT);
}

/* Three places at once, because five seconds are long: the first hangs, the second is stopped by a signal and
 * needs its time after it goes on, the third turns its loop. */
static void one_that_hangs_is_ended_and_one_that_is_stopped_is_not(void **state)
{
    (void)state;
    ev_timer go_on;
    ev_timer_init(&go_on, on_continue, 6.5, 0.);
    ev_timer_start(ev_default_loop(0), &go_on);
    run_until_ends("stall", 3, 10, 8.9);
    assert_int_equal(end_count, 1);
    assert_int_equal(ends[0].index, 0);
    assert_int_equal(ends[0].left, 0);
    assert_int_equal(ends[0].death.stalled, 1);
    assert_int_equal(ends[0].death.signal, SIGKILL);
    assert_int_equal(ends[0].death.lease, 5);
    assert_int_equal(supervise_alive(supervise), 3);
    supervise_destroy(&supervise);
}

static int signal_to_newborn;

static void on_birth(void)
{
    if (signal_to_newborn)
        raise(signal_to_newborn);
}

static void on_term(struct ev_loop *l, ev_signal *watcher, int events)
{
    (void)l, (void)watcher, (void)events;
    fail_msg("the signal was the child's");
}

/* D40: its parent's handler would have taken note of it. */
static void a_signal_before_the_exec_is_not_lost(void **state)
{
    (void)state;
    ev_signal term;
    ev_signal_init(&term, on_term, SIGTERM);
    ev_signal_start(ev_default_loop(0), &term);
    pthread_atfork(NULL, NULL, on_birth);
    signal_to_newborn = SIGTERM;
    run_until_ends("wait", 1, 1, 20.);
    signal_to_newborn = 0;
    ev_signal_stop(ev_default_loop(0), &term);
    assert_int_equal(end_count, 1);
    assert_int_equal(ends[0].death.signal, SIGTERM);
    supervise_destroy(&supervise);
}

static void destroy_leaves_no_process(void **state)
{
    (void)state;
    run_until_ends("wait", 2, 1, 0.3);
    assert_int_equal(supervise_alive(supervise), 2);
    supervise_destroy(&supervise);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void wait_for_child_of(pid_t parent)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    for (int child = 0; !child; usleep(1000)) {
        FILE *children = fopen(path, "r");
        assert_non_null(children);
        child = fgetc(children) != EOF;
        fclose(children);
    }
}

/* The parent is a process of ours that starts a child and is killed; we, as the reaper of what it leaves, see
 * the child end by itself. */
static void a_killed_parent_leaves_no_orphan(void **state)
{
    (void)state;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t parent = fork();
    if (parent == 0) {
        static const struct supervise_callbacks calls = {on_line, on_exit_};
        const char *argv[] = {"supervise_test", NULL};
        supervise = supervise_create(ev_default_loop(0), 1, "/proc/self/exe", argv, "wait", &calls, NULL);
        supervise_start(supervise);
        pause();
    }
    wait_for_child_of(parent);
    kill(parent, SIGKILL);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    int status;
    assert_true(waitpid(-1, &status, 0) > 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void on_only_exit(void *arg, const struct supervise_exit *end)
{
    (void)arg;
    ends[end_count++] = *end;
    ev_break(ev_default_loop(0), EVBREAK_ALL);
}

/* As at the end of a crawl so short that a worker of it never came to say Hello. */
static void a_released_process_leaves(void **state)
{
    (void)state;
    static const struct supervise_callbacks calls = {on_line, on_only_exit};
    const char *argv[] = {"supervise_test", NULL};
    end_count = 0;
    supervise = supervise_create(ev_default_loop(0), 1, "/proc/self/exe", argv, "wait", &calls, NULL);
    assert_int_equal(supervise_start(supervise), 0);
    supervise_release(supervise);
    supervise_release(supervise);
    ev_run(ev_default_loop(0), 0);
    assert_int_equal(end_count, 1);
    assert_int_equal(ends[0].left, 1);
    assert_int_equal(ends[0].death.exit_code, 0);
    assert_int_equal(ends[0].death.signal, 0);
    supervise_destroy(&supervise);
}

static void a_missing_program_is_an_error(void **state)
{
    (void)state;
    static const struct supervise_callbacks calls = {on_line, on_exit_};
    const char *argv[] = {"nothing", NULL};
    supervise = supervise_create(ev_default_loop(0), 1, "/nowhere/trawl-worker", argv, "w", &calls, NULL);
    assert_int_equal(supervise_start(supervise), -1);
    supervise_destroy(&supervise);
}

/* D29: with the black boxes, the pipes, or the processes half had. */
static void want_of_descriptors_is_an_error(void **state)
{
    (void)state;
    static const struct supervise_callbacks calls = {on_line, on_exit_};
    const char *argv[] = {"supervise_test", NULL};
    struct rlimit before, few;
    getrlimit(RLIMIT_NOFILE, &before);
    loop = ev_default_loop(0);
    int first = dup(STDERR_FILENO), last = 0;
    close(first);
    for (int spare = 0; spare < 12; spare++) {
        supervise = supervise_create(loop, 20, "/proc/self/exe", argv, "leave", &calls, NULL);
        few = before;
        few.rlim_cur = (rlim_t)(first + spare);
        setrlimit(RLIMIT_NOFILE, &few);
        assert_int_equal(supervise_start(supervise), -1);
        assert_int_equal(errno, EMFILE);
        setrlimit(RLIMIT_NOFILE, &before);
        supervise_destroy(&supervise);
        last = dup(STDERR_FILENO);
        close(last);
        assert_int_equal(last, first);
    }
}

static void stop(void *arg)
{
    (void)arg;
    ev_break(ev_default_loop(0), EVBREAK_ALL);
}

static struct supervised_page *page;

static void on_turn(struct ev_loop *l, ev_timer *timer, int events)
{
    (void)l, (void)timer, (void)events;
    page->turns++;
}

static void stall(const char *name)
{
    if (!strcmp(name, "stall-1")) {
        page->lease = 5;
        pause();
    }
    if (!strcmp(name, "stall-2")) {
        raise(SIGSTOP);
        sleep(2);
    }
    ev_timer turn;
    ev_timer_init(&turn, on_turn, 0., 0.2);
    ev_timer_start(ev_default_loop(0), &turn);
    ev_run(ev_default_loop(0), 0);
}

static int be_child(const char *name)
{
    page = supervised_join(ev_default_loop(0), stop, NULL);
    signal(SIGPIPE, SIG_IGN); /* as a worker does, for its parent may be gone */
    fprintf(stderr, "deaths told %u\n", page->death_count);
    fprintf(stderr, "pid %d\n", (int)getpid());
    page->welcomed = 1;
    if (!strncmp(name, "crash", 5)) {
        page->lease = 77;
        abort();
    }
    if (!strncmp(name, "stall", 5))
        stall(name);
    if (!strncmp(name, "wait", 4))
        ev_run(ev_default_loop(0), 0);
    page->leaving = 1;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return be_child(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_tells_its_lease_and_is_followed_by_a_new_process),
        cmocka_unit_test(one_that_leaves_is_not_started_again),
        cmocka_unit_test(one_that_hangs_is_ended_and_one_that_is_stopped_is_not),
        cmocka_unit_test(a_signal_before_the_exec_is_not_lost),
        cmocka_unit_test(destroy_leaves_no_process),
        cmocka_unit_test(a_killed_parent_leaves_no_orphan),
        cmocka_unit_test(a_released_process_leaves),
        cmocka_unit_test(a_missing_program_is_an_error),
        cmocka_unit_test(want_of_descriptors_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
