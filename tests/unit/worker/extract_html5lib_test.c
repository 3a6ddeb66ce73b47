/* Goal: each of html5lib's tree-construction inputs, which hold everything that is odd, is read to its end by
 * every parser; chunks change nothing; auto finds what stream finds, then more. */
#include "common/buf.h"
#include "tests/unit/corpus.h"
#include "worker/extract.h"

#include <glob.h>

enum { PARSERS = 3, MOST_PAGE = 1 << 20 };

static struct extract *extracts[PARSERS]; /* by enum extract_parser: auto, stream, tidy */

/* The page with a link behind it that only what is open hides; its links joined, into `urls`. */
static void read_page(enum extract_parser parser, const struct buf *page, size_t chunk, struct buf *urls)
{
    struct extract *extract = extracts[parser];
    extract_begin(extract, "http://h.test/d/p", strlen("http://h.test/d/p"), charset_utf8());
    for (size_t at = 0; at < page->size; at += chunk)
        extract_feed(extract, page->data + at, page->size - at < chunk ? page->size - at : chunk);
    extract_finish(extract, false);
    const struct links_page *links = extract_links(extract);
    urls->size = 0;
    buf_append_string(urls, "\n"); /* as a prefix it ends with a whole link */
    buf_append(urls, links->urls, links->urls_size);
    if (links->count)
        buf_append_string(urls, "\n");
}

static void check_page(const struct buf *page)
{
    struct buf found[PARSERS], in_bytes;
    buf_init(&in_bytes, MOST_PAGE);
    for (int parser = 0; parser < PARSERS; parser++) {
        buf_init(&found[parser], MOST_PAGE);
        read_page((enum extract_parser)parser, page, page->size, &found[parser]);
    }
    read_page(EXTRACT_STREAM, page, 1, &in_bytes);
    const struct buf *stream = &found[EXTRACT_STREAM], *more = &found[EXTRACT_AUTO];
    if (in_bytes.size != stream->size || memcmp(in_bytes.data, stream->data, stream->size) != 0)
        fail_msg("%.*s: links differ by chunks", (int)page->size, page->data);
    if (more->size < stream->size || memcmp(more->data, stream->data, stream->size) != 0)
        fail_msg("%.*s: auto loses links", (int)page->size, page->data);
    for (int parser = 0; parser < PARSERS; parser++)
        buf_clear(&found[parser]);
    buf_clear(&in_bytes);
}

/* A file's cases: #data, the page, #errors, and what we have no use for. Returns how many. */
static size_t check_file(const char *name)
{
    size_t size, count = 0;
    char *text = corpus_read(name, &size), *end = text + size;
    struct buf page;
    buf_init(&page, MOST_PAGE);
    for (char *at = text; (at = memmem(at, (size_t)(end - at), "#data\n", 6)); count++) {
        at += 6;
        char *stop = memmem(at, (size_t)(end - at), "\n#errors", 8);
        page.size = 0;
        buf_append(&page, at, stop && stop > at ? (size_t)(stop - at) : 0);
        buf_append_string(&page, "<a href=end>");
        check_page(&page);
    }
    buf_clear(&page);
    free(text);
    return count;
}

static void reads_every_input_to_its_end(void **state)
{
    (void)state;
    char folder[2048], pattern[4096];
    const char *shared = getenv("TRAWL_SHARED");
    size_t count = 0;
    glob_t files;
    for (int parser = 0; parser < PARSERS; parser++)
        extracts[parser] = extract_create(&(struct extract_settings){
            .parser = (enum extract_parser)parser,
            .links = {.kind = LINKS_ALL, .most = LINKS_MOST, .bytes = LINKS_BYTES},
            .body = MOST_PAGE,
        });
    int length = snprintf(folder, sizeof folder, "%s/corpora/", shared ? shared : "../shared");
    snprintf(pattern, sizeof pattern, "%shtml5lib/tree-construction/{*,scripted/*}.dat", folder);
    if (glob(pattern, GLOB_BRACE, NULL, &files) == 0) {
        for (size_t i = 0; i < files.gl_pathc; i++)
            count += check_file(files.gl_pathv[i] + length);
        globfree(&files);
    }
    for (int parser = 0; parser < PARSERS; parser++)
        extract_destroy(&extracts[parser]);
    if (!count) {
        print_message("absent: %s\n", pattern);
        skip();
    }
    corpus_agrees("html5lib tree construction, no crash", count, count);
    assert_true(count >= 1700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_input_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
