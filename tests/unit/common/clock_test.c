/* Goal: time goes forward, and patience never loses more than a second to one turn of the loop (D9, D33,
 * D34). */
#include "common/clock.h"
#include "tests/unit/check.h"

static void time_goes_forward(void **state)
{
    (void)state;
    double before = clock_now();
    usleep(2000);
    assert_true(clock_now() > before);
}

static void a_stopped_program_loses_one_second_of_patience(void **state)
{
    (void)state;
    struct patience patience = {0};
    assert_true(patience_turn(&patience, 100.0) == 0.0);
    assert_true(patience_turn(&patience, 100.5) == 0.5);
    assert_true(patience_turn(&patience, 700.5) == 1.5);
    assert_true(patience_turn(&patience, 700.5) == 1.5);
    assert_true(patience_turn(&patience, 600.0) == 1.5);
    assert_true(patience_turn(&patience, 601.0) == 2.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_goes_forward),
        cmocka_unit_test(a_stopped_program_loses_one_second_of_patience),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
