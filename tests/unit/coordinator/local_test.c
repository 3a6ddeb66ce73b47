/* Goal: local workers live in a directory of the user's own that is gone with the run; a missing or broken
 * worker program ends the run with a reason. The test runs a copy of itself with a shell script for a worker
 * program beside it. */
#include "coordinator/local.h"
#include "coordinator/wire.h"
#include "tests/unit/coordinator/rig.h"

#include <sys/stat.h>
#include <sys/wait.h>

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    ev_loop_destroy(rig.crawl.loop);
    rig.crawl.loop = ev_default_loop(0);
    rig.config.slots = 64;
    rig.config.workers = 1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    wire_destroy(&rig.crawl.wire);
    local_destroy(&rig.crawl.local);
    assert_null(rig.crawl.local);
    rig_break(&rig);
    return 0;
}

static void there_is_a_cpu(void **state)
{
    (void)state;
    assert_in_range(local_cpus(), 1, sysconf(_SC_NPROCESSORS_CONF));
}

static void a_missing_program_is_one_line(void **state)
{
    (void)state;
    rig_listen();
    struct local *local = local_create(&rig.crawl);
    const char *heard = rig_heard();
    assert_null(local);
    assert_int_equal(rig_times(heard, "\n"), 1);
    assert_non_null(strstr(heard, "/trawl-worker: the worker program is missing"));
}

/* ---- with a program beside it ---------------------------------------------------------------------- */

static void the_directory_is_the_users_own_and_goes_with_the_run(void **state)
{
    (void)state;
    struct stat file;
    char directory[4096];
    rig.crawl.local = local_create(&rig.crawl);
    assert_non_null(rig.crawl.local);
    const char *endpoint = local_endpoint(rig.crawl.local);
    assert_int_equal(strncmp(endpoint, "ipc://", 6), 0);
    snprintf(directory, sizeof directory, "%s", endpoint + 6);
    *strrchr(directory, '/') = 0;
    assert_int_equal(stat(directory, &file), 0);
    assert_int_equal(file.st_mode & 07777, 0700);
    rig.crawl.wire = wire_create(&rig.crawl, endpoint, NULL);
    assert_non_null(rig.crawl.wire);
    assert_null(wire_endpoint(rig.crawl.wire)); /* that is not for remote ones */
    assert_int_equal(local_alive(rig.crawl.local), 0);
    wire_destroy(&rig.crawl.wire);
    local_destroy(&rig.crawl.local);
    assert_int_equal(stat(directory, &file), -1);
}

static void a_directory_that_cannot_be_made_is_one_line(void **state)
{
    (void)state;
    setenv("TRAWL_TMPDIR", "/no/such", 1);
    rig_listen();
    struct local *local = local_create(&rig.crawl);
    const char *heard = rig_heard();
    unsetenv("TRAWL_TMPDIR");
    assert_null(local);
    assert_int_equal(rig_times(heard, "\n"), 1);
    assert_non_null(strstr(heard, "/no/such/trawl-"));
}

static void on_guard(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* The script says a line and leaves with 3, each time. */
static void workers_that_die_before_they_say_hello_end_the_run(void **state)
{
    (void)state;
    ev_timer guard;
    rig.crawl.local = local_create(&rig.crawl);
    rig.crawl.wire = wire_create(&rig.crawl, local_endpoint(rig.crawl.local), NULL);
    ev_timer_init(&guard, on_guard, 20., 0.);
    ev_timer_start(rig.crawl.loop, &guard);
    rig_listen();
    int started = local_start(rig.crawl.local);
    ev_run(rig.crawl.loop, 0);
    const char *heard = rig_heard();
    ev_timer_stop(rig.crawl.loop, &guard);
    assert_int_equal(started, 0);
    assert_int_equal(rig.crawl.end, CRAWL_FAILED);
    assert_int_equal(rig_times(heard, "left with exit code 3"), 3);
    assert_int_equal(rig_times(heard, "three workers in a row died"), 1);
    assert_non_null(strstr(heard, "said --connect ipc://"));
    assert_int_equal(roster_worker(rig.crawl.roster, "local-1")->deaths, 3);
    local_stop(rig.crawl.local);
    assert_int_equal(local_alive(rig.crawl.local), 0);
}

static int run_beside_a_program(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_directory_is_the_users_own_and_goes_with_the_run, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_directory_that_cannot_be_made_is_one_line, setup, teardown),
        cmocka_unit_test_setup_teardown(workers_that_die_before_they_say_hello_end_the_run, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

static void copy_self(const char *to)
{
    char bytes[65536];
    ssize_t got;
    int from = open("/proc/self/exe", O_RDONLY), fd = open(to, O_WRONLY | O_CREAT, 0700);
    while ((got = read(from, bytes, sizeof bytes)) > 0)
        assert_int_equal(write(fd, bytes, (size_t)got), got);
    close(from);
    close(fd);
}

static void with_a_program_beside_it(void **state)
{
    (void)state;
    char directory[] = "/tmp/trawl-local-XXXXXX", self[60], program[60];
    assert_non_null(mkdtemp(directory));
    snprintf(self, sizeof self, "%s/local_test", directory);
    snprintf(program, sizeof program, "%s/trawl-worker", directory);
    copy_self(self);
    FILE *script = fopen(program, "w");
    fputs("#!/bin/sh\necho said $1 $2 >&2\nexit 3\n", script);
    fclose(script);
    chmod(program, 0700);
    pid_t pid = fork();
    if (pid == 0) {
        execl(self, self, "beside", NULL);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    unlink(self);
    unlink(program);
    rmdir(directory);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
    (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_a_cpu),
        cmocka_unit_test_setup_teardown(a_missing_program_is_one_line, setup, teardown),
        cmocka_unit_test(with_a_program_beside_it),
    };
    return argc > 1 ? run_beside_a_program() : cmocka_run_group_tests(tests, NULL, NULL);
}
