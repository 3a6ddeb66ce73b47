/* Goal: a redirect leads where a browser would go, and is not followed off the web, to a port that browsers
 * refuse, in a circle, or further than asked for (H41 to H43). */
#include "common/url.h"
#include "coordinator/collect.h"
#include "coordinator/redirect.h"
#include "tests/unit/coordinator/rig.h"

#define LOCATION(text) (text), sizeof(text) - 1

static const struct {
    const char *location;
    size_t size;
    const char *url; /* NULL: it ends as `outcome` */
    enum outcome outcome;
} cases[] = {
    {LOCATION("http://b/x"), "http://b/x", 0},
    {LOCATION("HTTPS://B:443/x"), "https://b/x", 0},
    {LOCATION("/x"), "https://a/x", 0},
    {LOCATION("x"), "https://a/d/x", 0},
    {LOCATION("./x"), "https://a/d/x", 0},
    {LOCATION("../x?y"), "https://a/x?y", 0},
    {LOCATION("../../../x"), "https://a/x", 0},
    {LOCATION("?y"), "https://a/d/p?y", 0},
    {LOCATION("//b"), "https://b/", 0},
    {LOCATION("https:x"), "https://a/d/x", 0},
    {LOCATION("http:x"), "http://x/", 0},
    {LOCATION("\\\\b\\x"), "https://b/x", 0},
    {LOCATION("  /x\t\n"), "https://a/x", 0},
    {LOCATION("/a\tb"), "https://a/ab", 0},
    {LOCATION("/\xc3\xa4 b"), "https://a/%C3%A4%20b", 0},
    {LOCATION("/\xff"), "https://a/%EF%BF%BD", 0},
    {LOCATION("/\0x"), "https://a/%00x", 0},
    {LOCATION("/x#f"), "https://a/x", 0},
    {LOCATION("http://u:p@b/"), "http://b/", 0},
    {LOCATION("http://a/d/p?q"), "http://a/d/p?q", 0},
    {LOCATION("/d/p"), "https://a/d/p", 0},
    {LOCATION("/d/p?"), "https://a/d/p?", 0},
    {LOCATION("http://b:8080/"), "http://b:8080/", 0},
    {LOCATION(""), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("http://"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("http://b:99999/"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("http://a b/"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("http://[::1/"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("http://1.2.3.256/"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("file:///etc/passwd"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("ftp://a/"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("gopher://a/"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("ws://a/"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("mailto:a@b"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("about:blank"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("javascript:alert(1)"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("data:text/html,x"), NULL, OUTCOME_REDIRECT_BAD},
    {LOCATION("http://b:25/"), NULL, OUTCOME_PORT},
    {LOCATION("//b:6667/"), NULL, OUTCOME_PORT},
    {LOCATION("https://a/d/p?q"), NULL, OUTCOME_REDIRECT_LOOP},
    {LOCATION("https://u@A:443/d/./p?q#f"), NULL, OUTCOME_REDIRECT_LOOP},
    {LOCATION("?q"), NULL, OUTCOME_REDIRECT_LOOP},
    {LOCATION("#f"), NULL, OUTCOME_REDIRECT_LOOP},
    {LOCATION("  "), NULL, OUTCOME_REDIRECT_LOOP}, /* the same page, said without a word */
};

static void check(const struct entry *entry, unsigned most, size_t i)
{
    char out[URL_LONGEST];
    size_t size = 0;
    enum outcome expected = cases[i].url ? OUTCOME_REDIRECTED : cases[i].outcome;
    enum outcome outcome = redirect_resolve(entry, cases[i].location, cases[i].size, most, out, &size);
    if (outcome != expected)
        fail_msg("%s: %s", cases[i].location, outcome_name(outcome));
    if (cases[i].url && (size != strlen(cases[i].url) || memcmp(out, cases[i].url, size)))
        fail_msg("%s: %.*s", cases[i].location, (int)size, out);
}

static void a_location_leads_where_a_browser_would_go(void **state)
{
    (void)state;
    struct entry entry = {.url = "https://a/d/p?q"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        check(&entry, 10, i);
        entry.hop = 9;
        check(&entry, 10, i);
        entry.hop = 0;
    }
}

/* H41: what is no URL says so even then. */
static void none_is_followed_beyond_the_limit(void **state)
{
    (void)state;
    static const unsigned limits[] = {0, 1, 5, 100};
    struct entry entry = {.url = "https://a/d/p?q"};
    char out[URL_LONGEST];
    size_t size;
    for (size_t limit = 0; limit < COUNT_OF(limits); limit++)
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            entry.hop = (uint16_t)limits[limit];
            int bad = !cases[i].url && cases[i].outcome == OUTCOME_REDIRECT_BAD;
            assert_int_equal(
                redirect_resolve(&entry, cases[i].location, cases[i].size, limits[limit], out, &size),
                bad ? OUTCOME_REDIRECT_BAD : OUTCOME_REDIRECT_LIMIT);
        }
}

/* H41: whichever of its URLs a chain comes back to. */
static void a_circle_ends_where_it_closes(void **state)
{
    (void)state;
    static const char *const chain[] = {"http://a/", "http://b/", "http://a/2", "https://a/", "http://b/?"};
    static struct rig rig;
    char out[URL_LONGEST];
    size_t size;
    rig_make(&rig);
    rig_admit(&rig, chain[0], chain[0]);
    struct entry *entry = frontier_next(rig.crawl.frontier);
    for (size_t i = 0; i < COUNT_OF(chain); i++) {
        for (size_t j = 0; j < COUNT_OF(chain); j++)
            assert_int_equal(redirect_resolve(entry, chain[j], strlen(chain[j]), 10, out, &size),
                             j <= i ? OUTCOME_REDIRECT_LOOP : OUTCOME_REDIRECTED);
        if (i + 1 == COUNT_OF(chain))
            break;
        frontier_redirect(rig.crawl.frontier, entry, chain[i + 1], strlen(chain[i + 1]));
        entry = frontier_next(rig.crawl.frontier);
    }
    rig_listen();
    collect_unfetched(&rig.crawl, entry, OUTCOME_REDIRECT_LOOP);
    rig_heard();
    rig_check_balance(&rig);
    rig_break(&rig);
}

/* H43: one byte decides, and nothing is cut. */
static void a_location_that_does_not_fit_is_bad(void **state)
{
    (void)state;
    static char location[1 << 20], out[URL_LONGEST];
    static const size_t sizes[] = {URL_LONGEST, URL_LONGEST + 1, sizeof location};
    struct entry entry = {.url = "http://a/"};
    size_t size;
    memset(location, 'x', sizeof location);
    location[0] = '/';
    assert_int_equal(redirect_resolve(&entry, location, 1000, 10, out, &size), OUTCOME_REDIRECTED);
    assert_int_equal(size, strlen("http://a") + 1000);
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        assert_int_equal(redirect_resolve(&entry, location, sizes[i], 10, out, &size), OUTCOME_REDIRECT_BAD);
    memset(location + 1, '"', URL_LONGEST / 2); /* grows threefold */
    assert_int_equal(redirect_resolve(&entry, location, URL_LONGEST / 2, 10, out, &size),
                     OUTCOME_REDIRECT_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_location_leads_where_a_browser_would_go),
        cmocka_unit_test(none_is_followed_beyond_the_limit),
        cmocka_unit_test(a_circle_ends_where_it_closes),
        cmocka_unit_test(a_location_that_does_not_fit_is_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
