/* Goal: what is misspelt as people do is near, what is another word is not. */
#include "common/spelling.h"
#include "tests/unit/check.h"

static void edits_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *written, *name;
        int distance;
        bool near;
    } cases[] = {
        {"workers", "workers", 0, true},  {"worker", "workers", 0, true}, /* how it begins */
        {"robots", "no-robots", 0, true}, {"obots", "no-robots", 4, false},
        {"wrokers", "workers", 1, true}, /* neighbours swapped */
        {"workes", "workers", 1, true},   {"workerss", "workers", 1, true},
        {"vorkers", "workers", 1, true},  {"time-out", "timeout", 1, true},
        {"retry", "retries", 3, false},   {"bogus", "pages", 3, false},
        {"", "pages", 5, false},          {"x", "pages", 5, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t length = strlen(cases[i].written);
        int distance = spelling_distance(cases[i].written, length, cases[i].name);
        if (distance != cases[i].distance || spelling_is_near(distance, length) != cases[i].near)
            fail_msg("%s of %s: %d", cases[i].written, cases[i].name, distance);
    }
}

static void long_words_are_cut(void **state)
{
    (void)state;
    char word[1000];
    memset(word, 'x', sizeof word);
    assert_int_equal(spelling_distance(word, sizeof word, "pages"), SPELLING_LONGEST);
    assert_false(spelling_is_near(SPELLING_LONGEST, sizeof word));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_are_counted),
        cmocka_unit_test(long_words_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
