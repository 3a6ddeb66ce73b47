/* Goal: the last words say what a user can do next, and the exit code tells programs the same (D25, D27,
 * D40). */
#include "coordinator/ending.h"
#include "tests/unit/coordinator/rig.h"

#include <signal.h>

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    rig.crawl.signal = SIGTERM;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_break(&rig);
    return 0;
}

/* Ends the run like that. Returns what was said. */
static const char *end(enum crawl_end how, int *code)
{
    rig.crawl.end = how;
    rig_listen();
    *code = ending_tell(&rig.crawl);
    return rig_heard();
}

/* Counts a page that ended. */
static void finish_one(enum outcome outcome)
{
    rig.crawl.tally.lines++;
    rig.crawl.tally.admitted++;
    rig.crawl.tally.outcomes[outcome]++;
    rig.crawl.tally.answered += outcome == OUTCOME_OK;
}

/* Fails unless that was said, or nothing at all where `says` is empty. */
static void expect(const char *heard, const char *says)
{
    if (*says ? !strstr(heard, says) : *heard)
        fail_msg("\"%s\" is not what was said: \"%s\"", says, heard);
}

static void the_code_says_how_it_ended(void **state)
{
    (void)state;
    static const struct {
        enum crawl_end end;
        enum outcome outcome;
        int code;
        const char *says;
    } cases[] = {
        {CRAWL_FINISHED, OUTCOME_OK, 0, "finished in"},
        {CRAWL_LIMIT, OUTCOME_OK, 0, "done 1"},
        {CRAWL_INTERRUPTED, OUTCOME_OK, 128 + SIGTERM, "done 1"},
        {CRAWL_PIPE_CLOSED, OUTCOME_OK, 0, ""},
        {CRAWL_FAILED, OUTCOME_OK, 1, "done 1"},
        {CRAWL_FINISHED, OUTCOME_CONNECT, 3, "failed 1"},
        {CRAWL_FINISHED, OUTCOME_PORT, 3, "refused 1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int code;
        setup(NULL);
        finish_one(cases[i].outcome);
        expect(end(cases[i].end, &code), cases[i].says);
        assert_int_equal(code, cases[i].code);
        teardown(NULL);
    }
}

static void what_is_pending_can_be_gone_on_with(void **state)
{
    (void)state;
    static const struct {
        enum crawl_end end;
        int code;
        const char *says;
    } cases[] = {
        {CRAWL_LIMIT, 0, "at a limit: with --state DIR a higher one could go on from here"},
        {CRAWL_INTERRUPTED, 128 + SIGTERM,
         "interrupted: this run cannot be resumed; with --state DIR it could"},
        {CRAWL_FAILED, 1, "pending 1"},
    };
    rig_admit(&rig, "http://a/", "http://a/");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int code;
        expect(end(cases[i].end, &code), cases[i].says);
        assert_int_equal(code, cases[i].code);
    }
}

static void nothing_to_fetch_is_a_mistake(void **state)
{
    (void)state;
    static const char *const says[] = {"among 0 lines\n", "among 1 line\n", "among 2 lines\n"};
    for (unsigned lines = 0; lines < COUNT_OF(says); lines++) {
        int code;
        rig.crawl.tally.lines = rig.crawl.tally.malformed = lines;
        const char *heard = end(CRAWL_FINISHED, &code);
        expect(heard, says[lines]);
        assert_int_equal(rig_times(heard, "\n"), 1); /* nothing is summed up */
        assert_int_equal(code, 3);
    }
}

static void a_finished_run_that_got_nothing_new_is_well(void **state)
{
    (void)state;
    static const char says[] = "already finished; --fresh starts again";
    int code;
    finish_one(OUTCOME_CONNECT);
    rig.crawl.was_finished = 1;
    rig.crawl.finished_with = 1;
    expect(end(CRAWL_FINISHED, &code), says);
    assert_int_equal(code, 0);
    finish_one(OUTCOME_CONNECT); /* something new */
    assert_null(strstr(end(CRAWL_FINISHED, &code), says));
    assert_int_equal(code, 3);
}

static void a_broken_balance_is_never_well(void **state)
{
    (void)state;
    int code;
    finish_one(OUTCOME_OK);
    rig.crawl.tally.admitted++;
    rig.crawl.tally.lines++;
    expect(end(CRAWL_FINISHED, &code), "the balance is broken");
    assert_int_equal(code, 1);
}

static void a_summary_that_cannot_be_written_is_a_failure(void **state)
{
    (void)state;
    int code;
    finish_one(OUTCOME_OK);
    rig.config.quiet = true;
    rig.config.summary = "/no/such/summary";
    expect(end(CRAWL_FINISHED, &code), "/no/such/summary");
    assert_int_equal(code, 1);
    rig.config.summary = NULL;
    expect(end(CRAWL_FINISHED, &code), "");
    assert_int_equal(code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_code_says_how_it_ended),
        cmocka_unit_test_setup_teardown(what_is_pending_can_be_gone_on_with, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_to_fetch_is_a_mistake, setup, teardown),
        cmocka_unit_test_setup_teardown(a_finished_run_that_got_nothing_new_is_well, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_balance_is_never_well, setup, teardown),
        cmocka_unit_test_setup_teardown(a_summary_that_cannot_be_written_is_a_failure, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
