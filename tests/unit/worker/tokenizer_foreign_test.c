/* Goal: inside svg and math no text mode begins and CDATA is known, and HTML goes on where a browser says
 * (H71). */
#include "tests/unit/worker/tags.h"

static void knows_what_is_foreign(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"<svg><style><a></style>", "<svg><style><a></style>"},
        {"<svg><script><a></script>", "<svg><script><a></script>"},
        {"<SVG><Title><a></title></svg><title><a>", "<svg><title><a></title></svg><title>"},
        {"<svg/><style><a></style>", "<svg/><style></style>"},
        {"<svg></svg><style><a></style>", "<svg></svg><style></style>"},
        {"<svg><svg></svg><style><a></style>", "<svg><svg></svg><style><a></style>"},
        {"<math><style><a></style>", "<math><style><a></style>"},
        {"<math><title><style><a>", "<math><title><style><a>"},
        /* the tags that break out */
        {"<svg><p><style><a></style>", "<svg><p><style></style>"},
        {"<svg><g><DIV><style><a></style>", "<svg><g><div><style></style>"},
        {"<svg></p><style><a></style>", "<svg></p><style></style>"},
        {"<svg><a><style><b></style>", "<svg><a><style><b></style>"},
        {"<svg><font><style><a></style>", "<svg><font><style><a></style>"},
        {"<svg><font SIZE=1><style><a></style>", "<svg><font size=\"1\"><style></style>"},
        {"<td><svg></td><style><a></style>", "<td><svg></td><style></style>"},
        /* integration points */
        {"<svg><foreignObject><style><a></style>", "<svg><foreignobject><style></style>"},
        {"<svg><foreignObject></foreignObject><style><a>", "<svg><foreignobject></foreignobject><style><a>"},
        {"<svg><foreignObject/><style><a>", "<svg><foreignobject/><style><a>"},
        {"<svg><desc><svg><style><a></svg><style><b>", "<svg><desc><svg><style><a></svg><style>"},
        {"<svg><desc><svg><p><style><b>", "<svg><desc><svg><p><style>"},
        {"<svg><desc></svg><style><b></style>", "<svg><desc></svg><style></style>"},
        {"<math><desc><style><a>", "<math><desc><style><a>"},
        {"<math><mi><style><a></style>", "<math><mi><style></style>"},
        {"<math><mi><mglyph><style><a></style>", "<math><mi><mglyph><style></style>"},
        {"<math><annotation-xml><style><a>", "<math><annotation-xml><style><a>"},
        {"<math><annotation-xml encoding='Text/HTML'><style><a>",
         "<math><annotation-xml encoding=\"Text/HTML\"><style>"},
        {"<math><annotation-xml encoding=application/xhtml+xml><style><a>",
         "<math><annotation-xml encoding=\"application/xhtml+xml\"><style>"},
        {"<math><annotation-xml><svg><desc><style><a>", "<math><annotation-xml><svg><desc><style>"},
        {"<math><svg><desc><style><a>", "<math><svg><desc><style><a>"},
        {"<svg><math><mi><style><a>", "<svg><math><mi><style><a>"},
        /* CDATA */
        {"<svg><![CDATA[<a>]]><b>", "<svg><b>"},
        {"<svg><![CDATA[]<a>]]]><g>", "<svg><g>"},
        {"<svg><![CDATA[<a>]] ><b>", "<svg>"},
        {"<svg><![cdata[<a>]]><g>", "<svg><g>"},
        {"<svg><![CDATA[x>]]><g>", "<svg><g>"},
        {"<svg><![CDATA<a>]]><g>", "<svg><g>"},
        {"<svg><desc><![CDATA[<a>]]><g>", "<svg><desc><g>"},
        {"<svg><desc><p><![CDATA[<a>]]><g>", "<svg><desc><p><g>"},
        {"<![CDATA[<a>]]><svg></svg><![CDATA[<b>x", "<svg></svg>"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tags_check(rows[i].text, rows[i].expected);
}

static void tells_an_open_cdata_section(void **state)
{
    (void)state;
    tags_check_at("<svg><![CDATA[ <a> ]]", 21, "<svg>", TOKENIZER_IN_CDATA, 5);
    tags_check_at("<svg><![CDA", 11, "<svg>", TOKENIZER_IN_BOGUS_COMMENT, 5);
}

static void survives_any_depth(void **state)
{
    (void)state; /* H68 */
    struct buf page;
    struct buf expected;
    buf_init(&page, TAGS_LIMIT);
    buf_init(&expected, TAGS_LIMIT);
    for (int i = 0; i < 10000; i++)
        buf_append_string(&page, "<svg><desc>");
    buf_append(&expected, page.data, page.size);
    buf_append_string(&page, "<p><title><b></title>");
    buf_append_string(&expected, "<p><title></title>");
    buf_append_byte(&expected, 0);
    tags_check_at(page.data, page.size, expected.data, TOKENIZER_IN_TEXT, (int)page.size);
    buf_clear(&page);
    buf_clear(&expected);
}

/* The attributes that decide about foreign content are ours, and not reported to who did not ask for them. */
static void keeps_its_own_wishes_to_itself(void **state)
{
    (void)state;
    static const char *const id[] = {"id", NULL};
    static const struct tokenizer_want wants[] = {{"font", id, 0}, {"style", NULL, 1}};
    static const char text[] = "<svg><font color=red id=x></svg><style><font id=y></style><font face=z>";
    for (unsigned seed = 0; seed < TAGS_SEEDS; seed++) {
        struct buf out;
        buf_init(&out, TAGS_LIMIT);
        struct tokenizer *tokenizer = tokenizer_create(wants, COUNT_OF(wants), TAGS_LIMIT, tags_write, &out);
        tags_feed(tokenizer, text, strlen(text), seed);
        tags_compare(text, strlen(text), &out, "<font id=\"x\"><style></style><font>", seed);
        tokenizer_destroy(&tokenizer);
        buf_clear(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_is_foreign),
        cmocka_unit_test(tells_an_open_cdata_section),
        cmocka_unit_test(survives_any_depth),
        cmocka_unit_test(keeps_its_own_wishes_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
