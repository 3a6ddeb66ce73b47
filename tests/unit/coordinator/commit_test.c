/* Goal: after an end at any point the outputs and the queue fit together again (D5, D31); outputs that are
 * not those of the run are refused and left alone; what cannot be written is undone (D25, D26). */
#include "coordinator/collect.h"
#include "coordinator/commit.h"
#include "coordinator/seed.h"
#include "tests/unit/coordinator/rig.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char directory[] = "/tmp/trawl-commit-XXXXXX";
static char state_path[64], rows_path[64], pages_path[64];
static struct config config;
static struct crawl crawl;
static const char *urls[] = {"http://a/1", "http://a/2", "http://b/1", "http://b/2"};

static int setup(void **state)
{
    (void)state;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(state_path, sizeof state_path, "%s/state", directory);
    snprintf(rows_path, sizeof rows_path, "%s/rows", directory);
    snprintf(pages_path, sizeof pages_path, "%s/pages", directory);
    config = (struct config){.output = rows_path,
                             .pages = pages_path,
                             .state = state_path,
                             .urls = {.words = urls, .count = COUNT_OF(urls)},
                             .per_host = 6,
                             .timeout = 30,
                             .max_redirects = 10};
    signal(SIGXFSZ, SIG_IGN);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

/* As crawl_start does, without socket and workers. Returns its exit code. */
static int start(void)
{
    memset(&crawl, 0, sizeof crawl);
    crawl.config = &config;
    crawl.loop = ev_loop_new(0);
    if (commit_open_store(&crawl))
        return 1;
    const struct record *record = &crawl.record;
    crawl.tally = record->tally;
    crawl.seen = seen_create(crawl.store, record->hash_seed, 0);
    crawl.frontier = frontier_create(&(struct frontier_rules){.per_host = 6}, crawl.store, record->next_id,
                                     record->hash_seed);
    crawl.record_pending = frontier_queued(crawl.frontier);
    crawl.roster = roster_create();
    crawl.leases = lease_table_create(crawl.frontier, crawl.roster, 45, record->incarnation);
    crawl.seed = seed_create(&crawl);
    int code = commit_open_outputs(&crawl);
    if (code == 0)
        seed_start(crawl.seed);
    return code;
}

/* What a process leaves that ends here and now: outputs as far as they were written, the last commit. */
static void die(void)
{
    if (crawl.leases)
        lease_table_destroy(&crawl.leases);
    seed_destroy(&crawl.seed);
    roster_destroy(&crawl.roster);
    frontier_destroy(&crawl.frontier);
    seen_destroy(&crawl.seen);
    store_close(&crawl.store);
    output_close(&crawl.rows);
    output_close(&crawl.pages);
    if (crawl.loop)
        ev_loop_destroy(crawl.loop);
}

static size_t link_size = 4000;

/* Fetches the next URL; its page holds one link. */
static void fetch_one(void)
{
    static uint8_t columns[2], link[4000] = "http://l/";
    memset(link + 9, 'x', sizeof link - 9);
    struct session *session = roster_sessions(crawl.roster);
    if (!session) {
        struct zwatch_peer peer = {.size = 1};
        uint8_t instance[MESSAGE_ID_SIZE] = {1};
        Trawl__Hello hello = TRAWL__HELLO__INIT;
        hello.instance = (ProtobufCBinaryData){MESSAGE_ID_SIZE, instance};
        hello.name = "w";
        hello.slots = hello.capacity = 100;
        session = roster_open(crawl.roster, &peer, &hello, 0.);
    }
    struct entry *entry = frontier_next(crawl.frontier);
    assert_non_null(entry);
    struct lease *lease = lease_open(crawl.leases, entry, session, 0.);
    Trawl__Page page = TRAWL__PAGE__INIT;
    Trawl__Links links = TRAWL__LINKS__INIT;
    page.lease = lease->number;
    page.status = 200;
    page.links = &links;
    links.count = 1;
    links.urls = (ProtobufCBinaryData){link_size, link};
    links.kinds = (ProtobufCBinaryData){1, columns};
    links.flags = (ProtobufCBinaryData){2, columns};
    collect_page(&crawl, session, &page);
}

/* A second later. */
static void commit(void)
{
    crawl.committed = clock_now() - 100;
    commit_turn(&crawl);
}

static unsigned lines_of(const char *path)
{
    int fd = open(path, O_RDONLY);
    const char *text = rig_content(fd);
    close(fd);
    return rig_times(text, "\n");
}

static void expect_end(void)
{
    while (frontier_queued(crawl.frontier))
        fetch_one();
    crawl.end = CRAWL_FINISHED;
    commit_finish(&crawl);
    assert_int_equal(crawl.end, CRAWL_FINISHED);
    assert_true(tally_balances(&crawl.tally, crawl_pending(&crawl)));
    assert_int_equal(crawl.tally.lines, COUNT_OF(urls));
    assert_int_equal(crawl.tally.rows, COUNT_OF(urls));
    assert_int_equal(store_queue_count(crawl.store), 0);
    die();
    assert_int_equal(lines_of(rows_path), 1 + COUNT_OF(urls));
    assert_int_equal(lines_of(pages_path), 1 + COUNT_OF(urls));
}

/* Ends after `fetched` pages, `committed` of them in a group, the others written or not; then goes on to the
 * end. */
static void what_was_not_committed_is_done_again(void **state)
{
    (void)state;
    for (unsigned fetched = 0; fetched <= COUNT_OF(urls); fetched++)
        for (unsigned committed = 0; committed <= fetched; committed++)
            for (int written = 0; written < 2; written++) {
                assert_int_equal(start(), 0);
                for (unsigned i = 0; i < fetched; i++) {
                    if (i == committed)
                        commit();
                    fetch_one();
                }
                if (committed == fetched)
                    commit();
                if (written) {
                    output_flush(crawl.rows);
                    output_flush(crawl.pages);
                }
                die();
                assert_int_equal(start(), 0);
                assert_int_equal(tally_finished(&crawl.tally), committed);
                assert_int_equal(crawl_pending(&crawl), COUNT_OF(urls) - committed);
                expect_end();
                teardown(NULL);
                setup(NULL);
            }
}

static void a_run_that_began_and_committed_nothing_begins_again(void **state)
{
    (void)state;
    assert_int_equal(start(), 0);
    assert_true(crawl.outputs_begun);
    die();
    unlink(pages_path); /* its name was never synced */
    assert_int_equal(start(), 0);
    assert_true(crawl.resumed);
    expect_end();
}

static void every_process_numbers_its_leases_apart(void **state)
{
    (void)state;
    uint64_t last = 0;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(start(), 0);
        assert_true(crawl.record.incarnation == last + 1 || i == 0);
        last = crawl.record.incarnation;
        die();
    }
}

/* ---- outputs that are not the run's */

static void change(const char *path, const char *how)
{
    char command[200];
    snprintf(command, sizeof command, "%s %s", how, path);
    assert_int_equal(system(command), 0);
}

static void other_outputs_are_refused_and_left_alone(void **state)
{
    (void)state;
    static const struct {
        const char *how, *why;
    } cases[] = {{"rm", "No such file"},
                 {"truncate -s 0", "is 0 bytes long, but "},
                 {"truncate -s 10", "is 10 bytes long, but "},
                 {"sed -i 1s/./X/", "do not end as they did"}};
    for (int which = 0; which < 2; which++)
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            struct stat before, after;
            assert_int_equal(start(), 0);
            fetch_one();
            commit();
            fetch_one();
            output_flush(crawl.rows);
            output_flush(crawl.pages);
            die();
            const char *victim = which ? pages_path : rows_path, *other = which ? rows_path : pages_path;
            change(victim, cases[i].how);
            stat(other, &before);
            rig_listen();
            int code = start();
            const char *heard = rig_heard();
            assert_int_equal(code, 1);
            die();
            if (!strstr(heard, cases[i].why) || !strstr(heard, victim))
                fail_msg("%s: %s", cases[i].why, heard);
            assert_int_equal(rig_times(heard, "\n"), 1);
            stat(other, &after);
            assert_int_equal(before.st_size, after.st_size);
            teardown(NULL);
            setup(NULL);
        }
}

/* ---- what cannot be written */

/* D25, D26: the file grows to a limit in the middle of a group. */
static void a_full_disk_undoes_the_group(void **state)
{
    (void)state;
    struct rlimit old, limit;
    assert_int_equal(start(), 0);
    fetch_one();
    commit();
    getrlimit(RLIMIT_FSIZE, &old);
    limit = (struct rlimit){.rlim_cur = crawl.record.rows.length + 6000, .rlim_max = old.rlim_max};
    fetch_one();
    fetch_one();
    rig_listen();
    setrlimit(RLIMIT_FSIZE, &limit);
    crawl.committed = 0;
    commit_turn(&crawl);
    commit_finish(&crawl);
    setrlimit(RLIMIT_FSIZE, &old);
    const char *heard = rig_heard();
    assert_int_equal(crawl.end, CRAWL_FAILED);
    assert_non_null(strstr(heard, "File too large"));
    assert_non_null(strstr(heard, "the same command goes on from there"));
    assert_int_equal(tally_finished(&crawl.tally), 1);
    assert_true(tally_balances(&crawl.tally, crawl_pending(&crawl)));
    die();
    assert_int_equal(lines_of(rows_path), 2);
    assert_int_equal(lines_of(pages_path), 2);
    assert_int_equal(start(), 0);
    expect_end();
}

/* D25: nobody goes on with such a run, but what there is of it should fit together, whichever of the two
 * reaches the end of the disk. */
static void without_a_state_both_outputs_end_with_the_same_page(void **state)
{
    (void)state;
    static const struct {
        size_t link;
        rlim_t room;
        const char *fails;
    } cases[] = {{4000, 6000, rows_path}, {10, 300, pages_path}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rlimit old;
        getrlimit(RLIMIT_FSIZE, &old);
        config.state = NULL;
        link_size = cases[i].link;
        assert_int_equal(start(), 0);
        rig_listen();
        for (size_t page = 0; page < COUNT_OF(urls); page++) {
            fetch_one();
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){cases[i].room, old.rlim_max});
            commit_write(&crawl);
            setrlimit(RLIMIT_FSIZE, &old);
        }
        commit_finish(&crawl);
        const char *heard = rig_heard();
        assert_int_equal(crawl.end, CRAWL_FAILED);
        assert_int_equal(rig_times(heard, "\n"), 1);
        assert_non_null(strstr(heard, cases[i].fails));
        die();
        assert_in_range(lines_of(rows_path), 2, COUNT_OF(urls));
        assert_int_equal(lines_of(rows_path), lines_of(pages_path));
        link_size = 4000;
        teardown(NULL);
        setup(NULL);
    }
}

/* The outputs keep what they hold; the next process cuts them. */
static void a_broken_store_leaves_the_outputs_alone(void **state)
{
    (void)state;
    struct stat before, after;
    assert_int_equal(start(), 0);
    fetch_one();
    commit();
    fetch_one();
    output_flush(crawl.rows);
    stat(rows_path, &before);
    fetch_one();
    rig_listen();
    store_queue_remove(crawl.store, 1, 1);
    commit_turn(&crawl);
    commit_finish(&crawl);
    rig_heard();
    assert_int_equal(crawl.end, CRAWL_FAILED);
    die();
    stat(rows_path, &after);
    assert_int_equal(before.st_size, after.st_size);
    assert_int_equal(start(), 0);
    assert_int_equal(tally_finished(&crawl.tally), 1);
    expect_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_not_committed_is_done_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_that_began_and_committed_nothing_begins_again, setup, teardown),
        cmocka_unit_test_setup_teardown(every_process_numbers_its_leases_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(other_outputs_are_refused_and_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_undoes_the_group, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_state_both_outputs_end_with_the_same_page, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_store_leaves_the_outputs_alone, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
