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

static void a_flood_slows_the_clock_but_does_not_stop_it(void **state)
{
    (void)state;
    struct patience patience = {0};
    patience_turn(&patience, 100.0);
    assert_true(patience_busy_turn(&patience, 160.0) == 0.2);
    for (int turn = 1; turn <= 1000; turn++)
        patience_busy_turn(&patience, 160.0 + turn * 0.01);
    assert_true(patience.seconds > 10.19 && patience.seconds < 10.21);
    assert_true(patience_turn(&patience, 170.0) == patience.seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_goes_forward),
        cmocka_unit_test(a_stopped_program_loses_one_second_of_patience),
        cmocka_unit_test(a_flood_slows_the_clock_but_does_not_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
