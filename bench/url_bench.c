/* Prints how many references a second one core resolves, by shape: url-bench [ROUNDS]. Each figure is the
 * median of the rounds; the memcpy line is what merely copying the same results costs, for scale. */
#include "bench/measure.h"
#include "common/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS = 400000, MOST_ROUNDS = 99 };

static const struct shape {
    const char *name;
    const char *ref;
} shapes[] = {
    {"relative", "foo.html"},
    {"relative, long", "articles/2024/05/a-rather-long-title-with-many-words-in-it.html"},
    {"up and fragment", "../x/y.html#frag"},
    {"rooted", "/abs"},
    {"rooted, query", "/wiki/index.php?title=Main_Page&action=edit"},
    {"absolute", "http://host/p"},
    {"absolute, real", "https://www.example.com/articles/2024/05/title.html?utm_source=feed#top"},
    {"own site", "http://www.example.org:8080/manual/en/index.html"},
    {"query alone", "?page=2"},
    {"fragment alone", "#section-3"},
    {"no scheme", "//cdn.example.net/lib.js"},
    {"host upper-case", "http://WWW.Example.COM/p"},
    {"IPv4 and port", "http://127.0.0.1:8088/p"},
    {"dots inside", "a/./b/../c.html"},
    {"space", "my file.html"},
    {"non-ASCII path", "/caf\xc3\xa9/men\xc3\xbc"},
    {"tab inside", "foo\t.html"},
    {"other scheme", "mailto:someone@example.com"},
    {"non-ASCII host", "http://b\xc3\xbc"
                       "cher.example/"},
};

static struct url_base base;
static char out[URL_LONGEST];

static double resolve_rate(const struct shape *shape, bool with_parts)
{
    struct url_parts parts;
    size_t size = strlen(shape->ref);
    double start = measure_cpu();
    for (int i = 0; i < TURNS; i++)
        if (url_resolve(&base, shape->ref, size, out, sizeof out, with_parts ? &parts : NULL) < 0)
            exit(1);
    return TURNS / (measure_cpu() - start);
}

static double canonical_rate(const struct shape *shape)
{
    char spelt[URL_LONGEST];
    ssize_t size = url_resolve(&base, shape->ref, strlen(shape->ref), spelt, sizeof spelt, NULL);
    double start = measure_cpu();
    for (int i = 0; i < TURNS; i++)
        if (url_canonicalise(spelt, (size_t)size, out, sizeof out) < 0)
            exit(1);
    return TURNS / (measure_cpu() - start);
}

static double copy_rate(const struct shape *shape)
{
    char spelt[URL_LONGEST];
    size_t size = (size_t)url_resolve(&base, shape->ref, strlen(shape->ref), spelt, sizeof spelt, NULL);
    double start = measure_cpu();
    for (int i = 0; i < TURNS; i++) {
        memcpy(out, spelt, size);
        __asm__ volatile("" : : "r"(out) : "memory");
    }
    return TURNS / (measure_cpu() - start);
}

int main(int argc, char **argv)
{
    static const char page[] = "http://www.example.org:8080/manual/en/guide/intro.html";
    int rounds = argc > 1 ? atoi(argv[1]) : 7;
    if (rounds < 1 || rounds > MOST_ROUNDS || url_parse_base(&base, page, strlen(page)) < 0)
        return 2;
    printf("millions a second on one core, median of %d rounds\n", rounds);
    printf("%-18s %9s %9s %9s %9s\n", "reference", "resolve", "+ parts", "canon.", "memcpy");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        double plain[MOST_ROUNDS], parts[MOST_ROUNDS], canonical[MOST_ROUNDS], copy[MOST_ROUNDS];
        for (int round = 0; round < rounds; round++) {
            plain[round] = resolve_rate(&shapes[i], false);
            parts[round] = resolve_rate(&shapes[i], true);
            canonical[round] = canonical_rate(&shapes[i]);
            copy[round] = copy_rate(&shapes[i]);
        }
        double *const figures[] = {plain, parts, canonical, copy};
        printf("%-18s", shapes[i].name);
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
            printf(" %9.1f", measure_median(figures[k], (size_t)rounds) / 1e6);
        printf("\n");
    }
    return 0;
}
