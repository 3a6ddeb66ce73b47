/* hostile-pages: that no page makes extraction slow, and how long one can hold up the others.
 *
 * usage: hostile-pages [--parser auto|stream|tidy|none] [--megabytes N]
 *
 * Prints for each kind of page the CPU nanoseconds a byte at N/4, N/2 and N megabytes (N is 10), what the
 * last is of the first, and the longest time in which an extractor did not return: the stall of a worker.
 * Pages come in chunks of 16 KiB, all links are wanted and the body has no ceiling but the page's size.
 */
#include "bench/measure.h"
#include "common/options.h"
#include "worker/extract.h"

#include <string.h>

enum { CHUNK = 16 * 1024, SIZES = 3, MOST_BODY = 256 * 1024 * 1024 };

/* Once `before`, then `piece` over and over with each `#` a number, then `after`. */
static const struct shape {
    const char *name;
    const char *before;
    const char *piece;
    const char *after;
} shapes[] = {
    {"text", "", "text and more text ", ""},
    {"<", "", "<", ""},
    {"</", "", "</", ""},
    {"<a", "", "<a", ""},
    {"&", "", "&", ""},
    {"&amp", "", "&amp", ""},
    {"nested div", "", "<div>", ""},
    {"nested p and font", "", "<p><font>x", ""},
    {"nested a in tables", "", "<table><a href=x>", ""},
    {"nested svg", "", "<svg>", ""},
    {"svg and foreignObject", "", "<svg><foreignObject>", ""},
    {"path in svg", "<svg>", "<path d='M'/>", ""},
    {"templates", "", "<template>", ""},
    {"attributes", "<a ", "a#=b ", ">"},
    {"href over and over", "<a ", "href=x ", ">"},
    {"one tag name", "<", "x", ">"},
    {"one attribute name", "<a ", "x", ">"},
    {"one attribute value", "<a href=\"", "x", "\">"},
    {"tags of a megabyte", "<a href=x title=\"", "x", "\">"},
    {"value of ampersands", "<a href=\"", "&", "\">"},
    {"value of references", "<a href=\"", "&amp", "\">"},
    {"value of almost references", "<a href=\"", "&CounterClockwiseContourIntegra", "\">"},
    {"value of one number", "<a href=\"&#", "9", "\">"},
    {"value of CR", "<a href=\"", "\r", "\">"},
    {"unquoted value", "<a href=", "x", ">"},
    {"quotes", "<a ", "\"'", ">"},
    {"comments", "", "<!-- -->", ""},
    {"comment openers", "", "<!--", ""},
    {"dash dash bang", "<!--", "--!", ""},
    {"bogus comments", "", "<!x>", ""},
    {"cdata brackets", "<svg><![CDATA[", "]", ""},
    {"almost end tags of script", "<script>", "</scrip", ""},
    {"escapes opened and closed", "<script>", "<!--<script></script>-->", ""},
    {"almost end tags of title", "<title>", "</titl", ""},
    {"title, links and no end", "<title>", "<a href=#>x</a>", ""},
    {"title, nested and no end", "<title>", "<div>", ""},
    {"title, fonts and no end", "<title>", "<p><font>x", ""},
    {"title, attributes and no end", "<title><a ", "a#=b ", ">"},
    {"title, one name and no end", "<title><a ", "x", ">"},
    {"title, ampersands and no end", "<title><a ", "&", ">"},
    {"title, words and no end", "<title><a ",
     "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&& ", ">"},
    {"title, tables and no end", "<title>", "<table><a href=x>", ""},
    {"title, svg and no end", "<title><p><svg>", "<g>", ""},
    {"everything unclosed", "", "<div><a href=\"#\"><b><!-- --><ul><li><td><select><svg><title>", ""},
    {"one link", "", "<a href=x>x</a>", ""},
    {"links", "", "<a href=page#.html>x</a>", ""},
    {"links to many hosts", "", "<a href=//h#.test/>x</a>", ""},
    {"links to hosts in Unicode", "", "<a href=//b\303\274cher#.test/>x</a>", ""},
    {"links and a late base", "", "<a href=page#.html>x</a>", "<base href=/elsewhere/>"},
    {"Unicode and a late base", "", "<a href=//b\303\274cher#.test/>x</a>", "<base href=/elsewhere/>"},
    {"dots and a late base", "", "<a href=../.././../x#/../y>x</a>", "<base href=/elsewhere/>"},
    {"hosts that are none", "", "<a href=//h#:x/>x</a>", "<base href=/elsewhere/>"},
    {"candidates", "<img srcset=\"", "i#.png #w, ", "\">"},
    {"commas", "<img srcset=\"", ",", "\">"},
    {"pings", "<a href=x ping=\"", "p# ", "\">"},
    {"rel tokens", "<a href=x rel=\"", "nofollow ", "\">"},
    {"refreshes", "", "<meta http-equiv=refresh content='0;url=r#'>", ""},
};

struct settings {
    int parser;
    int64_t megabytes;
};

static const struct options_row rows[] = {
    {"parser", NULL, "auto", "what reads the pages", 0, false,
     OPTIONS_CHOICE(struct settings, parser, EXTRACT_PARSER_CHOICES)},
    {"megabytes", "N", "10", "size of the largest pages", 0, false,
     OPTIONS_INTEGER(struct settings, megabytes, 1, 64)},
    {0},
};

static const struct options_program program = {
    .name = "hostile-pages",
    .summary = "Measures extraction on pages that are meant to hurt.",
    .rows = rows,
};

static void append_piece(struct buf *page, const char *piece, unsigned number)
{
    const char *hash;
    while ((hash = strchr(piece, '#'))) {
        buf_append(page, piece, (size_t)(hash - piece));
        buf_append_format(page, "%u", number);
        piece = hash + 1;
    }
    buf_append_string(page, piece);
}

static void build_page(struct buf *page, const struct shape *shape, size_t size)
{
    page->size = 0;
    buf_append_string(page, shape->before);
    for (unsigned i = 0; page->size < size; i++)
        append_piece(page, shape->piece, i);
    buf_append_string(page, shape->after);
}

static double longer(double stall, double *since)
{
    double now = measure_cpu();
    double took = now - *since;
    *since = now;
    return took > stall ? took : stall;
}

/* Returns the seconds a page took; *stall becomes the longest of its calls if that was longer. */
static double extract_page(struct extract *extract, const struct buf *page, double *stall)
{
    double began = measure_cpu();
    double since = began;
    extract_begin(extract, "http://h.test/d/p", strlen("http://h.test/d/p"), NULL);
    for (size_t at = 0; at < page->size; at += CHUNK) {
        extract_feed(extract, page->data + at, page->size - at < CHUNK ? page->size - at : CHUNK);
        *stall = longer(*stall, &since);
    }
    extract_finish(extract, false);
    *stall = longer(*stall, &since);
    return measure_cpu() - began;
}

static void measure(const struct settings *settings, const struct shape *shape)
{
    const struct extract_settings wanted = {
        .parser = (enum extract_parser)settings->parser,
        .links = {.kind = LINKS_ALL, .most = LINKS_MOST, .bytes = LINKS_BYTES},
        .body = MOST_BODY,
    };
    struct extract *extract = extract_create(&wanted);
    struct buf page;
    double cost[SIZES];
    double stall = 0;
    buf_init(&page, MOST_BODY);
    for (int i = 0; i < SIZES; i++) {
        build_page(&page, shape, (size_t)settings->megabytes * 1000000 >> (SIZES - 1 - i));
        cost[i] = extract_page(extract, &page, &stall) * 1e9 / (double)page.size;
    }
    printf("%-28s %7.2f %7.2f %7.2f %6.2f %8.1f\n", shape->name, cost[0], cost[1], cost[2], cost[2] / cost[0],
           stall * 1e3);
    fflush(stdout);
    buf_clear(&page);
    extract_destroy(&extract);
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct options_list arguments;
    int code = options_parse(&program, argc, argv, &settings, &arguments, stdout, stderr);
    options_list_clear(&arguments);
    if (code != OPTIONS_RUN)
        return code;
    printf("%-28s %23s %6s %8s\n", "page", "CPU ns a byte, 1:2:4", "growth", "stall ms");
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        measure(&settings, &shapes[i]);
    return 0;
}
