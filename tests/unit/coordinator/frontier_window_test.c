/* Goal: the frontier gives every URL once and in its host's order, whatever part of them is in memory; after
 * a restart it gives what was not finished; its memory does not grow with the queue (D5). */
#include "coordinator/frontier_internal.h"
#include "coordinator/record.h"
#include "tests/unit/check.h"

#include <sys/wait.h>

static const struct frontier_rules rules = {.per_host = 2};
static struct store *store;
static struct frontier *frontier;

static int setup(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    frontier = frontier_create(&rules, store, 1, 99);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    frontier_destroy(&frontier);
    store_close(&store);
    return 0;
}

/* A new process on the same store: what was leased or in memory is queued again. */
static void restart(void)
{
    uint64_t next = frontier_next_rank(frontier, 0);
    frontier_destroy(&frontier);
    frontier = frontier_create(&rules, store, next, 99);
}

static struct entry *add(unsigned host, unsigned number)
{
    char url[60];
    int size = snprintf(url, sizeof url, "http://h%u/%u", host, number);
    return frontier_add(frontier, &(struct frontier_url){url, (size_t)size, url, (size_t)size, 0, 0, true});
}

static void finish(struct entry *entry, unsigned *host, unsigned *number)
{
    assert_non_null(entry);
    assert_int_equal(sscanf(entry->source, "http://h%u/%u", host, number), 2);
    frontier_finish(frontier, entry);
}

static void a_host_with_many_urls_gives_them_in_order(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    unsigned host, number;
    for (unsigned i = 0; i < MANY; i++)
        add(1, i);
    assert_int_equal(frontier_queued(frontier), MANY);
    assert_true(frontier->held <= HOST_WINDOW);
    for (unsigned i = 0; i < MANY; i++) {
        finish(frontier_next(frontier), &host, &number);
        assert_int_equal(number, i);
        assert_int_equal(store_queue_count(store), MANY - 1 - i);
    }
    assert_null(frontier_next(frontier));
    assert_int_equal(frontier_hosts(frontier), 0);
}

static void what_comes_later_stands_behind_what_waits_in_the_store(void **state)
{
    (void)state;
    unsigned host, number, next = 0;
    for (unsigned i = 0; i < 3 * HOST_WINDOW; i++) {
        add(1, i);
        if (i % 3 == 0) {
            finish(frontier_next(frontier), &host, &number);
            assert_int_equal(number, next++);
        }
    }
    while (frontier_queued(frontier)) {
        finish(frontier_next(frontier), &host, &number);
        assert_int_equal(number, next++);
    }
    assert_int_equal(next, 3 * HOST_WINDOW);
}

static void more_hosts_than_are_known_here_all_get_their_turn(void **state)
{
    (void)state;
    enum { MANY = HOSTS_MOST + 5000 };
    static unsigned char given[MANY][2];
    unsigned host, number;
    memset(given, 0, sizeof given);
    for (unsigned n = 0; n < 2; n++)
        for (unsigned i = 0; i < MANY; i++)
            add(i, n);
    assert_true(frontier_hosts(frontier) <= HOSTS_MOST);
    assert_int_equal(frontier_queued(frontier), 2 * MANY);
    for (unsigned i = 0; i < 2 * MANY; i++) {
        finish(frontier_next(frontier), &host, &number);
        given[host][number]++;
    }
    for (unsigned i = 0; i < MANY; i++)
        assert_true(given[i][0] == 1 && given[i][1] == 1);
    assert_null(frontier_next(frontier));
    assert_int_equal(store_queue_count(store), 0);
    assert_int_equal(frontier_hosts(frontier), 0);
}

static void after_a_restart_what_was_not_finished_is_given_again(void **state)
{
    (void)state;
    enum { HOSTS_HERE = 300, EACH = 7 };
    static unsigned char given[HOSTS_HERE][EACH];
    unsigned host, number, finished = 0;
    memset(given, 0, sizeof given);
    for (unsigned n = 0; n < EACH; n++)
        for (unsigned h = 0; h < HOSTS_HERE; h++)
            add(h, n);
    while (finished < HOSTS_HERE * EACH) {
        struct entry *leased[50];
        unsigned count = 0;
        for (int i = 0; i < 100 && finished < HOSTS_HERE * EACH; i++, finished++) {
            finish(frontier_next(frontier), &host, &number);
            given[host][number]++;
        }
        while (count < 50 && (leased[count] = frontier_next(frontier)))
            count++;
        if (count > 3)
            frontier_redirect(frontier, leased[--count], "http://elsewhere/", 17);
        while (count)
            frontier_put_back(frontier, leased[--count]);
        restart();
    }
    for (unsigned h = 0; h < HOSTS_HERE; h++)
        for (unsigned n = 0; n < EACH; n++)
            assert_int_equal(given[h][n], 1);
    assert_int_equal(store_queue_count(store), 0);
    assert_null(frontier_next(frontier));
}

/* A URL that was redirected away stands in the store under its first host: that host is not read again
 * meanwhile. */
static void a_redirected_url_is_not_read_a_second_time(void **state)
{
    (void)state;
    add(1, 1);
    restart();
    struct entry *entry = frontier_next(frontier);
    frontier_redirect(frontier, entry, "http://h2/x", 11);
    entry = frontier_next(frontier);
    assert_string_equal(entry->url, "http://h2/x");
    assert_null(frontier_next(frontier));
    add(1, 2);
    struct entry *second = frontier_next(frontier);
    assert_string_equal(second->source, "http://h1/2");
    assert_null(frontier_next(frontier));
    frontier_redirect(frontier, entry, "http://h1/back", 14);
    entry = frontier_next(frontier);
    frontier_finish(frontier, entry);
    frontier_finish(frontier, second);
    assert_int_equal(store_queue_count(store), 0);
    assert_int_equal(frontier_hosts(frontier), 0);
}

/* While hosts are still being found a new URL of one of them waits behind its older ones. */
static void a_host_met_before_the_walk_finds_it_keeps_its_order(void **state)
{
    (void)state;
    unsigned host, number, next = 0;
    for (unsigned i = 0; i < 10; i++)
        add(5, i);
    restart();
    add(5, 10);
    while (frontier_queued(frontier)) {
        finish(frontier_next(frontier), &host, &number);
        assert_int_equal(number, next++);
    }
    assert_int_equal(next, 11);
}

static uint64_t add_at(unsigned number, unsigned depth)
{
    char url[60];
    uint64_t rank = frontier_next_rank(frontier, depth);
    int size = snprintf(url, sizeof url, "http://h1/%u", number);
    frontier_add(frontier, &(struct frontier_url){url, (size_t)size, url, (size_t)size, depth, 0, true});
    return rank;
}

/* Nearer URLs that come while one farther away is out push all that waits behind them from memory: what is
 * read back is not what is out. */
static void what_is_out_is_not_read_a_second_time(void **state)
{
    (void)state;
    enum { NEAR = HOST_WINDOW + 100 };
    unsigned host, number;
    uint64_t rank = add_at(0, 1);
    struct entry *out = frontier_next(frontier);
    frontier_grant(frontier, out);
    for (unsigned i = 1; i <= NEAR; i++)
        add_at(i, 0);
    frontier_put_off(frontier, out, 10);
    for (unsigned i = 1; i <= NEAR; i++) {
        finish(frontier_next(frontier), &host, &number);
        assert_int_equal(number, i);
    }
    assert_null(frontier_next(frontier));
    assert_int_equal(frontier_move_up(frontier, "http://h1/0", 11, rank, 0), 0); /* handed out */
    frontier_tell(frontier, 20);
    assert_ptr_equal(frontier_next(frontier), out);
    frontier_finish(frontier, out);
    assert_null(frontier_next(frontier));
    assert_int_equal(frontier_queued(frontier), 0);
    assert_int_equal(frontier_hosts(frontier), 0);
    assert_false(store_is_broken(store));
}

static void what_is_out_is_not_moved_up(void **state)
{
    (void)state;
    unsigned host, number;
    uint64_t rank = add_at(0, 1);
    struct entry *out = frontier_next(frontier);
    for (unsigned i = 1; i <= HOST_WINDOW + 1; i++)
        add_at(i, 0);
    assert_int_equal(frontier_move_up(frontier, "http://h1/0", 11, rank, 0), 0);
    frontier_finish(frontier, out);
    for (unsigned i = 1; i <= HOST_WINDOW + 1; i++)
        finish(frontier_next(frontier), &host, &number);
    assert_false(store_is_broken(store));
    assert_int_equal(store_queue_count(store), 0);
}

/* A list of short links: however slow the host that they lead to, what waits there is bounded. */
static void what_was_redirected_is_bounded(void **state)
{
    (void)state;
    enum { MANY = 2 * WINDOW };
    char url[60];
    struct entry *entry;
    unsigned given = 0, number = 0;
    for (unsigned i = 0; i < MANY; i++)
        add(1, i);
    frontier_redirect(frontier, frontier_next(frontier), "http://slow/", 12);
    frontier_redirect(frontier, frontier_next(frontier), "http://slow/1", 13);
    struct entry *slow[2];
    for (unsigned i = 0; i < 2;) {
        entry = frontier_next(frontier);
        if (!strncmp(entry->url, "http://slow/", 12)) {
            slow[i++] = entry;
            continue;
        }
        frontier_redirect(frontier, entry, "http://slow/2", 13);
    }
    while ((entry = frontier_next(frontier))) {
        int size = snprintf(url, sizeof url, "http://slow/%u", number++);
        frontier_redirect(frontier, entry, url, (size_t)size);
    }
    assert_true(frontier->returned <= WINDOW + 1);
    frontier_finish(frontier, slow[0]);
    frontier_finish(frontier, slow[1]);
    while ((entry = frontier_next(frontier))) {
        given++;
        frontier_finish(frontier, entry);
    }
    assert_int_equal(given, MANY - 2);
    assert_int_equal(frontier_hosts(frontier), 0);
}

/* A host whose turn it was may have nothing to give any more when others fill the memory. */
static void hosts_that_wait_take_no_more_when_memory_is_full(void **state)
{
    (void)state;
    enum { EACH = RETURNING_MOST, HOSTS = WINDOW / EACH + 1 };
    struct entry *entry;
    unsigned given = 0, host, number;
    for (unsigned i = 0; i < EACH + 1; i++)
        for (unsigned h = 0; h < HOSTS; h++)
            add(h, i);
    while ((entry = frontier_next(frontier))) {
        frontier_host_answered(frontier, entry);
        frontier_put_off(frontier, entry, 10);
    }
    assert_true(frontier->returned >= WINDOW);
    frontier_tell(frontier, 20);
    while ((entry = frontier_next(frontier))) {
        finish(entry, &host, &number);
        given++;
    }
    assert_int_equal(given, HOSTS * (EACH + 1));
}

static void records_keep_what_was_listed(void **state)
{
    (void)state;
    static char longest[8192];
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "http://a/", 9);
    static const struct {
        const char *source;
        size_t source_size;
        const char *url;
        size_t size;
    } cases[] = {{"HTTP://A/#x", 11, "http://a/", 9},
                 {"http://a/", 9, "http://a/", 9},
                 {"", 0, "http://a/", 9},
                 {longest, 8192, "http://a/", 9},
                 {"a", 1, longest, 8192},
                 {longest, 8192, longest, 8192}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        frontier_add(frontier, &(struct frontier_url){cases[i].source, cases[i].source_size, cases[i].url,
                                                      cases[i].size, 0, 0, true});
        restart();
        struct entry *entry = frontier_next(frontier);
        assert_int_equal(strlen(entry->source), cases[i].source_size);
        assert_memory_equal(entry->source, cases[i].source, cases[i].source_size);
        assert_int_equal(strlen(entry->url), cases[i].size);
        assert_memory_equal(entry->url, cases[i].url, cases[i].size);
        frontier_finish(frontier, entry);
    }
}

static void a_url_that_is_taken_at_once_leaves_no_trace(void **state)
{
    (void)state;
    struct entry *entry = frontier_add_taken(
        frontier, &(struct frontier_url){"http://a:25/", 12, "http://a:25/", 12, 0, 0, true});
    assert_int_equal(entry->place, ENTRY_LEASED);
    assert_int_equal(frontier_queued(frontier), 0);
    assert_int_equal(store_queue_count(store), 0);
    frontier_finish(frontier, entry);
    assert_int_equal(frontier_hosts(frontier), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_host_with_many_urls_gives_them_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_later_stands_behind_what_waits_in_the_store, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(more_hosts_than_are_known_here_all_get_their_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_restart_what_was_not_finished_is_given_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_redirected_url_is_not_read_a_second_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_host_met_before_the_walk_finds_it_keeps_its_order, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_out_is_not_read_a_second_time, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_out_is_not_moved_up, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_redirected_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(hosts_that_wait_take_no_more_when_memory_is_full, setup, teardown),
        cmocka_unit_test_setup_teardown(records_keep_what_was_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_url_that_is_taken_at_once_leaves_no_trace, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
