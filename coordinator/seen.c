#include "coordinator/seen.h"

#include "common/memory.h"
#include "common/url.h"

#include <stdlib.h>
#include <xxhash.h>

enum { RECENT_BITS = 18, RECENT = 1 << RECENT_BITS };

struct seen {
    struct store *store;
    uint64_t seed;
    int ranked;
    /* Fingerprints met lately, each where its low bits say, the depth above 0 in their stead: most links of a
     * site are found again and again. */
    uint64_t recent[RECENT];
};

struct seen *seen_create(struct store *store, uint64_t seed, int ranked)
{
    struct seen *seen = memory_new(sizeof *seen);
    seen->store = store;
    seen->seed = seed;
    seen->ranked = ranked;
    return seen;
}

void seen_destroy(struct seen **seen)
{
    free(*seen);
    *seen = NULL;
}

uint64_t seen_fingerprint(const struct seen *seen, const char *serialised, size_t size)
{
    char canonical[URL_LONGEST];
    ssize_t length = url_canonicalise(serialised, size, canonical, sizeof canonical);
    uint64_t fingerprint = length < 0 ? XXH3_64bits_withSeed(serialised, size, seen->seed)
                                      : XXH3_64bits_withSeed(canonical, (size_t)length, seen->seed);
    return fingerprint ? fingerprint : 1;
}

static uint64_t depth_of(uint64_t rank)
{
    return rank >> STORE_NUMBER_BITS;
}

/* Whether it is known for sure, without a look at the store, and at no greater depth. */
static int is_recent(const struct seen *seen, uint64_t fingerprint, uint64_t depth)
{
    uint64_t recent = seen->recent[fingerprint % RECENT], above = recent % RECENT;
    return (recent ^ fingerprint) >> RECENT_BITS == 0 && above > 0 && above <= depth + 1;
}

enum seen_answer seen_add(struct seen *seen, uint64_t fingerprint, uint64_t *rank)
{
    uint64_t depth = depth_of(*rank), before = *rank;
    if (is_recent(seen, fingerprint, depth))
        return SEEN_BEFORE;
    seen->recent[fingerprint % RECENT] = fingerprint >> RECENT_BITS << RECENT_BITS | (depth + 1);
    if (store_seen_add(seen->store, fingerprint, seen->ranked ? &before : NULL))
        return SEEN_NEW;
    if (!seen->ranked || depth_of(before) <= depth)
        return SEEN_BEFORE;
    *rank = before;
    return SEEN_DEEPER;
}

void seen_move(struct seen *seen, uint64_t fingerprint, uint64_t rank)
{
    store_seen_set(seen->store, fingerprint, rank);
}

size_t seen_count(const struct seen *seen)
{
    return store_seen_count(seen->store);
}
