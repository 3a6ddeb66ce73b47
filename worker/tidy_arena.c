#include "worker/tidy_arena.h"

#include "common/log.h"
#include "common/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum {
    ALIGNMENT = 16,
    KEPT = 4 * 1024 * 1024, /* bytes that stay touched between pages */
    CALLS_PER_LOOK = 256,   /* at the clock */
    CLASS = 1024,           /* freed blocks of 1 to 8 times this size are used again */
    CLASSES = 8
};

/* In front of every block. */
union header {
    size_t size;
    char align[ALIGNMENT];
};

struct free_block {
    struct free_block *next;
};

struct tidy_arena {
    TidyAllocator allocator; /* first: tidy hands its address back */
    char *base;
    size_t size;
    size_t used;
    size_t calls;
    struct free_block *freed[CLASSES + 1];
    struct tidy_budget budget;
    const char *stack;
    struct timespec deadline;
    jmp_buf *out; /* NULL outside a parse */
};

static struct tidy_arena *from_allocator(TidyAllocator *allocator)
{
    return (struct tidy_arena *)allocator;
}

static void give_up(struct tidy_arena *arena)
{
    jmp_buf *out = arena->out;
    if (!out) {
        log_error("tidy: out of budget outside a parse");
        abort();
    }
    arena->out = NULL;
    longjmp(*out, 1);
}

/* Noinline: its own frame is what tells how deep the stack is. */
__attribute__((noinline)) static size_t stack_depth(const struct tidy_arena *arena)
{
    const char *here = __builtin_frame_address(0);
    return here < arena->stack ? (size_t)(arena->stack - here) : 0;
}

static int is_late(const struct tidy_arena *arena)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec > arena->deadline.tv_sec ||
           (now.tv_sec == arena->deadline.tv_sec && now.tv_nsec >= arena->deadline.tv_nsec);
}

void tidy_arena_check(struct tidy_arena *arena)
{
    if (arena->out && (stack_depth(arena) > arena->budget.stack || is_late(arena)))
        give_up(arena);
}

static void judge_call(struct tidy_arena *arena)
{
    arena->calls++;
    if (!arena->out)
        return;
    if (arena->calls > arena->budget.calls || stack_depth(arena) > arena->budget.stack)
        give_up(arena);
    if (arena->calls % CALLS_PER_LOOK == 0 && is_late(arena))
        give_up(arena);
}

/* The size of block that serves a request; multiples of CLASS where blocks are used again. */
static size_t rounded(size_t size)
{
    size_t grain = size > CLASS - ALIGNMENT && size <= (size_t)CLASSES * CLASS ? CLASS : ALIGNMENT;
    return (size + grain - 1) / grain * grain;
}

static int class_of(size_t size)
{
    return size >= CLASS && size <= (size_t)CLASSES * CLASS && size % CLASS == 0 ? (int)(size / CLASS) : 0;
}

static union header *header_of(void *block)
{
    return (union header *)block - 1;
}

static void *give(struct tidy_arena *arena, size_t size)
{
    if (size > arena->size)
        give_up(arena);
    size = rounded(size);
    int class = class_of(size);
    if (class && arena->freed[class]) {
        struct free_block *block = arena->freed[class];
        arena->freed[class] = block->next;
        return block;
    }
    if (size + sizeof(union header) > arena->size - arena->used)
        give_up(arena);
    union header *header = (union header *)(void *)(arena->base + arena->used);
    header->size = size;
    arena->used += sizeof *header + size;
    return header + 1;
}

static void *TIDY_CALL arena_malloc(TidyAllocator *allocator, size_t size)
{
    struct tidy_arena *arena = from_allocator(allocator);
    judge_call(arena);
    return give(arena, size);
}

static void TIDY_CALL arena_free(TidyAllocator *allocator, void *block)
{
    struct tidy_arena *arena = from_allocator(allocator);
    int class = block ? class_of(header_of(block)->size) : 0;
    if (!class)
        return;
    struct free_block *freed = block;
    freed->next = arena->freed[class];
    arena->freed[class] = freed;
}

static void *TIDY_CALL arena_realloc(TidyAllocator *allocator, void *block, size_t size)
{
    struct tidy_arena *arena = from_allocator(allocator);
    judge_call(arena);
    if (!block)
        return give(arena, size);
    union header *header = header_of(block);
    if (size <= header->size)
        return block;
    int is_last = (char *)block + header->size == arena->base + arena->used;
    if (is_last && size < arena->size && rounded(size) - header->size <= arena->size - arena->used) {
        arena->used += rounded(size) - header->size;
        header->size = rounded(size);
        return block;
    }
    void *grown = give(arena, size);
    memcpy(grown, block, header->size);
    arena_free(allocator, block);
    return grown;
}

static void TIDY_CALL arena_panic(TidyAllocator *allocator, ctmbstr message)
{
    (void)message;
    give_up(from_allocator(allocator));
}

static const TidyAllocatorVtbl vtable = {arena_malloc, arena_realloc, arena_free, arena_panic};

struct tidy_arena *tidy_arena_create(size_t size)
{
    struct tidy_arena *arena = memory_new(sizeof *arena);
    arena->allocator.vtbl = &vtable;
    arena->size = size;
    arena->base =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena->base == MAP_FAILED) {
        log_error("tidy: cannot reserve %zu bytes", size);
        exit(EXIT_FAILURE);
    }
    return arena;
}

void tidy_arena_destroy(struct tidy_arena **arena)
{
    if (!*arena)
        return;
    munmap((*arena)->base, (*arena)->size);
    free(*arena);
    *arena = NULL;
}

void tidy_arena_begin(struct tidy_arena *arena, const struct tidy_budget *budget, jmp_buf *out)
{
    arena->budget = *budget;
    arena->stack = __builtin_frame_address(0);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &arena->deadline);
    long seconds = (long)budget->seconds;
    arena->deadline.tv_sec += seconds;
    arena->deadline.tv_nsec += (long)((budget->seconds - (double)seconds) * 1e9);
    if (arena->deadline.tv_nsec >= 1000000000) {
        arena->deadline.tv_sec++;
        arena->deadline.tv_nsec -= 1000000000;
    }
    arena->out = out;
}

void tidy_arena_end(struct tidy_arena *arena)
{
    arena->out = NULL;
}

void tidy_arena_reset(struct tidy_arena *arena)
{
    if (arena->used > KEPT)
        madvise(arena->base + KEPT, arena->used - KEPT, MADV_DONTNEED);
    arena->used = 0;
    arena->calls = 0;
    memset(arena->freed, 0, sizeof arena->freed);
}

TidyAllocator *tidy_arena_allocator(struct tidy_arena *arena)
{
    return &arena->allocator;
}

size_t tidy_arena_used(const struct tidy_arena *arena)
{
    return arena->used;
}

size_t tidy_arena_calls(const struct tidy_arena *arena)
{
    return arena->calls;
}
