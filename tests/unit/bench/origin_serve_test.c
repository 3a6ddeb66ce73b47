/* Goal: each host answers for its own pages, or not at all, late answers do not wait for each other, what is
 * too much is refused, all answers are logged, and a signal ends it in good order. */
#include "tests/unit/bench/served.h"
#include "tests/unit/check.h"

#include <time.h>

static const struct world usual = {.seed = 1, .pages = 2000, .links = 10, .size = 4000, .hosts = 20};

static void what_is_not_there_is_404_and_only_reading_is_allowed(void **state)
{
    (void)state;
    static const struct {
        int64_t host;
        const char *request;
        const char *status;
    } cases[] = {
        {0, "GET /robots.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"},
        {0, "GET /a0/b0/1.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"},
        {1, "GET /a0/b0/1.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200"},
        {1, "GET /a0/b0/1.html?a=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200"},
        {1, "HEAD /a0/b0/1.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200"},
        {1, "POST /a0/b0/1.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
         "405"},
    };
    static char answer[ANSWER_MOST];
    struct server server = serve(usual, 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int cause;
        assert_true(read_answer(ask(&server, cases[i].host, cases[i].request), answer, &cause) > 0);
        assert_memory_equal(answer + 9, cases[i].status, 3);
    }
    stop(&server, SIGINT);
}

/* Hundreds of connections wait at once, and are answered in about the time one takes. */
static void late_answers_do_not_wait_for_each_other(void **state)
{
    (void)state;
    enum { MANY = 500 };
    static char answer[ANSWER_MOST];
    struct world slow = usual;
    struct timespec began, ended;
    int fds[MANY], cause;
    slow.latency = 300;
    struct server server = serve(slow, 1);
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int i = 0; i < MANY; i++)
        fds[i] = ask(&server, 1, "GET /a0/b0/1.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < MANY; i++)
        assert_true(read_answer(fds[i], answer, &cause) > 0);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    double took = (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) * 1e-9;
    assert_true(took >= 0.29);
    assert_true(took <
                0.3 * MANY / 4); /* no measure of speed: one after the other would take four times as long */
    /* Stopped while someone waits. */
    int waiting = ask(&server, 1, "GET /a0/b0/1.html HTTP/1.1\r\nHost: x\r\n\r\n");
    usleep(50000);
    stop(&server, SIGTERM);
    close(waiting);
}

static void the_log_has_a_line_for_each_answer(void **state)
{
    (void)state;
    static char answer[ANSWER_MOST];
    char host[40], target[200];
    double asked, answered;
    int cause, status;
    struct server server = serve(usual, 1);
    FILE *log = fdopen(dup(fileno(server.log)), "r");
    read_answer(
        ask(&server, 1, "GET /a0/b0/1.html?x=\x01\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        answer, &cause);
    stop(&server, SIGTERM);
    rewind(log);
    assert_int_equal(fscanf(log, "%lf\t%39s\t%199s\t%d\t%lf\n", &asked, host, target, &status, &answered), 5);
    assert_string_equal(host, "127.0.0.2");
    assert_string_equal(target, "/a0/b0/1.html?x=??");
    assert_int_equal(status, 200);
    assert_true(asked > 0 && answered >= asked);
    assert_int_equal(fgetc(log), EOF);
    fclose(log);
}

/* Who was killed while it waited has no answer, and the log says so. */
static void the_log_tells_who_left_before_the_answer(void **state)
{
    (void)state;
    struct world slow = usual;
    double asked, answered;
    int status;
    slow.latency = 100;
    struct server server = serve(slow, 1);
    FILE *log = fdopen(dup(fileno(server.log)), "r");
    close(ask(&server, 1, "GET /a0/b0/1.html HTTP/1.1\r\nHost: x\r\n\r\n"));
    usleep(300000);
    stop(&server, SIGTERM);
    rewind(log);
    assert_int_equal(fscanf(log, "%lf\t%*s\t%*s\t%d\t%lf\n", &asked, &status, &answered), 3);
    assert_int_equal(status, 0);
    assert_true(answered >= asked + 0.099);
    fclose(log);
}

static void what_is_too_much_is_refused(void **state)
{
    (void)state;
    static char answer[ANSWER_MOST];
    static const char *const asked[] = {"/robots.txt", "/a0/b0/1.html", "/a0/b0/1.html"};
    static const char *const expected[] = {"404", "429", "200"};
    struct origin_limit_settings settings = {
        .first = 1, .status = 429, .after = ORIGIN_LIMIT_SECONDS, .seconds = 12};
    struct origin_limit *limit = origin_limit_create(&settings, usual.hosts);
    struct server server = serve_limited(usual, 1, limit);
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        char request[100];
        int cause;
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                 asked[i]);
        read_answer(ask(&server, 1, request), answer, &cause);
        assert_memory_equal(answer + 9, expected[i], 3);
        assert_int_equal(strstr(answer, "\r\nRetry-After: 12\r\n") != NULL, i == 1);
    }
    stop(&server, SIGTERM);
    origin_limit_destroy(&limit);
}

/* The log says when the connection was taken; the client ends it. */
static void a_silent_host_keeps_silent(void **state)
{
    (void)state;
    static char answer[ANSWER_MOST];
    char host[40], target[200];
    double asked, answered;
    int status;
    struct world world = usual;
    world.silent_hosts = 1;
    struct server server = serve(world, 1);
    FILE *log = fdopen(dup(fileno(server.log)), "r");
    int fd = ask(&server, world.hosts - 1, "GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n"), cause;
    read_answer(ask(&server, 1, "GET /a0/b0/1.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), answer,
                &cause);
    assert_memory_equal(answer + 9, "200", 3);
    shutdown(fd, SHUT_WR);
    assert_int_equal(read_answer(fd, answer, &cause), 0);
    assert_int_equal(cause, 0);
    stop(&server, SIGTERM);
    rewind(log);
    assert_int_equal(
        fscanf(log, "%*[^\n]\n%lf\t%39s\t%199s\t%d\t%lf\n", &asked, host, target, &status, &answered), 5);
    assert_string_equal(host, "127.0.0.20");
    assert_string_equal(target, "/robots.txt");
    assert_int_equal(status, 0);
    assert_true(answered >= asked);
    fclose(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_404_and_only_reading_is_allowed),
        cmocka_unit_test(late_answers_do_not_wait_for_each_other),
        cmocka_unit_test(the_log_has_a_line_for_each_answer),
        cmocka_unit_test(the_log_tells_who_left_before_the_answer),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(a_silent_host_keeps_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
