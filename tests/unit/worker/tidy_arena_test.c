/* Goal: tidy's memory holds what was put there, ends a parse at each of its budgets, and is as new after a
 * reset (H69, H76). */
#include "tests/unit/check.h"
#include "worker/tidy_arena.h"

#include <alloca.h>
#include <sys/mman.h>

enum { SIZE = 8 * 1024 * 1024 };

static const struct tidy_budget ample = {.calls = 1000000, .stack = 1 << 20, .seconds = 60};

static void *take(struct tidy_arena *arena, size_t size)
{
    TidyAllocator *allocator = tidy_arena_allocator(arena);
    return allocator->vtbl->alloc(allocator, size);
}

static void *grow(struct tidy_arena *arena, void *block, size_t size)
{
    TidyAllocator *allocator = tidy_arena_allocator(arena);
    return allocator->vtbl->realloc(allocator, block, size);
}

static void drop(struct tidy_arena *arena, void *block)
{
    TidyAllocator *allocator = tidy_arena_allocator(arena);
    allocator->vtbl->free(allocator, block);
}

static void keeps_what_grows(void **state)
{
    (void)state;
    struct tidy_arena *arena = tidy_arena_create(SIZE);
    char *last = grow(arena, NULL, 3);
    memcpy(last, "ab", 3);
    assert_ptr_equal(grow(arena, last, 3000), last); /* in place: nothing stands behind it */
    char *other = take(arena, 100);
    memset(other, 'x', 100);
    char *moved = grow(arena, last, 5000);
    assert_ptr_not_equal(moved, last);
    assert_string_equal(moved, "ab");
    assert_int_equal((uintptr_t)moved % 16, 0);
    assert_int_equal(tidy_arena_calls(arena), 4);
    drop(arena, NULL);
    tidy_arena_destroy(&arena);
    assert_null(arena);
}

static void uses_message_buffers_again(void **state)
{
    (void)state;
    struct tidy_arena *arena = tidy_arena_create(SIZE);
    size_t used = 0;
    for (int i = 0; i < 100000; i++) {
        void *buffer = take(arena, 2048);
        void *other = take(arena, 1500);
        drop(arena, buffer);
        drop(arena, other);
        if (i == 0)
            used = tidy_arena_used(arena);
    }
    assert_int_equal(tidy_arena_used(arena), used);
    tidy_arena_destroy(&arena);
}

/* Allocates, at each turn from further down the stack if `step` is not 0, until a budget ends it or `turns`
 * are over. */
static void spend(struct tidy_arena *arena, size_t each, size_t step, size_t turns)
{
    for (size_t i = 0; i < turns; i++) {
        if (step)
            memset(alloca(step), 0, step);
        take(arena, each);
    }
}

static int ends(struct tidy_arena *arena, const struct tidy_budget *budget, size_t each, size_t step)
{
    jmp_buf out;
    if (setjmp(out))
        return 1;
    tidy_arena_begin(arena, budget, &out);
    spend(arena, each, step, 100000);
    return 0;
}

static void ends_at_each_budget(void **state)
{
    (void)state;
    struct tidy_arena *arena = tidy_arena_create(SIZE);
    struct tidy_budget budget = ample;
    assert_true(ends(arena, &budget, 4000, 0));
    assert_true(tidy_arena_used(arena) > SIZE - 8192);
    tidy_arena_reset(arena);
    assert_int_equal(tidy_arena_used(arena), 0);
    assert_true(ends(arena, &budget, SIZE, 0));
    assert_true(ends(arena, &budget, SIZE_MAX, 0));
    tidy_arena_reset(arena);
    budget.calls = 500;
    assert_true(ends(arena, &budget, 16, 0));
    assert_int_equal(tidy_arena_calls(arena), 501);
    tidy_arena_reset(arena);
    budget = ample;
    budget.stack = 1 << 16;
    assert_true(ends(arena, &budget, 16, 512));
    assert_true(tidy_arena_calls(arena) < 1000);
    tidy_arena_reset(arena);
    budget = ample;
    budget.seconds = 0;
    assert_true(ends(arena, &budget, 16, 0));
    assert_true(tidy_arena_calls(arena) <= 256);
    tidy_arena_destroy(&arena);
}

static size_t resident(const void *block, size_t size)
{
    unsigned char pages[SIZE / 4096 + 1];
    const char *first = (const char *)((uintptr_t)block & ~(uintptr_t)4095);
    assert_int_equal(mincore((void *)(uintptr_t)first, size & ~(size_t)4095, pages), 0);
    size_t count = 0;
    for (size_t i = 0; i < size / 4096; i++)
        count += pages[i] & 1;
    return count * 4096;
}

static void gives_back_what_a_large_page_touched(void **state)
{
    (void)state;
    struct tidy_arena *arena = tidy_arena_create(SIZE);
    char *block = take(arena, SIZE - 4096);
    memset(block, 'x', SIZE - 4096);
    assert_true(resident(block, SIZE - 4096) > SIZE - 16384);
    tidy_arena_reset(arena);
    assert_true(resident(block, SIZE - 4096) <= SIZE / 2);
    tidy_arena_destroy(&arena);
}

static void judges_nothing_after_the_end(void **state)
{
    (void)state;
    struct tidy_arena *arena = tidy_arena_create(SIZE);
    struct tidy_budget budget = ample;
    jmp_buf out;
    budget.calls = 10;
    budget.seconds = 0;
    if (setjmp(out))
        fail();
    tidy_arena_begin(arena, &budget, &out);
    tidy_arena_end(arena);
    for (int i = 0; i < 1000; i++)
        take(arena, 16);
    tidy_arena_check(arena);
    tidy_arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_grows),
        cmocka_unit_test(uses_message_buffers_again),
        cmocka_unit_test(ends_at_each_budget),
        cmocka_unit_test(gives_back_what_a_large_page_touched),
        cmocka_unit_test(judges_nothing_after_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
