/* Goal: a result counts once and under its own session's open lease only (D3, D13, D14, D15), its rows stand
 * once and whole under the URL as listed, and a redirect is followed as far and to where it may be (H41 to
 * H44). */
#include "coordinator/collect.h"
#include "tests/unit/coordinator/rig.h"

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_check_balance(&rig);
    rig_break(&rig);
    return 0;
}

/* ---- pages as workers send them -------------------------------------------------------------------- */

/* A page with these links ("" for none) under the lease, handed to collect on behalf of `session`. */
static void report(struct session *session, uint64_t lease, enum outcome outcome, const char *urls)
{
    static uint8_t columns[256];
    Trawl__Page page = TRAWL__PAGE__INIT;
    Trawl__Links links = TRAWL__LINKS__INIT;
    page.lease = lease;
    page.outcome = outcome;
    page.status = outcome <= OUTCOME_HTTP_STATUS ? 200 : 0;
    page.bytes = 100;
    if (*urls) {
        page.links = &links;
        links.count = 1;
        for (const char *c = urls; *c; c++)
            links.count += *c == '\n';
        links.urls = (ProtobufCBinaryData){strlen(urls), (uint8_t *)urls};
        links.kinds = (ProtobufCBinaryData){links.count, columns};
        links.flags = (ProtobufCBinaryData){2 * links.count, columns};
    }
    collect_page(&rig.crawl, session, &page);
}

static void report_redirect(struct session *session, uint64_t lease, const char *location, size_t size,
                            int private)
{
    Trawl__Page page = TRAWL__PAGE__INIT;
    page.lease = lease;
    page.outcome = OUTCOME_REDIRECTED;
    page.status = 301;
    page.location = (ProtobufCBinaryData){size, (uint8_t *)location};
    page.private_address = private;
    collect_page(&rig.crawl, session, &page);
}

/* ---- results --------------------------------------------------------------------------------------- */

static void rows_stand_under_the_url_as_listed(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        enum outcome outcome;
        const char *links, *rows;
    } cases[] = {
        {"HTTP://A/1", OUTCOME_OK, "http://b/", "HTTP://A/1\thttp://b/\n"},
        {"http://a/2", OUTCOME_OK, "http://b/\nhttp://c/\nhttp://b/",
         "http://a/2\thttp://b/\nhttp://a/2\thttp://c/\nhttp://a/2\thttp://b/\n"},
        {"http://a/3", OUTCOME_OK, "", ""},
        {"http://a/4", OUTCOME_NOT_HTML, "", ""},
        {"http://a/5", OUTCOME_PARSE_ABORTED, "http://b/", "http://a/5\thttp://b/\n"},
        {"http://a/6", OUTCOME_HTTP_STATUS, "http://b/", ""}, /* an error page's links are not the page's */
        {"http://a/7", OUTCOME_RESET, "", ""},
    };
    struct session *session = rig_join(&rig, "w");
    char expected[1000] = "";
    rig_listen();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rig_admit(&rig, cases[i].source, cases[i].source[0] == 'H' ? "http://a/1" : cases[i].source);
        report(session, rig_grant(&rig, session)->number, cases[i].outcome, cases[i].links);
        strcat(expected, cases[i].rows);
    }
    rig_heard();
    assert_string_equal(rig_rows(&rig), expected);
    const struct tally *tally = &rig.crawl.tally;
    assert_int_equal(tally->rows, 5);
    assert_int_equal(tally->links, 6);
    assert_int_equal(tally->bytes, 700);
    assert_int_equal(tally->answered, 6);
    assert_int_equal(tally_finished(tally), 7);
    assert_int_equal(tally_class(tally, OUTCOME_DONE), 5);
    assert_int_equal(session->worker->pages, 7);
    assert_int_equal(session->open, 0);
    assert_int_equal(crawl_pending(&rig.crawl), 0);
}

static void a_line_of_json_for_every_end(void **state)
{
    (void)state;
    static const enum outcome outcomes[] = {OUTCOME_OK, OUTCOME_HTTP_STATUS};
    static const char *const lines[] = {
        "{\"url\":\"http://a/\",\"final_url\":\"http://a/"
        "\",\"redirects\":0,\"status\":200,\"outcome\":\"ok\"",
        "\"worker\":\"w\",\"links\":[{\"url\":\"http://b/\",\"tag\":\"a\",\"attr\":\"href\",\"rel\":[],"
        "\"repaired\":false}]}\n{",
        "\"outcome\":\"http_status\"",
        "\"worker\":\"w\",\"links\":[]}\n{", /* an error page's links are not the page's */
        "\"outcome\":\"port\"",
        "\"worker\":null,\"links\":[]}\n",
    };
    struct session *session = rig_join(&rig, "w");
    rig.config.format = CONFIG_JSONL;
    rig_listen();
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        rig_admit(&rig, "http://a/", "http://a/");
        report(session, rig_grant(&rig, session)->number, outcomes[i], "http://b/");
    }
    collect_unfetched(&rig.crawl,
                      frontier_take(rig.crawl.frontier, rig_admit(&rig, "http://a:1/", "http://a:1/")),
                      OUTCOME_PORT);
    rig_heard();
    const char *rows = rig_rows(&rig);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const char *found = strstr(rows, lines[i]);
        if (!found)
            fail_msg("no %s in %s", lines[i], rows);
        rows = found + 1;
    }
    assert_int_equal(rig.crawl.tally.rows, 1);
}

/* D13, D14: a result counts once whatever arrives after it. */
static void a_result_that_comes_twice_or_late_is_dropped(void **state)
{
    (void)state;
    struct session *one = rig_join(&rig, "one"), *two = rig_join(&rig, "two");
    rig_admit(&rig, "http://a/", "http://a/");
    uint64_t lost = rig_grant(&rig, one)->number;
    lease_lose_all(rig.crawl.leases, one);
    uint64_t lease = rig_grant(&rig, two)->number;
    report(one, lost, OUTCOME_OK, "http://late/");
    report(two, lease, OUTCOME_OK, "http://b/");
    report(two, lease, OUTCOME_OK, "http://b/");
    report(one, lost, OUTCOME_OK, "http://later/");
    assert_string_equal(rig_rows(&rig), "http://a/\thttp://b/\n");
    assert_int_equal(rig.crawl.tally.late, 3);
    assert_int_equal(tally_finished(&rig.crawl.tally), 1);
    assert_int_equal(one->worker->pages, 0);
}

/* D15 */
static void a_forged_result_changes_nothing(void **state)
{
    (void)state;
    struct session *honest = rig_join(&rig, "honest"), *forger = rig_join(&rig, "forger");
    rig_admit(&rig, "http://a/", "http://a/");
    uint64_t lease = rig_grant(&rig, honest)->number;
    report(forger, lease, OUTCOME_OK, "http://forged/");
    report_redirect(forger, lease, "http://forged/", 14, 0);
    report(forger, lease + 1, OUTCOME_OK, "http://forged/");
    report(forger, UINT64_MAX, OUTCOME_OK, "http://forged/");
    assert_int_equal(rig.crawl.tally.late, 4);
    assert_int_equal(honest->open, 1);
    report(honest, lease, OUTCOME_OK, "http://b/");
    assert_string_equal(rig_rows(&rig), "http://a/\thttp://b/\n");
}

static void the_pages_table_has_a_line_for_every_end(void **state)
{
    (void)state;
    struct session *session = rig_join(&rig, "w");
    rig_admit(&rig, "http://a/1", "http://a/1");
    report(session, rig_grant(&rig, session)->number, OUTCOME_OK, "http://b/");
    struct entry *entry = rig_admit(&rig, "http://a:25/", "http://a:25/");
    rig_listen();
    collect_unfetched(&rig.crawl, frontier_take(rig.crawl.frontier, entry), OUTCOME_PORT);
    rig_heard();
    const char *pages = rig_pages(&rig);
    assert_non_null(strstr(pages, "http://a/1\tok\t200\thttp://a/1\t0\t\t\t100\t1\t0\t1\tw\t"));
    assert_non_null(strstr(pages, "http://a:25/\tport\t\thttp://a:25/\t0\t\t\t\t\t0\t0\t\t\t\t0\t\n"));
    assert_int_equal(rig.crawl.tally.answered, 1);
}

static void twenty_failures_of_an_outcome_are_shown(void **state)
{
    (void)state;
    struct session *session = rig_join(&rig, "w");
    rig_listen();
    for (int i = 0; i < 100; i++) {
        rig_admit(&rig, "http://a/", "http://a/");
        report(session, rig_grant(&rig, session)->number, i == 99 ? OUTCOME_DNS : OUTCOME_RESET, "");
    }
    const char *heard = rig_heard();
    assert_int_equal(rig_times(heard, "http://a/: reset"), 20);
    assert_int_equal(rig_times(heard, "http://a/: dns"), 1);
    assert_int_equal(rig_times(heard, "only counted"), 1);
}

/* ---- redirects ------------------------------------------------------------------------------------- */

#define LOCATION(text) .location = (text), .size = sizeof(text) - 1

/* H42, H43, H44, H15 */
static void a_location_leads_where_a_browser_would_go(void **state)
{
    (void)state;
    static const struct {
        const char *location;
        size_t size;
        const char *url; /* NULL: it ends as `outcome` */
        enum outcome outcome;
    } cases[] = {
        {LOCATION("http://b/x"), "http://b/x", 0},
        {LOCATION("/x"), "https://a/x", 0},
        {LOCATION("x"), "https://a/d/x", 0},
        {LOCATION("../x?y"), "https://a/x?y", 0},
        {LOCATION("?y"), "https://a/d/p?y", 0},
        {LOCATION("//b"), "https://b/", 0},
        {LOCATION("  /x\t\n"), "https://a/x", 0},
        {LOCATION("/\xc3\xa4 b"), "https://a/%C3%A4%20b", 0},
        {LOCATION("/\xff"), "https://a/%EF%BF%BD", 0},
        {LOCATION("/x#f"), "https://a/x", 0},
        {LOCATION("http://u:p@b/"), "http://b/", 0},
        {LOCATION("http://a/d/p?q"), "http://a/d/p?q", 0}, /* a downgrade (H44) */
        {LOCATION("https://a./d/p?q"), "https://a./d/p?q", 0},
        {LOCATION(""), NULL, OUTCOME_REDIRECT_BAD},
        {LOCATION("http://"), NULL, OUTCOME_REDIRECT_BAD},
        {LOCATION("file:///etc/passwd"), NULL, OUTCOME_REDIRECT_BAD},
        {LOCATION("ftp://a/"), NULL, OUTCOME_REDIRECT_BAD},
        {LOCATION("gopher://a/"), NULL, OUTCOME_REDIRECT_BAD},
        {LOCATION("javascript:alert(1)"), NULL, OUTCOME_REDIRECT_BAD},
        {LOCATION("data:text/html,x"), NULL, OUTCOME_REDIRECT_BAD},
        {LOCATION("http://b:25/"), NULL, OUTCOME_PORT},
        {LOCATION("https://a/d/p?q"), NULL, OUTCOME_REDIRECT_LOOP},
        {LOCATION("https://u@A:443/d/./p?q#f"), NULL, OUTCOME_REDIRECT_LOOP},
        {LOCATION("#f"), NULL, OUTCOME_REDIRECT_LOOP},
    };
    struct session *session = rig_join(&rig, "w");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rig_admit(&rig, "https://a/d/p?q", "https://a/d/p?q");
        rig_listen();
        report_redirect(session, rig_grant(&rig, session)->number, cases[i].location, cases[i].size, 0);
        rig_heard();
        if (cases[i].url) {
            struct lease *lease = rig_grant(&rig, session);
            assert_string_equal(lease->entry->url, cases[i].url);
            assert_int_equal(lease->entry->hop, 1);
            report(session, lease->number, OUTCOME_OK, "http://l/");
        } else {
            assert_int_equal(rig.crawl.tally.outcomes[cases[i].outcome], 1);
            rig.crawl.tally.outcomes[cases[i].outcome] = 0;
            rig.crawl.tally.lines = --rig.crawl.tally.admitted;
        }
        assert_int_equal(crawl_pending(&rig.crawl), 0);
    }
}

/* H43: 1 MB of Location does not come through the wire; what the wire lets through may still be too long
 * resolved. */
static void a_location_that_does_not_fit_is_bad(void **state)
{
    (void)state;
    static char location[MESSAGE_URL_MAX];
    memset(location, ' ', sizeof location);
    memset(location, '"', sizeof location - 1);
    location[0] = '/';
    struct session *session = rig_join(&rig, "w");
    rig_admit(&rig, "http://a/", "http://a/");
    rig_listen();
    report_redirect(session, rig_grant(&rig, session)->number, location, sizeof location, 0);
    rig_heard();
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_REDIRECT_BAD], 1);
}

/* H41 */
static void a_circle_ends_where_it_closes(void **state)
{
    (void)state;
    static const char *const circle[] = {"http://b/", "http://c/", "http://a/"};
    struct session *session = rig_join(&rig, "w");
    rig_admit(&rig, "http://a/", "http://a/");
    rig_listen();
    for (size_t i = 0; i < COUNT_OF(circle); i++)
        report_redirect(session, rig_grant(&rig, session)->number, circle[i], strlen(circle[i]), 0);
    const char *heard = rig_heard();
    assert_non_null(strstr(heard, "http://a/: redirect_loop"));
    assert_non_null(strstr(rig_pages(&rig), "http://a/\tredirect_loop\t301\thttp://c/\t2\t"));
}

/* H41: as many hops as asked for, and not one more. */
static void a_chain_ends_at_the_limit(void **state)
{
    (void)state;
    static const int limits[] = {0, 1, 10, 100};
    struct session *session = rig_join(&rig, "w");
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        rig.config.max_redirects = limits[i];
        rig_admit(&rig, "http://a/", "http://a/");
        rig_listen();
        for (int hop = 0; hop <= limits[i]; hop++) {
            char location[20];
            snprintf(location, sizeof location, "/%d", hop);
            report_redirect(session, rig_grant(&rig, session)->number, location, strlen(location), 0);
        }
        rig_heard();
        assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_REDIRECT_LIMIT], i + 1);
        assert_int_equal(crawl_pending(&rig.crawl), 0);
    }
}

static void the_rows_of_a_chain_stand_under_the_listed_url(void **state)
{
    (void)state;
    struct session *session = rig_join(&rig, "w");
    rig_admit(&rig, "http://a/", "http://a/");
    report_redirect(session, rig_grant(&rig, session)->number, "http://b/", 9, 0);
    assert_int_equal(crawl_pending(&rig.crawl), 1);
    assert_int_equal(tally_finished(&rig.crawl.tally), 0);
    report(session, rig_grant(&rig, session)->number, OUTCOME_OK, "http://l/");
    assert_string_equal(rig_rows(&rig), "http://a/\thttp://l/\n");
    assert_non_null(strstr(rig_pages(&rig), "http://a/\tok\t200\thttp://b/\t1\t"));
    assert_int_equal(rig.crawl.tally.admitted, 1);
}

/* H63: what a public host redirects to gets no further than a stranger's link; a private one may lead to its
 * like. */
static void private_addresses_are_reached_from_private_ones_only(void **state)
{
    (void)state;
    static const struct {
        int private[3], ok[3];
    } cases[] = {
        {{1, 1, 1}, {1, 1, 1}}, {{0, 0, 0}, {0, 0, 0}}, {{1, 0, 0}, {1, 0, 0}}, {{0, 1, 1}, {0, 0, 0}}};
    struct session *session = rig_join(&rig, "w");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(rig_admit(&rig, "http://a/", "http://a/")->private_ok);
        for (int hop = 0; hop < 3; hop++) {
            char location[20];
            snprintf(location, sizeof location, "/%d", hop);
            report_redirect(session, rig_grant(&rig, session)->number, location, strlen(location),
                            cases[i].private[hop]);
            struct lease *lease = rig_grant(&rig, session);
            assert_int_equal(lease->entry->private_ok, cases[i].ok[hop]);
            frontier_put_back(rig.crawl.frontier, lease_close(rig.crawl.leases, lease));
        }
        report(session, rig_grant(&rig, session)->number, OUTCOME_OK, "");
    }
}

/* ---- outputs that fail ----------------------------------------------------------------------------- */

static void a_broken_output_ends_the_run(void **state)
{
    (void)state;
    output_close(&rig.crawl.rows);
    rig.crawl.rows = output_open("/dev/full");
    struct session *session = rig_join(&rig, "w");
    rig_admit(&rig, "http://a/1", "http://a/1");
    rig_admit(&rig, "http://a/2", "http://a/2");
    rig_listen();
    report(session, rig_grant(&rig, session)->number, OUTCOME_OK, "http://b/");
    output_flush(rig.crawl.rows);
    report(session, rig_grant(&rig, session)->number, OUTCOME_OK, "http://b/");
    rig_heard();
    assert_int_equal(rig.crawl.end, CRAWL_FAILED);
    assert_true(rig.crawl.draining);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_stand_under_the_url_as_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_of_json_for_every_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_result_that_comes_twice_or_late_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_forged_result_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_pages_table_has_a_line_for_every_end, setup, teardown),
        cmocka_unit_test_setup_teardown(twenty_failures_of_an_outcome_are_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(a_location_leads_where_a_browser_would_go, setup, teardown),
        cmocka_unit_test_setup_teardown(a_location_that_does_not_fit_is_bad, setup, teardown),
        cmocka_unit_test_setup_teardown(a_circle_ends_where_it_closes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chain_ends_at_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(the_rows_of_a_chain_stand_under_the_listed_url, setup, teardown),
        cmocka_unit_test_setup_teardown(private_addresses_are_reached_from_private_ones_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_broken_output_ends_the_run, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
