/* frontier-bench: what a grant costs however much is queued: thousands of hosts, and one host with very many
 * URLs.
 *
 * usage: frontier-bench
 *
 * Everything that is queued is granted and finished, one by one, in scripted time. Where there is a delay
 * each grant sends its host into the heap; without it hosts take turns. A temporary store lies beneath,
 * committed as often as a crawl commits when it is that fast. The comparisons of a heap of n hosts grow with
 * log n, and so do the levels of the store's trees; what else grows is misses of the processor's caches.
 */
#include "common/clock.h"
#include "common/memory.h"
#include "coordinator/frontier.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t hash_seed = 1;

static const struct {
    unsigned hosts, urls; /* of each host */
    double delay;
} cases[] = {
    {1000, 10, 0},   {10000, 10, 0}, {100000, 10, 0}, {1000, 10, 1},   {10000, 10, 1},
    {100000, 10, 1}, {1, 10000, 0},  {1, 100000, 0},  {1, 1000000, 0},
};

static void commit(struct store *store)
{
    if (store_dirty(store) >= STORE_DIRTY_MOST && store_commit(store, 0))
        exit(1);
}

/* Queues the URLs in an order that mixes the hosts, and, of one host, depths. */
static void fill(struct frontier *frontier, struct store *store, unsigned hosts, unsigned urls)
{
    char text[200];
    for (unsigned i = 0; i < urls; i++)
        for (unsigned host = 0; host < hosts; host++) {
            struct frontier_url url = {.depth = hosts == 1 ? i * 2654435761u >> 30 : 0};
            int size = snprintf(text, sizeof text,
                                "http://host%06u.example/some/path/that/is/long/page%09u.html", host, i);
            url.url = url.source = text;
            url.size = url.source_size = (size_t)size;
            frontier_add(frontier, &url);
            commit(store);
        }
}

/* Grants and finishes everything. Returns how much that was. */
static unsigned drain(struct frontier *frontier, struct store *store)
{
    unsigned grants = 0;
    double now = 1;
    frontier_tell(frontier, now);
    while (frontier_queued(frontier)) {
        struct entry *entry = frontier_next(frontier);
        if (!entry) {
            now = fmax(now, frontier_due(frontier));
            frontier_tell(frontier, now);
            continue;
        }
        frontier_grant(frontier, entry);
        frontier_host_answered(frontier, entry);
        frontier_finish(frontier, entry);
        grants++;
        commit(store);
    }
    return grants;
}

static void measure(unsigned hosts, unsigned urls, double delay)
{
    struct frontier_rules rules = {.per_host = 6, .delay = delay};
    struct store *store = store_open_temporary(NULL);
    if (!store)
        exit(1);
    struct frontier *frontier = frontier_create(&rules, store, 1, hash_seed);
    double start = clock_now();
    fill(frontier, store, hosts, urls);
    double filled = clock_now();
    unsigned grants = drain(frontier, store);
    double drained = clock_now();
    printf("%7u %9u %6.0f %11.2f %13.2f\n", hosts, urls, delay, (filled - start) / grants * 1e6,
           (drained - filled) / grants * 1e6);
    fflush(stdout);
    frontier_destroy(&frontier);
    store_close(&store);
}

int main(void)
{
    printf("%7s %9s %6s %11s %13s\n", "hosts", "URLs each", "delay", "us to queue", "us to grant");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        measure(cases[i].hosts, cases[i].urls, cases[i].delay);
    return 0;
}
