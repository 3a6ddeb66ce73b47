/* Goal: an arena hands out aligned, disjoint memory up to its limit and all of it again after a reset. */
#include "common/arena.h"
#include "tests/unit/check.h"

static void hands_out_disjoint_aligned_memory(void **state)
{
    (void)state;
    struct arena *arena = arena_create(1 << 20);
    char *previous = NULL;
    for (int i = 1; i < 300; i++) {
        char *bytes = arena_alloc(arena, (size_t)i);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % 16, 0);
        memset(bytes, i & 0xff, (size_t)i);
        if (previous)
            assert_int_equal((unsigned char)previous[i - 2], (i - 1) & 0xff);
        previous = bytes;
    }
    arena_destroy(&arena);
    assert_null(arena);
    arena_destroy(&arena);
}

static void stops_at_its_limit_until_reset(void **state)
{
    (void)state;
    struct arena *arena = arena_create(200000);
    assert_non_null(arena_alloc(arena, 150000));
    assert_null(arena_alloc(arena, 60000));
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_int_equal(arena_used(arena), 150000);
    arena_reset(arena);
    assert_int_equal(arena_used(arena), 0);
    assert_non_null(arena_alloc(arena, 200000));
    arena_destroy(&arena);
}

static void copies_end_in_nul(void **state)
{
    (void)state;
    struct arena *arena = arena_create(64);
    assert_string_equal(arena_copy(arena, "hello, world", 5), "hello");
    assert_null(arena_copy(arena, "x", 64));
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_disjoint_aligned_memory),
        cmocka_unit_test(stops_at_its_limit_until_reset),
        cmocka_unit_test(copies_end_in_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
