/* Goal: every visit ends once, as the page it found; a robots.txt comes back as it is, below its ceiling
 * (H84, H64); at most as many at once as there are slots; none begins while held; and dropped visits leave
 * nothing behind, whatever they waited for (I6, H39, H53, H54, H66). */
#include "common/outcome.h"
#include "tests/unit/check.h"
#include "tests/unit/raw_server.h"
#include "worker/visit.h"

#include <stdbool.h>

#define SCRIPT(...) ((const struct raw_step[]){__VA_ARGS__, {.verb = RAW_END_}})
#define PAGE(type, body) \
    SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n" type "Connection: close\r\n\r\n" body))
#define HTML "Content-Type: text/html; charset=utf-8\r\n"

static struct ev_loop *loop;
static struct visits *visits;
static struct raw_server *server;
static struct supervised_page black_box;

/* The pages that were reported; texts are those of the last one. */
static unsigned pages, wanted_pages;
static uint64_t leases[64];
static enum outcome outcome;
static unsigned status, links, most_running, retry_after;
static bool truncated, has_links;
static char body[MESSAGE_BODY_MAX];
static size_t body_size;
static char urls[4096], base[512], location[512], charset[64];

/* What the coordinator would take for garbage ends the session, again and again: a page must not be able to.
 */
static void assert_speakable(const Trawl__Page *page)
{
    struct buf packed, message;
    struct arena *arena = arena_create(MESSAGE_ARENA_MAX);
    buf_init(&packed, MESSAGE_MAX);
    buf_init(&message, MESSAGE_MAX);
    assert_int_equal(message_add_page(&packed, page), 0);
    assert_int_equal(message_seal_pages(&message, 2, &packed), 0);
    assert_non_null(message_unpack(arena, message.data, message.size));
    buf_clear(&packed);
    buf_clear(&message);
    arena_destroy(&arena);
}

static void on_page(void *arg, const Trawl__Page *page)
{
    (void)arg;
    assert_speakable(page);
    leases[pages++] = page->lease;
    assert_true(black_box.lease == 0);
    outcome = (enum outcome)page->outcome;
    status = page->status;
    truncated = page->truncated;
    retry_after = page->retry_after;
    has_links = page->links != NULL;
    body_size = page->body.len;
    assert_true(body_size <= sizeof body);
    if (body_size)
        memcpy(body, page->body.data, body_size);
    links = page->links ? page->links->count : 0;
    snprintf(urls, sizeof urls, "%.*s", page->links ? (int)page->links->urls.len : 0,
             page->links && page->links->urls.data ? (const char *)page->links->urls.data : "");
    snprintf(base, sizeof base, "%s", page->base_url);
    snprintf(charset, sizeof charset, "%s", page->charset);
    snprintf(location, sizeof location, "%.*s", (int)page->location.len,
             page->location.data ? (const char *)page->location.data : "");
    if (pages == wanted_pages)
        ev_break(loop, EVBREAK_ALL);
}

static void on_guard(struct ev_loop *l, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    ev_break(l, EVBREAK_ALL);
}

static void on_turn(struct ev_loop *l, ev_check *check, int events)
{
    (void)l, (void)check, (void)events;
    if (visits && visits_running(visits) > most_running)
        most_running = visits_running(visits);
}

static void run(unsigned wanted, double seconds)
{
    ev_timer guard;
    ev_check turn;
    wanted_pages = wanted;
    ev_timer_init(&guard, on_guard, seconds, 0.);
    ev_timer_start(loop, &guard);
    ev_check_init(&turn, on_turn);
    ev_check_start(loop, &turn);
    ev_run(loop, 0);
    ev_timer_stop(loop, &guard);
    ev_check_stop(loop, &turn);
}

static void begin(const struct raw_step *script, unsigned slots, Trawl__Parser parser)
{
    static const struct raw_step *scripts[1];
    Trawl__Settings wire = TRAWL__SETTINGS__INIT;
    wire.timeout_ms = wire.connect_timeout_ms = 5000;
    wire.max_body = 1000;
    wire.user_agent = "trawl/test";
    wire.parser = parser;
    struct visits_settings settings = {
        .slots = slots, .wire = &wire, .black_box = &black_box, .on_page = on_page};
    scripts[0] = script;
    server = raw_server_start(scripts, 1);
    pages = most_running = 0;
    loop = ev_loop_new(0);
    visits = visits_create(loop, &settings);
    assert_non_null(visits);
}

static void finish(void)
{
    visits_destroy(&visits);
    assert_null(visits);
    visits_destroy(&visits);
    raw_server_stop(&server);
    ev_loop_destroy(loop);
}

static void add_as(uint64_t lease, Trawl__Visit__Kind kind, bool private_ok)
{
    char url[128];
    Trawl__Visit visit = TRAWL__VISIT__INIT;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/dir/page", raw_server_port(server));
    visit.lease = lease;
    visit.url = url;
    visit.kind = kind;
    visit.private_ok = private_ok;
    visits_add(visits, &visit);
}

static void add(uint64_t lease)
{
    add_as(lease, TRAWL__VISIT__KIND__PAGE, true);
}

static const struct {
    const char *name;
    const struct raw_step *script;
    enum outcome outcome;
    unsigned status, links;
    const char *last_url; /* how the URLs end; NULL: any */
    Trawl__Parser parser;
} cases[] = {
    {"html", PAGE(HTML, "<a href=x>1</a><a href='/y'>2</a>"), OUTCOME_OK, 200, 2, "/y",
     TRAWL__PARSER__PARSER_TIDY},
    {"xhtml", PAGE("Content-Type: application/xhtml+xml\r\n", "<a href=x>1</a>"), OUTCOME_OK, 200, 1,
     "/dir/x", 0},
    {"html without links", PAGE(HTML, "hello"), OUTCOME_OK, 200, 0, "", 0},
    {"html without a byte", PAGE(HTML, ""), OUTCOME_OK, 200, 0, "", 0},
    {"with a base", PAGE(HTML, "<base href=/b/><a href=x>1</a>"), OUTCOME_OK, 200, 1, "/b/x", 0},
    {"H72 with a base of an opaque path", PAGE(HTML, "<base href='foo:a /b/ c'><a href=http://h/>1</a>"),
     OUTCOME_OK, 200, 1, "http://h/", 0},
    {"H54 another type", PAGE("Content-Type: application/pdf\r\n", "<a href=x>"), OUTCOME_NOT_HTML, 200, 0,
     "", 0},
    {"H53 no type, markup", PAGE("", " \r\n\t<a href=x>1</a>"), OUTCOME_OK, 200, 1, "/dir/x", 0},
    {"H53 no type, none", PAGE("", "{\"a\": \"<a href=x>\"}"), OUTCOME_NOT_HTML, 200, 0, "", 0},
    {"none parser", PAGE(HTML, "<a href=x>1</a>"), OUTCOME_OK, 200, 0, "", TRAWL__PARSER__PARSER_NONE},
    {"a failure with links", SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 404 N\r\n" HTML "\r\n<a href=x>")),
     OUTCOME_HTTP_STATUS, 404, 0, "", 0},
    {"H39 a redirect with links",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 302 F\r\nLocation: /n\r\n" HTML "\r\n<a href=x>")),
     OUTCOME_REDIRECTED, 302, 0, "", 0},
    {"nobody speaks", SCRIPT(RAW_READ), OUTCOME_EMPTY_REPLY, 0, 0, "", 0},
};

static void every_visit_ends_as_its_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin(cases[i].script, 2, cases[i].parser);
        add(7 + i);
        run(1, 5.);
        size_t length = strlen(urls), end = strlen(cases[i].last_url);
        if (pages != 1 || outcome != cases[i].outcome || status != cases[i].status || leases[0] != 7 + i)
            fail_msg("%s: %u pages, %s %u", cases[i].name, pages, outcome_name(outcome), status);
        if (links != cases[i].links || length < end || strcmp(urls + length - end, cases[i].last_url) != 0)
            fail_msg("%s: %u links: %s", cases[i].name, links, urls);
        assert_string_equal(location, cases[i].outcome == OUTCOME_REDIRECTED ? "/n" : "");
        assert_int_equal(body_size, 0);
        assert_true(!*base || strstr(base, "/b/"));
        assert_int_equal(visits_ended(visits), 1);
        assert_int_equal(visits_running(visits), 0);
        finish();
    }
}

static void a_cut_page_keeps_its_first_links(void **state)
{
    (void)state;
    begin(SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n" HTML "\r\n<a href=x>1</a>"),
                 RAW_REPEAT("<p>text</p>\n", 1000)),
          1, 0);
    add(1);
    run(1, 5.);
    assert_int_equal(outcome, OUTCOME_OK);
    assert_int_equal(links, 1);
    assert_true(truncated);
    finish();
}

#define LINE64 "Disallow: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"

static const struct {
    const char *name;
    const struct raw_step *script;
    enum outcome outcome;
    unsigned status;
    const char *body; /* how it begins */
    size_t size;
    bool truncated;
    unsigned retry_after;
} robots[] = {
    {"text", PAGE("Content-Type: text/plain\r\n", "User-agent: *\n"), OUTCOME_OK, 200, "User-agent: *\n", 14,
     0, 0},
    {"H84 html", PAGE(HTML, "<a href=x>1</a>"), OUTCOME_OK, 200, "<a href=x>1</a>", 15, 0, 0},
    {"H84 another type", PAGE("Content-Type: application/pdf\r\n", "%PDF"), OUTCOME_OK, 200, "%PDF", 4, 0, 0},
    {"H84 binary", PAGE("", "\0\xff\r\n"), OUTCOME_OK, 200, "\0\xff\r\n", 4, 0, 0},
    {"empty", PAGE("", ""), OUTCOME_OK, 200, "", 0, 0, 0},
    {"no content", SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 204 N\r\n\r\n")), OUTCOME_OK, 204, "", 0, 0, 0},
    {"larger than a page may be",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 O\r\n\r\n"), RAW_REPEAT(LINE64, 1000)), OUTCOME_OK, 200, LINE64,
     64000, 0, 0},
    {"H84 as large as it may be",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 O\r\n\r\n"), RAW_REPEAT(LINE64, 8192)), OUTCOME_OK, 200, LINE64,
     524288, 0, 0},
    {"H84 a byte more",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 O\r\n\r\n"), RAW_REPEAT(LINE64, 8192), RAW_SEND("x")),
     OUTCOME_OK, 200, LINE64, 524288, true, 0},
    {"H84 without end", SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 O\r\n\r\n"), RAW_REPEAT(LINE64, 1000000)),
     OUTCOME_OK, 200, LINE64, 524288, true, 0},
    {"cut by the network", SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 O\r\nContent-Length: 100\r\n\r\nUser-ag")),
     OUTCOME_OK, 200, "User-ag", 7, true, 0},
    {"H84 reset in the middle",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 O\r\nContent-Length: 100\r\n\r\nUser-ag"), RAW_PAUSE(50),
            RAW_RESET),
     OUTCOME_RESET, 200, "", 0, true, 0},
    {"H84 none", SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 404 N\r\n\r\nDisallow: /")), OUTCOME_HTTP_STATUS, 404,
     "", 0, 0, 0},
    {"H84 not now", SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 503 N\r\nRetry-After: 120\r\n\r\nDisallow: /")),
     OUTCOME_HTTP_STATUS, 503, "", 0, 0, 120},
    {"H84 elsewhere", SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 301 M\r\nLocation: /n\r\n\r\nDisallow: /")),
     OUTCOME_REDIRECTED, 301, "", 0, 0, 0},
    {"H84 nobody speaks", SCRIPT(RAW_READ), OUTCOME_EMPTY_REPLY, 0, "", 0, 0, 0},
};

static void a_robots_txt_comes_back_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(robots); i++) {
        size_t shown = robots[i].size < 64 ? robots[i].size : 64;
        begin(robots[i].script, 2, 0);
        add_as(7, TRAWL__VISIT__KIND__ROBOTS, true);
        run(1, 5.);
        if (pages != 1 || outcome != robots[i].outcome || status != robots[i].status ||
            truncated != robots[i].truncated || retry_after != robots[i].retry_after)
            fail_msg("%s: %u pages, %s %u, truncated %d, again in %u", robots[i].name, pages,
                     outcome_name(outcome), status, truncated, retry_after);
        if (body_size != robots[i].size || memcmp(body, robots[i].body, shown) != 0)
            fail_msg("%s: a body of %zu bytes", robots[i].name, body_size);
        assert_false(has_links);
        assert_string_equal(charset, "");
        assert_string_equal(location, outcome == OUTCOME_REDIRECTED ? "/n" : "");
        finish();
    }
}

static void an_unknown_kind_is_a_page(void **state)
{
    (void)state;
    begin(PAGE(HTML, "<a href=x>1</a>"), 2, 0);
    add_as(7, (Trawl__Visit__Kind)77, true);
    run(1, 5.);
    assert_int_equal(outcome, OUTCOME_OK);
    assert_int_equal(links, 1);
    assert_int_equal(body_size, 0);
    finish();
}

/* H64, H66: the gate is the same for every kind, also where a connection stands already. */
static void what_a_visit_may_not_reach_is_not_reached(void **state)
{
    (void)state;
    const Trawl__Visit__Kind kinds[] = {TRAWL__VISIT__KIND__PAGE, TRAWL__VISIT__KIND__ROBOTS};
    const struct raw_step *script =
        SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n" HTML "Content-Length: 5\r\n\r\nhello"), RAW_AGAIN);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        begin(script, 1, 0);
        add_as(1, kinds[i], false);
        run(1, 5.);
        assert_int_equal(outcome, OUTCOME_ADDRESS);
        assert_int_equal(raw_server_connections(server), 0);
        add_as(2, kinds[!i], true);
        run(2, 5.);
        assert_int_equal(outcome, OUTCOME_OK);
        add_as(3, kinds[i], false);
        run(3, 5.);
        assert_int_equal(outcome, OUTCOME_ADDRESS);
        assert_int_equal(body_size, 0);
        assert_int_equal(raw_server_connections(server), 1);
        assert_int_equal(raw_server_requests(server), 1);
        finish();
    }
}

static void slots_are_never_exceeded_and_never_idle(void **state)
{
    (void)state;
    begin(SCRIPT(RAW_READ, RAW_PAUSE(20),
                 RAW_SEND("HTTP/1.1 200 OK\r\n" HTML "Connection: close\r\n\r\nhello")),
          3, 0);
    for (uint64_t lease = 1; lease <= 10; lease++)
        add(lease);
    assert_int_equal(visits_running(visits), 0); /* not before the call returns */
    assert_int_equal(visits_waiting(visits), 10);
    run(10, 5.);
    assert_int_equal(pages, 10);
    assert_int_equal(most_running, 3);
    assert_int_equal(visits_waiting(visits), 0);
    finish();
}

static void a_hold_begins_nothing_and_ends_what_runs(void **state)
{
    (void)state;
    begin(SCRIPT(RAW_READ, RAW_PAUSE(50),
                 RAW_SEND("HTTP/1.1 200 OK\r\n" HTML "Connection: close\r\n\r\nhello")),
          2, 0);
    for (uint64_t lease = 1; lease <= 5; lease++)
        add(lease);
    run(0, 0.02);
    visits_hold(visits);
    run(0, 0.3);
    assert_int_equal(pages, 2);
    assert_int_equal(visits_running(visits), 0);
    assert_int_equal(visits_waiting(visits), 3);
    finish();
}

/* One each that waits for a slot, for a byte, in the middle of a body; dropped, none is reported. */
static void dropped_visits_leave_nothing(void **state)
{
    (void)state;
    begin(SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n" HTML "\r\n<a href=x>"), RAW_HANG), 2, 0);
    for (uint64_t lease = 1; lease <= 5; lease++)
        add(lease);
    visits_destroy(&visits); /* none begun */
    raw_server_stop(&server);
    ev_loop_destroy(loop);

    begin(SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n" HTML "\r\n<a href=x>"), RAW_HANG), 2, 0);
    for (uint64_t lease = 1; lease <= 5; lease++)
        add(lease);
    run(0, 0.1);
    assert_int_equal(visits_running(visits), 2);
    finish();
    assert_int_equal(pages, 0);

    /* Dropped between two turns, when some may have arrived and not been parsed. */
    begin(PAGE(HTML, "<a href=x>1</a>"), 8, 0);
    for (uint64_t lease = 1; lease <= 24; lease++)
        add(lease);
    run(1, 5.);
    finish();
    assert_in_range(pages, 1, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_visit_ends_as_its_page),
        cmocka_unit_test(a_cut_page_keeps_its_first_links),
        cmocka_unit_test(a_robots_txt_comes_back_as_it_is),
        cmocka_unit_test(an_unknown_kind_is_a_page),
        cmocka_unit_test(what_a_visit_may_not_reach_is_not_reached),
        cmocka_unit_test(slots_are_never_exceeded_and_never_idle),
        cmocka_unit_test(a_hold_begins_nothing_and_ends_what_runs),
        cmocka_unit_test(dropped_visits_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
