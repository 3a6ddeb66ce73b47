/* Goal: a silent host reads and says nothing, lets go when the other side does, and what was asked is told
 * (H11). */
#include "bench/origin_silent.h"
#include "common/buf.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct buf told;

static void on_end(void *arg, int64_t host, const char *target, double asked)
{
    assert_ptr_equal(arg, &told);
    assert_true(asked > 0);
    buf_append_format(&told, "%d %s;", (int)host, target);
}

static int call(struct origin_silent *silent, int64_t host, const char *words)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    origin_silent_add(silent, ends[0], host);
    assert_int_equal(write(ends[1], words, strlen(words)), (ssize_t)strlen(words));
    return ends[1];
}

static void turn(struct ev_loop *loop)
{
    for (int i = 0; i < 20; i++)
        ev_run(loop, EVRUN_NOWAIT);
}

static void assert_told(const char *expected)
{
    buf_append_byte(&told, 0);
    assert_string_equal(told.data, expected);
    buf_reset(&told, 0);
}

static void nothing_is_said_until_the_other_side_ends(void **state)
{
    (void)state;
    static const struct {
        const char *words, *told;
    } cases[] = {
        {"GET /x.html HTTP/1.1\r\nHost: h\r\n\r\n", "7 /x.html;"},
        {"GET /x\r\n", "7 /x;"},
        {"", "7 ;"},
        {"GET /half", "7 ;"},
        {"\r\n", "7 ;"},
        {"GET\r\n a b", "7 ;"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char byte;
        struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
        struct origin_silent *silent = origin_silent_create(loop, on_end, &told);
        int client = call(silent, 7, cases[i].words);
        turn(loop);
        assert_int_equal(read(client, &byte, 1), -1);
        assert_int_equal(errno, EAGAIN);
        assert_told("");
        shutdown(client, SHUT_WR);
        turn(loop);
        assert_int_equal(read(client, &byte, 1), 0);
        assert_told(cases[i].told);
        close(client);
        origin_silent_destroy(&silent);
        ev_loop_destroy(loop);
    }
}

static void much_is_read_and_forgotten(void **state)
{
    (void)state;
    static char words[10000];
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct origin_silent *silent = origin_silent_create(loop, on_end, &told);
    memset(words, 'x', sizeof words - 1);
    memcpy(words, "GET /x y\r\n", 10);
    close(call(silent, 1, words));
    turn(loop);
    assert_told("1 /x;");
    origin_silent_destroy(&silent);
    ev_loop_destroy(loop);
}

static void who_is_left_is_told_of_at_the_end(void **state)
{
    (void)state;
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct origin_silent *silent = origin_silent_create(loop, on_end, &told);
    int first = call(silent, 1, "GET /a HTTP/1.1\r\n"), second = call(silent, 2, "GET /b HTTP/1.1\r\n");
    turn(loop);
    origin_silent_destroy(&silent);
    assert_null(silent);
    assert_told("1 /a;2 /b;");
    close(first);
    close(second);
    ev_loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_until_the_other_side_ends),
        cmocka_unit_test(much_is_read_and_forgotten),
        cmocka_unit_test(who_is_left_is_told_of_at_the_end),
    };
    buf_init(&told, 1000);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_clear(&told);
    return failed;
}
