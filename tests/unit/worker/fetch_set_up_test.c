/* Goal: a request says what the settings say and no more: our name, the user's headers, the codings we
 * decode, HTTP/1.1; no cookie comes back (H34), no proxy of the environment is asked (H65), no redirect is
 * followed. */
#include "tests/unit/check.h"
#include "tests/unit/raw_server.h"
#include "worker/fetch.h"

static struct ev_loop *loop;
static struct fetcher *fetcher;
static struct raw_server *server;
static enum outcome outcome;

static const struct raw_step script[] = {
    RAW_READ,
    RAW_SEND("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nSet-Cookie: a=b\r\nContent-Length: "
             "0\r\nConnection: close\r\n"
             "Alt-Svc: h2=\":443\"\r\nStrict-Transport-Security: max-age=9999\r\n\r\n"),
    {.verb = RAW_END_},
};

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
    (void)arg;
    outcome = result->outcome;
    ev_break(loop, EVBREAK_ALL);
}

static void set_up(const char *proxy)
{
    static const struct fetch_callbacks callbacks = {on_headers, on_body, on_done};
    static const struct raw_step *const scripts[] = {script};
    char *headers[] = {"X-Own: 1", "Accept-Language: de"},
         *credentials[] = {"Cookie: a=b", "Authorization: x"};
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    settings.timeout_ms = settings.connect_timeout_ms = 3000;
    settings.user_agent = "trawl/9.9 (+https://example.com/)";
    settings.headers = headers;
    settings.n_headers = 2;
    settings.credentials = credentials;
    settings.n_credentials = 2;
    settings.proxy = (char *)proxy;
    loop = ev_loop_new(0);
    server = raw_server_start(scripts, 1);
    fetcher = fetcher_create(loop, 2, &settings, &callbacks);
}

static void tear_down(void)
{
    fetcher_destroy(&fetcher);
    raw_server_stop(&server);
    ev_loop_destroy(loop);
}

static const char *fetch_with(const struct fetch_request *request)
{
    unsigned before = raw_server_connections(server);
    outcome = OUTCOMES;
    fetch_start(fetcher, request, NULL);
    ev_run(loop, 0);
    return raw_server_connections(server) > before ? raw_server_heard(server, before) : "";
}

static const char *fetch_once(const char *url, bool private_ok)
{
    return fetch_with(&(struct fetch_request){.url = url, .max_body = 1 << 20, .private_ok = private_ok});
}

static const char *at_server(const char *path)
{
    static char url[256];
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", raw_server_port(server), path);
    return url;
}

static void a_request_says_what_the_settings_say(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "GET /a/./b/%2e%2E/c?d=e HTTP/1.1\r\n",
        "\r\nHost: 127.0.0.1:",
        "\r\nUser-Agent: trawl/9.9 (+https://example.com/)\r\n",
        "\r\nX-Own: 1\r\n",
        "\r\nAccept-Language: de\r\n",
        "\r\nAccept: */*\r\n",
        "\r\nAccept-Encoding: ",
        "gzip",
        "deflate",
    };
    set_up("");
    const char *request = fetch_once(at_server("/a/./b/%2e%2E/c?d=e"), true);
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        if (!strstr(request, wanted[i]))
            fail_msg("no `%s` in: %s", wanted[i], request);
    assert_null(strstr(request, "Cookie"));
    assert_null(strstr(request, "Upgrade"));
    assert_null(strstr(request, "Authorization"));
    tear_down();
}

/* Each exchange by itself, whatever the one before it did. */
static void credentials_are_sent_where_the_visit_says_so(void **state)
{
    (void)state;
    set_up("");
    for (int i = 0; i < 4; i++) {
        const char *heard = fetch_with(&(struct fetch_request){
            .url = at_server("/"), .max_body = 1 << 20, .private_ok = true, .credentials = i % 2});
        assert_non_null(strstr(heard, "\r\nX-Own: 1\r\n"));
        assert_int_equal(strstr(heard, "\r\nCookie: a=b\r\n") != NULL, i % 2);
        assert_int_equal(strstr(heard, "\r\nAuthorization: x\r\n") != NULL, i % 2);
    }
    tear_down();
}

static void nothing_is_followed_and_nothing_kept(void **state)
{
    (void)state;
    set_up("");
    for (int i = 0; i < 3; i++) {
        assert_null(strstr(fetch_once(at_server("/"), true), "Cookie"));
        assert_int_equal(outcome, OUTCOME_REDIRECTED);
    }
    assert_int_equal(raw_server_requests(server), 3);
    tear_down();
}

static void the_environments_proxies_are_ignored(void **state)
{
    (void)state;
    static const char *const names[] = {"http_proxy",  "HTTP_PROXY", "https_proxy",
                                        "HTTPS_PROXY", "all_proxy",  "ALL_PROXY"};
    char proxy[64];
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", raw_server_dead_port());
    for (size_t i = 0; i < COUNT_OF(names); i++)
        setenv(names[i], proxy, 1);
    set_up("");
    assert_non_null(strstr(fetch_once(at_server("/"), true), "GET / HTTP/1.1"));
    assert_int_equal(outcome, OUTCOME_REDIRECTED);
    tear_down();
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unsetenv(names[i]);
}

/* Also for a guarded visit: the proxy is the user's choice, and what lies behind it is the proxy's to judge.
 * Past it nothing is fetched, whatever the environment says. */
static void the_proxy_of_the_settings_is_asked(void **state)
{
    (void)state;
    char proxy[64];
    setenv("no_proxy", "*", 1);
    set_up("");
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", raw_server_port(server));
    fetcher_destroy(&fetcher);
    struct raw_server *first = server;
    struct ev_loop *first_loop = loop;
    set_up(proxy);
    raw_server_stop(&server);
    server = first;
    assert_non_null(strstr(fetch_once("http://host.invalid/x", false), "GET http://host.invalid/x HTTP/1.1"));
    assert_int_equal(outcome, OUTCOME_REDIRECTED);
    tear_down();
    ev_loop_destroy(first_loop);
    unsetenv("no_proxy");
}

static void other_schemes_are_not_fetched(void **state)
{
    (void)state;
    static const char *const urls[] = {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x",
                                       "data:text/html,x"};
    set_up("");
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        fetch_once(urls[i], true);
        assert_int_equal(outcome, OUTCOME_BAD_HTTP);
    }
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_says_what_the_settings_say),
        cmocka_unit_test(credentials_are_sent_where_the_visit_says_so),
        cmocka_unit_test(nothing_is_followed_and_nothing_kept),
        cmocka_unit_test(the_environments_proxies_are_ignored),
        cmocka_unit_test(the_proxy_of_the_settings_is_asked),
        cmocka_unit_test(other_schemes_are_not_fetched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
