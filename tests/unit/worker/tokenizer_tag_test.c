/* Goal: what is inside a tag is read as the standard says, also when it is too long to be kept (H70, H73,
 * H74, H75). */
#include "tests/unit/worker/tags.h"

static void reads_names_and_attributes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"<a>", "<a>"},
        {"<A HREF=X Id=y>", "<a href=\"X\" id=\"y\">"},
        {"</A hreF=x>", "</a>"},
        {"<a/>", "<a/>"},
        {"<a / >", "<a>"},
        {"<a / />", "<a/>"},
        {"<br/></br/>", "<br/></br/>"},
        {"<a href='x'id=\"y\">", "<a href=\"x\" id=\"y\">"},
        {"<a href=x/>", "<a href=\"x/\">"},
        {"<a href=\"x\"/>", "<a href=\"x\"/>"},
        {"<a href= />", "<a href=\"/\">"},
        {"<a href=>", "<a href=\"\">"},
        {"<a href= >b>", "<a href=\"\">"},
        {"<a href>", "<a href=\"\">"},
        {"<a href id>", "<a href=\"\" id=\"\">"},
        {"<a href/id>", "<a href=\"\" id=\"\">"},
        {"<a href = x>", "<a href=\"x\">"},
        {"<a\thref\n=\f'x'\r>", "<a href=\"x\">"},
        {"<a =x>", "<a =x=\"\">"},
        {"<a ==x>", "<a ==\"x\">"},
        {"<a =\">\">", "<a =\"=\"\">"},
        {"<a \"foo>", "<a \"foo=\"\">"},
        {"<a 'x'=y>", "<a 'x'=\"y\">"},
        {"<a <b href=x>", "<a <b=\"\" href=\"x\">"},
        {"<a<b>", "<a<b>"},
        {"<a href=a\"b'c<d=e`f>", "<a href=\"a\"b'c<d=e`f\">"},
        {"<a href=\"a>b\nc\">", "<a href=\"a>b\nc\">"},
        {"<a href='a\"b'>", "<a href=\"a\"b\">"},
        {"<a href=a href=b HREF=c>", "<a href=\"a\">"}, /* H73 */
        {"<a href=\"\r\nx\ry\n\">", "<a href=\"\nx\ny\n\">"},
        {"<a href=\"?a=1&copy=2&reg=4&amp;b\">", "<a href=\"?a=1&copy=2&reg=4&b\">"}, /* H74 */
        {"<a href=&amp>", "<a href=\"&\">"},
        {"<x-y:z.1>", "<x-y:z.1>"},
        {"<a href=x", ""},
        {"<a href=\"x>", ""},
        {"<a href=\"x><a href='y'>", ""},
        {"< a>", ""},
        {"<1>", ""},
        {"<\303\251>", ""},
        {"<a\303\251 \303\250=\303\240>", "<a\303\251 \303\250=\"\303\240\">"},
        {"<<a>", "<a>"},
        {"<</a>", "</a>"},
        {"</>", ""},
        {"</ a><b>", "<b>"},
        {"</1><b>", "<b>"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tags_check(rows[i].text, rows[i].expected);
}

static void takes_nul_as_a_character(void **state)
{
    (void)state;
    static const char text[] = "<a\0B h\0=x\0y z=\"\0\"><\0a>";
    tags_check_at(text, sizeof text - 1,
                  "<a\357\277\275b h\357\277\275=\"x\357\277\275y\" z=\"\357\277\275\">", TOKENIZER_IN_TEXT,
                  (int)sizeof text - 1);
}

static void tells_where_a_tag_was_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum tokenizer_place place;
        int opener;
    } rows[] = {
        {"", TOKENIZER_IN_TEXT, 0},          {"x", TOKENIZER_IN_TEXT, 1},
        {"x<", TOKENIZER_IN_TEXT, 2},        {"x</", TOKENIZER_IN_TEXT, 3},
        {"x<a", TOKENIZER_IN_TAG, 1},        {"x</a ", TOKENIZER_IN_TAG, 1},
        {"x<a b", TOKENIZER_IN_TAG, 1},      {"x<a b ", TOKENIZER_IN_TAG, 1},
        {"x<a b=", TOKENIZER_IN_TAG, 1},     {"x<a b=c", TOKENIZER_IN_TAG, 1},
        {"x<a b='c", TOKENIZER_IN_QUOTE, 6}, {"x<a b=\"", TOKENIZER_IN_QUOTE, 6},
        {"x<a b='c'", TOKENIZER_IN_TAG, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tags_check_at(rows[i].text, strlen(rows[i].text), "", rows[i].place, rows[i].opener);
}

struct seen {
    int tags;
    int overlong;
    size_t attributes;
    size_t value_size;
};

static void note(void *context, const struct tag *tag)
{
    struct seen *seen = context;
    seen->tags++;
    seen->overlong += tag->overlong;
    seen->attributes += tag->attribute_count;
    if (tag->attribute_count)
        seen->value_size = tag->attributes[tag->attribute_count - 1].value_size;
}

static const char *const href[] = {"href", NULL};
static const struct tokenizer_want wants[] = {{"a", href, 1}};

/* An `<a href="xx..">` of `size` bytes, then `<a href=y>`, read under a limit of `limit`. */
static struct seen read_long_tag(const struct tokenizer_want *wanted, size_t size, size_t limit, size_t chunk)
{
    struct buf page;
    buf_init(&page, size + 100);
    buf_append_string(&page, "<a href=\"");
    while (page.size < size - 2)
        buf_append_byte(&page, 'x');
    buf_append_string(&page, "\"><a href=y>");
    struct seen seen = {0, 0, 0, 0};
    struct tokenizer *tokenizer = tokenizer_create(wanted, 1, limit, note, &seen);
    for (size_t at = 0; at < page.size; at += chunk)
        tokenizer_feed(tokenizer, page.data + at, page.size - at < chunk ? page.size - at : chunk);
    tokenizer_destroy(&tokenizer);
    buf_clear(&page);
    return seen;
}

static void drops_the_attributes_beyond_the_limit(void **state)
{
    (void)state;
    static const size_t chunks[] = {1 << 30, 1, 999, 1000, 1001};
    for (size_t i = 0; i < COUNT_OF(chunks); i++) {
        for (int all = 0; all < 2; all++) {
            struct seen fits = read_long_tag(all ? NULL : wants, 1000, 1000, chunks[i]);
            assert_int_equal(fits.tags, 2);
            assert_int_equal(fits.overlong, 0);
            assert_int_equal(fits.attributes, 2);
            struct seen beyond = read_long_tag(all ? NULL : wants, 1001, 1000, chunks[i]);
            assert_int_equal(beyond.tags, 2);
            assert_int_equal(beyond.overlong, 1);
            assert_int_equal(beyond.attributes, 1);
            assert_int_equal(beyond.value_size, 1);
        }
    }
}

static void drops_a_name_beyond_the_limit(void **state)
{
    (void)state;
    char page[200];
    memset(page, 'x', sizeof page);
    page[0] = '<';
    memcpy(page + 150, "><a href=y>", strlen("><a href=y>"));
    for (unsigned seed = 0; seed < TAGS_SEEDS; seed++) {
        struct seen seen = {0, 0, 0, 0};
        struct tokenizer *tokenizer = tokenizer_create(NULL, 0, 64, note, &seen);
        tags_feed(tokenizer, page, 150 + strlen("><a href=y>"), seed);
        assert_int_equal(seen.tags, 1);
        tokenizer_destroy(&tokenizer);
    }
}

static void takes_a_hundred_thousand_attributes(void **state)
{
    (void)state; /* H70 */
    struct buf page;
    buf_init(&page, TAGS_LIMIT);
    buf_append_string(&page, "<a ");
    for (int i = 0; i < 100000; i++)
        buf_append_format(&page, "x%d ", i);
    buf_append_string(&page, "href=last>");
    for (int all = 0; all < 2; all++) {
        struct seen seen = {0, 0, 0, 0};
        struct tokenizer *tokenizer = tokenizer_create(all ? NULL : wants, 1, TAGS_LIMIT, note, &seen);
        tags_feed(tokenizer, page.data, page.size, 3);
        assert_int_equal(seen.tags, 1);
        assert_int_equal(seen.attributes, all ? 100001 : 1);
        assert_int_equal(seen.value_size, 4);
        tokenizer_reset(tokenizer);
        tags_feed(tokenizer, page.data, page.size, 0);
        assert_int_equal(seen.tags, 2);
        tokenizer_destroy(&tokenizer);
    }
    buf_clear(&page);
}

static void decodes_within_the_limit(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 8);
    assert_int_equal(tokenizer_decode(&out, "a\r\n&lt;\0", 8), 0);
    assert_int_equal(out.size, 6);
    assert_memory_equal(out.data, "a\n<\357\277\275", 6);
    assert_int_equal(tokenizer_decode(&out, "\r\r\r", 3), -1);
    assert_int_equal(out.size, 6);
    assert_int_equal(tokenizer_decode(&out, "&#13;", 5), 0);
    assert_memory_equal(out.data + 6, "\r", 1);
    assert_int_equal(tokenizer_decode(&out, "", 0), 0);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_names_and_attributes),
        cmocka_unit_test(takes_nul_as_a_character),
        cmocka_unit_test(tells_where_a_tag_was_cut),
        cmocka_unit_test(drops_the_attributes_beyond_the_limit),
        cmocka_unit_test(drops_a_name_beyond_the_limit),
        cmocka_unit_test(takes_a_hundred_thousand_attributes),
        cmocka_unit_test(decodes_within_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
