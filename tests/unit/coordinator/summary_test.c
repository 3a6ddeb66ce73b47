/* Goal: the summary is one JSON object that says what the run counted and whose two lines add up; it appears
 * whole or not at all. */
#include "coordinator/summary.h"
#include "tests/unit/coordinator/rig.h"

#include <dirent.h>
#include <jansson.h>
#include <sys/stat.h>

static struct rig rig;
static char directory[40], path[60];

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    strcpy(directory, "/tmp/trawl-summary-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/summary.json", directory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_break(&rig);
    unlink(path);
    return rmdir(directory); /* which must be empty: no temporary file is left */
}

/* A run of 8 lines with one of everything, two URLs found and two to go. */
static void count_something(void)
{
    struct tally *tally = &rig.crawl.tally;
    rig_admit(&rig, "http://a/", "http://a/");
    rig_admit(&rig, "http://b/", "http://b/");
    rig_grant(&rig, rig_join(&rig, "w1"));
    tally->outcomes[OUTCOME_OK] = 2;
    tally->outcomes[OUTCOME_DNS] = 1;
    tally->outcomes[OUTCOME_PORT] = 1;
    tally->outcomes[OUTCOME_CRASHES_WORKER] = 1;
    tally->admitted = 7;
    tally->blank = tally->malformed = tally->duplicate = 1;
    tally->found = 2;
    tally->lines = 8;
    tally->skips[SKIP_SCOPE] = 70;
    tally->skips[SKIP_REPEATED] = 7;
    tally->smallest_gap = 0.125;
    tally->most_in_flight = 6;
    tally->rows = 1ull << 40;
    tally->links = 6;
    tally->bytes = 12345;
    tally->truncated = 4;
    tally->late = 1;
    tally->overdue = 2;
    tally->garbage = 3;
    tally->longest_stop = 0.25;
    struct worker *worker = roster_worker(rig.crawl.roster, "w1");
    worker->pages = 5;
    worker->deaths = 1;
    rig_check_balance(&rig);
}

static json_int_t number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value))
        fail_msg("no number %s", name);
    return json_integer_value(value);
}

static json_t *written(void)
{
    json_error_t error;
    assert_int_equal(summary_write(&rig.crawl, path), 0);
    json_t *object = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!object)
        fail_msg("%s", error.text);
    return object;
}

static void the_object_says_what_was_counted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        json_int_t value;
    } expected[] = {
        {"lines", 8},          {"blank", 1},        {"malformed", 1},      {"duplicate", 1},
        {"admitted", 7},       {"done", 2},         {"failed", 1},         {"refused", 1},
        {"quarantined", 1},    {"pending", 2},      {"found", 2},          {"skipped", 77},
        {"most_in_flight", 6}, {"rows", 1ll << 40}, {"links", 6},          {"bytes", 12345},
        {"truncated", 4},      {"late_results", 1}, {"overdue_leases", 2}, {"garbage_messages", 3},
    };
    count_something();
    memcpy(rig.crawl.record.run_id, "\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xff", MESSAGE_ID_SIZE);
    rig.crawl.end = CRAWL_INTERRUPTED;
    json_t *object = written();
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_int_equal(number(object, expected[i].name), expected[i].value);
    assert_int_equal(number(object, "lines"), number(object, "blank") + number(object, "malformed") +
                                                  number(object, "duplicate") + number(object, "admitted") -
                                                  number(object, "found"));
    assert_int_equal(number(object, "admitted"),
                     number(object, "done") + number(object, "failed") + number(object, "refused") +
                         number(object, "quarantined") + number(object, "pending"));
    assert_string_equal(json_string_value(json_object_get(object, "version")), TRAWL_VERSION);
    assert_string_equal(json_string_value(json_object_get(object, "run_id")),
                        "000102030405060708090a0b0c0d0eff");
    assert_string_equal(json_string_value(json_object_get(object, "exit_reason")), "interrupted");
    assert_true(json_real_value(json_object_get(object, "seconds")) >= 0);
    assert_true(json_real_value(json_object_get(object, "longest_stop_ms")) == 250);
    assert_true(json_real_value(json_object_get(object, "smallest_gap_ms")) == 125);
    const json_t *skipped = json_object_get(object, "skipped_by");
    assert_int_equal(json_object_size(skipped), 2);
    assert_int_equal(number(skipped, "scope"), 70);
    assert_int_equal(number(skipped, "repeated"), 7);
    const json_t *outcomes = json_object_get(object, "outcomes");
    assert_int_equal(json_object_size(outcomes), 4);
    assert_int_equal(number(outcomes, "ok"), 2);
    assert_int_equal(number(outcomes, "crashes_worker"), 1);
    const json_t *workers = json_object_get(object, "workers");
    assert_int_equal(json_array_size(workers), 1);
    const json_t *worker = json_array_get(workers, 0);
    assert_string_equal(json_string_value(json_object_get(worker, "name")), "w1");
    assert_int_equal(number(worker, "pages"), 5);
    assert_int_equal(number(worker, "deaths"), 1);
    json_decref(object);
}

static void every_end_has_a_reason(void **state)
{
    (void)state;
    static const char *const reasons[] = {"running",     "finished",    "limit",
                                          "interrupted", "pipe_closed", "failed"};
    for (enum crawl_end end = CRAWL_RUNS; end <= CRAWL_FAILED; end++)
        assert_string_equal(summary_reason(end), reasons[end]);
}

static void an_older_summary_is_replaced(void **state)
{
    (void)state;
    json_decref(written());
    rig.crawl.tally.rows = 77;
    json_t *object = written();
    assert_int_equal(number(object, "rows"), 77);
    assert_true(json_is_null(json_object_get(object, "smallest_gap_ms"))); /* no host had two grants */
    json_decref(object);
}

/* /dev/null and /dev/stdout must be what they were afterwards; a FIFO stands in for them here. */
static void what_is_no_plain_file_is_not_replaced(void **state)
{
    (void)state;
    struct stat file;
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_int_equal(summary_write(&rig.crawl, path), 0);
    assert_int_equal(stat(path, &file), 0);
    assert_true(S_ISFIFO(file.st_mode));
    char text[5000];
    ssize_t size = read(reader, text, sizeof text);
    assert_true(size > 0);
    json_t *object = json_loadb(text, (size_t)size, 0, NULL);
    assert_non_null(object);
    json_decref(object);
    close(reader);
    rig_listen(); /* D28: without a reader it does not wait for one */
    int result = summary_write(&rig.crawl, path);
    assert_non_null(strstr(rig_heard(), "cannot write the summary: a FIFO that nobody reads"));
    assert_int_equal(result, -1);
}

/* D25: and one that cannot be written leaves the older one, and nothing else. */
static void what_cannot_be_written_is_one_line(void **state)
{
    (void)state;
    char missing[80];
    snprintf(missing, sizeof missing, "%s/no/such", directory);
    const char *const bad[] = {missing, directory};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        rig_listen();
        int result = summary_write(&rig.crawl, bad[i]);
        const char *heard = rig_heard();
        assert_int_equal(result, -1);
        assert_int_equal(rig_times(heard, "\n"), 1);
        assert_non_null(strstr(heard, "cannot write the summary: "));
    }
    DIR *parent = opendir("/tmp");
    const struct dirent *file;
    while ((file = readdir(parent)))
        assert_false(!strncmp(file->d_name, directory + 5, strlen(directory + 5)) &&
                     strstr(file->d_name, ".tmp"));
    closedir(parent);
}

static void people_see_both_lines_and_the_failures_by_reason(void **state)
{
    (void)state;
    count_something();
    rig.crawl.end = CRAWL_FINISHED;
    rig.config.depth = 1;
    rig_listen();
    summary_print(&rig.crawl);
    const char *heard = rig_heard();
    assert_non_null(
        strstr(heard, "lines 8 = blank 1 + malformed 1 + duplicate 1 + (admitted 7 - found 2)\n"));
    assert_non_null(
        strstr(heard, "admitted 7 = done 2 + failed 1 + refused 1 + quarantined 1 + pending 2\n"));
    assert_non_null(strstr(heard, "  dns                  1\n"));
    assert_non_null(strstr(heard, "  crashes_worker       1\n"));
    assert_null(strstr(heard, "  ok "));
    assert_non_null(strstr(heard, "links not followed 77 = scope 70 + repeated 7\n"));
    assert_non_null(strstr(heard, "pages cut short 4 "));
    assert_int_equal(rig_times(heard, "\n"), 8);
}

static void who_only_lists_sees_no_word_of_following(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/", "http://a/");
    rig_listen();
    summary_print(&rig.crawl);
    const char *heard = rig_heard();
    assert_non_null(strstr(heard, "lines 1 = blank 0 + malformed 0 + duplicate 0 + admitted 1\n"));
    assert_null(strstr(heard, "found"));
    assert_null(strstr(heard, "not followed"));
    assert_int_equal(rig_times(heard, "\n"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_object_says_what_was_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(every_end_has_a_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_summary_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_plain_file_is_not_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_one_line, setup, teardown),
        cmocka_unit_test_setup_teardown(people_see_both_lines_and_the_failures_by_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(who_only_lists_sees_no_word_of_following, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
