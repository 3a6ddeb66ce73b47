/* Goal: a link is admitted once, at its smallest depth, where the scope, the filters, the traps and its page
 * let it; what is cut is counted by reason, and the balance holds. */
#include "coordinator/follow.h"

#include "common/link_kind.h"
#include "tests/unit/coordinator/rig.h"

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    rig.config.depth = 3;
    rig.crawl.scope = scope_create(SCOPE_HOST, rig.crawl.store, rig.crawl.record.hash_seed);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_check_balance(&rig);
    scope_destroy(&rig.crawl.scope);
    rig_break(&rig);
    return 0;
}

/* ---- pages that were fetched, and what they lead to -------------------------------------------------- */

/* A URL admitted as a seed is, or, at a depth, as a link. */
static struct entry *have_page(const char *text, unsigned depth, bool private_ok)
{
    struct crawl *crawl = &rig.crawl;
    struct frontier_url url = {text, strlen(text), text, strlen(text), depth, 0, private_ok};
    uint64_t rank = frontier_next_rank(crawl->frontier, depth);
    uint64_t fingerprint = seen_fingerprint(crawl->seen, text, strlen(text));
    assert_int_equal(seen_add(crawl->seen, fingerprint, &rank), SEEN_NEW);
    *(depth ? &crawl->tally.found : &crawl->tally.lines) += 1;
    crawl->tally.admitted++;
    if (!depth)
        scope_add(crawl->scope, text, strlen(text));
    struct entry *entry = frontier_add(crawl->frontier, &url);
    assert_non_null(entry);
    return entry;
}

/* The page of that entry holds these links, each with these flags. */
static void follow(struct entry *entry, const char *urls, unsigned flags, bool private)
{
    uint8_t columns[200];
    Trawl__Page page = TRAWL__PAGE__INIT;
    Trawl__Links links = TRAWL__LINKS__INIT;
    page.private_address = private;
    page.links = &links;
    links.count = 1;
    for (const char *c = urls; *c; c++)
        links.count += *c == '\n';
    assert_true(2 * links.count <= sizeof columns);
    for (size_t i = 0; i < links.count; i++) {
        columns[2 * i] = (uint8_t)flags;
        columns[2 * i + 1] = (uint8_t)(flags >> 8);
    }
    links.urls = (ProtobufCBinaryData){strlen(urls), (uint8_t *)urls};
    links.flags = (ProtobufCBinaryData){2 * links.count, columns};
    follow_links(&rig.crawl, entry, &page);
}

static void redirect(struct entry *entry, const char *url, bool private)
{
    Trawl__Page page = TRAWL__PAGE__INIT;
    page.private_address = private;
    follow_redirect(&rig.crawl, entry, &page, url, strlen(url));
}

/* Finishes all that is queued, which must be this in order: "depth hop private_ok URL" a line. */
static void check_queued(const char *expected)
{
    static char text[10000];
    size_t size = 0;
    text[0] = 0;
    rig_check_balance(&rig);
    for (struct entry *entry; (entry = frontier_next(rig.crawl.frontier));) {
        assert_string_equal(entry->source, entry->url);
        size += (size_t)snprintf(text + size, sizeof text - size, "%u %u %u %s\n", frontier_depth(entry),
                                 entry->hop, entry->private_ok, entry->url);
        frontier_finish(rig.crawl.frontier, entry);
        rig.crawl.tally.outcomes[OUTCOME_OK]++;
    }
    assert_string_equal(text, expected);
    assert_int_equal(crawl_pending(&rig.crawl), 0);
}

/* ---- links ------------------------------------------------------------------------------------------- */

static void it_is_on_with_a_depth(void **state)
{
    (void)state;
    assert_true(follow_is_on(&rig.crawl));
    rig.config.depth = 0;
    assert_false(follow_is_on(&rig.crawl));
}

static void new_links_are_one_deeper(void **state)
{
    (void)state;
    follow(have_page("http://a/", 0, false), "http://a/1\nhttp://a/2?q\nhttps://a/3", 0, false);
    follow(have_page("http://a/p", 1, false), "http://a/4", 0, false);
    assert_int_equal(rig.crawl.tally.found, 5);
    assert_int_equal(tally_skipped(&rig.crawl.tally), 0);
    check_queued("0 0 0 http://a/\n1 0 0 https://a/3\n1 0 0 http://a/1\n1 0 0 http://a/2?q\n"
                 "1 0 0 http://a/p\n2 0 0 http://a/4\n");
}

static void a_page_at_the_last_depth_leads_nowhere(void **state)
{
    (void)state;
    have_page("http://a/", 0, false);
    follow(have_page("http://a/2", 2, false), "http://a/deepest", 0, false);
    follow(have_page("http://a/3", 3, false), "http://a/too-deep\nhttp://other/", 0, false);
    assert_int_equal(tally_skipped(&rig.crawl.tally), 0);
    check_queued("0 0 0 http://a/\n2 0 0 http://a/2\n3 0 0 http://a/deepest\n3 0 0 http://a/3\n");
}

static void a_page_without_links_leads_nowhere(void **state)
{
    (void)state;
    Trawl__Page page = TRAWL__PAGE__INIT;
    follow_links(&rig.crawl, have_page("http://a/", 0, false), &page);
    check_queued("0 0 0 http://a/\n");
}

static void a_url_is_admitted_once(void **state)
{
    (void)state;
    struct entry *seed = have_page("http://a/", 0, false);
    follow(seed, "http://a/1#f\nhttp://a/1\nhttp://a/1#g\nhttp://a/%31\nhttp://a/#top\nhttp://a/", 0, false);
    follow(seed, "http://a/1\nhttp://a/2#", 0, false);
    assert_int_equal(rig.crawl.tally.found, 2);
    check_queued("0 0 0 http://a/\n1 0 0 http://a/1\n1 0 0 http://a/2\n");
}

static void only_the_web_is_followed(void **state)
{
    (void)state;
    follow(have_page("http://a/", 0, false),
           "mailto:me@a\nftp://a/\njavascript:1\ndata:,http://a/\nhttp:\nhttps://a/", 0, false);
    assert_int_equal(tally_skipped(&rig.crawl.tally), 0);
    rig_check_balance(&rig);
    assert_int_equal(rig.crawl.tally.found, 1);
}

/* A worker of another make may call anything a URL. */
static void what_is_no_url_is_not_followed(void **state)
{
    (void)state;
    static char longest[70000];
    scope_destroy(&rig.crawl.scope);
    rig.crawl.scope = scope_create(SCOPE_ANY, rig.crawl.store, rig.crawl.record.hash_seed);
    struct entry *page = have_page("http://a/", 0, true);
    follow(page,
           "http://a/b c\nhttp:///\nhttp://?\nhttp://@\nhttp://[\nhttp://a:99999/\nhttp://A/\nhttp://a\n"
           "http://a/../b\nhttps://%/\nhttp://a b/\nhttp://u:p@a/good#x",
           0, false);
    memset(longest, '@', sizeof longest - 1);
    memcpy(longest, "http://a/", 7);
    follow(page, longest, 0, false);
    check_queued("0 0 1 http://a/\n"
                 "1 0 0 http://a/good\n");
}

static void what_is_cut_is_counted_by_reason(void **state)
{
    (void)state;
    static const char *expressions[] = {"/private/"}, *options[] = {"exclude"};
    static char longest[3000], deep[200] = "http://a";
    struct options_list list = {expressions, options, 1};
    const char *option;
    char why[200];
    struct entry *seed = have_page("http://a/", 0, false);
    rig.config.filter = filter_create(&list, &option, why, sizeof why);
    assert_non_null(rig.config.filter);
    memset(longest, 'x', sizeof longest - 1);
    memcpy(longest, "http://a/", 9);
    for (int i = 0; i < 33; i++)
        snprintf(deep + strlen(deep), 5, "/%d", i);
    const struct {
        const char *urls;
        enum skip skip;
        unsigned times;
    } cases[] = {
        {"http://b/\nhttps://a.b/\nhttp://b/", SKIP_SCOPE, 3}, /* each link of each page counts */
        {"http://a/private/1", SKIP_FILTER, 1},
        {longest, SKIP_LONG, 1},
        {deep, SKIP_DEEP, 1},
        {"http://a/x/x/x/", SKIP_REPEATED, 1},
        {"http://a:25/\nhttps://a:6000/1", SKIP_PORT, 2},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t before = tally_skipped(&rig.crawl.tally);
        follow(seed, cases[i].urls, 0, false);
        assert_int_equal(rig.crawl.tally.skips[cases[i].skip], cases[i].times);
        assert_int_equal(tally_skipped(&rig.crawl.tally) - before, cases[i].times);
    }
    check_queued("0 0 0 http://a/\n");
    filter_destroy(&rig.config.filter);
}

/* The counts are those of the links on the pages, whatever of it was met before. */
static void what_is_cut_is_counted_each_time(void **state)
{
    (void)state;
    static const char *expressions[] = {"/listed"}, *options[] = {"exclude"};
    struct options_list list = {expressions, options, 1};
    const char *option;
    char why[200];
    struct entry *seed = have_page("http://a/listed", 0, false), *page = have_page("http://a/1", 1, false);
    rig.config.filter = filter_create(&list, &option, why, sizeof why);
    rig.config.respect_nofollow = true;
    for (int i = 1; i <= 3; i++) {
        follow(page, "http://a/listed\nhttp://a/2\nhttp://b/", 0, false);
        follow(seed, "http://a/2\nhttp://a/1", LINK_KIND_NOFOLLOW, false);
        redirect(page, "http://b/", false);
        assert_int_equal(rig.crawl.tally.skips[SKIP_FILTER], i); /* not a seed's, but a link to it */
        assert_int_equal(rig.crawl.tally.skips[SKIP_NOFOLLOW], 2 * i);
        assert_int_equal(rig.crawl.tally.skips[SKIP_SCOPE], 2 * i);
    }
    assert_int_equal(tally_skipped(&rig.crawl.tally), 15);
    check_queued("0 0 0 http://a/listed\n1 0 0 http://a/1\n2 0 0 http://a/2\n");
    filter_destroy(&rig.config.filter);
}

static void nofollow_is_respected_when_asked(void **state)
{
    (void)state;
    struct entry *seed = have_page("http://a/", 0, false);
    follow(seed, "http://a/1", LINK_KIND_NOFOLLOW | LINK_KIND_REPAIRED, false);
    rig.config.respect_nofollow = true;
    follow(seed, "http://a/2", LINK_KIND_NOFOLLOW | LINK_KIND_REPAIRED, false);
    follow(seed, "http://a/3", LINK_KIND_UGC | LINK_KIND_REPAIRED, false);
    assert_int_equal(rig.crawl.tally.skips[SKIP_NOFOLLOW], 1);
    assert_int_equal(tally_skipped(&rig.crawl.tally), 1);
    check_queued("0 0 0 http://a/\n1 0 0 http://a/1\n1 0 0 http://a/3\n");
}

static void what_is_found_nearer_moves_up(void **state)
{
    (void)state;
    struct entry *seed = have_page("http://a/", 0, false), *deep = have_page("http://a/2", 2, false);
    have_page("http://a/3", 3, false);
    follow(deep, "http://a/x\nhttp://a/y", 0, false);
    follow(seed, "http://a/y\nhttp://a/3", 0, false); /* the entries of both are others now */
    follow(deep, "http://a/y", 0, false);
    follow(seed, "http://a/y", 0, false);
    assert_int_equal(rig.crawl.tally.admitted, 5);
    check_queued("0 0 0 http://a/\n1 0 0 http://a/3\n1 0 0 http://a/y\n2 0 0 http://a/2\n3 0 0 http://a/x\n");
}

/* ---- redirects --------------------------------------------------------------------------------------- */

static void a_redirect_stays_at_its_depth(void **state)
{
    (void)state;
    struct entry *seed = have_page("http://a/", 0, false), *deepest = have_page("http://a/3", 3, false);
    redirect(deepest, "http://a/to", false);
    redirect(seed, "http://a/3", false); /* met before, and deeper: moves up */
    deepest = have_page("http://a/4", 3, false);
    deepest->hop = 4;
    redirect(deepest, "http://a/on", false);
    redirect(deepest, "http://a/to", false);
    deepest->hop = 0;
    check_queued(
        "0 0 0 http://a/\n0 0 0 http://a/3\n3 1 0 http://a/to\n3 0 0 http://a/4\n3 5 0 http://a/on\n");
}

static void only_the_redirect_of_a_seed_joins_the_scope(void **state)
{
    (void)state;
    struct entry *seed = have_page("http://a/", 0, false), *other = have_page("http://a/1", 1, false);
    redirect(other, "http://c/", false);
    assert_int_equal(rig.crawl.tally.skips[SKIP_SCOPE], 1);
    follow(seed, "http://b/1", 0, false);
    assert_int_equal(rig.crawl.tally.skips[SKIP_SCOPE], 2);
    redirect(seed, "http://b/", false);
    follow(seed, "http://b/1\nhttp://c/1", 0, false);
    assert_int_equal(rig.crawl.tally.skips[SKIP_SCOPE], 3);
    assert_int_equal(rig.crawl.tally.found, 3);
    frontier_finish(rig.crawl.frontier, frontier_take(rig.crawl.frontier, seed));
    frontier_finish(rig.crawl.frontier, frontier_take(rig.crawl.frontier, other));
    rig.crawl.tally.outcomes[OUTCOME_OK] += 2;
    check_queued("0 1 0 http://b/\n1 0 0 http://b/1\n");
}

/* H63: only a seed's own private network, and no further than through private addresses. */
static void private_addresses_are_inherited_from_private_pages(void **state)
{
    (void)state;
    struct entry *allowed = have_page("http://a/", 0, true), *stranger = have_page("http://a/s", 0, false);
    follow(allowed, "http://a/1", 0, true);
    follow(allowed, "http://a/2", 0, false);
    follow(stranger, "http://a/3", 0, true);
    redirect(allowed, "http://a/4", true);
    redirect(allowed, "http://a/5", false);
    redirect(stranger, "http://a/6", true);
    check_queued("0 0 1 http://a/\n0 0 0 http://a/s\n0 1 1 http://a/4\n0 1 0 http://a/5\n0 1 0 http://a/6\n"
                 "1 0 1 http://a/1\n1 0 0 http://a/2\n1 0 0 http://a/3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_on_with_a_depth, setup, teardown),
        cmocka_unit_test_setup_teardown(new_links_are_one_deeper, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_at_the_last_depth_leads_nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_without_links_leads_nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(a_url_is_admitted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_web_is_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_url_is_not_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_cut_is_counted_by_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_cut_is_counted_each_time, setup, teardown),
        cmocka_unit_test_setup_teardown(nofollow_is_respected_when_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_found_nearer_moves_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_redirect_stays_at_its_depth, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_redirect_of_a_seed_joins_the_scope, setup, teardown),
        cmocka_unit_test_setup_teardown(private_addresses_are_inherited_from_private_pages, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
