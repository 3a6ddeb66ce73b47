/* robots-bench: what a robots.txt costs, and that no file makes it cost more than it weighs.
 *
 * usage: robots-bench
 *
 * Files of one kind of line each, up to the 512 KiB that are looked at and beyond, and a path of 100 and of
 * 8,000 octets that each rule comes close to matching. Beside the times stand the matcher's own steps, which
 * no busy machine changes.
 */
#include "common/clock.h"
#include "common/memory.h"
#include "coordinator/robots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *before, *after;
} lines[] = {
    {"plain", "disallow: /aaaa/", ""},
    {"searching", "disallow: /*", ""},
    {"repeating", "disallow: /*aaaaaaaaaaaab", ""},
    {"many stars", "disallow: /*a*a*a*a*a*b", "$"},
    {"beyond ASCII", "disallow: /\xe3\x83\x84", ""},
    {"of others", "user-agent: x\ndisallow: /", ""},
};

static const size_t sizes[] = {1000, 64000, 512000, 2000000};

static size_t write_body(char *body, size_t size, size_t kind)
{
    size_t at = (size_t)sprintf(body, "user-agent: *\n");
    for (unsigned i = 0; at < size; i++)
        at += (size_t)sprintf(body + at, "%s%07u%s\n", lines[kind].before, i, lines[kind].after);
    return at;
}

/* Microseconds a question, and its steps. */
static double ask(const struct buf *block, size_t path_size, uint64_t *steps)
{
    char *path = memory_new(path_size);
    memset(path, 'a', path_size);
    path[0] = '/';
    double start = clock_now();
    int turns = 0;
    do {
        *steps = robots_ask(block->data, block->size, path, path_size, true).steps;
        turns++;
    } while (clock_now() - start < 0.1);
    free(path);
    return (clock_now() - start) / turns * 1e6;
}

static void measure(size_t kind, size_t size, char *body)
{
    struct buf block;
    uint64_t steps_short, steps_long;
    size_t length = write_body(body, size, kind);
    buf_init(&block, ROBOTS_COMPILED_MAX);
    double start = clock_now();
    int turns = 0;
    do {
        buf_reset(&block, SIZE_MAX);
        robots_compile(&block, body, length, "trawl");
        turns++;
    } while (clock_now() - start < 0.1);
    double compiling = (clock_now() - start) / turns * 1e6;
    double asking_short = ask(&block, 100, &steps_short), asking_long = ask(&block, 8000, &steps_long);
    printf("%-13s %9zu %9zu %9.0f %9.1f %9llu %9.1f %9llu\n", lines[kind].name, length, block.size, compiling,
           asking_short, (unsigned long long)steps_short, asking_long, (unsigned long long)steps_long);
    buf_clear(&block);
}

int main(void)
{
    char *body = memory_new(sizes[sizeof sizes / sizeof *sizes - 1] + 1000);
    printf("%-13s %9s %9s %9s %9s %9s %9s %9s\n", "", "", "", "compile", "ask 100", "", "ask 8000", "");
    printf("%-13s %9s %9s %9s %9s %9s %9s %9s\n", "lines", "bytes", "block", "us", "us", "steps", "us",
           "steps");
    for (size_t kind = 0; kind < sizeof lines / sizeof *lines; kind++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            measure(kind, sizes[i], body);
    free(body);
    return 0;
}
