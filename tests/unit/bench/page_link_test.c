/* Goal: each spelling means what the URL Standard says of it: for one target and two documents, both sides
 * written out. */
#include "bench/page_link.h"
#include "tests/unit/check.h"

/* Page 0 is http://127.0.0.1:81/a0/b0/0.html, 7 its sibling on 127.0.0.8 of ten hosts, 330 stands in /a0/b1/
 * of the first. */
static const struct world world = {.seed = 1, .pages = 20000, .hosts = 10, .port = 81};

static const struct {
    const char *form; /* as in the table: finds the row */
    bool latin1;
    int64_t target;
    const char *spelled, *means;
} cases[] = {
    {"$U", false, 7, "http://127.0.0.8:81/a0/b0/7.html", "http://127.0.0.8:81/a0/b0/7.html"},
    {"$P", false, 330, "/a0/b1/330.html", "http://127.0.0.1:81/a0/b1/330.html"},
    {"../$D/$F", false, 330, "../b1/330.html", "http://127.0.0.1:81/a0/b1/330.html"},
    {"//$H$P", false, 7, "//127.0.0.8:81/a0/b0/7.html", "http://127.0.0.8:81/a0/b0/7.html"},
    {"#s$N", false, 0, "#s42", "http://127.0.0.1:81/a0/b0/0.html#s42"},
    {"", false, 0, "", "http://127.0.0.1:81/a0/b0/0.html"},
    {"..", false, 0, "..", "http://127.0.0.1:81/a0/"},
    {"https://$A:443$P", false, 7, "https://127.0.0.8:443/a0/b0/7.html", "https://127.0.0.8/a0/b0/7.html"},
    {"http://2130706433:$p/x$N", false, 0, "http://2130706433:81/x42", "http://127.0.0.1:81/x42"},
    {"%7Euser/%2Fa%zz$N", false, 0, "%7Euser/%2Fa%zz42", "http://127.0.0.1:81/a0/b0/%7Euser/%2Fa%zz42"},
    {"/wiki/Z$urich-$N", false, 0, "/wiki/Z\xc3\xbcrich-42", "http://127.0.0.1:81/wiki/Z%C3%BCrich-42"},
    {"/wiki/Z$urich-$N", true, 0, "/wiki/Z\xfcrich-42", "http://127.0.0.1:81/wiki/Z%C3%BCrich-42"},
};

static const struct page_link_spelling *find(const char *form)
{
    for (size_t i = 0; i < PAGE_LINK_SPELLINGS; i++)
        if (strcmp(page_link_spellings[i].spelled, form) == 0)
            return &page_link_spellings[i];
    fail_msg("no spelling %s", form);
    return NULL;
}

static void both_sides_are_filled_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct page_link_document document = {&world, 0, cases[i].latin1};
        struct page_link link = {find(cases[i].form), cases[i].target, 42};
        struct buf spelled, means;
        buf_init(&spelled, 1000);
        buf_init(&means, 1000);
        page_link_spell(&document, &link, &spelled);
        page_link_mean(&document, &link, &means);
        buf_append_byte(&spelled, 0);
        buf_append_byte(&means, 0);
        assert_string_equal(spelled.data, cases[i].spelled);
        assert_string_equal(means.data, cases[i].means);
        buf_clear(&spelled);
        buf_clear(&means);
    }
}

/* What stands in an attribute without quotes must not end it. */
static void what_needs_quotes_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAGE_LINK_SPELLINGS; i++) {
        const struct page_link_spelling *spelling = &page_link_spellings[i];
        assert_non_null(spelling->means);
        assert_null(strpbrk(spelling->spelled, "\"'<>"));
        if (!*spelling->spelled || strpbrk(spelling->spelled, " \t\n=`"))
            assert_true(spelling->needs & PAGE_LINK_QUOTED);
    }
}

/* Nothing that a crawler would ask for under another URL, or not find. */
static void plain_links_mean_a_page_by_its_url(void **state)
{
    (void)state;
    int plain = 0;
    for (size_t i = 0; i < PAGE_LINK_SPELLINGS; i++) {
        struct page_link_document document = {&world, 0, false};
        struct page_link link = {&page_link_spellings[i], 330, 42};
        struct buf means;
        buf_init(&means, 1000);
        page_link_mean(&document, &link, &means);
        buf_append_byte(&means, 0);
        means.data[strcspn(means.data, "#")] = 0;
        bool page = strcmp(means.data, "http://127.0.0.1:81/a0/b1/330.html") == 0 ||
                    strcmp(means.data, "http://127.0.0.1:81/a0/b0/0.html") == 0;
        assert_int_equal(page_link_is_plain(link.spelling), page);
        plain += page;
        buf_clear(&means);
    }
    assert_true(plain > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_links_mean_a_page_by_its_url),
        cmocka_unit_test(both_sides_are_filled_in),
        cmocka_unit_test(what_needs_quotes_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
