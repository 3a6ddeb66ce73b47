/* Prints how many rows a second one core writes in each format, into memory: rows-bench [LINKS [ROUNDS]],
 * LINKS a page (50). Each figure is the median of the rounds; the copy line is what merely copying the URLs
 * costs, for scale. */
#include "bench/measure.h"
#include "coordinator/output_jsonl.h"
#include "coordinator/output_tsv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1000000, MOST_ROUNDS = 99, MOST_LINKS = 50000, KEPT = 256 * 1024 };

static struct buf out, urls, rels, kinds, flags;
static Trawl__Links links;
static const struct entry entry = {.source = "http://www.example.org:8080/manual/en/guide/intro.html",
                                   .url = "http://www.example.org:8080/manual/en/guide/intro.html",
                                   .attempt = 1};
static struct pages_row row = {.outcome = OUTCOME_OK,
                               .status = 200,
                               .type = "text/html; charset=UTF-8",
                               .type_size = 24,
                               .charset = "UTF-8",
                               .bytes = 12345,
                               .worker = "local-1",
                               .fetched = true};

static void make_links(uint32_t count)
{
    struct buf *columns[] = {&out, &urls, &rels, &kinds, &flags};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        buf_init(columns[i], (size_t)1 << 30);
    for (uint32_t i = 0; i < count; i++) {
        buf_append_format(&urls, "%shttp://www.example.org:8080/manual/en/part-%u/page-%u.html",
                          i ? "\n" : "", i % 7, i);
        buf_append_format(&rels, "%s%s", i ? "\n" : "", i % 5 ? "" : "nofollow noopener");
        buf_append_byte(&kinds, i % 10 ? 0 : 4);
        buf_append(&flags, "\0\0", 2);
    }
    trawl__links__init(&links);
    links.count = count;
    links.urls = (ProtobufCBinaryData){urls.size, (uint8_t *)urls.data};
    links.rels = (ProtobufCBinaryData){rels.size, (uint8_t *)rels.data};
    links.kinds = (ProtobufCBinaryData){kinds.size, (uint8_t *)kinds.data};
    links.flags = (ProtobufCBinaryData){flags.size, (uint8_t *)flags.data};
}

static void write_tsv(void)
{
    output_tsv_write(&out, &entry, &links);
}

static void write_jsonl(void)
{
    output_jsonl_write(&out, &entry, &row, &links);
}

static void write_copy(void)
{
    buf_append(&out, urls.data, urls.size);
}

static double rate(void (*write_page)(void))
{
    uint32_t pages = ROWS / links.count + 1;
    double start = measure_cpu();
    for (uint32_t i = 0; i < pages; i++) {
        write_page();
        if (out.size > KEPT)
            out.size = 0;
    }
    return (double)pages * links.count / (measure_cpu() - start);
}

static void print_rate(const char *name, void (*write_page)(void), int rounds)
{
    double figures[MOST_ROUNDS];
    out.size = 0;
    write_page();
    double bytes = (double)out.size / links.count;
    for (int round = 0; round < rounds; round++)
        figures[round] = rate(write_page);
    double median = measure_median(figures, (size_t)rounds);
    printf("%-6s %8.2f million rows/s %8.0f MB/s %6.1f bytes a row\n", name, median / 1e6,
           median * bytes / 1e6, bytes);
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 50, rounds = argc > 2 ? atoi(argv[2]) : 7;
    if (count < 1 || count > MOST_LINKS || rounds < 1 || rounds > MOST_ROUNDS)
        return 2;
    Trawl__Timings timings = TRAWL__TIMINGS__INIT;
    timings.connect = timings.first_byte = timings.total = 1234;
    row.timings = &timings;
    make_links((uint32_t)count);
    printf("%d links a page, median of %d rounds\n", count, rounds);
    print_rate("tsv", write_tsv, rounds);
    print_rate("jsonl", write_jsonl, rounds);
    print_rate("copy", write_copy, rounds);
    return 0;
}
