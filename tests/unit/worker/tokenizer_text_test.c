/* Goal: comments, CDATA sections and text modes end where the standard says and nowhere else, and what is
 * still open at the end is told (H70, H71). */
#include "tests/unit/worker/tags.h"

struct row {
    const char *text;
    const char *expected;
    enum tokenizer_place place;
    int opener;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tags_check_at(rows[i].text, strlen(rows[i].text), rows[i].expected, rows[i].place, rows[i].opener);
}

static void ends_comments(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"<!-- <a> --><b>", "<b>", TOKENIZER_IN_TEXT, 15},
        {"<!--><b>", "<b>", TOKENIZER_IN_TEXT, 8},
        {"<!---><b>", "<b>", TOKENIZER_IN_TEXT, 9},
        {"<!----><b>", "<b>", TOKENIZER_IN_TEXT, 10},
        {"<!-----><b>", "<b>", TOKENIZER_IN_TEXT, 11},
        {"<!----!><b>", "<b>", TOKENIZER_IN_TEXT, 11},
        {"<!-- --!><b>", "<b>", TOKENIZER_IN_TEXT, 12},
        {"<!-- --!-><b>", "", TOKENIZER_IN_COMMENT, 0},
        {"<!-- --!--><b>", "<b>", TOKENIZER_IN_TEXT, 14},
        {"<!-- -- ><b>", "", TOKENIZER_IN_COMMENT, 0},
        {"<!-- --- --><b>", "<b>", TOKENIZER_IN_TEXT, 15},
        {"<!-- -!> ><b>", "", TOKENIZER_IN_COMMENT, 0},
        {"<!-- <!-- --><b>", "<b>", TOKENIZER_IN_TEXT, 16},
        {"<!-- <!--><b>", "<b>", TOKENIZER_IN_TEXT, 13},
        {"<!-- <!-><b>", "", TOKENIZER_IN_COMMENT, 0},
        {"<i><!--x<a>", "<i>", TOKENIZER_IN_COMMENT, 3},
        {"<!--", "", TOKENIZER_IN_COMMENT, 0},
        {"<!-- --", "", TOKENIZER_IN_COMMENT, 0},
        {"<!-- -->", "", TOKENIZER_IN_TEXT, 8},
        {"<!--[if IE]><a><![endif]--><b>", "<b>", TOKENIZER_IN_TEXT, 30},
        {"<![if IE]><a><![endif]><b>", "<a><b>", TOKENIZER_IN_TEXT, 26},
    };
    check_rows(rows, COUNT_OF(rows));
}

static void ends_bogus_comments_and_doctypes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"<!><b>", "<b>", TOKENIZER_IN_TEXT, 6},
        {"<!-><b>", "<b>", TOKENIZER_IN_TEXT, 7},
        {"<!-x--><b>", "<b>", TOKENIZER_IN_TEXT, 10},
        {"<!x \"><b>", "<b>", TOKENIZER_IN_TEXT, 9},
        {"<!doctype html><b>", "<b>", TOKENIZER_IN_TEXT, 18},
        {"<!DOCTYPE html PUBLIC \"><b>\">", "<b>", TOKENIZER_IN_TEXT, 29},
        {"<?php echo '<a>' ?><b>", "<b>", TOKENIZER_IN_TEXT, 22},
        {"<? <b> ?>", "", TOKENIZER_IN_TEXT, 9},
        {"<% <b> %>", "<b>", TOKENIZER_IN_TEXT, 9},
        {"</ <b> ", "", TOKENIZER_IN_TEXT, 7},
        {"x<!doctype html", "", TOKENIZER_IN_BOGUS_COMMENT, 1},
        {"x<!", "", TOKENIZER_IN_BOGUS_COMMENT, 1},
        {"x<!-", "", TOKENIZER_IN_BOGUS_COMMENT, 1},
        {"x<?", "", TOKENIZER_IN_BOGUS_COMMENT, 1},
        {"x</5", "", TOKENIZER_IN_BOGUS_COMMENT, 1},
        {"<![CDATA[ <b> ]]><i>", "<i>", TOKENIZER_IN_TEXT, 20},
    };
    check_rows(rows, COUNT_OF(rows));
}

static void ends_text_by_its_own_end_tag(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"<title><a></title><b>", "<title></title><b>", TOKENIZER_IN_TEXT, 21},
        {"<TITLE><a></tiTLE ><b>", "<title></title><b>", TOKENIZER_IN_TEXT, 22},
        {"<title></title/x=y><b>", "<title></title><b>", TOKENIZER_IN_TEXT, 22},
        {"<title></titles></titl></ title></title", "<title>", TOKENIZER_IN_TITLE, 0},
        {"<title></title ", "<title>", TOKENIZER_IN_TAG, 7},
        {"<title><</title><b>", "<title></title><b>", TOKENIZER_IN_TEXT, 19},
        {"<title></</title><b>", "<title></title><b>", TOKENIZER_IN_TEXT, 20},
        {"<title></tit</title><b>", "<title></title><b>", TOKENIZER_IN_TEXT, 23},
        {"<title><!-- </title><b>", "<title></title><b>", TOKENIZER_IN_TEXT, 23},
        {"<title/><a></title>", "<title/></title>", TOKENIZER_IN_TEXT, 19},
        {"<textarea><a></title></textarea><b>", "<textarea></textarea><b>", TOKENIZER_IN_TEXT, 35},
        {"<style><a></style><b>", "<style></style><b>", TOKENIZER_IN_TEXT, 21},
        {"<xmp><a></xmp><b>", "<xmp></xmp><b>", TOKENIZER_IN_TEXT, 17},
        {"<iframe><a></iframe><b>", "<iframe></iframe><b>", TOKENIZER_IN_TEXT, 23},
        {"<noembed><a></noembed><b>", "<noembed></noembed><b>", TOKENIZER_IN_TEXT, 25},
        {"<noframes><a></noframes><b>", "<noframes></noframes><b>", TOKENIZER_IN_TEXT, 27},
        {"<noscript><a></noscript><b>", "<noscript></noscript><b>", TOKENIZER_IN_TEXT, 27},
        {"<plaintext><a></plaintext>", "<plaintext>", TOKENIZER_IN_PLAINTEXT, 0},
        {"</title><a></style><b>", "</title><a></style><b>", TOKENIZER_IN_TEXT, 22},
        {"<i><title>x", "<i><title>", TOKENIZER_IN_TITLE, 3},
        {"<i><textarea>x<", "<i><textarea>", TOKENIZER_IN_TEXTAREA, 3},
        {"<i><style>x</", "<i><style>", TOKENIZER_IN_STYLE, 3},
        {"<i><xmp>x</x", "<i><xmp>", TOKENIZER_IN_XMP, 3},
        {"<i><iframe>", "<i><iframe>", TOKENIZER_IN_IFRAME, 3},
        {"<i><noembed>", "<i><noembed>", TOKENIZER_IN_NOEMBED, 3},
        {"<i><noframes>", "<i><noframes>", TOKENIZER_IN_NOFRAMES, 3},
        {"<i><noscript>", "<i><noscript>", TOKENIZER_IN_NOSCRIPT, 3},
    };
    check_rows(rows, COUNT_OF(rows));
}

static void ends_scripts_with_their_escapes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"<script>if (a<b) '</a>'</script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 35},
        {"<script><!-- </script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 25},
        {"<script><!-- <script> </script> <b>", "<script>", TOKENIZER_IN_SCRIPT, 0},
        {"<script><!-- <script> </script> </script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 44},
        {"<script><!-- <script> --> </script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 38},
        {"<script><!--><script></script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 33},
        {"<script><!---><script></script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 34},
        {"<script><!-x--<script></script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 34},
        {"<script><!-<script></script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 31},
        {"<script><!--<scripts></script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 33},
        {"<script><!--<SCRIPT/</script><b>", "<script>", TOKENIZER_IN_SCRIPT, 0},
        {"<script><!--<script><</script></script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 42},
        {"<script><!--<script></scripts></script><b>", "<script>", TOKENIZER_IN_SCRIPT, 0},
        {"<script><!--<script><!--</script></script><b>", "<script></script><b>", TOKENIZER_IN_TEXT, 45},
        {"<script><!--<script></script><script></script></script><b>", "<script></script><b>",
         TOKENIZER_IN_TEXT, 58},
        {"<script><!-- -- ><script></script><b>", "<script>", TOKENIZER_IN_SCRIPT, 0},
        {"<style><!-- <style></style><b>", "<style></style><b>", TOKENIZER_IN_TEXT, 30},
        {"<script>", "<script>", TOKENIZER_IN_SCRIPT, 0},
        {"<script><!", "<script>", TOKENIZER_IN_SCRIPT, 0},
        {"<script><!--<scr", "<script>", TOKENIZER_IN_SCRIPT, 0},
        {"<script><!--<script></scr", "<script>", TOKENIZER_IN_SCRIPT, 0},
        {"<script><!--<script></script></script><b><script></script><i>",
         "<script></script><b><script></script><i>", TOKENIZER_IN_TEXT, 61},
    };
    check_rows(rows, COUNT_OF(rows));
}

static void tells_where_the_text_began(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, TAGS_LIMIT);
    struct tokenizer *tokenizer = tokenizer_create(NULL, 0, TAGS_LIMIT, tags_write, &out);
    tags_feed(tokenizer, "<p><title x='>'>abc", 19, 1);
    assert_int_equal(tokenizer_rest(tokenizer).opener, 3);
    assert_int_equal(tokenizer_rest(tokenizer).inside, 16);
    tokenizer_reset(tokenizer);
    tags_feed(tokenizer, "<p><!--abc", 10, 1);
    assert_int_equal(tokenizer_rest(tokenizer).opener, 3);
    assert_int_equal(tokenizer_rest(tokenizer).inside, 7);
    tokenizer_reset(tokenizer);
    assert_int_equal(tokenizer_rest(tokenizer).place, TOKENIZER_IN_TEXT);
    tokenizer_destroy(&tokenizer);
    tokenizer_destroy(&tokenizer);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_comments),
        cmocka_unit_test(ends_bogus_comments_and_doctypes),
        cmocka_unit_test(ends_text_by_its_own_end_tag),
        cmocka_unit_test(ends_scripts_with_their_escapes),
        cmocka_unit_test(tells_where_the_text_began),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
