/* Goal: the caller hears of what it asked for, each attribute once, and of nothing else. */
#include "tests/unit/worker/tags.h"

static const char *const link_attributes[] = {"href", "rel", NULL};
static const char *const long_attributes[] = {"a-very-long-attribute-name-of31", NULL};
static const struct tokenizer_want wants[] = {
    {"a", link_attributes, 0},
    {"template", NULL, 1},
    {"script", link_attributes, 0},
    {"an-unusually-long-name-of-a-tag", long_attributes, 1},
};

static void write_with_want(void *context, const struct tag *tag)
{
    tags_write(context, tag);
    buf_append_format(context, "%d@%d ", tag->want, (int)tag->offset);
}

static void check(const char *text, const char *expected)
{
    for (unsigned seed = 0; seed < TAGS_SEEDS; seed++) {
        struct buf out;
        buf_init(&out, TAGS_LIMIT);
        struct tokenizer *tokenizer =
            tokenizer_create(wants, COUNT_OF(wants), TAGS_LIMIT, write_with_want, &out);
        tags_feed(tokenizer, text, strlen(text), seed);
        tags_compare(text, strlen(text), &out, expected, seed);
        tokenizer_destroy(&tokenizer);
        buf_clear(&out);
    }
}

static void reports_what_is_wanted(void **state)
{
    (void)state;
    check("<a><b><i>x</i></a>", "<a>0@0 ");
    check("<A Rel=x class=y HREF=z>", "<a rel=\"x\" href=\"z\">0@0 ");
    check("<a href=1 rel=2 href=3 REL=4>", "<a href=\"1\" rel=\"2\">0@0 ");
    check("<a hrefs=1 hre=2 xref=3 href>", "<a href=\"\">0@0 ");
    check("<ab href=1></ab><b href=2><a/href=3>", "<a href=\"3\">0@26 ");
    check("<template><a href=1></template>", "<template>1@0 <a href=\"1\">0@10 </template>1@20 ");
    check("<template shadowroot=x/></TEMPLATE/>", "<template>1@0 </template/>1@24 ");
    check("<script href=1><a></script>", "<script href=\"1\">2@0 ");
    check("<title><a></title><style><a></style><a>", "<a>0@36 ");
    check("<an-UNUSUALLY-long-name-of-a-tag a-VERY-long-attribute-name-of31=x>",
          "<an-unusually-long-name-of-a-tag a-very-long-attribute-name-of31=\"x\">3@0 ");
    check("<an-unusually-long-name-of-a-tags></an-unusually-long-name-of-a-tag>",
          "</an-unusually-long-name-of-a-tag>3@34 ");
    check("<svg><a href=1><script href=2><a></script></svg><script><a>",
          "<a href=\"1\">0@5 <script href=\"2\">2@15 <a>0@30 <script>2@48 ");
}

static void finds_by_name(void **state)
{
    (void)state;
    static const struct tag_attribute attributes[] = {
        {"rel", 3, "", 0}, {"href", 4, "x", 1}, {"href", 4, "y", 1}};
    struct tag tag = {.attributes = attributes, .attribute_count = COUNT_OF(attributes)};
    assert_ptr_equal(tag_find(&tag, "href"), &attributes[1]);
    assert_ptr_equal(tag_find(&tag, "rel"), &attributes[0]);
    assert_null(tag_find(&tag, "hre"));
    assert_null(tag_find(&tag, "hrefs"));
}

static void starts_afresh_after_a_reset(void **state)
{
    (void)state;
    static const char *const endings[] = {"<title>",   "<svg><desc>",          "<!--",
                                          "<a href='", "<script><!--<script>", "<plaintext>",
                                          "</",        "<svg><![CDATA[]]"};
    struct buf out;
    buf_init(&out, TAGS_LIMIT);
    struct tokenizer *tokenizer = tokenizer_create(wants, COUNT_OF(wants), TAGS_LIMIT, write_with_want, &out);
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        tokenizer_feed(tokenizer, endings[i], strlen(endings[i]));
        tokenizer_reset(tokenizer);
        out.size = 0;
        static const char page[] = "<script><!--</script><style><a></style><a>";
        tokenizer_feed(tokenizer, page, strlen(page));
        tags_compare(page, strlen(page), &out, "<script>2@0 <a>0@39 ", 0);
        tokenizer_reset(tokenizer);
    }
    tokenizer_destroy(&tokenizer);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_what_is_wanted),
        cmocka_unit_test(finds_by_name),
        cmocka_unit_test(starts_afresh_after_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
