/* tokenizer-bench: how fast the tokenizer finds links.
 *
 * usage: tokenizer-bench [-r ROUNDS] [-c CHUNK] < FILE-LIST   one path a line, read into memory first
 *        tokenizer-bench -p < FILE-LIST   prints FILE, offset and decoded href of each a, area, link
 *
 * The first prints files, MB, hrefs found of a, area and link, then MB/s and pages/s in the median of the
 * rounds.
 */
#include "bench/measure.h"
#include "common/memory.h"
#include "worker/tokenizer.h"

#include <string.h>
#include <unistd.h>

enum { LIMIT = 1 << 20, MOST_ROUNDS = 1000 };

struct page {
    char *path;
    char *bytes;
    size_t size;
};

static const char *const href[] = {"href", NULL};
static const struct tokenizer_want wants[] = {{"a", href, 0}, {"area", href, 0}, {"link", href, 0}};

enum { WANT_COUNT = sizeof wants / sizeof wants[0] };

static void count_href(void *context, const struct tag *tag)
{
    long *links = context;
    *links += tag_find(tag, "href") != NULL;
}

static int read_page(struct page *page, const char *path)
{
    struct buf bytes;
    buf_init(&bytes, SIZE_MAX);
    if (measure_read(&bytes, path))
        return -1;
    page->path = memory_copy(path, strlen(path));
    page->bytes = bytes.data;
    page->size = bytes.size;
    return 0;
}

/* Reads the files listed on stdin; those that cannot be read are left out. */
static struct page *read_pages(size_t *count)
{
    struct page *pages = NULL;
    size_t capacity = 0;
    char path[4096];
    *count = 0;
    while (fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = 0;
        if (*count == capacity) {
            capacity = capacity ? capacity * 2 : 1024;
            pages = memory_resize(pages, capacity, sizeof *pages);
        }
        *count += read_page(&pages[*count], path) == 0;
    }
    return pages;
}

static void feed_page(struct tokenizer *tokenizer, const char *bytes, size_t size, size_t chunk)
{
    tokenizer_reset(tokenizer);
    for (size_t at = 0; at < size; at += chunk)
        tokenizer_feed(tokenizer, bytes + at, size - at < chunk ? size - at : chunk);
}

static void measure_pages(const struct page *pages, size_t count, int rounds, size_t chunk)
{
    double took[MOST_ROUNDS];
    double bytes = 0;
    long links = 0;
    struct tokenizer *tokenizer = tokenizer_create(wants, WANT_COUNT, LIMIT, count_href, &links);
    for (size_t i = 0; i < count; i++)
        bytes += (double)pages[i].size;
    for (int round = 0; round < rounds; round++) {
        double began = measure_cpu();
        for (size_t i = 0; i < count; i++)
            feed_page(tokenizer, pages[i].bytes, pages[i].size, chunk);
        took[round] = measure_cpu() - began;
    }
    double median = measure_median(took, (size_t)rounds);
    printf("%zu files, %.1f MB, %ld links, %.0f MB/s, %.0f pages/s\n", count, bytes / 1e6, links / rounds,
           bytes / 1e6 / median, (double)count / median);
    tokenizer_destroy(&tokenizer);
}

struct printer {
    const char *path;
    struct buf value;
};

static void print_href(void *context, const struct tag *tag)
{
    struct printer *printer = context;
    const struct tag_attribute *found = tag_find(tag, "href");
    if (!found)
        return;
    printer->value.size = 0;
    tokenizer_decode(&printer->value, found->value, found->value_size);
    printf("%s\t%zu\t", printer->path, (size_t)tag->offset);
    for (size_t i = 0; i < printer->value.size; i++)
        putchar(printer->value.data[i] == '\n' ? ' ' : printer->value.data[i]);
    putchar('\n');
}

static void print_pages(const struct page *pages, size_t count, size_t chunk)
{
    struct printer printer;
    buf_init(&printer.value, (size_t)8 * LIMIT);
    struct tokenizer *tokenizer = tokenizer_create(wants, WANT_COUNT, LIMIT, print_href, &printer);
    for (size_t i = 0; i < count; i++) {
        printer.path = pages[i].path;
        feed_page(tokenizer, pages[i].bytes, pages[i].size, chunk);
    }
    tokenizer_destroy(&tokenizer);
    buf_clear(&printer.value);
}

int main(int argc, char **argv)
{
    int rounds = 11;
    size_t chunk = SIZE_MAX / 2;
    int prints = 0;
    int option;
    while ((option = getopt(argc, argv, "r:c:p")) != -1) {
        if (option == 'r')
            rounds = atoi(optarg);
        else if (option == 'c')
            chunk = strtoul(optarg, NULL, 10);
        else if (option == 'p')
            prints = 1;
        else
            return 2;
    }
    if (rounds < 1 || rounds > MOST_ROUNDS || !chunk)
        return 2;
    size_t count;
    struct page *pages = read_pages(&count);
    if (prints)
        print_pages(pages, count, chunk);
    else
        measure_pages(pages, count, rounds, chunk);
    for (size_t i = 0; i < count; i++) {
        free(pages[i].path);
        free(pages[i].bytes);
    }
    free(pages);
    return 0;
}
