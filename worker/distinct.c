#include "worker/distinct.h"

#include "common/buf.h"
#include "common/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    FEWEST_SLOTS = 256, /* a power of two, like every count of slots */
    KEPT_SLOTS = 4096,  /* more than that is given back at a reset */
    KEPT_BYTES = 256 * 1024
};

struct string {
    uint32_t at;
    uint32_t size;
    uint64_t hash;
};

struct distinct {
    struct buf text;
    struct string *strings;
    size_t count;
    size_t most;
    uint32_t *slots; /* index + 1 into strings; 0 is free */
    size_t slot_count;
};

struct distinct *distinct_create(size_t most, size_t bytes)
{
    struct distinct *distinct = memory_new(sizeof *distinct);
    buf_init(&distinct->text, bytes);
    distinct->most = most;
    return distinct;
}

static void drop_tables(struct distinct *distinct)
{
    free(distinct->strings);
    free(distinct->slots);
    distinct->strings = NULL;
    distinct->slots = NULL;
    distinct->slot_count = 0;
}

void distinct_destroy(struct distinct **distinct)
{
    if (!*distinct)
        return;
    buf_clear(&(*distinct)->text);
    drop_tables(*distinct);
    free(*distinct);
    *distinct = NULL;
}

void distinct_reset(struct distinct *distinct)
{
    buf_reset(&distinct->text, KEPT_BYTES);
    if (distinct->slot_count > KEPT_SLOTS)
        drop_tables(distinct);
    else if (distinct->count)
        memset(distinct->slots, 0, distinct->slot_count * sizeof *distinct->slots);
    distinct->count = 0;
}

/* The slot where a string is, or where it would go. */
static uint32_t *find(const struct distinct *distinct, const char *bytes, size_t size, uint64_t hash)
{
    size_t mask = distinct->slot_count - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &distinct->slots[at];
        if (!*slot)
            return slot;
        const struct string *there = &distinct->strings[*slot - 1];
        if (there->hash == hash && there->size == size &&
            (!size || memcmp(distinct->text.data + there->at, bytes, size) == 0))
            return slot;
    }
}

/* Keeps the table at most half full. There are half as many strings as slots, so both grow together. */
static void grow(struct distinct *distinct)
{
    size_t slots = distinct->slot_count ? distinct->slot_count * 2 : FEWEST_SLOTS;
    free(distinct->slots);
    distinct->slots = memory_new(slots * sizeof *distinct->slots);
    distinct->slot_count = slots;
    distinct->strings = memory_resize(distinct->strings, slots / 2, sizeof *distinct->strings);
    for (size_t i = 0; i < distinct->count; i++) {
        size_t at = distinct->strings[i].hash & (slots - 1);
        while (distinct->slots[at])
            at = (at + 1) & (slots - 1);
        distinct->slots[at] = (uint32_t)i + 1;
    }
}

int distinct_add(struct distinct *distinct, const char *bytes, size_t size)
{
    if (distinct->count * 2 >= distinct->slot_count)
        grow(distinct);
    uint64_t hash = XXH3_64bits(bytes, size);
    uint32_t *slot = find(distinct, bytes, size, hash);
    if (*slot)
        return 0;
    size_t joint = distinct->count > 0;
    char *room = distinct->count < distinct->most ? buf_reserve(&distinct->text, joint + size) : NULL;
    if (!room)
        return -1;
    if (joint)
        *room++ = '\n';
    if (size)
        memcpy(room, bytes, size);
    uint32_t at = (uint32_t)(distinct->text.size + joint);
    distinct->strings[distinct->count++] = (struct string){at, (uint32_t)size, hash};
    *slot = (uint32_t)distinct->count;
    distinct->text.size += joint + size;
    return 1;
}

size_t distinct_count(const struct distinct *distinct)
{
    return distinct->count;
}

const char *distinct_get(const struct distinct *distinct, size_t index, size_t *size)
{
    *size = distinct->strings[index].size;
    return distinct->text.data + distinct->strings[index].at;
}

const char *distinct_joined(const struct distinct *distinct, size_t *size)
{
    *size = distinct->text.size;
    return distinct->text.data;
}
