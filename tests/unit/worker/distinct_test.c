/* Goal: strings stand once, in order, joined, within their ceilings, and looking them up does not slow down
 * (H70). */
#include "tests/unit/check.h"
#include "worker/distinct.h"

static int add(struct distinct *distinct, const char *string)
{
    return distinct_add(distinct, string, strlen(string));
}

static void assert_joined(const struct distinct *distinct, const char *expected)
{
    size_t size;
    const char *joined = distinct_joined(distinct, &size);
    assert_int_equal(size, strlen(expected));
    if (size)
        assert_memory_equal(joined, expected, size);
}

static void keeps_each_once_in_order(void **state)
{
    (void)state;
    struct distinct *distinct = distinct_create(100, 1000);
    size_t size;
    assert_joined(distinct, "");
    assert_int_equal(add(distinct, "b"), 1);
    assert_int_equal(add(distinct, "a"), 1);
    assert_int_equal(add(distinct, ""), 1);
    assert_int_equal(add(distinct, "b"), 0);
    assert_int_equal(add(distinct, ""), 0);
    assert_int_equal(add(distinct, "ab"), 1);
    assert_int_equal(distinct_count(distinct), 4);
    assert_joined(distinct, "b\na\n\nab");
    assert_memory_equal(distinct_get(distinct, 3, &size), "ab", 2);
    assert_int_equal(size, 2);
    distinct_reset(distinct);
    assert_int_equal(distinct_count(distinct), 0);
    assert_int_equal(add(distinct, "b"), 1);
    assert_joined(distinct, "b");
    distinct_destroy(&distinct);
    assert_null(distinct);
}

static void holds_to_its_ceilings(void **state)
{
    (void)state;
    struct distinct *few = distinct_create(2, 1000);
    assert_int_equal(add(few, "a"), 1);
    assert_int_equal(add(few, "b"), 1);
    assert_int_equal(add(few, "c"), -1);
    assert_int_equal(add(few, "b"), 0);
    struct distinct *small = distinct_create(100, 5);
    assert_int_equal(add(small, "abc"), 1);
    assert_int_equal(add(small, "de"), -1);
    assert_int_equal(add(small, "d"), 1);
    assert_joined(small, "abc\nd");
    distinct_destroy(&few);
    distinct_destroy(&small);
}

static void finds_all_of_many(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct distinct *distinct = distinct_create(MANY, (size_t)16 * MANY);
    char text[16];
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < MANY; i++) {
            snprintf(text, sizeof text, "%x", i);
            assert_int_equal(add(distinct, text), !pass);
        }
    distinct_reset(distinct);
    assert_int_equal(add(distinct, "0"), 1);
    distinct_destroy(&distinct);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_each_once_in_order),
        cmocka_unit_test(holds_to_its_ceilings),
        cmocka_unit_test(finds_all_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
