#include "coordinator/seen.h"

#include "common/memory.h"
#include "common/url.h"

#include <stdlib.h>
#include <xxhash.h>

enum { RECENT = 1 << 18 };

struct seen {
    struct store *store;
    uint64_t seed;
    /* Fingerprints met lately, each where its low bits say: most links of a site are found again and again.
     */
    uint64_t recent[RECENT];
};

struct seen *seen_create(struct store *store, uint64_t seed)
{
    struct seen *seen = memory_new(sizeof *seen);
    seen->store = store;
    seen->seed = seed;
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

int seen_add(struct seen *seen, uint64_t fingerprint)
{
    uint64_t *recent = &seen->recent[fingerprint % RECENT];
    if (*recent == fingerprint)
        return 0;
    *recent = fingerprint;
    return store_seen_add(seen->store, fingerprint);
}

size_t seen_count(const struct seen *seen)
{
    return store_seen_count(seen->store);
}
