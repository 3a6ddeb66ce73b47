/* tidy_limit: the most that a worker which parses with tidy can reach.
 *
 * Extraction as a worker runs it, from files in memory, with no network and no output. What a crawl spends
 * above this is fetching and reporting.
 *
 * usage: tidy-limit [--rows | --rounds N] [--links href|a|all] [--parser auto|stream|tidy|none] < LIST
 *   LIST  one page a line: FILE <TAB> PAGE-URL [<TAB> CHARSET], CHARSET as a Content-Type header gives it
 *
 * Prints pages, links, MB, MB/s and CPU microseconds a page in the median of the rounds; with --rows instead
 * source_url <TAB> parsed_url. With another parser it is the most that a worker reaches with that.
 */
#include "bench/measure.h"
#include "common/memory.h"
#include "common/options.h"
#include "worker/extract.h"

#include <string.h>

enum { BODY = 8 * 1024 * 1024, MOST_ROUNDS = 99 };

struct settings {
    bool rows;
    int64_t rounds;
    int links;
    int parser;
};

struct input {
    char *url;
    const struct charset *charset;
    struct buf body;
};

struct inputs {
    struct input *all;
    size_t count;
};

struct totals {
    size_t links;
    size_t bytes;
    size_t aborted;
    size_t cut;
};

static const struct options_row rows[] = {
    {"rows", NULL, NULL, "print the links, not the figures", 0, false, OPTIONS_FLAG(struct settings, rows)},
    {"rounds", "N", "1", "measure that often", 0, false,
     OPTIONS_INTEGER(struct settings, rounds, 1, MOST_ROUNDS)},
    {"links", NULL, "a", "which links count", 0, false,
     OPTIONS_CHOICE(struct settings, links, LINK_KIND_CHOICES)},
    {"parser", NULL, "tidy", "what parses", 0, false,
     OPTIONS_CHOICE(struct settings, parser, EXTRACT_PARSER_CHOICES)},
    {0},
};

static const struct options_program program = {
    .name = "tidy-limit",
    .summary = "Measures extraction on pages in memory.",
    .rows = rows,
};

static void add_input(struct inputs *inputs, char *line)
{
    struct input input = {0};
    const char *path = strsep(&line, "\t\n");
    const char *url = strsep(&line, "\t\n");
    const char *label = line ? strsep(&line, "\t\n") : NULL;
    buf_init(&input.body, SIZE_MAX);
    if (!url || !*url || measure_read(&input.body, path))
        return;
    input.url = memory_copy(url, strlen(url));
    input.charset = label ? charset_by_label(label, strlen(label)) : NULL;
    if (!(inputs->count & (inputs->count - 1)))
        inputs->all = memory_resize(inputs->all, inputs->count ? inputs->count * 2 : 1, sizeof *inputs->all);
    inputs->all[inputs->count++] = input;
}

static void print_rows(const char *url, const struct links_page *page)
{
    const char *end = page->urls + page->urls_size;
    const char *next;
    for (const char *at = page->urls; page->count && at <= end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next : end;
        printf("%s\t%.*s\n", url, (int)(next - at), at);
    }
}

static void extract_all(struct extract *extract, const struct inputs *inputs, bool show,
                        struct totals *totals)
{
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input *input = &inputs->all[i];
        extract_begin(extract, input->url, strlen(input->url), input->charset);
        extract_feed(extract, input->body.data, input->body.size);
        totals->aborted += extract_finish(extract, false) != EXTRACT_OK;
        const struct links_page *page = extract_links(extract);
        totals->links += page->count;
        totals->cut += page->cut;
        totals->bytes += input->body.size;
        if (show)
            print_rows(input->url, page);
    }
}

static void print_figures(const struct inputs *inputs, const struct totals *totals, double seconds)
{
    double megabytes = (double)totals->bytes / 1e6;
    printf("%zu pages, %zu links, %zu cut, %zu aborted, %.1f MB, %.1f MB/s, %.1f CPU us a page\n",
           inputs->count, totals->links, totals->cut, totals->aborted, megabytes, megabytes / seconds,
           seconds / (double)inputs->count * 1e6);
}

static void measure(struct extract *extract, const struct inputs *inputs, size_t rounds)
{
    double took[MOST_ROUNDS];
    struct totals totals;
    for (size_t i = 0; i < rounds; i++) {
        double began = measure_cpu();
        totals = (struct totals){0};
        extract_all(extract, inputs, false, &totals);
        took[i] = measure_cpu() - began;
    }
    print_figures(inputs, &totals, measure_median(took, rounds));
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct options_list arguments;
    int code = options_parse(&program, argc, argv, &settings, &arguments, stdout, stderr);
    options_list_clear(&arguments);
    if (code != OPTIONS_RUN)
        return code;
    const struct extract_settings wanted = {
        .parser = (enum extract_parser)settings.parser,
        .links = {.kind = (enum link_kind)settings.links, .most = LINKS_MOST, .bytes = LINKS_BYTES},
        .body = BODY,
    };
    struct extract *extract = extract_create(&wanted);
    struct inputs inputs = {0};
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0)
        add_input(&inputs, line);
    free(line);
    if (settings.rows)
        extract_all(extract, &inputs, true, &(struct totals){0});
    else if (inputs.count)
        measure(extract, &inputs, (size_t)settings.rounds);
    for (size_t i = 0; i < inputs.count; i++) {
        free(inputs.all[i].url);
        buf_clear(&inputs.all[i].body);
    }
    free(inputs.all);
    extract_destroy(&extract);
    return 0;
}
