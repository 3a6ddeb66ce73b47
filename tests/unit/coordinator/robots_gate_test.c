/* Goal: no page is fetched before its host's robots.txt is known, and what came back for that, whatever it
 * was, decides as RFC 9309 2.3 says (H84); what is known is remembered. */
#include "common/url.h"
#include "coordinator/collect.h"
#include "coordinator/robots_gate.h"
#include "tests/unit/coordinator/rig.h"

#include <math.h>
#include <time.h>

enum { BEGAN = 1000, ANSWERS_MOST = 8 };

static struct rig rig;
static double now;
static char trace[4000];
static uint64_t key; /* of the host whose file was asked for last */

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    rig.config.no_robots = false;
    now = BEGAN;
    *trace = 0;
    frontier_tell(rig.crawl.frontier, now);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_check_balance(&rig);
    rig_break(&rig);
    return 0;
}

/* ---- a run without workers ------------------------------------------------------------------------- */

/* What a worker says of a robots.txt; `text` is the body, or where a redirect leads. */
struct answer {
    enum outcome outcome;
    unsigned status;
    const char *text;
    bool truncated;
    unsigned retry_after;
};

#define RULES(text)                 \
    {                               \
        OUTCOME_OK, 200, text, 0, 0 \
    }
#define STATUS(status)                                   \
    {                                                    \
        OUTCOME_HTTP_STATUS, status, "Disallow: /", 0, 0 \
    }
#define MOVED(location)                         \
    {                                           \
        OUTCOME_REDIRECTED, 301, location, 0, 0 \
    }
#define FAILED(outcome)      \
    {                        \
        outcome, 0, "", 0, 0 \
    }

static void note(const char *what, const char *url)
{
    size_t size = strlen(trace);
    snprintf(trace + size, sizeof trace - size, "%.0f %s %s\n", now - BEGAN, what, url);
}

static void reply(struct entry *entry, const struct answer *answer)
{
    Trawl__Page page = TRAWL__PAGE__INIT;
    ProtobufCBinaryData text = {strlen(answer->text), (uint8_t *)answer->text};
    if (outcome_class(answer->outcome) == OUTCOME_QUARANTINED) {
        collect_unfetched(&rig.crawl, entry, answer->outcome);
        return;
    }
    page.outcome = answer->outcome;
    page.status = answer->status;
    page.truncated = answer->truncated;
    page.retry_after = answer->retry_after;
    if (answer->outcome == OUTCOME_REDIRECTED)
        page.location = text;
    else
        page.body = text;
    robots_gate_collect(&rig.crawl, entry, &page);
}

/* The next that may be handed out now, as dispatch does it. */
static struct entry *hand_out(void)
{
    struct entry *entry;
    while ((entry = frontier_next(rig.crawl.frontier))) {
        enum robots_answer answer = robots_gate_ask(&rig.crawl, entry);
        if (answer == ROBOTS_GATE_ASKED)
            continue;
        enum outcome verdict = frontier_host_verdict(entry->host);
        if (answer == ROBOTS_GATE_CLOSED)
            verdict = OUTCOME_ROBOTS;
        if (verdict == OUTCOMES) {
            frontier_grant(rig.crawl.frontier, entry);
            return entry;
        }
        note(outcome_name(verdict), entry->url);
        collect_unfetched(&rig.crawl, entry, verdict);
    }
    return NULL;
}

/* Fetches all there is, as time goes by; files get these answers in turn, the last one again and again. */
static void run(const struct answer *answers)
{
    rig_listen();
    while (crawl_pending(&rig.crawl)) {
        struct entry *entry = hand_out();
        if (!entry) {
            double due = frontier_due(rig.crawl.frontier);
            if (due == INFINITY)
                break;
            frontier_tell(rig.crawl.frontier, now = due);
        } else if (entry->kind == ENTRY_ROBOTS) {
            note("get", entry->url);
            key = frontier_host_key(entry->home);
            if (hand_out())
                note("too early", "");
            reply(entry, answers);
            answers += answers[1].text != NULL;
        } else {
            note("page", entry->url);
            collect_unfetched(&rig.crawl, entry, OUTCOME_OK);
        }
    }
    rig_heard();
    assert_int_equal(crawl_pending(&rig.crawl), 0);
}

static void expect(const char *name, const char *expected)
{
    if (strcmp(trace, expected))
        fail_msg("%s:\n%sinstead of\n%s", name, trace, expected);
    *trace = 0;
}

static void admit(const char *url)
{
    rig_admit(&rig, url, url);
}

/* ---- answers --------------------------------------------------------------------------------------- */

#define GET "0 get http://a/robots.txt\n"
#define BOTH "0 page http://a/1\n0 page http://a/p?q\n"
#define UNREACHABLE(at) at " robots_unreachable http://a/1\n" at " robots_unreachable http://a/p?q\n"
#define THREE_TRIES GET "5 get http://a/robots.txt\n10 get http://a/robots.txt\n"

static void what_came_back_decides(void **state)
{
    static const struct {
        const char *name;
        struct answer answers[ANSWERS_MOST];
        const char *trace;
    } cases[] = {
        {"nothing forbidden", {RULES("User-agent: *\nDisallow: /x\n")}, GET BOTH},
        {"one forbidden",
         {RULES("User-agent: *\nDisallow: /p\n")},
         GET "0 page http://a/1\n0 robots http://a/p?q\n"},
        {"one permitted",
         {RULES("User-agent: trawl\nDisallow: /\nAllow: /p?q\n")},
         GET "0 robots http://a/1\n0 page http://a/p?q\n"},
        {"another's rules", {RULES("User-agent: other\nDisallow: /\n")}, GET BOTH},
        {"H84 empty", {RULES("")}, GET BOTH},
        {"H84 html", {RULES("<!doctype html><p>User-agent: *<p>Disallow: /")}, GET BOTH},
        {"H84 no content", {{OUTCOME_OK, 204, "", 0, 0}}, GET BOTH},
        {"H84 not there", {STATUS(404)}, GET BOTH},
        {"H84 for whom?", {STATUS(401)}, GET BOTH},
        {"H84 forbidden", {STATUS(403)}, GET BOTH},
        {"H84 gone", {STATUS(410)}, GET BOTH},
        {"H84 error", {STATUS(500)}, THREE_TRIES UNREACHABLE("10")},
        {"H84 not now", {STATUS(503)}, THREE_TRIES UNREACHABLE("10")},
        {"H84 too many", {STATUS(429)}, THREE_TRIES UNREACHABLE("10")},
        {"H84 error, then none",
         {STATUS(500), STATUS(404)},
         GET "5 get http://a/robots.txt\n5 page http://a/1\n5 page http://a/p?q\n"},
        {"H84 a pause asked for",
         {{OUTCOME_HTTP_STATUS, 503, "", 0, 7}, RULES("User-agent: *\nDisallow: /")},
         GET "7 get http://a/robots.txt\n7 robots http://a/1\n7 robots http://a/p?q\n"},
        {"H84 a pause too long",
         {{OUTCOME_HTTP_STATUS, 429, "", 0, 86400}, STATUS(404)},
         GET "20 get http://a/robots.txt\n20 page http://a/1\n20 page http://a/p?q\n"},
        {"H84 reset", {FAILED(OUTCOME_RESET)}, THREE_TRIES UNREACHABLE("10")},
        {"H84 no answer", {FAILED(OUTCOME_TIMEOUT_TOTAL)}, THREE_TRIES UNREACHABLE("10")},
        {"H84 bad http", {FAILED(OUTCOME_BAD_HTTP)}, THREE_TRIES UNREACHABLE("10")},
        {"H84 no such name", {FAILED(OUTCOME_DNS)}, GET "0 dns http://a/1\n0 dns http://a/p?q\n"},
        {"an address refused",
         {FAILED(OUTCOME_ADDRESS)},
         GET "0 address http://a/1\n0 address http://a/p?q\n"},
        {"no connection",
         {FAILED(OUTCOME_CONNECT)},
         THREE_TRIES "10 connect http://a/1\n10 connect http://a/p?q\n"},
        {"no certificate", {FAILED(OUTCOME_TLS)}, GET "0 tls http://a/1\n0 tls http://a/p?q\n"},
        {"it kills workers", {FAILED(OUTCOME_CRASHES_WORKER)}, GET UNREACHABLE("0")},
        {"it stalls workers", {FAILED(OUTCOME_STALLS_WORKER)}, GET UNREACHABLE("0")},
        {"H84 moved to another host",
         {MOVED("https://b/r"), RULES("User-agent: *\nDisallow: /p")},
         GET "0 get https://b/r\n0 page http://a/1\n0 robots http://a/p?q\n"},
        {"H84 moved as often as may be",
         {MOVED("/1"), MOVED("/2"), MOVED("//b/3"), MOVED("/4"), MOVED("/5"),
          RULES("User-agent: *\nDisallow: /")},
         GET "0 get http://a/1\n0 get http://a/2\n0 get http://b/3\n0 get http://b/4\n0 get http://b/5\n"
             "0 robots http://a/1\n0 robots http://a/p?q\n"},
        {"H84 moved once more",
         {MOVED("/1"), MOVED("/2"), MOVED("//b/3"), MOVED("/4"), MOVED("/5"), MOVED("/6"),
          RULES("User-agent: *\nDisallow: /")},
         GET
         "0 get http://a/1\n0 get http://a/2\n0 get http://b/3\n0 get http://b/4\n0 get http://b/5\n" BOTH},
        {"H84 a circle", {MOVED("/r"), MOVED("/robots.txt")}, GET "0 get http://a/r\n" BOTH},
        {"H84 moved to nowhere", {MOVED("")}, GET BOTH},
        {"H84 moved to no URL", {MOVED("http://")}, GET BOTH},
        {"H84 moved off the web", {MOVED("ftp://a/robots.txt")}, GET BOTH},
        {"H84 moved to a bad port", {MOVED("http://a:25/")}, GET BOTH},
        {"H84 moved and not there", {MOVED("//b/r"), STATUS(404)}, GET "0 get http://b/r\n" BOTH},
        {"H84 moved to an error",
         {MOVED("//b/r"), STATUS(500)},
         GET "0 get http://b/r\n5 get http://b/r\n10 get http://b/r\n" UNREACHABLE("10")},
        {"H84 cut in a line",
         {{OUTCOME_OK, 200, "User-agent: *\nDisallow: /p\nDisallow: /", true, 0}},
         GET "0 page http://a/1\n0 robots http://a/p?q\n"},
        {"H84 cut in a line of CR",
         {{OUTCOME_OK, 200, "User-agent: *\rDisallow: /p\rDisallow: /", true, 0}},
         GET "0 page http://a/1\n0 robots http://a/p?q\n"},
        {"H84 cut behind a line",
         {{OUTCOME_OK, 200, "User-agent: *\nDisallow: /p\n", true, 0}},
         GET "0 page http://a/1\n0 robots http://a/p?q\n"},
        {"H84 cut in the first line", {{OUTCOME_OK, 200, "User-ag", true, 0}}, GET BOTH},
        {"H84 cut before anything", {{OUTCOME_OK, 200, "", true, 0}}, GET BOTH},
        {"the last line of a whole one",
         {RULES("User-agent: *\nDisallow: /p")},
         GET "0 page http://a/1\n0 robots http://a/p?q\n"},
        {"a delay",
         {RULES("User-agent: *\nCrawl-delay: 2\nDisallow: /x\n")},
         GET "2 page http://a/1\n4 page http://a/p?q\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        setup(state);
        admit("http://a/1");
        admit("http://a/p?q");
        run(cases[i].answers);
        expect(cases[i].name, cases[i].trace);
        teardown(state);
    }
}

static void a_file_is_asked_for_once_an_origin(void **state)
{
    (void)state;
    static const struct answer none[ANSWERS_MOST] = {STATUS(404)};
    static const struct {
        const char *url, *file;
    } cases[] = {
        {"http://a/1", "http://a/robots.txt"},
        {"https://a/1?q", "https://a/robots.txt"},
        {"http://a:8080/", "http://a:8080/robots.txt"},
        {"http://[::1]:81/?http://b/", "http://[::1]:81/robots.txt"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char expected[200];
        admit(cases[i].url);
        admit(cases[i].url);
        run(none);
        snprintf(expected, sizeof expected, "0 get %s\n0 page %s\n0 page %s\n", cases[i].file, cases[i].url,
                 cases[i].url);
        expect(cases[i].url, expected);
    }
}

/* H6: the file's URL would be longer than any may be. */
static void a_host_with_an_endless_name_is_not_asked(void **state)
{
    (void)state;
    static char url[URL_LONGEST + 1];
    static const struct answer none[ANSWERS_MOST] = {STATUS(404)};
    memset(url, 'a', URL_LONGEST);
    memcpy(url, "http://", 7);
    for (size_t path = URL_LONGEST - 12; path < URL_LONGEST; path++) {
        url[path] = '/';
        url[path + 1] = 0;
        int fits = path + sizeof "/robots.txt" - 1 <= URL_LONGEST;
        setup(state);
        admit(url);
        run(none);
        assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_DNS], !fits);
        assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_OK], fits);
        teardown(state);
        *trace = 0;
        url[path] = url[path + 1] = 'a';
    }
}

static void its_pages_are_held_meanwhile(void **state)
{
    (void)state;
    static const struct answer none = STATUS(404);
    admit("http://a/1");
    admit("http://a/2");
    struct entry *file = hand_out();
    assert_int_equal(file->kind, ENTRY_ROBOTS);
    assert_string_equal(file->url, "http://a/robots.txt");
    assert_int_equal(crawl_pending(&rig.crawl), 2);
    assert_null(hand_out());
    admit("http://a/3");
    assert_null(hand_out());
    admit("http://b/1"); /* others are not held */
    struct entry *other = hand_out();
    assert_string_equal(other->url, "http://b/robots.txt");
    assert_null(hand_out());
    reply(file, &none);
    reply(other, &none);
    run(&none);
    assert_int_equal(tally_finished(&rig.crawl.tally), 4);
}

static void a_forbidden_file_is_asked_for_all_the_same(void **state)
{
    (void)state;
    static const struct answer all[ANSWERS_MOST] = {RULES("User-agent: *\nDisallow: /")};
    admit("http://a/1");
    admit("http://a/robots.txt");
    run(all);
    expect("", GET "0 robots http://a/1\n0 page http://a/robots.txt\n");
}

static void without_a_gate_nothing_is_asked(void **state)
{
    (void)state;
    rig.config.no_robots = true;
    admit("http://a/1");
    run(NULL);
    expect("", "0 page http://a/1\n");
}

/* ---- what is remembered ---------------------------------------------------------------------------- */

/* Another frontier on the same store. */
static void begin_again(void)
{
    struct crawl *crawl = &rig.crawl;
    uint64_t number = frontier_next_rank(crawl->frontier, 0);
    lease_table_destroy(&crawl->leases);
    frontier_destroy(&crawl->frontier);
    crawl->frontier = frontier_create(&(struct frontier_rules){.per_host = 6}, crawl->store, number,
                                      crawl->record.hash_seed);
    crawl->leases = lease_table_create(crawl->frontier, crawl->roster, 45, 2);
    frontier_tell(crawl->frontier, now = BEGAN);
}

/* Until when the store believes what it knows of the host, in seconds from now. */
static void remember_until(int64_t seconds)
{
    char record[4000];
    size_t size;
    int64_t until = (int64_t)time(NULL) + seconds;
    const void *stored = store_host_get(rig.crawl.store, key, &size);
    assert_non_null(stored);
    assert_in_range(size, sizeof until, sizeof record);
    memcpy(record, stored, size);
    memcpy(record, &until, sizeof until);
    store_host_put(rig.crawl.store, key, record, size);
}

static void what_was_learnt_holds_on(void **state)
{
    static const struct {
        const char *name;
        struct answer first[ANSWERS_MOST];
        int64_t left; /* 0: what it was */
        struct answer second[ANSWERS_MOST];
        const char *trace;
    } cases[] = {
        {"rules",
         {RULES("User-agent: *\nDisallow: /p")},
         0,
         {STATUS(404)},
         "0 page http://a/1\n0 robots http://a/p?q\n"},
        {"a delay",
         {RULES("User-agent: *\nCrawl-delay: 3")},
         0,
         {STATUS(404)},
         "0 page http://a/1\n3 page http://a/p?q\n"},
        {"none", {STATUS(404)}, 0, {RULES("User-agent: *\nDisallow: /p")}, BOTH},
        {"a refusal", {STATUS(500)}, 0, {STATUS(404)}, UNREACHABLE("0")},
        {"no name", {FAILED(OUTCOME_DNS)}, 0, {STATUS(404)}, "0 dns http://a/1\n0 dns http://a/p?q\n"},
        {"a refusal that is over", {STATUS(500)}, -1, {STATUS(404)}, GET BOTH},
        {"rules that are old", {RULES("User-agent: *\nDisallow: /p")}, -1, {STATUS(404)}, GET BOTH},
        {"old rules hold when there are no new ones",
         {RULES("User-agent: *\nDisallow: /p")},
         -1,
         {STATUS(503)},
         THREE_TRIES "10 page http://a/1\n10 robots http://a/p?q\n"},
        {"and when there is no connection",
         {RULES("User-agent: *\nDisallow: /p")},
         -1,
         {FAILED(OUTCOME_DNS)},
         GET "0 page http://a/1\n0 robots http://a/p?q\n"},
        {"a refusal that is renewed", {STATUS(500)}, -1, {STATUS(500)}, THREE_TRIES UNREACHABLE("10")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        setup(state);
        admit("http://a/1");
        run(cases[i].first);
        *trace = 0;
        begin_again();
        if (cases[i].left)
            remember_until(cases[i].left);
        admit("http://a/1");
        admit("http://a/p?q");
        run(cases[i].second);
        expect(cases[i].name, cases[i].trace);
        teardown(state);
    }
}

static void bytes_of_something_else_are_not_rules(void **state)
{
    (void)state;
    static const struct answer none[ANSWERS_MOST] = {STATUS(404)};
    static const size_t sizes[] = {0, 1, 8, 16, 17, 100};
    char garbage[100];
    memset(garbage, 0x7f, sizeof garbage);
    admit("http://a/1");
    run(none);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        *trace = 0;
        begin_again();
        store_host_put(rig.crawl.store, key, garbage, sizes[i]);
        admit("http://a/1");
        run(none);
        expect("garbage", GET "0 page http://a/1\n");
    }
}

/* They are believed for a day, however long the run. */
static void rules_are_asked_for_again_after_a_day(void **state)
{
    (void)state;
    static const struct answer none[ANSWERS_MOST] = {STATUS(404)};
    admit("http://a/1");
    struct entry *file = hand_out(), *page;
    reply(file, none);
    page = hand_out(); /* keeps the host in memory */
    frontier_tell(rig.crawl.frontier, now = BEGAN + 24 * 3600 - 1);
    admit("http://a/2");
    struct entry *second = hand_out();
    assert_string_equal(second->url, "http://a/2");
    frontier_tell(rig.crawl.frontier, now = BEGAN + 24 * 3600);
    key = frontier_host_key(page->home);
    remember_until(-1);
    admit("http://a/3");
    file = hand_out();
    assert_string_equal(file->url, "http://a/robots.txt");
    reply(file, none);
    rig_listen();
    collect_unfetched(&rig.crawl, page, OUTCOME_OK);
    collect_unfetched(&rig.crawl, second, OUTCOME_OK);
    rig_heard();
    run(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_back_decides),
        cmocka_unit_test_setup_teardown(a_file_is_asked_for_once_an_origin, setup, teardown),
        cmocka_unit_test(a_host_with_an_endless_name_is_not_asked),
        cmocka_unit_test_setup_teardown(its_pages_are_held_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(a_forbidden_file_is_asked_for_all_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_gate_nothing_is_asked, setup, teardown),
        cmocka_unit_test(what_was_learnt_holds_on),
        cmocka_unit_test_setup_teardown(bytes_of_something_else_are_not_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(rules_are_asked_for_again_after_a_day, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
