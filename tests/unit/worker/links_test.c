/* Goal: tags become links: the right attributes, the right base, each URL once, in order, within the ceilings
 * (H47, H70, H72, H74, H82, H83, H88). */
#include "tests/unit/check.h"
#include "worker/links.h"

enum { MOST_ATTRIBUTES = 4 };

/* A tag of a test: its name and attributes as name, value, name, value. */
struct row {
    const char *name;
    const char *attributes[2 * MOST_ATTRIBUTES];
    int inert;
};

static struct links_settings settings = {.kind = LINKS_ALL, .most = LINKS_MOST, .bytes = LINKS_BYTES};

static void give(struct links *links, const struct row *row)
{
    struct tag_attribute attributes[MOST_ATTRIBUTES];
    struct tag tag = {
        .name = row->name, .name_size = strlen(row->name), .want = -1, .attributes = attributes};
    for (; tag.attribute_count < MOST_ATTRIBUTES && row->attributes[2 * tag.attribute_count];
         tag.attribute_count++) {
        const char *name = row->attributes[2 * tag.attribute_count];
        const char *value = row->attributes[2 * tag.attribute_count + 1];
        attributes[tag.attribute_count] = (struct tag_attribute){name, strlen(name), value, strlen(value)};
    }
    tag.inert = row->inert;
    links_tag(links, &tag);
}

static struct links *begun(const char *url)
{
    struct links *links = links_create(&settings);
    assert_int_equal(links_begin(links, url, strlen(url), charset_utf8(), false), 0);
    return links;
}

static void assert_urls(const struct links_page *page, const char *expected)
{
    if (page->urls_size != strlen(expected) ||
        (page->urls_size && memcmp(page->urls, expected, page->urls_size) != 0))
        fail_msg("%.*s, not %s", (int)page->urls_size, page->urls, expected);
}

static void check(const struct row *rows, size_t count, const char *expected)
{
    struct links *links = begun("http://h/d/p?q#f");
    for (size_t i = 0; i < count; i++)
        give(links, &rows[i]);
    assert_urls(links_finish(links), expected);
    links_destroy(&links);
}

#define CHECK(expected, ...)                      \
    do {                                          \
        const struct row rows_[] = {__VA_ARGS__}; \
        check(rows_, COUNT_OF(rows_), expected);  \
    } while (0)

static void reads_every_form(void **state)
{
    (void)state;
    CHECK("http://h/d/x", {"a", {"href", "x"}, 0});
    CHECK("http://h/d/p?q#", {"a", {"href", "#"}, 0});
    CHECK("http://h/d/p?q", {"a", {"href", ""}, 0});
    CHECK("http://h/x?a=1&copy=2&b", {"area", {"href", " /x?a=1&copy=2&amp;b\n"}, 0}); /* H74 */
    CHECK("http://h/d/xy", {"a", {"href", "x\t\r\ny"}, 0});                            /* H88 */
    CHECK("http://h/d/1\nhttp://h/d/2\nhttp://h/d/3", {"img", {"srcset", "2 1x, 3 2x", "src", "1"}, 0});
    CHECK("http://h/d/1", {"image", {"src", "1"}, 0});
    CHECK("http://h/d/1\nhttp://h/d/2", {"a", {"ping", " 1\n2 "}, 0});
    CHECK("http://h/d/x", {"meta", {"content", "0;url='x'", "http-equiv", "Refresh"}, 0}); /* H47 */
    CHECK("", {"meta", {"content", "0;url=x", "http-equiv", "refreshing"}, 0});
    CHECK("", {"meta", {"content", "0;url=x"}, 0});
    CHECK("", {"meta", {"content", "0", "http-equiv", "refresh"}, 0});
    CHECK("", {"p", {"href", "x"}, 0}, {"a", {"name", "x"}, 0}, {"ab", {"href", "x"}, 0});
    CHECK("http://h/d/x", {"a", {"href", "x"}, 1}); /* what a template holds counts */
}

static void keeps_each_url_once_where_it_came_first(void **state)
{
    (void)state;
    CHECK("http://h/d/b\nhttp://h/d/a", {"a", {"href", "b"}, 0}, {"a", {"href", "./a"}, 0},
          {"img", {"src", "a"}, 0}, {"a", {"href", "b"}, 0}, {"a", {"href", "http://H:80/d/b"}, 0});
}

static void leaves_other_schemes_out_unless_asked(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"a", {"href", "mailto:x"}, 0},
        {"a", {"href", "javascript:void(0)"}, 0}, /* H82 */
        {"a", {"href", "https://x/"}, 0},
        {"a", {"href", "http://["}, 0},
    };
    check(rows, COUNT_OF(rows), "https://x/");
    settings.all_schemes = true;
    check(rows, COUNT_OF(rows), "mailto:x\njavascript:void(0)\nhttps://x/");
    settings.all_schemes = false;
}

static void obeys_the_first_base(void **state)
{
    (void)state;
    static const struct row link = {"a", {"href", "x"}, 0};
    CHECK("http://b/x", link, {"base", {"href", "http://b/"}, 0}); /* H72: late */
    CHECK("http://h/e/x", {"base", {"href", "/e/"}, 0}, {"base", {"href", "http://no/"}, 0}, link);
    CHECK("http://b/x", {"base", {"target", "_top"}, 0}, {"base", {"href", "//b"}, 0}, link);
    CHECK("http://h/d/x", {"base", {"href", "data:,x"}, 0}, {"base", {"href", "/no/"}, 0}, link);
    CHECK("http://h/d/x", {"base", {"href", "javascript:x"}, 0}, link);
    CHECK("http://h/d/x", {"base", {"href", "http://["}, 0}, link);
    CHECK("http://h/d/x", {"base", {"href", "/no/"}, 1}, link); /* in a template */
    CHECK("http://b/x?&", {"base", {"href", "http://b/&#x79;"}, 0}, {"a", {"href", "x?&amp;"}, 0});
}

static void tells_what_each_link_was(void **state)
{
    (void)state;
    settings.rels = true;
    struct links *links = begun("http://h/");
    give(links, &(struct row){"a", {"href", "1", "rel", " NoFollow\n me  ugc "}, 0});
    give(links, &(struct row){"img", {"src", "2"}, 0});
    links_repair(links);
    give(links, &(struct row){"link", {"rel", "stylesheet", "href", "3"}, 0});
    give(links, &(struct row){"a", {"href", "1"}, 0});
    const struct links_page *page = links_finish(links);
    assert_int_equal(page->count, 3);
    assert_int_equal(page->flags[0], LINK_KIND_NOFOLLOW | LINK_KIND_UGC);
    assert_int_equal(page->flags[1], 0);
    assert_int_equal(page->flags[2], LINK_KIND_STYLESHEET | LINK_KIND_REPAIRED);
    assert_string_equal(link_kind_row(page->kinds[0])->element, "a");
    assert_string_equal(link_kind_row(page->kinds[1])->element, "img");
    assert_string_equal(link_kind_row(page->kinds[2])->element, "link");
    assert_int_equal(page->rels_size, strlen("NoFollow me ugc\n\nstylesheet"));
    assert_memory_equal(page->rels, "NoFollow me ugc\n\nstylesheet", page->rels_size);
    assert_int_equal(page->base_size, strlen("http://h/"));
    settings.rels = false;
    links_destroy(&links);
}

static void cuts_at_its_ceilings_and_counts(void **state)
{
    (void)state;
    char text[64];
    settings.most = 10;
    struct links *links = begun("http://h/");
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "%d", i % 30);
        give(links, &(struct row){"a", {"href", text}, 0});
    }
    const struct links_page *page = links_finish(links);
    assert_int_equal(page->count, 10);
    assert_int_equal(page->cut, 60); /* of 90 that are not among the first ten, 30 say what these say */
    assert_int_equal(links_begin(links, "http://h/", 9, charset_utf8(), false), 0);
    give(links, &(struct row){"a", {"href", "x"}, 0});
    page = links_finish(links);
    assert_int_equal(page->cut, 0);
    assert_urls(page, "http://h/x");
    links_destroy(&links);
    settings.most = LINKS_MOST;
}

static void drops_what_is_too_long_for_a_url(void **state)
{
    (void)state;
    enum { LONG = 100000 };
    char *value = malloc(LONG + 1);
    assert_non_null(value);
    memset(value, 'x', LONG);
    value[LONG] = 0;
    CHECK("http://h/d/x", {"img", {"src", value}, 0}, {"img", {"srcset", value}, 0},
          {"a", {"href", "x"}, 0}); /* H83 */
    free(value);
}

static void reads_raw_values_in_the_pages_encoding(void **state)
{
    (void)state;
    const struct charset *charset = charset_by_label("shift_jis", 9);
    struct links *links = links_create(&settings);
    assert_int_equal(links_begin(links, "http://h/", 9, charset, true), 0);
    give(links, &(struct row){"a", {"href", "\203\134?\203\134&eacute;"}, 0});
    assert_urls(links_finish(links), "http://h/%E3%82%BD?%83\\%26%23233%3B");
    assert_int_equal(links_begin(links, "http://h/", 9, charset, false), 0);
    give(links, &(struct row){"a", {"href", "\343\202\275?\343\202\275"}, 0});
    assert_urls(links_finish(links), "http://h/%E3%82%BD?%83\\");
    links_destroy(&links);
}

static void has_no_links_without_a_page(void **state)
{
    (void)state;
    struct links *links = links_create(&settings);
    assert_int_equal(links_begin(links, "h", 1, charset_utf8(), false), -1);
    give(links, &(struct row){"a", {"href", "http://x/"}, 0});
    assert_int_equal(links_finish(links)->count, 0);
    links_destroy(&links);
    assert_null(links);
}

static void counts_only_the_rows_chosen(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"a", {"href", "1", "ping", "2"}, 0},
        {"area", {"href", "3"}, 0},
        {"link", {"href", "4"}, 0},
        {"img", {"src", "5"}, 0},
    };
    settings.kind = LINKS_A;
    check(rows, COUNT_OF(rows), "http://h/d/1\nhttp://h/d/3");
    settings.kind = LINKS_HREF;
    check(rows, COUNT_OF(rows), "http://h/d/1\nhttp://h/d/3\nhttp://h/d/4");
    settings.kind = LINKS_ALL;
    check(rows, COUNT_OF(rows), "http://h/d/1\nhttp://h/d/2\nhttp://h/d/3\nhttp://h/d/4\nhttp://h/d/5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_form),
        cmocka_unit_test(keeps_each_url_once_where_it_came_first),
        cmocka_unit_test(leaves_other_schemes_out_unless_asked),
        cmocka_unit_test(obeys_the_first_base),
        cmocka_unit_test(tells_what_each_link_was),
        cmocka_unit_test(cuts_at_its_ceilings_and_counts),
        cmocka_unit_test(drops_what_is_too_long_for_a_url),
        cmocka_unit_test(reads_raw_values_in_the_pages_encoding),
        cmocka_unit_test(has_no_links_without_a_page),
        cmocka_unit_test(counts_only_the_rows_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
