/* trawl-extract: the links of one page from a file or a pipe, or references resolved, with nothing fetched.
 *
 * What a worker does with a body, for tests, comparisons and pipelines.
 */
#include "common/buf.h"
#include "common/json.h"
#include "common/link_json.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/options.h"
#include "common/url.h"
#include "worker/charset_convert.h"
#include "worker/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum format { TSV, JSONL };

enum { BODY = 8 * 1024 * 1024, CHUNK = 64 * 1024, LONGEST_LINE = 64 * 1024 * 1024 };

struct settings {
    const char *url;
    const char *resolve;
    const char *charset;
    int links;
    int parser;
    int format;
    bool all_schemes;
};

static const struct options_row rows[] = {
    {"url", "URL", NULL, "the address of the page", 0, false, OPTIONS_STRING(struct settings, url)},
    {"charset", "CHARSET", NULL, "the encoding that the page's Content-Type names", 0, false,
     OPTIONS_STRING(struct settings, charset)},
    {"links", NULL, "href", "which links: every href of a, area and link; only a and area; or all there are",
     0, false, OPTIONS_CHOICE(struct settings, links, LINK_KIND_CHOICES)},
    {"parser", NULL, "auto", "what reads the page", 0, false,
     OPTIONS_CHOICE(struct settings, parser, EXTRACT_PARSER_CHOICES)},
    {"all-schemes", NULL, NULL, "not only http and https", 0, false,
     OPTIONS_FLAG(struct settings, all_schemes)},
    {"format", NULL, "tsv", "how rows are written", 'f', false,
     OPTIONS_CHOICE(struct settings, format, "tsv|jsonl")},
    {"resolve", "BASE", NULL, "resolve each line of the input against BASE instead, - where that fails", 0,
     false, OPTIONS_STRING(struct settings, resolve)},
    {0},
};

static const struct options_program program = {
    .name = "trawl-extract",
    .arguments = "[FILE]",
    .summary = "Prints the links of an HTML page, one source_url TAB parsed_url a line, or the page as a "
               "line of JSON.",
    .rows = rows,
    .notes = "Reads standard input when there is no FILE, or it is -. A page without links is no error.",
};

static const struct charset *declared_charset(const struct settings *settings)
{
    return settings->charset ? charset_by_label(settings->charset, strlen(settings->charset)) : NULL;
}

/* Flushes what was printed. Returns the exit code: a reader that went away wants no more, which is no
 * failure. */
static int finish_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (errno == EPIPE)
        return code;
    log_error("cannot write: %s", strerror(errno));
    return EXIT_FAILURE;
}

/* ---- one page -------------------------------------------------------------------------------------- */

static bool is_utf8(const char *text, size_t size)
{
    struct charset_convert *convert = charset_convert_create(charset_utf8());
    struct buf out;
    buf_init(&out, size * 3 + 64);
    bool same = charset_convert_feed(convert, &out, text, size, 1) == 0 && out.size == size &&
                (!size || memcmp(out.data, text, size) == 0);
    buf_clear(&out);
    charset_convert_destroy(&convert);
    return same;
}

static bool has_control(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return true;
    return false;
}

/* The page's URL as rows show it: trimmed, and serialised where it holds what would spoil a line. The
 * caller's. */
static char *source_of(const char *url)
{
    char serialised[URL_LONGEST];
    while (*url && (unsigned char)*url <= ' ')
        url++;
    size_t size = strlen(url);
    while (size && (unsigned char)url[size - 1] <= ' ')
        size--;
    if (!has_control(url, size) && is_utf8(url, size))
        return memory_copy(url, size);
    ssize_t length = url_resolve(NULL, url, size, serialised, sizeof serialised, NULL);
    return memory_copy(serialised, length < 0 ? 0 : (size_t)length);
}

static void print_rows(const char *source, const struct links_page *page)
{
    const char *at = page->urls;
    size_t left = page->urls_size;
    for (size_t i = 0; i < page->count && !ferror(stdout); i++) {
        const char *end = memchr(at, '\n', left);
        size_t size = end ? (size_t)(end - at) : left;
        printf("%s\t%.*s\n", source, (int)size, at);
        at += size + 1;
        left -= end ? size + 1 : size;
    }
}

/* The fields of trawl's lines that are known without a fetch. */
static void print_json(const char *source, const struct extract *extract, enum extract_outcome outcome,
                       bool cut)
{
    const struct links_page *page = extract_links(extract);
    const struct charset *charset = extract_charset(extract);
    const char *name = charset ? charset_name(charset) : "";
    const struct link_json links = {
        page->count, page->urls,     page->urls_size, page->kinds, (const uint8_t *)page->flags,
        page->rels,  page->rels_size};
    struct buf out;
    buf_init(&out, LONGEST_LINE);
    buf_append_string(&out, "{\"url\":");
    json_append_string(&out, source, strlen(source));
    buf_append_string(&out, outcome == EXTRACT_OK ? ",\"outcome\":\"ok\"" : ",\"outcome\":\"parse_aborted\"");
    buf_append_string(&out, ",\"charset\":");
    json_append_text(&out, name, strlen(name));
    buf_append_string(&out, ",\"bytes\":");
    json_append_number(&out, extract_bytes(extract));
    buf_append_string(&out, cut ? ",\"truncated\":true" : ",\"truncated\":false");
    buf_append_string(&out, ",\"links\":");
    link_json_append(&out, &links);
    buf_append_string(&out, "}\n");
    fwrite(out.data, 1, out.size, stdout);
    buf_clear(&out);
}

/* Feeds the whole input. Returns 0, or -1 when it cannot be read. */
static int feed_input(struct extract *extract, int input, const char *name)
{
    static char chunk[CHUNK];
    ssize_t size;
    while ((size = read(input, chunk, sizeof chunk)) != 0) {
        if (size > 0)
            extract_feed(extract, chunk, (size_t)size);
        else if (errno != EINTR)
            break;
    }
    if (size == 0)
        return 0;
    log_error("cannot read %s: %s", name, strerror(errno));
    return -1;
}

static int extract_page(const struct settings *settings, int input, const char *name)
{
    const struct extract_settings wanted = {
        .parser = (enum extract_parser)settings->parser,
        .links = {.kind = (enum link_kind)settings->links,
                  .all_schemes = settings->all_schemes,
                  .rels = settings->format == JSONL,
                  .most = LINKS_MOST,
                  .bytes = LINKS_BYTES},
        .body = BODY,
    };
    struct extract *extract = extract_create(&wanted);
    int code = EXIT_FAILURE;
    if (extract_begin(extract, settings->url, strlen(settings->url), declared_charset(settings))) {
        code = options_complain(&program, stderr, "--url is not a URL: %s", settings->url);
    } else if (feed_input(extract, input, name) == 0) {
        bool cut = extract_bytes(extract) > BODY;
        enum extract_outcome outcome = extract_finish(extract, cut);
        if (outcome == EXTRACT_PARSE_ABORTED)
            log_warning("%s: the parser ran out of its budget, links may be missing", name);
        const struct links_page *page = extract_links(extract);
        if (cut || page->cut)
            log_warning("%s: cut at %d bytes, %d links or %d bytes of links", name, BODY, LINKS_MOST,
                        LINKS_BYTES);
        char *source = source_of(settings->url);
        if (settings->format == JSONL)
            print_json(source, extract, outcome, cut || page->cut);
        else
            print_rows(source, page);
        free(source);
        code = EXIT_SUCCESS;
    }
    extract_destroy(&extract);
    return code;
}

/* ---- many references ------------------------------------------------------------------------------- */

static void print_resolved(const struct url_base *base, const char *reference, size_t size)
{
    char url[URL_LONGEST];
    ssize_t length = url_resolve(base, reference, size, url, sizeof url, NULL);
    if (length < 0)
        fputs("-\n", stdout);
    else
        printf("%.*s\n", (int)length, url);
}

static int resolve_lines(const struct settings *settings, int input, const char *name)
{
    struct url_base base;
    if (url_parse_base(&base, settings->resolve, strlen(settings->resolve)))
        return options_complain(&program, stderr, "--resolve is not a URL: %s", settings->resolve);
    const struct charset *charset = declared_charset(settings);
    struct url_encoding *encoding = charset ? url_encoding_create(charset_name(charset)) : NULL;
    url_set_encoding(&base, encoding);
    FILE *lines = fdopen(dup(input), "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    while (!ferror(stdout) && (size = getline(&line, &room, lines)) > 0)
        print_resolved(&base, line, (size_t)size - (line[size - 1] == '\n'));
    int failed = ferror(lines);
    if (failed)
        log_error("cannot read %s: %s", name, strerror(errno));
    free(line);
    fclose(lines);
    url_encoding_destroy(&encoding);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- the program ----------------------------------------------------------------------------------- */

/* Returns OPTIONS_RUN, or the exit code when the options do not go together. */
static int check_usage(const struct settings *settings, const struct options_list *arguments)
{
    if (arguments->count > 1)
        return options_complain(&program, stderr, "one FILE at most, and %s is the second",
                                arguments->words[1]);
    if (settings->url && settings->resolve)
        return options_complain(&program, stderr, "--url and --resolve exclude each other");
    if (!settings->url && !settings->resolve)
        return options_complain(&program, stderr, "--url is missing: links are resolved against it");
    return OPTIONS_RUN;
}

static int run(const struct settings *settings, const struct options_list *arguments)
{
    const char *name = arguments->count ? arguments->words[0] : "-";
    int input = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
    if (input < 0) {
        log_error("cannot read %s: %s", name, strerror(errno));
        return EXIT_FAILURE;
    }
    int code = settings->resolve ? resolve_lines(settings, input, name) : extract_page(settings, input, name);
    close(input);
    return finish_output(code);
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct options_list arguments;
    log_init(program.name, LOG_WARNING, LOG_TEXT);
    signal(SIGPIPE, SIG_IGN);
    int code = options_parse(&program, argc, argv, &settings, &arguments, stdout, stderr);
    if (code == OPTIONS_RUN)
        code = check_usage(&settings, &arguments);
    if (code == OPTIONS_RUN)
        code = run(&settings, &arguments);
    options_list_clear(&arguments);
    return code;
}
