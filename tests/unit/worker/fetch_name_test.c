/* Goal: a URL's host becomes an address that this visit may use, without libcurl ever asking for a name:
 * failures are told apart (H1, H2), a slow name server holds nobody up (H5), what is no name is not asked for
 * (H6), several addresses are tried within the time for one (H3, H10), private ones behind a name are refused
 * (H8), connections are used again, and an exchange given up during its look-up leaves nothing behind. */
#include "tests/unit/check.h"
#include "tests/unit/dns_server.h"
#include "tests/unit/raw_server.h"
#include "worker/fetch.h"

#include <dirent.h>
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

static struct ev_loop *loop;
static struct dns_server *names;
static struct raw_server *server;
static struct fetcher *fetcher;
static int descriptors_before;
static unsigned endings;
static struct fetch_result last;
static char last_error[512];

static bool on_headers(void *arg, const char *type)
{
    (void)arg, (void)type;
    return true;
}

static void on_body(void *arg, const char *bytes, size_t size)
{
    (void)arg, (void)bytes, (void)size;
}

static void on_done(void *arg, const struct fetch_result *result)
{
    assert_ptr_equal(arg, &last);
    assert_non_null(result->type);
    assert_non_null(result->location);
    last = *result;
    snprintf(last_error, sizeof last_error, "%s", result->error);
    endings++;
    ev_break(loop, EVBREAK_ALL);
}

/* ---- a server, a name server, and exchanges with them ---------------------------------------------- */

static int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static void make_fetcher(const char *proxy, uint32_t timeout_ms)
{
    static const struct fetch_callbacks callbacks = {on_headers, on_body, on_done};
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

static int setup(void **state)
{
    (void)state;
    static const struct raw_step answers[] = {
        RAW_READ,
        RAW_SEND("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"),
        RAW_AGAIN,
        {.verb = RAW_END_},
    };
    static const struct raw_step *const scripts[] = {answers};
    endings = 0;
    descriptors_before = open_descriptors();
    loop = ev_loop_new(0);
    names = dns_server_start(table);
    server = raw_server_start(scripts, 1);
    make_fetcher("", 5000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fetcher_destroy(&fetcher);
    raw_server_stop(&server);
    dns_server_stop(&names);
    ev_loop_destroy(loop);
    assert_int_equal(open_descriptors(), descriptors_before);
    return 0;
}

static struct fetch *start(const char *host, bool private_ok)
{
    char url[1024];
    unsigned before = endings;
    snprintf(url, sizeof url, "http://%s:%u/page", host, raw_server_port(server));
    struct fetch_request request = {.url = url, .max_body = 1000, .private_ok = private_ok};
    struct fetch *fetch = fetch_start(fetcher, &request, &last);
    assert_int_equal(endings, before); /* not from within fetch_start, whatever is known */
    return fetch;
}

static void exchange(const char *host, bool private_ok)
{
    unsigned before = endings;
    start(host, private_ok);
    while (endings == before)
        ev_run(loop, EVRUN_ONCE);
    assert_int_equal(endings, before + 1);
}

/* ---- outcomes -------------------------------------------------------------------------------------- */

/* At most so many questions: the dot at their ends keeps this machine's search list out. */
static const struct {
    const char *host;
    enum outcome outcome;
    unsigned questions;
    bool guarded;
    const char *error; /* a part of it; NULL: any */
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
    {"fifth.test.", OUTCOME_CONNECT, 1, .error = "127.0.0.8"}, /* H3 */
    {"six.test.", OUTCOME_CONNECT, 2, .error = "::1"},
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
            exchange(rows[i].host, !rows[i].guarded);
            if (last.outcome != rows[i].outcome || !strcasestr(last_error, rows[i].error) ||
                (*last_error == 0) != (*rows[i].error == 0))
                fail_msg("%s: %s (%s)", rows[i].host, outcome_name(last.outcome), last_error);
        }
        if (dns_server_questions(names) - before > rows[i].questions)
            fail_msg("%s: %u questions", rows[i].host, dns_server_questions(names) - before);
    }
}

static void a_refused_address_is_not_connected_to(void **state)
{
    (void)state;
    exchange("second.test.", false);
    exchange("127.0.0.1", false);
    assert_int_equal(raw_server_connections(server), 0);
    assert_false(last.private_address);
    exchange("second.test.", true);
    assert_true(last.private_address);
}

static void silence_of_the_name_server_has_an_end(void **state)
{
    (void)state;
    fetcher_destroy(&fetcher);
    make_fetcher("", 200);
    exchange("silent.test.", true);
    assert_int_equal(last.outcome, OUTCOME_DNS_TEMPORARY);
    assert_string_equal(last_error, "the name servers did not answer in time");
    assert_true(last.dns_us > 0 && last.dns_us == last.total_us);
    exchange("silent.test.", true); /* who waits for a question that is open already ends like the first */
    assert_int_equal(last.outcome, OUTCOME_DNS_TEMPORARY);
}

/* H5 */
static void a_slow_look_up_holds_nobody_up(void **state)
{
    (void)state;
    struct fetch *waits = start("silent.test.", true);
    for (int i = 0; i < 5; i++) {
        exchange("here.test.", true);
        assert_int_equal(last.outcome, OUTCOME_OK);
    }
    fetch_cancel(&waits);
}

static void the_time_of_a_look_up_is_told(void **state)
{
    (void)state;
    exchange("late.test.", true);
    assert_int_equal(last.outcome, OUTCOME_OK);
    assert_true(last.dns_us > 0);
    assert_true(last.first_byte_us >= last.dns_us + last.connect_us);
    assert_true(last.total_us >= last.first_byte_us);
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
    exchange("127.0.0.9", true);
    assert_int_equal(last.outcome, OUTCOME_TIMEOUT_CONNECT);
    exchange("mute.test.", true);
    assert_int_equal(last.outcome, OUTCOME_OK);
    for (size_t i = 0; i < COUNT_OF(queue); i++)
        close(queue[i]);
    close(mute);
}

/* ---- connections ----------------------------------------------------------------------------------- */

static void a_connection_is_used_again_by_name(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        exchange("second.test.", true); /* also one to an address that was not the first */
        exchange("here.test.", true);
    }
    assert_int_equal(raw_server_connections(server), 2);
    assert_int_equal(dns_server_questions(names), 2);
    assert_int_equal(last.dns_us, 0);
    exchange("also.test.", true); /* another name at the same address has a connection of its own */
    exchange("127.0.0.1", true);
    assert_int_equal(raw_server_connections(server), 4);
    exchange("here.test.", true);
    assert_int_equal(raw_server_connections(server), 4);
}

static void a_proxy_is_given_the_name(void **state)
{
    (void)state;
    char proxy[64];
    fetcher_destroy(&fetcher);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", raw_server_port(server));
    make_fetcher(proxy, 5000);
    exchange("nxdomain.test.", false);
    assert_int_equal(last.outcome, OUTCOME_OK);
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
        exchange("here.test.", false);
        assert_int_equal(last.outcome, OUTCOME_OK);
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
    exchange("here.test.", true);
    struct fetch *known = start("nxdomain.test.", true);
    fetch_cancel(&known);
    exchange("late.test.", true); /* the question went on: its answer is kept */
    assert_int_equal(last.outcome, OUTCOME_OK);
    assert_int_equal(endings, 2);
    struct fetch *open = start("silent.test.", true); /* and a fetcher goes with questions open */
    fetch_cancel(&open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_host_has_its_outcome, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_address_is_not_connected_to, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_of_the_name_server_has_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_look_up_holds_nobody_up, setup, teardown),
        cmocka_unit_test_setup_teardown(the_time_of_a_look_up_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_silent_address_is_left_for_the_next, setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_is_used_again_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proxy_is_given_the_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_socks_proxy_is_given_what_its_kind_says, setup, teardown),
        cmocka_unit_test_setup_teardown(a_look_up_is_given_up_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
