/* Goal: the record of a run survives as it was, and a command that would write other rows is refused by the
 * name of the option. */
#include "coordinator/record.h"
#include "coordinator/scope.h"
#include "tests/unit/coordinator/rig.h"

static struct store *store;

static int setup(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(&store);
    return 0;
}

static void a_record_comes_back_as_it_was(void **state)
{
    (void)state;
    struct record record, other;
    assert_int_equal(record_load(store, &record), -1);
    record_begin(&record);
    record.tally.rows = 1ull << 40;
    record.cursor.bytes = 77;
    record.rows = (struct output_mark){1ull << 33, 5};
    record_save(store, &record);
    assert_int_equal(store_commit(store, 0), 0);
    assert_int_equal(record_load(store, &other), 0);
    assert_memory_equal(&record, &other, sizeof record);
    store_run_put(store, "record", "short", 5);
    assert_int_equal(record_load(store, &other), -1);
}

static void no_two_runs_begin_alike(void **state)
{
    (void)state;
    struct record one, two;
    record_begin(&one);
    record_begin(&two);
    assert_memory_not_equal(one.run_id, two.run_id, sizeof one.run_id);
    assert_true(one.hash_seed != two.hash_seed);
    assert_true(one.incarnation < 1 << 23 && two.incarnation < 1 << 23); /* times 2^40 it fits */
}

static const struct config plain = {.output = "/tmp/rows",
                                    .links = 1,
                                    .parser = 2,
                                    .max_body = 8 << 20,
                                    .max_redirects = 10,
                                    .per_host = 6,
                                    .user_agent_text = "trawl"};

static void what_changes_rows_is_refused_by_name(void **state)
{
    (void)state;
    struct config cases[13];
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        cases[i] = plain;
    static const char *const said[] = {
        "with --output=/tmp/rows, not --output=/tmp/others: output decides",
        "without --pages=/tmp/pages: pages decides",
        "without --no-header: no-header decides",
        "with --links=a, not --links=all: links decides",
        "with --parser=tidy, not --parser=none: parser decides",
        "without --all-schemes: all-schemes decides",
        "with --max-body=8388608, not --max-body=1: max-body decides",
        "with --max-redirects=10, not --max-redirects=1: max-redirects decides",
        "with --user-agent=trawl, not --user-agent=other: user-agent decides",
        "without --no-robots: no-robots decides",
        "with --depth=0, not --depth=3: depth decides",
        "with --scope=host, not --scope=domain: scope decides",
        "without --respect-nofollow: respect-nofollow decides"};
    cases[0].output = "/tmp/others";
    cases[1].pages = "/tmp/pages";
    cases[2].no_header = true;
    cases[3].links = 2;
    cases[4].parser = 3;
    cases[5].all_schemes = true;
    cases[6].max_body = 1;
    cases[7].max_redirects = 1;
    strcpy(cases[8].user_agent_text, "other");
    cases[9].no_robots = true;
    cases[10].depth = 3;
    cases[11].scope = SCOPE_DOMAIN;
    cases[12].respect_nofollow = true;
    record_identify(store, &plain);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rig_listen();
        int result = record_check_identity(store, &cases[i]);
        const char *heard = rig_heard();
        assert_int_equal(result, -1);
        assert_int_equal(rig_times(heard, "\n"), 1);
        if (!strstr(heard, said[i]))
            fail_msg("\"%s\" is not in \"%s\"", said[i], heard);
    }
}

static void what_was_given_and_is_not_now_is_named(void **state)
{
    (void)state;
    struct config then = plain;
    then.pages = "/tmp/pages";
    record_identify(store, &then);
    rig_listen();
    record_check_identity(store, &plain);
    assert_non_null(strstr(rig_heard(), "of a run with --pages=/tmp/pages: pages decides"));
    then = plain;
    then.no_robots = true;
    record_identify(store, &then);
    rig_listen();
    record_check_identity(store, &plain);
    assert_non_null(strstr(rig_heard(), "of a run with --no-robots: no-robots decides"));
}

static const char *check_filters(struct config *then, struct config *now)
{
    record_identify(store, then);
    rig_listen();
    record_check_identity(store, now);
    return rig_heard();
}

static void a_filter_more_less_or_elsewhere_is_named(void **state)
{
    (void)state;
    const char *words[] = {"a", "b", "a"}, *options[] = {"include", "exclude", "include"};
    struct config none = plain, two = plain, turned = plain, three = plain;
    two.filters = (struct options_list){.words = words, .options = options, .count = 2};
    turned.filters = (struct options_list){.words = words + 1, .options = options + 1, .count = 2};
    three.filters = (struct options_list){.words = words, .options = options, .count = 3};
    assert_non_null(strstr(check_filters(&none, &two), "of a run without --include=a: include decides"));
    assert_non_null(strstr(check_filters(&two, &none), "of a run with --include=a: include decides"));
    assert_non_null(
        strstr(check_filters(&two, &turned), "of a run with --include=a, not --exclude=b: include decides"));
    assert_non_null(strstr(check_filters(&three, &two), "of a run with --include=a: include decides"));
    assert_string_equal(check_filters(&two, &two), "");
}

static void a_credential_may_be_renewed_but_neither_come_nor_go(void **state)
{
    (void)state;
    size_t size;
    const char *words[] = {"A: b", "Cookie: secret"}, *renewed_words[] = {"A: b", "Cookie: other"};
    struct config none = plain, plain_one = plain, both = plain, renewed = plain;
    plain_one.headers = (struct options_list){.words = words, .count = 1};
    both.headers = (struct options_list){.words = words, .count = 2};
    renewed.headers = (struct options_list){.words = renewed_words, .count = 2};
    both.credentials = renewed.credentials = 1;
    assert_string_equal(check_filters(&both, &renewed), "");
    assert_non_null(
        strstr(check_filters(&none, &plain_one), "of a run without --header=A: b: header decides"));
    assert_non_null(
        strstr(check_filters(&both, &plain_one), "of a run with --header=Cookie: header decides"));
    record_identify(store, &both);
    const char *kept = store_run_get(store, "identity", &size);
    assert_null(memmem(kept, size, "secret", 6));
}

static void what_changes_none_may_change(void **state)
{
    (void)state;
    struct config other = plain;
    record_identify(store, &plain);
    other.output = "/tmp/../tmp/./rows"; /* one file */
    other.workers = 7;
    other.slots = 1;
    other.per_host = 1;
    other.grace = 5;
    other.timeout = 5;
    other.verbose = true;
    other.summary = "/tmp/summary";
    other.input = "/tmp/list";
    other.max_pages = other.max_per_host = 5;
    other.max_time = other.delay = 3;
    other.retries = 7;
    assert_int_equal(record_check_identity(store, &other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_comes_back_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(no_two_runs_begin_alike, setup, teardown),
        cmocka_unit_test_setup_teardown(what_changes_rows_is_refused_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_given_and_is_not_now_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_filter_more_less_or_elsewhere_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_credential_may_be_renewed_but_neither_come_nor_go, setup, teardown),
        cmocka_unit_test_setup_teardown(what_changes_none_may_change, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
