#include "coordinator/seen.h"

#include "common/memory.h"
#include "common/url.h"

#include <stdlib.h>
#include <xxhash.h>

enum { SMALLEST = 1024 };

/* Open addressing with linear probing; 0 marks a free slot; at most half full. */
struct seen {
    uint64_t *slots;
    size_t capacity; /* a power of two */
    size_t count;
};

struct seen *seen_create(void)
{
    struct seen *seen = memory_new(sizeof *seen);
    seen->capacity = SMALLEST;
    seen->slots = memory_new(SMALLEST * sizeof *seen->slots);
    return seen;
}

void seen_destroy(struct seen **seen)
{
    if (!*seen)
        return;
    free((*seen)->slots);
    free(*seen);
    *seen = NULL;
}

uint64_t seen_fingerprint(const char *serialised, size_t size)
{
    char canonical[URL_LONGEST];
    ssize_t length = url_canonicalise(serialised, size, canonical, sizeof canonical);
    uint64_t fingerprint =
        length < 0 ? XXH3_64bits(serialised, size) : XXH3_64bits(canonical, (size_t)length);
    return fingerprint ? fingerprint : 1;
}

static int put(uint64_t *slots, size_t capacity, uint64_t fingerprint)
{
    size_t at = (size_t)fingerprint & (capacity - 1);
    while (slots[at] && slots[at] != fingerprint)
        at = (at + 1) & (capacity - 1);
    int fresh = !slots[at];
    slots[at] = fingerprint;
    return fresh;
}

static void grow(struct seen *seen)
{
    size_t capacity = seen->capacity * 2;
    uint64_t *slots = memory_new(capacity * sizeof *slots);
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slots[i])
            put(slots, capacity, seen->slots[i]);
    free(seen->slots);
    seen->slots = slots;
    seen->capacity = capacity;
}

int seen_add(struct seen *seen, uint64_t fingerprint)
{
    if ((seen->count + 1) * 2 > seen->capacity)
        grow(seen);
    int fresh = put(seen->slots, seen->capacity, fingerprint);
    seen->count += (size_t)fresh;
    return fresh;
}

size_t seen_count(const struct seen *seen)
{
    return seen->count;
}
