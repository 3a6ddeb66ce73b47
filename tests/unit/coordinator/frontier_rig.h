/* A frontier whose time the tests tell, and what they do with it in one line each. */
#ifndef TRAWL_TESTS_COORDINATOR_FRONTIER_RIG_H
#define TRAWL_TESTS_COORDINATOR_FRONTIER_RIG_H

#include "coordinator/frontier.h"
#include "tests/unit/check.h"

#include <math.h>

static struct store *store;
static struct frontier *frontier;
static double now;

static inline int setup(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    frontier_destroy(&frontier);
    store_close(&store);
    return 0;
}

static inline void at(double time)
{
    now = time;
    frontier_tell(frontier, now);
}

/* A new frontier on the store; the time is 1000. */
static inline void begin(unsigned per_host, double delay, uint64_t max_per_host)
{
    static const struct frontier_rules none;
    struct frontier_rules rules = none;
    uint64_t next = frontier ? frontier_next_rank(frontier, 0) : 1;
    rules.per_host = per_host;
    rules.delay = delay;
    rules.max_per_host = max_per_host;
    frontier_destroy(&frontier);
    frontier = frontier_create(&rules, store, next, 99);
    at(1000);
}

static inline uint64_t add_at(const char *url, unsigned depth)
{
    uint64_t rank = frontier_next_rank(frontier, depth);
    size_t size = strlen(url);
    frontier_add(frontier, &(struct frontier_url){url, size, url, size, depth, 0, true});
    return rank;
}

static inline void add_all(const char *urls)
{
    char copy[1000];
    snprintf(copy, sizeof copy, "%s", urls);
    for (char *url = strtok(copy, " "); url; url = strtok(NULL, " "))
        add_at(url, 0);
}

/* The next entry is that one; it is granted. */
static inline struct entry *next(const char *url)
{
    struct entry *entry = frontier_next(frontier);
    assert_non_null(entry);
    assert_string_equal(entry->url, url);
    frontier_grant(frontier, entry);
    return entry;
}

static inline void none(void)
{
    assert_null(frontier_next(frontier));
}

static inline void fetch(const char *url)
{
    struct entry *entry = next(url);
    frontier_host_answered(frontier, entry);
    frontier_finish(frontier, entry);
}

/* What is queued is given and finished, whatever the time says. */
static inline void clear(void)
{
    for (struct entry *entry; frontier_queued(frontier);) {
        at(now + 1000);
        while ((entry = frontier_next(frontier)))
            frontier_finish(frontier, entry);
    }
    at(now + 1000);
    assert_int_equal(frontier_hosts(frontier), 0);
    assert_true(frontier_due(frontier) == INFINITY);
}

#endif
