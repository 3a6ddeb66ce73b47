/* The memory tidy works in, and the budgets that end its work. Only tidy*.c use it.
 *
 * One reservation, given out front to back; what tidy frees is used again only for its message buffers, which
 * a page with thousands of errors would otherwise fill it with. Nothing is freed between two resets, so a
 * parse may be left by longjmp at any allocation, and what it built can still be read.
 */
#ifndef TRAWL_WORKER_TIDY_ARENA_H
#define TRAWL_WORKER_TIDY_ARENA_H

#include <setjmp.h>
#include <stddef.h>
#include <tidy/tidy.h>

struct tidy_arena;

/* What one parse may use. */
struct tidy_budget {
    size_t calls;   /* allocations */
    size_t stack;   /* bytes of stack below the caller of tidy_arena_begin */
    double seconds; /* of the thread's CPU time */
};

/* Reserves `size` bytes, the caller's. Ends the process when it cannot. */
struct tidy_arena *tidy_arena_create(size_t size);

/* Gives them back; *arena becomes NULL. Accepts NULL. */
void tidy_arena_destroy(struct tidy_arena **arena);

/* Begins a parse under a budget: from here on the allocator, and tidy_arena_check, jump to `out` with 1 when
 * it is used up. */
void tidy_arena_begin(struct tidy_arena *arena, const struct tidy_budget *budget, jmp_buf *out);

/* Ends the parse: nothing is judged any more. What it built stays until the reset. */
void tidy_arena_end(struct tidy_arena *arena);

/* Forgets all that was given out; memory that an extraordinary page touched goes back to the system. */
void tidy_arena_reset(struct tidy_arena *arena);

/* What tidyCreateWithAllocator wants; the arena's. */
TidyAllocator *tidy_arena_allocator(struct tidy_arena *arena);

/* Looks at the clock and the stack, for callbacks that tidy runs without allocating. Jumps like the
 * allocator. */
void tidy_arena_check(struct tidy_arena *arena);

/* Bytes and allocations given out since the reset. */
size_t tidy_arena_used(const struct tidy_arena *arena);
size_t tidy_arena_calls(const struct tidy_arena *arena);

#endif
