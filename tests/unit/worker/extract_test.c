/* Goal: bytes in any encoding and in chunks of any size give the page's links, whatever the parser; auto
 * brings back what a page swallows and loses nothing; each page begins anew, and is not kept (H55, H57, H58,
 * H68, H70, H71, H75). */
#include "tests/unit/check.h"
#include "worker/extract.h"

#include <malloc.h>

static const enum extract_parser parsers[] = {EXTRACT_AUTO, EXTRACT_STREAM, EXTRACT_TIDY};

static struct extract *create(enum extract_parser parser)
{
    const struct extract_settings settings = {
        .parser = parser,
        .links = {.kind = LINKS_ALL, .most = LINKS_MOST, .bytes = LINKS_BYTES},
        .body = 1 << 20,
    };
    return extract_create(&settings);
}

/* Feeds a page, the first `first` bytes alone, in chunks that are copies, so that a sanitizer sees a read
 * beyond one. */
static void feed(struct extract *extract, const char *label, const char *body, size_t size, size_t first,
                 size_t chunk)
{
    const struct charset *declared = label ? charset_by_label(label, strlen(label)) : NULL;
    assert_int_equal(extract_begin(extract, "http://h/d/p", 12, declared), 0);
    for (size_t at = 0, part = first ? first : chunk; at < size; at += part, part = chunk) {
        part = size - at < part ? size - at : part;
        char *copy = malloc(part);
        assert_non_null(copy);
        memcpy(copy, body + at, part);
        extract_feed(extract, copy, part);
        free(copy);
    }
}

static enum extract_outcome run(struct extract *extract, const char *label, const char *body, size_t size,
                                size_t chunk)
{
    feed(extract, label, body, size, 0, chunk);
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
    for (size_t p = 0; p < COUNT_OF(parsers); p++) {
        struct extract *extract = create(parsers[p]);
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
        run(extract, NULL, "\376\377\0<\0a\0 \0h\0r\0e\0f\0=\0x\0>", 22, 3);
        assert_urls(extract, "http://h/d/x");
        extract_destroy(&extract);
        assert_null(extract);
    }
}

/* What the encoding is may stand at the end of the first 1,024 bytes and change what came before. */
static void holds_back_what_its_charset_is_not_certain_for(void **state)
{
    (void)state;
    char page[2000];
    for (size_t p = 0; p < COUNT_OF(parsers); p++) {
        struct extract *extract = create(parsers[p]);
        for (int late = 0; late < 2; late++) {
            memset(page, ' ', sizeof page);
            memcpy(page, "<a href='\301'>", 13);
            memcpy(page + 1024 - 21 + late, "<meta charset=koi8-r>", 21);
            run(extract, NULL, page, sizeof page, 100);
            assert_urls(extract, late ? "http://h/d/%C3%81" : "http://h/d/%D0%B0");
        }
        extract_destroy(&extract);
    }
}

/* A page of everything that spans bytes, long enough to be held back, and to end in a tail. */
static size_t write_page(char *page, size_t room)
{
    size_t size = 0;
    for (int i = 0; i < 12; i++)
        size += (size_t)snprintf(
            page + size, room - size,
            "<!-- <a href=no> --><A Href=\"a%d?x&amp;y\r\n\" rel='Next nofollow'>\203\134</a><script>'<a "
            "href=no>'"
            "</script><svg><![CDATA[<a href=no>]]><a href=svg%d></svg><img srcset='\203\134%d, s%d 2x'>"
            "<template><base href=/no/></template><textarea><a href=no></textarea>",
            i, i, i, i);
    size += (size_t)snprintf(page + size, room - size,
                             "<base href=/late/><!-- <a href='tail\203\134'> --!x <a href=tail>");
    assert_true(size < room);
    return size;
}

static void chunks_change_nothing(void **state)
{
    (void)state;
    static char page[8192];
    char expected[4096];
    size_t size = write_page(page, sizeof page);
    for (size_t p = 0; p < COUNT_OF(parsers); p++) {
        struct extract *extract = create(parsers[p]);
        run(extract, "shift_jis", page, size, size);
        const struct links_page *links = extract_links(extract);
        size_t urls = links->urls_size;
        assert_true(urls < sizeof expected && links->count >= 48);
        memcpy(expected, links->urls, urls);
        assert_int_equal(memmem(expected, urls, "/late/tail", 10) != NULL, parsers[p] == EXTRACT_AUTO);
        assert_true(!memmem(expected, urls, "/no", 3) || parsers[p] == EXTRACT_TIDY); /* it reads CDATA */
        for (size_t first = 0; first < size; first += parsers[p] == EXTRACT_TIDY ? 97 : 1) {
            feed(extract, "shift_jis", page, size, first, first % 3 ? size : 1 + first % 50);
            extract_finish(extract, false);
            assert_int_equal(extract_links(extract)->urls_size, urls);
            assert_memory_equal(extract_links(extract)->urls, expected, urls);
        }
        extract_destroy(&extract);
    }
}

/* ---- swallowed tails -------------------------------------------------------------------------------------
 */

static const struct {
    const char *page;
    const char *found;
    const char *repaired; /* what auto finds besides */
} tails[] = {
    {"<a href=1></a><!-- <a href=2></a>", "1", "2"}, /* H70 */
    {"<a href=1></a><!--<p>--!x<a href=2></a>", "1", "2"},
    {"<a href=1></a><title><a href=2></a>", "1", "2"},
    {"<a href=1></a><textarea><p><a href=2></a>", "1", "2"},
    {"<a href=1></a><style>p{}<a href=2></a>", "1", "2"},
    {"<a href=1></a><xmp><a href=2></a>", "1", "2"},
    {"<a href=1></a><iframe><a href=2></a>", "1", "2"},
    {"<a href=1></a><noembed><a href=2></a>", "1", "2"},
    {"<a href=1></a><noframes><a href=2></a>", "1", "2"},
    {"<a href=1></a><title><a href=2></a><a href=1><a href=3></title", "1", "2 3"},
    {"<!-- <base href=/no/><a href=1></a>", "", "1"},
    {"<a href=1></a><!-- a --><title>b</title><!-- <a href=2></a>", "1", "2"},
    {"<a href=1></a><!-- <a href=2></a> --><a href=3>", "1 3", ""},
    {"<a href=1></a><script>'<a href=2></a>'", "1", ""},
    {"<a href=1></a><noscript><a href=2></a>", "1", ""},
    {"<a href=1></a><plaintext><a href=2></a>", "1", ""},
    {"<a href=1></a><p title='<a href=2></a>", "1", ""},
    {"<a href=1></a><p <a href=2", "1", ""},
    {"<a href=1></a><?php <a href=2", "1", ""},
    {"<a href=1></a><svg><![CDATA[<a href=2></a>", "1", ""},
    {"<a href=1></a><title><a href=2></a></title x", "1", ""}, /* a tag cut off, which is not repaired */
    {"<a href=1></a><title>", "1", ""},
};

/* The URLs and which of them were repaired, as `1 2 +3`. */
static void describe(const struct extract *extract, char *out)
{
    const struct links_page *page = extract_links(extract);
    const char *url = page->urls;
    *out = 0;
    for (size_t i = 0; i < page->count; i++) {
        const char *name = url + strlen("http://h/d/");
        const char *end = memchr(url, '\n', page->urls_size - (size_t)(url - page->urls));
        end = end ? end : page->urls + page->urls_size;
        out += sprintf(out, "%s%s%.*s", i ? " " : "", page->flags[i] & LINK_KIND_REPAIRED ? "+" : "",
                       (int)(end - name), name);
        url = end + 1;
    }
}

static void brings_back_what_a_page_swallows(void **state)
{
    (void)state;
    struct extract *extract = create(EXTRACT_AUTO);
    struct extract *stream = create(EXTRACT_STREAM);
    char found[200];
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        size_t size = strlen(tails[i].page);
        char expected[200];
        size_t used = (size_t)sprintf(expected, "%s", tails[i].found);
        for (const char *each = tails[i].repaired; *each;
             each = strchr(each, ' ') ? strchr(each, ' ') + 1 : "")
            used +=
                (size_t)sprintf(expected + used, "%s+%.*s", used ? " " : "", (int)strcspn(each, " "), each);
        for (size_t chunk = 1; chunk <= size; chunk++) {
            run(extract, NULL, tails[i].page, size, chunk);
            describe(extract, found);
            assert_string_equal(found, expected);
        }
        run(stream, NULL, tails[i].page, size, 7);
        describe(stream, found);
        assert_string_equal(found, tails[i].found);
        feed(extract, NULL, tails[i].page, size, 0, 7);
        extract_finish(extract, true); /* then its end proves nothing */
        describe(extract, found);
        assert_string_equal(found, tails[i].found);
    }
    extract_destroy(&extract);
    extract_destroy(&stream);
}

static void repairs_in_any_charset(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        const char *page;
        const char *url;
    } cases[] = {
        {"koi8-r", "<!-- <a href='\301?\301'>", "http://h/d/%D0%B0?%C1"},
        {"utf-8", "<title><a href='\344'>", "http://h/d/%EF%BF%BD"},
        {"iso-2022-jp", "<title><a href='\033$B$\"\033(B'>", "http://h/d/%E3%81%82"},
    };
    struct extract *extract = create(EXTRACT_AUTO);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        run(extract, cases[i].label, cases[i].page, strlen(cases[i].page), 5);
        assert_urls(extract, cases[i].url);
    }
    extract_destroy(&extract);
}

/* A tail is repaired to its ceiling, in its time; and not at all when the body was cut at ours. */
static void repairs_within_bounds(void **state)
{
    (void)state;
    enum { TAIL = 256 * 1024, SIZE = TAIL + 1000 };
    static char page[(1 << 20) + 1];
    struct extract *extract = create(EXTRACT_AUTO);
    memset(page, ' ', sizeof page);
    memcpy(page, "<a href=1><title>", 17);
    memcpy(page + 17 + TAIL - 10, "<a href=2><a href=3>", 20);
    run(extract, NULL, page, SIZE, 5000);
    assert_urls(extract, "http://h/d/1\nhttp://h/d/2");
    run(extract, NULL, page, sizeof page, 5000);
    assert_urls(extract, "http://h/d/1");
    size_t size = 17;
    while (size < TAIL)
        size += (size_t)sprintf(page + size, "<p><font>x");
    assert_int_equal(run(extract, NULL, page, size, 5000), EXTRACT_OK); /* H68 */
    assert_urls(extract, "http://h/d/1");
    extract_destroy(&extract);
}

/* H68: tidy would take 12 s for a name of 250 KB; nothing is handed to it from a word of over 1,024 bytes on.
 */
static void repairs_up_to_a_word_that_is_too_long(void **state)
{
    (void)state;
    enum { LONGEST = 1024, TOO_LONG = 250000 };
    static const char before[] = "<a href=1><title><a href=2>x</a><a ", after[] = "><a href=3>";
    static const size_t lengths[] = {1, LONGEST, LONGEST + 1, TOO_LONG};
    static char page[sizeof before + TOO_LONG + sizeof after];
    struct extract *extract = create(EXTRACT_AUTO);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        size_t size = strlen(before);
        memcpy(page, before, size);
        memset(page + size, 'x', lengths[i]);
        size += lengths[i];
        memcpy(page + size, after, strlen(after));
        run(extract, NULL, page, size + strlen(after), 5000);
        assert_urls(extract, lengths[i] <= LONGEST ? "http://h/d/1\nhttp://h/d/2\nhttp://h/d/3"
                                                   : "http://h/d/1\nhttp://h/d/2");
    }
    extract_destroy(&extract);
}

static void keeps_what_an_aborted_parse_found(void **state)
{
    (void)state;
    static char page[1000000];
    size_t size = (size_t)sprintf(page, "<p><a href=x>y</a>");
    while (size < sizeof page - 6)
        size += (size_t)sprintf(page + size, "<div>");
    struct extract *extract = create(EXTRACT_TIDY);
    assert_int_equal(run(extract, NULL, page, size, 65536), EXTRACT_PARSE_ABORTED); /* H68 */
    assert_urls(extract, "http://h/d/x");
    assert_int_equal(run(extract, NULL, "<a href=z>", 10, 10), EXTRACT_OK);
    assert_urls(extract, "http://h/d/z");
    extract_destroy(&extract);
}

static void looks_no_further_than_its_ceiling(void **state)
{
    (void)state;
    for (size_t p = 0; p < COUNT_OF(parsers); p++) {
        const struct extract_settings small = {
            .parser = parsers[p],
            .links = {.kind = LINKS_ALL, .most = LINKS_MOST, .bytes = LINKS_BYTES},
            .body = 20,
        };
        struct extract *extract = extract_create(&small);
        run(extract, NULL, "<a href=1></a>      <a href=2></a>", 34, 7);
        assert_urls(extract, "http://h/d/1");
        assert_int_equal(extract_bytes(extract), 34);
        extract_destroy(&extract);
    }
}

static void forgets_a_page_that_was_not_finished(void **state)
{
    (void)state;
    for (size_t p = 0; p < COUNT_OF(parsers); p++) {
        struct extract *extract = create(parsers[p]);
        run(extract, NULL, "<template><a href=x><title>", 27, 10);
        assert_int_equal(extract_begin(extract, "http://h/", 9, charset_utf8()), 0);
        assert_int_equal(extract_links(extract)->count, 0);
        extract_feed(extract, "<a href=y><title><a href=z", 26);
        assert_int_equal(run(extract, NULL, "<base href=/b/><a href=x>", 25, 10), EXTRACT_OK);
        assert_urls(extract, "http://h/b/x");
        assert_int_equal(extract_begin(extract, "nonsense", 8, NULL), -1);
        extract_feed(extract, "<a href=http://x>", 17);
        assert_int_equal(extract_finish(extract, true), EXTRACT_OK);
        assert_int_equal(extract_links(extract)->count, 0);
        extract_destroy(&extract);
    }
}

/* Bytes of memory that a page has taken when all but its end was read, beyond what the extractor had. */
static size_t taken_by_page(enum extract_parser parser, size_t size)
{
    static const char piece[] = "<p title='x'>text and <b>more</b> text <a href=y>z</a>";
    struct extract *extract = create(parser);
    size_t before = mallinfo2().uordblks;
    assert_int_equal(extract_begin(extract, "http://h/", 9, NULL), 0);
    for (size_t at = 0; at < size; at += strlen(piece))
        extract_feed(extract, piece, strlen(piece));
    size_t taken = mallinfo2().uordblks - before;
    extract_finish(extract, false);
    assert_urls(extract, "http://h/y");
    extract_destroy(&extract);
    return taken;
}

/* Eight times the page takes what one takes, but for the allocator's rounding; tidy alone keeps it.
 * (Sanitizers count nothing.) */
static void keeps_no_page(void **state)
{
    (void)state;
    enum { ROUNDING = 4096 };
    for (enum extract_parser parser = EXTRACT_AUTO; parser <= EXTRACT_STREAM; parser++)
        assert_in_range(taken_by_page(parser, 800000), 0, taken_by_page(parser, 100000) + ROUNDING);
    size_t whole = taken_by_page(EXTRACT_TIDY, 800000);
    assert_true(whole == 0 || whole >= 800000);
}

static void only_counts_without_a_parser(void **state)
{
    (void)state;
    struct extract *extract = create(EXTRACT_NONE);
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
        cmocka_unit_test(holds_back_what_its_charset_is_not_certain_for),
        cmocka_unit_test(chunks_change_nothing),
        cmocka_unit_test(brings_back_what_a_page_swallows),
        cmocka_unit_test(repairs_in_any_charset),
        cmocka_unit_test(repairs_within_bounds),
        cmocka_unit_test(repairs_up_to_a_word_that_is_too_long),
        cmocka_unit_test(keeps_what_an_aborted_parse_found),
        cmocka_unit_test(looks_no_further_than_its_ceiling),
        cmocka_unit_test(forgets_a_page_that_was_not_finished),
        cmocka_unit_test(keeps_no_page),
        cmocka_unit_test(only_counts_without_a_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
