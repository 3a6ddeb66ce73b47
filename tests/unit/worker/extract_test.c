/* Goal: bytes in any encoding and in chunks of any size give the page's links, and each page begins anew
 * (H55, H57, H58, H68, H71, H75). */
#include "tests/unit/check.h"
#include "worker/extract.h"

static struct extract_settings settings = {
    .parser = EXTRACT_TIDY,
    .links = {.kind = LINKS_ALL, .most = LINKS_MOST, .bytes = LINKS_BYTES},
    .body = 1 << 20,
};

static enum extract_outcome run(struct extract *extract, const char *label, const char *body, size_t size,
                                size_t chunk)
{
    const struct charset *declared = label ? charset_by_label(label, strlen(label)) : NULL;
    assert_int_equal(extract_begin(extract, "http://h/d/p", 12, declared), 0);
    for (size_t at = 0; at < size; at += chunk)
        extract_feed(extract, body + at, size - at < chunk ? size - at : chunk);
    return extract_finish(extract, false);
}

static void assert_urls(const struct extract *extract, const char *expected)
{
    const struct links_page *page = extract_links(extract);
    if (page->urls_size != strlen(expected) ||
        (page->urls_size && memcmp(page->urls, expected, page->urls_size) != 0))
        fail_msg("%.*s, not %s", (int)page->urls_size, page->urls, expected);
}

static const struct {
    const char *label;
    const char *body;
    const char *charset;
    const char *urls;
} pages[] = {
    {NULL, "", "windows-1252", ""},
    {NULL, "<a href=x>", "windows-1252", "http://h/d/x"},
    {NULL, "<a href='\344?\344'>", "windows-1252", "http://h/d/%C3%A4?%E4"}, /* H58 */
    {"utf-8", "<a href='\303\244?\303\244'>", "UTF-8", "http://h/d/%C3%A4?%C3%A4"},
    {"utf-8", "<a href='\344'>", "UTF-8", "http://h/d/%EF%BF%BD"}, /* H57 */
    {NULL, "<meta charset=koi8-r><a href='\301'>", "KOI8-R", "http://h/d/%D0%B0"},
    {"koi8-r", "\357\273\277<a href='\320\260'>", "UTF-8", "http://h/d/%D0%B0"}, /* H55 */
    {"iso-2022-jp", "\033$B$\"\033(B<a href='\033$B$\"\033(B'>", "ISO-2022-JP", "http://h/d/%E3%81%82"},
    {"replacement", "<a href=x>", "replacement", ""},
    {NULL, "<frameset><frame src=f><noframes><a href=x></noframes></frameset>", "windows-1252",
     "http://h/d/f"}, /* H71 */
    {NULL, "<p><noscript><img src=y></noscript><a href=z>", "windows-1252", "http://h/d/z"},
    {NULL, "<!--[if IE]><a href=x><![endif]--><a href=y>", "windows-1252", "http://h/d/y"},
    {NULL, "<a href=x><base href=/b/><a href=y>", "windows-1252", "http://h/b/x\nhttp://h/b/y"},
};

static void reads_pages_however_they_come(void **state)
{
    (void)state;
    struct extract *extract = extract_create(&settings);
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        size_t size = strlen(pages[i].body);
        for (size_t chunk = 1; chunk < 200; chunk += 66) {
            assert_int_equal(run(extract, pages[i].label, pages[i].body, size, chunk), EXTRACT_OK);
            assert_string_equal(charset_name(extract_charset(extract)), pages[i].charset);
            assert_urls(extract, pages[i].urls);
            assert_int_equal(extract_bytes(extract), size);
        }
    }
    run(extract, NULL, "<\0a href=x><a href='y\0z'>", 25, 3); /* H75 */
    assert_urls(extract, "http://h/d/y%EF%BF%BDz");
    run(extract, "utf-16le", "<\0a\0 \0h\0r\0e\0f\0=\0x\0>\0", 20, 3);
    assert_urls(extract, "http://h/d/x");
    extract_destroy(&extract);
    assert_null(extract);
}

static void keeps_what_an_aborted_parse_found(void **state)
{
    (void)state;
    static char page[1000000];
    size_t size = (size_t)sprintf(page, "<p><a href=x>y</a>");
    while (size < sizeof page - 6)
        size += (size_t)sprintf(page + size, "<div>");
    struct extract *extract = extract_create(&settings);
    assert_int_equal(run(extract, NULL, page, size, 65536), EXTRACT_PARSE_ABORTED); /* H68 */
    assert_urls(extract, "http://h/d/x");
    assert_int_equal(run(extract, NULL, "<a href=z>", 10, 10), EXTRACT_OK);
    assert_urls(extract, "http://h/d/z");
    extract_destroy(&extract);
}

static void looks_no_further_than_its_ceiling(void **state)
{
    (void)state;
    struct extract_settings small = settings;
    small.body = 20;
    struct extract *extract = extract_create(&small);
    run(extract, NULL, "<a href=1></a>      <a href=2></a>", 34, 7);
    assert_urls(extract, "http://h/d/1");
    assert_int_equal(extract_bytes(extract), 34);
    extract_destroy(&extract);
}

static void forgets_a_page_that_was_not_finished(void **state)
{
    (void)state;
    struct extract *extract = extract_create(&settings);
    run(extract, NULL, "<a href=x>", 10, 10);
    assert_int_equal(extract_begin(extract, "http://h/", 9, NULL), 0);
    assert_int_equal(extract_links(extract)->count, 0);
    extract_feed(extract, "<a href=y>", 10);
    assert_int_equal(extract_begin(extract, "nonsense", 8, NULL), -1);
    extract_feed(extract, "<a href=http://x>", 17);
    assert_int_equal(extract_finish(extract, true), EXTRACT_OK);
    assert_int_equal(extract_links(extract)->count, 0);
    extract_destroy(&extract);
}

static void only_counts_without_a_parser(void **state)
{
    (void)state;
    struct extract_settings none = settings;
    none.parser = EXTRACT_NONE;
    struct extract *extract = extract_create(&none);
    assert_int_equal(run(extract, "utf-8", "<a href=x>", 10, 4), EXTRACT_OK);
    assert_int_equal(extract_bytes(extract), 10);
    assert_int_equal(extract_links(extract)->count, 0);
    assert_null(extract_charset(extract));
    extract_destroy(&extract);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_pages_however_they_come),
        cmocka_unit_test(keeps_what_an_aborted_parse_found),
        cmocka_unit_test(looks_no_further_than_its_ceiling),
        cmocka_unit_test(forgets_a_page_that_was_not_finished),
        cmocka_unit_test(only_counts_without_a_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
