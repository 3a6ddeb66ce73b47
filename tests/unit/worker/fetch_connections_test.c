/* Goal: a connection serves again where that is safe: no answer is taken for another, no dead one judges a
 * page, none is lent across policies (H12, H25, H27, H28, H38, H66). */
#include "tests/unit/worker/exchange.h"

/* Two exchanges with one fetcher, `pause` seconds apart; the ending is the second's. Returns how many
 * connections they took; *requests (may be NULL) how many requests were read. */
static unsigned exchange_twice(const struct raw_step *first, const struct raw_step *others, double pause,
                               bool guarded, unsigned *requests)
{
    const struct raw_step *scripts[] = {first, others};
    struct raw_server *server = raw_server_start(scripts, 2);
    struct fetcher *fetcher = new_fetcher(1 << 20, 3000);
    exchange(fetcher, "http", raw_server_port(server), true);
    assert_int_equal(ending.outcome, OUTCOME_OK);
    if (pause > 0)
        run_for(pause);
    exchange(fetcher, "http", raw_server_port(server), !guarded);
    unsigned connections = raw_server_connections(server);
    fetcher_destroy(&fetcher);
    if (requests)
        *requests = raw_server_requests(server);
    raw_server_stop(&server);
    return connections;
}

static void a_connection_is_used_again(void **state)
{
    (void)state;
    const struct raw_step *script =
        SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello"), RAW_READ, RAW_SEND(SOLID(5) "again"), RAW_HANG);
    assert_int_equal(exchange_twice(script, script, 0, false, NULL), 1);
    assert_ended(OUTCOME_OK, "again", false);
    assert_true(ending.private_address);
}

/* H66: what one visit may use another may not. */
static void a_private_connection_is_not_lent_to_a_guarded_exchange(void **state)
{
    (void)state;
    unsigned requests;
    const struct raw_step *script =
        SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello"), RAW_READ, RAW_SEND(SOLID(5) "again"), RAW_HANG);
    assert_int_equal(exchange_twice(script, script, 0, true, &requests), 1);
    assert_ended(OUTCOME_ADDRESS, "", false);
    assert_int_equal(requests, 1);
}

/* H12: once, and only where the connection was an old one. */
static void a_dead_old_connection_is_replaced_once(void **state)
{
    (void)state;
    unsigned requests;
    const struct raw_step *dies = SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello"), RAW_READ);
    assert_int_equal(exchange_twice(dies, SAYS(SOLID(5) "fresh"), 0, false, &requests), 2);
    assert_ended(OUTCOME_OK, "fresh", false);
    assert_int_equal(requests, 3);
    assert_int_equal(exchange_twice(dies, SCRIPT(RAW_READ), 0, false, &requests), 2);
    assert_ended(OUTCOME_EMPTY_REPLY, "", false);
    assert_int_equal(requests, 3);
    /* Closed while it was idle. */
    assert_int_equal(exchange_twice(SAYS(SOLID(5) "hello"), SAYS(SOLID(5) "fresh"), 0.05, false, &requests),
                     2);
    assert_ended(OUTCOME_OK, "fresh", false);
    assert_int_equal(requests, 2);
}

/* H12: libcurl gives up after five old connections that died. What the server says of the page is heard on a
 * fresh one. */
static void many_dead_old_connections_do_not_judge_a_page(void **state)
{
    (void)state;
    enum { OLD = 7 };
    const struct raw_step *dies = SCRIPT(RAW_READ, RAW_PAUSE(200), RAW_SEND(SOLID(0)), RAW_READ);
    const struct {
        const struct raw_step *fresh;
        enum outcome outcome;
    } ends[] = {{SAYS(SOLID(5) "fresh"), OUTCOME_OK}, {SCRIPT(RAW_READ), OUTCOME_EMPTY_REPLY}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const struct raw_step *scripts[OLD + 1];
        for (size_t k = 0; k < OLD; k++)
            scripts[k] = dies;
        scripts[OLD] = ends[i].fresh;
        struct raw_server *server = raw_server_start(scripts, OLD + 1);
        struct fetcher *fetcher = new_fetcher(1 << 20, 3000);
        char url[128];
        snprintf(url, sizeof url, "http://127.0.0.1:%u/", raw_server_port(server));
        memset(&ending, 0, sizeof ending);
        struct fetch_request request = {.url = url, .max_body = 1 << 20, .private_ok = true};
        for (int k = 0; k < OLD; k++)
            fetch_start(fetcher, &request, &ending);
        while (ending.times < OLD)
            run_for(5.);
        exchange(fetcher, "http", raw_server_port(server), true);
        assert_int_equal(ending.outcome, ends[i].outcome);
        assert_int_equal(raw_server_connections(server), OLD + 1);
        fetcher_destroy(&fetcher);
        raw_server_stop(&server);
    }
}

#define EVIL SOLID(4) "evil"

/* H25, H28, H38: bytes behind an answer are never taken for the next one. */
static void answers_are_never_mixed_up(void **state)
{
    (void)state;
    const struct {
        const char *name;
        const struct raw_step *first;
        double pause;
        bool kept;
    } cases[] = {
        {"H38 a whole answer behind the body",
         SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello" EVIL), RAW_READ, RAW_SEND(EVIL)), 0},
        {"H38 the same a little later",
         SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello"), RAW_PAUSE(20), RAW_SEND(EVIL), RAW_READ,
                RAW_SEND(EVIL)),
         0.08},
        /* libcurl drops what it read with the last chunk and keeps the connection: nothing is mixed up. */
        {"H38 behind the last chunk",
         SCRIPT(RAW_READ, RAW_SEND(CHUNKED "0\r\n\r\n" EVIL), RAW_READ, RAW_SEND(SOLID(5) "fresh")), 0, true},
        {"H38 behind the last chunk, later",
         SCRIPT(RAW_READ, RAW_SEND(CHUNKED "0\r\n\r\n"), RAW_PAUSE(20), RAW_SEND(EVIL), RAW_READ,
                RAW_SEND(EVIL)),
         0.08},
        {"H28 behind 204",
         SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 204 N\r\n\r\n" EVIL), RAW_READ, RAW_SEND(EVIL)), 0},
        {"H28 behind 204, later",
         SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 204 N\r\n\r\n"), RAW_PAUSE(20), RAW_SEND(EVIL), RAW_READ,
                RAW_SEND(EVIL)),
         0.08},
        {"H25 Content-Length and chunks",
         SCRIPT(RAW_READ,
                RAW_SEND(OK_HEAD
                         "Content-Length: 300\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
                RAW_READ, RAW_SEND(EVIL)),
         0},
        {"H27 a body cut at the ceiling",
         SCRIPT(RAW_READ, RAW_SEND(SOLID(2000000)), RAW_REPEAT(LINE100, 20000), RAW_READ, RAW_SEND(EVIL)), 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned connections =
            exchange_twice(cases[i].first, SAYS(SOLID(5) "fresh"), cases[i].pause, false, NULL);
        if (connections != (cases[i].kept ? 1 : 2) || ending.outcome != OUTCOME_OK ||
            strcmp(ending.body, "fresh") != 0)
            fail_msg("%s: %u connections, %s `%s`", cases[i].name, connections, outcome_name(ending.outcome),
                     ending.body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_connection_is_used_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_private_connection_is_not_lent_to_a_guarded_exchange, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_dead_old_connection_is_replaced_once, setup, teardown),
        cmocka_unit_test_setup_teardown(many_dead_old_connections_do_not_judge_a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_are_never_mixed_up, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
