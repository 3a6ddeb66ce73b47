/* Goal: a run that lost or invented a URL is found out. */
#include "coordinator/tally.h"
#include "tests/unit/check.h"

static void sums_follow_the_classes(void **state)
{
    (void)state;
    struct tally tally = {0};
    uint64_t sums[OUTCOME_CLASSES] = {0}, all = 0;
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++) {
        tally.outcomes[outcome] = 1ull << outcome;
        sums[outcome_class(outcome)] += 1ull << outcome;
        all += 1ull << outcome;
    }
    for (enum outcome_class class = 0; class < OUTCOME_CLASSES; class ++)
        assert_int_equal(tally_class(&tally, class), sums[class]);
    assert_int_equal(tally_finished(&tally), all);
}

static void both_lines_must_hold(void **state)
{
    (void)state;
    static const struct {
        struct tally tally;
        uint64_t pending;
        int balances;
    } cases[] = {
        {{0}, 0, 1},
        {{0}, 1, 0},
        {{.lines = 10, .blank = 1, .malformed = 2, .duplicate = 3, .admitted = 4}, 4, 1},
        {{.lines = 10, .blank = 1, .malformed = 2, .duplicate = 3, .admitted = 4}, 3, 0},
        {{.lines = 10, .blank = 1, .malformed = 2, .duplicate = 3, .admitted = 4}, 5, 0},
        {{.lines = 11, .blank = 1, .malformed = 2, .duplicate = 3, .admitted = 4}, 4, 0},
        {{.lines = 9, .blank = 1, .malformed = 2, .duplicate = 3, .admitted = 4}, 4, 0},
        {{.lines = 1}, 0, 0},
        {{.lines = 4, .admitted = 4, .outcomes = {[OUTCOME_OK] = 1, [OUTCOME_DNS] = 1, [OUTCOME_PORT] = 1}},
         1,
         1},
        {{.lines = 4, .admitted = 4, .outcomes = {[OUTCOME_OK] = 2, [OUTCOME_CRASHES_WORKER] = 2}}, 0, 1},
        {{.lines = 4, .admitted = 4, .outcomes = {[OUTCOME_OK] = 5}}, 0, 0},
        {{.lines = 4, .blank = 1, .admitted = 9, .found = 6}, 9, 1},
        {{.lines = 4, .blank = 1, .admitted = 9, .found = 6}, 3, 0},
        {{.lines = 4, .blank = 1, .admitted = 9, .found = 5}, 9, 0},
        {{.lines = 4, .blank = 1, .admitted = 9, .found = 7}, 9, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(tally_balances(&cases[i].tally, cases[i].pending), cases[i].balances);
}

/* What is not part of the balance may be anything. */
static void other_counters_do_not_matter(void **state)
{
    (void)state;
    struct tally tally = {.lines = 1,
                          .admitted = 1,
                          .outcomes = {[OUTCOME_OK] = 1},
                          .skips = {[SKIP_PORT] = 7},
                          .late = 8,
                          .overdue = 9,
                          .garbage = 10,
                          .rows = 11};
    assert_true(tally_balances(&tally, 0));
}

static void skips_are_summed_and_named(void **state)
{
    (void)state;
    static const char *const names[] = {"scope", "filter", "long", "deep", "repeated", "port", "nofollow"};
    struct tally tally;
    tally_init(&tally);
    assert_int_equal(tally_skipped(&tally), 0);
    for (enum skip skip = 0; skip < SKIPS; skip++) {
        tally.skips[skip] = 1ull << skip;
        assert_string_equal(tally_skip_name(skip), names[skip]);
    }
    assert_int_equal(tally_skipped(&tally), (1ull << SKIPS) - 1);
}

static void the_smallest_gap_and_the_most_in_flight_stay(void **state)
{
    (void)state;
    struct tally tally;
    tally_init(&tally);
    assert_true(tally.smallest_gap < 0);
    assert_int_equal(tally.most_in_flight, 0);
    static const double gaps[] = {3, 2, 5, 0.5, 1}, smallest[] = {3, 2, 2, 0.5, 0.5};
    static const uint64_t counts[] = {1, 4, 2, 6, 0}, most[] = {1, 4, 4, 6, 6};
    for (size_t i = 0; i < COUNT_OF(gaps); i++) {
        tally_note_gap(&tally, gaps[i]);
        tally_note_in_flight(&tally, counts[i]);
        assert_true(tally.smallest_gap == smallest[i]);
        assert_int_equal(tally.most_in_flight, most[i]);
    }
    tally_note_gap(&tally, 0); /* two at once are a gap, and the smallest there is */
    assert_true(tally.smallest_gap == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_follow_the_classes),
        cmocka_unit_test(both_lines_must_hold),
        cmocka_unit_test(other_counters_do_not_matter),
        cmocka_unit_test(skips_are_summed_and_named),
        cmocka_unit_test(the_smallest_gap_and_the_most_in_flight_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
