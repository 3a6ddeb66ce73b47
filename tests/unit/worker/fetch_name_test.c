/* Goal: a URL's host becomes an address that this visit may use, without libcurl ever asking for a name:
 * failures are told apart (H1, H2), a slow name server holds nobody up (H5), what is no name is not asked for
 * (H6), several addresses are tried within the time for one (H3, H10), private ones behind a name are refused
 * (H8), connections are used again, and an exchange given up during its look-up leaves nothing behind. */
#include "tests/unit/dns_server.h"
#include "tests/unit/worker/exchange.h"

#include <sys/socket.h>

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct dns_name table[] = {
    {.name = "here.test", .ipv4 = "127.0.0.1", .ttl = 300},
    {.name = "also.test", .ipv4 = "127.0.0.1", .ttl = 300},
    {.name = "second.test", .ipv4 = "127.0.0.5 127.0.0.1", .ttl = 300},
    {.name = "fourth.test", .ipv4 = "127.0.0.5 127.0.0.6 127.0.0.7 127.0.0.1", .ttl = 300},
    {.name = "fifth.test", .ipv4 = "127.0.0.5 127.0.0.6 127.0.0.7 127.0.0.8 127.0.0.1", .ttl = 300},
    {.name = "mute.test", .ipv4 = "127.0.0.9 127.0.0.1", .ttl = 300},
    {.name = "six.test", .ipv6 = "::1", .ttl = 300},
    {.name = "empty.test"},
    {.name = "servfail.test", .code = 2},
    {.name = "silent.test", .silent = 1},
    {.name = "late.test", .ipv4 = "127.0.0.1", .ttl = 300, .ms = 50},
    {.name = NULL},
};

static const struct raw_step *const answers = SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello"), RAW_AGAIN);

static struct dns_server *names;
static struct raw_server *server;
static struct fetcher *fetcher;

/* ---- a server, a name server, and exchanges with them ---------------------------------------------- */

static void make_fetcher(const char *proxy, uint32_t timeout_ms)
{
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    settings.timeout_ms = 10000;
    settings.connect_timeout_ms = timeout_ms;
    settings.user_agent = "trawl/test";
    settings.proxy = (char *)proxy;
    fetcher = fetcher_create(loop, 4, &settings, &callbacks);
    assert_non_null(fetcher);
    struct resolve_sources sources = {.servers = dns_server_address(names), .hosts = "/dev/null"};
    assert_int_equal(fetcher_look_up_in(fetcher, &sources), 0);
}

static int begin(void **state)
{
    setup(state);
    memset(&ending, 0, sizeof ending);
    names = dns_server_start(table);
    server = raw_server_start(&answers, 1);
    make_fetcher("", 5000);
    return 0;
}

static int end(void **state)
{
    fetcher_destroy(&fetcher);
    raw_server_stop(&server);
    dns_server_stop(&names);
    return teardown(state);
}

static struct fetch *start(const char *host, bool private_ok)
{
    char url[1024];
    int before = ending.times;
    snprintf(url, sizeof url, "http://%s:%u/page", host, raw_server_port(server));
    struct fetch_request request = {.url = url, .max_body = 1000, .private_ok = private_ok};
    struct fetch *fetch = fetch_start(fetcher, &request, &ending);
    assert_int_equal(ending.times, before); /* not from within fetch_start, whatever is known */
    return fetch;
}

static void fetch_from(const char *host, bool private_ok)
{
    memset(&ending, 0, sizeof ending);
    start(host, private_ok);
    run_for(20.);
    assert_int_equal(ending.times, 1);
}

/* ---- outcomes -------------------------------------------------------------------------------------- */

/* At most so many questions: the dot at their ends keeps this machine's search list out. */
static const struct {
    const char *host;
    enum outcome outcome;
    unsigned questions;
    bool guarded;
    const char *error; /* a part of it */
} rows[] = {
    {"127.0.0.1", OUTCOME_OK, 0, .error = ""},
    {"127.0.0.1", OUTCOME_ADDRESS, 0, true, "not a public address"},
    {"[::1]", OUTCOME_CONNECT, 0, .error = "::1"},
    {"localhost", OUTCOME_OK, 0, .error = ""},
    {"any.name.localhost", OUTCOME_OK, 0, .error = ""},
    {"localhost", OUTCOME_ADDRESS, 0, true, "not a public address"},
    {"here.test.", OUTCOME_OK, 1, .error = ""},
    {"here.test.", OUTCOME_ADDRESS, 1, true, "not a public address"}, /* H8 */
    {"second.test.", OUTCOME_OK, 1, .error = ""},
    {"second.test.", OUTCOME_ADDRESS, 1, true, "not a public address"},
    {"fourth.test.", OUTCOME_OK, 1, .error = ""},
    {"fifth.test.", OUTCOME_CONNECT, 1, .error = "127.0.0.8: Connection refused"}, /* H3 */
    {"six.test.", OUTCOME_CONNECT, 2, .error = "::1: Connection refused"},
    {"nxdomain.test.", OUTCOME_DNS, 1, .error = "not found"}, /* H1 */
    {"empty.test.", OUTCOME_DNS, 2, .error = "no data"},
    {"servfail.test.", OUTCOME_DNS_TEMPORARY, 8, .error = "contact"}, /* H2 */
    {"a..test", OUTCOME_DNS, 0, .error = "not a name"},               /* H6 */
    {LABEL63 "a.test", OUTCOME_DNS, 0, .error = "not a name"},
    {LABEL63 "." LABEL63 "." LABEL63 "." LABEL63 "." LABEL63 ".test", OUTCOME_DNS, 0, .error = "not a name"},
};

/* Each as a first time, and again when its answer is known. */
static void every_host_has_its_outcome(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fetcher_destroy(&fetcher);
        make_fetcher("", 5000);
        unsigned before = dns_server_questions(names);
        for (int times = 0; times < 2; times++) {
            fetch_from(rows[i].host, !rows[i].guarded);
            if (ending.outcome != rows[i].outcome || !strcasestr(ending.error, rows[i].error) ||
                (*ending.error == 0) != (*rows[i].error == 0))
                fail_msg("%s: %s (%s)", rows[i].host, outcome_name(ending.outcome), ending.error);
        }
        if (dns_server_questions(names) - before > rows[i].questions)
            fail_msg("%s: %u questions", rows[i].host, dns_server_questions(names) - before);
    }
}

static void a_refused_address_is_not_connected_to(void **state)
{
    (void)state;
    fetch_from("second.test.", false);
    fetch_from("127.0.0.1", false);
    assert_int_equal(raw_server_connections(server), 0);
    assert_false(ending.private_address);
    fetch_from("second.test.", true);
    assert_true(ending.private_address);
}

static void silence_of_the_name_server_has_an_end(void **state)
{
    (void)state;
    fetcher_destroy(&fetcher);
    make_fetcher("", 200);
    fetch_from("silent.test.", true);
    assert_int_equal(ending.outcome, OUTCOME_DNS_TEMPORARY);
    assert_string_equal(ending.error, "the name servers did not answer in time");
    assert_true(ending.dns_us > 0 && ending.dns_us == ending.total_us);
    fetch_from("silent.test.", true); /* who waits for a question that is open already ends like the first */
    assert_int_equal(ending.outcome, OUTCOME_DNS_TEMPORARY);
}

/* H5 */
static void a_slow_look_up_holds_nobody_up(void **state)
{
    (void)state;
    struct fetch *waits = start("silent.test.", true);
    for (int i = 0; i < 5; i++) {
        fetch_from("here.test.", true);
        assert_int_equal(ending.outcome, OUTCOME_OK);
    }
    fetch_cancel(&waits);
}

static void the_time_of_a_look_up_is_told(void **state)
{
    (void)state;
    fetch_from("late.test.", true);
    assert_int_equal(ending.outcome, OUTCOME_OK);
    assert_true(ending.dns_us > 0);
    assert_true(ending.first_byte_us >= ending.dns_us + ending.connect_us);
    assert_true(ending.total_us >= ending.first_byte_us);
}

/* ---- addresses ------------------------------------------------------------------------------------- */

/* H10: an address that is silent leaves time for the one behind it. Its queue of connections is full, so that
 * the kernel drops what comes. */
static void a_silent_address_is_left_for_the_next(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)raw_server_port(server))};
    inet_pton(AF_INET, "127.0.0.9", &at.sin_addr);
    int mute = socket(AF_INET, SOCK_STREAM, 0), queue[4];
    assert_int_equal(bind(mute, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(mute, 0), 0);
    for (size_t i = 0; i < COUNT_OF(queue); i++) {
        queue[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(queue[i], (struct sockaddr *)&at, sizeof at);
    }
    fetcher_destroy(&fetcher);
    make_fetcher("", 600);
    fetch_from("127.0.0.9", true);
    assert_int_equal(ending.outcome, OUTCOME_TIMEOUT_CONNECT);
    fetch_from("mute.test.", true);
    assert_int_equal(ending.outcome, OUTCOME_OK);
    for (size_t i = 0; i < COUNT_OF(queue); i++)
        close(queue[i]);
    close(mute);
}

/* ---- connections ----------------------------------------------------------------------------------- */

static void a_connection_is_used_again_by_name(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        fetch_from("second.test.", true); /* also one to an address that was not the first */
        fetch_from("here.test.", true);
    }
    assert_int_equal(raw_server_connections(server), 2);
    assert_int_equal(dns_server_questions(names), 2);
    assert_int_equal(ending.dns_us, 0);
    fetch_from("also.test.", true); /* another name at the same address has a connection of its own */
    fetch_from("127.0.0.1", true);
    assert_int_equal(raw_server_connections(server), 4);
    fetch_from("here.test.", true);
    assert_int_equal(raw_server_connections(server), 4);
}

static void a_proxy_is_given_the_name(void **state)
{
    (void)state;
    char proxy[64];
    fetcher_destroy(&fetcher);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", raw_server_port(server));
    make_fetcher(proxy, 5000);
    fetch_from("nxdomain.test.", false);
    assert_int_equal(ending.outcome, OUTCOME_OK);
    assert_int_equal(dns_server_questions(names), 0);
    assert_non_null(strstr(raw_server_heard(server, 0), "GET http://nxdomain.test."));
}

/* Who speaks SOCKS of any version 5: yes to the greeting, yes to the address, and then HTTP. */
static void a_socks_proxy_is_given_what_its_kind_says(void **state)
{
    (void)state;
    static const struct raw_step yes[] = {
        RAW_SEND("\5\0"
                 "\5\0\0\1\0\0\0\0\0\0"),
        RAW_READ,
        RAW_SEND("HTTP/1.1 204 No Content\r\n\r\n"),
        {.verb = RAW_END_},
    };
    static const struct raw_step *const scripts[] = {yes};
    static const struct {
        const char *kind;
        unsigned questions;
    } cases[] = {{"socks5h", 0}, {"socks5", 1}, {"SOCKS5", 1}};
    struct raw_server *socks = raw_server_start(scripts, 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char proxy[64];
        unsigned before = dns_server_questions(names);
        snprintf(proxy, sizeof proxy, "%s://127.0.0.1:%u", cases[i].kind, raw_server_port(socks));
        fetcher_destroy(&fetcher);
        make_fetcher(proxy, 5000);
        fetch_from("here.test.", false);
        assert_int_equal(ending.outcome, OUTCOME_OK);
        assert_int_equal(dns_server_questions(names) - before, cases[i].questions);
    }
    assert_int_equal(raw_server_connections(server), 0);
    raw_server_stop(&socks);
}

/* ---- giving up ------------------------------------------------------------------------------------- */

static void a_look_up_is_given_up_at_once(void **state)
{
    (void)state;
    struct fetch *asked[6];
    for (size_t i = 0; i < COUNT_OF(asked); i++)
        asked[i] = start(i % 2 ? "silent.test." : "late.test.", true);
    ev_run(loop, EVRUN_NOWAIT);
    for (size_t i = 0; i < COUNT_OF(asked); i++)
        fetch_cancel(&asked[i]);
    fetch_from("here.test.", true);
    struct fetch *known = start("nxdomain.test.", true);
    fetch_cancel(&known);
    fetch_from("late.test.", true); /* the question went on: its answer is kept */
    assert_int_equal(ending.outcome, OUTCOME_OK);
    run_for(0.1);
    assert_int_equal(ending.times, 1);
    struct fetch *open = start("silent.test.", true); /* and a fetcher goes with questions open */
    fetch_cancel(&open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_host_has_its_outcome, begin, end),
        cmocka_unit_test_setup_teardown(a_refused_address_is_not_connected_to, begin, end),
        cmocka_unit_test_setup_teardown(silence_of_the_name_server_has_an_end, begin, end),
        cmocka_unit_test_setup_teardown(a_slow_look_up_holds_nobody_up, begin, end),
        cmocka_unit_test_setup_teardown(the_time_of_a_look_up_is_told, begin, end),
        cmocka_unit_test_setup_teardown(a_silent_address_is_left_for_the_next, begin, end),
        cmocka_unit_test_setup_teardown(a_connection_is_used_again_by_name, begin, end),
        cmocka_unit_test_setup_teardown(a_proxy_is_given_the_name, begin, end),
        cmocka_unit_test_setup_teardown(a_socks_proxy_is_given_what_its_kind_says, begin, end),
        cmocka_unit_test_setup_teardown(a_look_up_is_given_up_at_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
