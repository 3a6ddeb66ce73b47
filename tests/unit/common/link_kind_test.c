/* Goal: the table of links holds what the oracle's holds, in an order that never changes, and rel is a list
 * of tokens. */
#include "common/link_kind.h"
#include "tests/unit/check.h"

/* A row's index is written into stored runs and sent between versions: this list may only grow. */
static const char *const expected[] = {
    "a href",           "a ping",           "area href",         "area ping",    "link href",
    "link imagesrcset", "img src",          "img srcset",        "img longdesc", "script src",
    "iframe src",       "frame src",        "embed src",         "object data",  "source src",
    "source srcset",    "video src",        "video poster",      "audio src",    "track src",
    "input src",        "input formaction", "button formaction", "form action",  "meta content",
    "html manifest",    "table background", "blockquote cite",   "q cite",       "ins cite",
    "del cite",         "body background",
};

static void keeps_its_rows_where_they_are(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT_OF(expected); i++) {
        char text[64];
        const struct link_kind_row *row = link_kind_row(i);
        assert_non_null(row);
        snprintf(text, sizeof text, "%s %s", row->element, row->attribute);
        assert_string_equal(text, expected[i]);
    }
    assert_null(link_kind_row(COUNT_OF(expected)));
}

static void counts_what_each_choice_says(void **state)
{
    (void)state;
    unsigned counted[3] = {0};
    const struct link_kind_row *row;
    for (unsigned i = 0; (row = link_kind_row(i)); i++)
        for (enum link_kind kind = LINKS_HREF; kind <= LINKS_ALL; kind++)
            counted[kind] += link_kind_counts(row, kind);
    assert_int_equal(counted[LINKS_A], 2);
    assert_int_equal(counted[LINKS_HREF], 3);
    assert_int_equal(counted[LINKS_ALL], COUNT_OF(expected));
}

static void names_the_choices(void **state)
{
    (void)state;
    enum link_kind kind;
    for (enum link_kind each = LINKS_HREF; each <= LINKS_ALL; each++) {
        assert_int_equal(link_kind_by_name(link_kind_name(each), &kind), 0);
        assert_int_equal(kind, each);
    }
    assert_int_equal(link_kind_by_name("hrefs", &kind), -1);
    char choices[64];
    snprintf(choices, sizeof choices, "%s|%s|%s", link_kind_name(0), link_kind_name(1), link_kind_name(2));
    assert_string_equal(choices, LINK_KIND_CHOICES);
}

static void reads_rel_as_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *rel;
        unsigned flags;
    } rows[] = {
        {"", 0},
        {"nofollow", LINK_KIND_NOFOLLOW},
        {" \tNoFollow\nUGC ", LINK_KIND_NOFOLLOW | LINK_KIND_UGC},
        {"nofollower no follow", 0},
        {"alternate stylesheet", LINK_KIND_ALTERNATE | LINK_KIND_STYLESHEET},
        {"nofollow,ugc", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(link_kind_rel(rows[i].rel, strlen(rows[i].rel)), rows[i].flags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_its_rows_where_they_are),
        cmocka_unit_test(counts_what_each_choice_says),
        cmocka_unit_test(names_the_choices),
        cmocka_unit_test(reads_rel_as_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
