#include "common/arena.h"

#include "common/memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 * 1024 };

struct block {
    struct block *older;
    size_t used;
    size_t capacity;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *newest;
    size_t used;
    size_t limit;
};

struct arena *arena_create(size_t limit)
{
    struct arena *arena = memory_new(sizeof *arena);
    arena->limit = limit;
    return arena;
}

static void drop_newest(struct arena *arena)
{
    struct block *block = arena->newest;
    arena->newest = block->older;
    free(block);
}

void arena_destroy(struct arena **arena)
{
    if (!*arena)
        return;
    while ((*arena)->newest)
        drop_newest(*arena);
    free(*arena);
    *arena = NULL;
}

static void add_block(struct arena *arena, size_t size)
{
    size_t capacity = size > BLOCK ? size : BLOCK;
    struct block *block = memory_resize(NULL, sizeof *block + capacity, 1);
    *block = (struct block){.older = arena->newest, .capacity = capacity};
    arena->newest = block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (rounded < size || rounded > arena->limit - arena->used)
        return NULL;
    if (!arena->newest || rounded > arena->newest->capacity - arena->newest->used)
        add_block(arena, rounded);
    void *out = arena->newest->bytes + arena->newest->used;
    arena->newest->used += rounded;
    arena->used += rounded;
    return out;
}

char *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
    char *copy = arena_alloc(arena, size + 1);
    if (!copy)
        return NULL;
    if (size)
        memcpy(copy, bytes, size);
    copy[size] = 0;
    return copy;
}

void arena_reset(struct arena *arena)
{
    while (arena->newest && arena->newest->older)
        drop_newest(arena);
    if (arena->newest && arena->newest->capacity > BLOCK)
        drop_newest(arena);
    if (arena->newest)
        arena->newest->used = 0;
    arena->used = 0;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
