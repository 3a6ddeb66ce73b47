/* Many small allocations that end together.
 *
 * Memory comes in blocks and is given out front to back; nothing is freed alone. A ceiling given at birth
 * bounds the sum of what is handed out between two resets. Not for objects that live longer than one message
 * or one page.
 */
#ifndef TRAWL_COMMON_ARENA_H
#define TRAWL_COMMON_ARENA_H

#include <stddef.h>

struct arena;

/* Returns an arena that hands out at most `limit` bytes between resets, the caller's. */
struct arena *arena_create(size_t limit);

/* Frees the arena and all it handed out; *arena becomes NULL. Accepts NULL. */
void arena_destroy(struct arena **arena);

/* Returns `size` bytes aligned for any object, not zeroed, the arena's until the next reset; NULL beyond the
 * limit. */
void *arena_alloc(struct arena *arena, size_t size);

/* Returns a NUL-terminated copy, the arena's; NULL beyond the limit. */
char *arena_copy(struct arena *arena, const void *bytes, size_t size);

/* Takes back all that was handed out. Keeps the first block for the next round. */
void arena_reset(struct arena *arena);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

#endif
