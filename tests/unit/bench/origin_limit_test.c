/* Goal: a host refuses its first requests, those beside too many and those too soon, on its own account only,
 * and says when to come again in three ways. */
#include "bench/origin_limit.h"
#include "tests/unit/check.h"

static struct origin_limit *limit_of(struct origin_limit_settings settings)
{
    return origin_limit_create(&settings, 2);
}

static bool visit(struct origin_limit *limit, int64_t host, double from, double to)
{
    bool refused = origin_limit_enter(limit, host, true, from);
    origin_limit_leave(limit, host, to);
    return refused;
}

static void the_first_pages_of_a_host_are_refused(void **state)
{
    (void)state;
    struct origin_limit *limit = limit_of((struct origin_limit_settings){.first = 2});
    assert_false(origin_limit_enter(limit, 0, false, 1)); /* robots.txt counts for nothing */
    origin_limit_leave(limit, 0, 1);
    assert_true(visit(limit, 0, 1, 1));
    assert_true(visit(limit, 0, 1, 1));
    assert_false(visit(limit, 0, 1, 1));
    assert_true(visit(limit, 1, 1, 1));
    origin_limit_destroy(&limit);
}

static void more_at_once_are_refused(void **state)
{
    (void)state;
    struct origin_limit *limit = limit_of((struct origin_limit_settings){.parallel = 2});
    assert_false(origin_limit_enter(limit, 0, true, 1));
    assert_false(origin_limit_enter(limit, 0, false, 1)); /* is one of the two */
    assert_true(origin_limit_enter(limit, 0, true, 1));
    assert_false(origin_limit_enter(limit, 0, false, 1));
    assert_false(origin_limit_enter(limit, 1, true, 1));
    for (int i = 0; i < 3; i++)
        origin_limit_leave(limit, 0, 2);
    assert_false(origin_limit_enter(limit, 0, true, 2));
    origin_limit_destroy(&limit);
}

static void those_too_soon_are_refused(void **state)
{
    (void)state;
    struct origin_limit *limit = limit_of((struct origin_limit_settings){.gap = 500});
    assert_false(visit(limit, 0, 100, 101)); /* the first one never comes too soon */
    assert_true(visit(limit, 0, 101.25, 101.25));
    assert_true(visit(limit, 0, 101.74, 101.75)); /* what was refused counts */
    assert_false(visit(limit, 0, 102.25, 103));
    assert_false(visit(limit, 1, 103, 103));
    origin_limit_destroy(&limit);
}

static void retry_after_is_said_in_three_ways(void **state)
{
    (void)state;
    static const struct {
        int after;
        const char *value;
    } cases[] = {
        {ORIGIN_LIMIT_NEVER, NULL},
        {ORIGIN_LIMIT_SECONDS, "6"},
        {ORIGIN_LIMIT_DATE, "Sun, 06 Nov 1994 08:49:37 GMT"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char value[64] = "";
        struct origin_limit *limit =
            limit_of((struct origin_limit_settings){.after = cases[i].after, .seconds = 6, .status = 503});
        assert_int_equal(origin_limit_status(limit), 503);
        assert_int_equal(origin_limit_retry_after(limit, 784111771, value, sizeof value),
                         cases[i].value != NULL);
        if (cases[i].value)
            assert_string_equal(value, cases[i].value);
        origin_limit_destroy(&limit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_pages_of_a_host_are_refused),
        cmocka_unit_test(more_at_once_are_refused),
        cmocka_unit_test(those_too_soon_are_refused),
        cmocka_unit_test(retry_after_is_said_in_three_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
