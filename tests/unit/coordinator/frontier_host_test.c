/* Goal: a host gives its URLs in the order of their depth and time, no more of them than are wanted, and none
 * before its robots.txt is known (H16), with the time told by the test. */
#include "tests/unit/coordinator/frontier_rig.h"

/* ---- order ----------------------------------------------------------------------------------------- */

static void what_is_put_off_comes_in_the_order_of_its_time(void **state)
{
    (void)state;
    static const double off[] = {3, 1, 2, 1};
    struct entry *taken[4];
    begin(4, 0, 0);
    add_all("http://a/1 http://a/2 http://a/3 http://a/4 http://a/5");
    for (size_t i = 0; i < COUNT_OF(taken); i++)
        taken[i] = frontier_next(frontier);
    for (size_t i = 0; i < COUNT_OF(taken); i++)
        frontier_put_off(frontier, taken[i], off[i]);
    fetch("http://a/5"); /* waits for none of them */
    none();
    assert_true(frontier_due(frontier) == 1001);
    at(1001);
    fetch("http://a/2");
    fetch("http://a/4");
    none();
    assert_true(frontier_due(frontier) == 1002);
    at(1003);
    fetch("http://a/3");
    fetch("http://a/1");
    clear();
}

static void a_depth_begins_when_the_one_before_is_finished(void **state)
{
    (void)state;
    begin(4, 0, 0);
    add_at("http://a/3", 2);
    add_at("http://a/1", 1);
    add_at("http://a/0", 0);
    add_at("http://a/2", 1);
    add_at("http://b/0", 3);
    struct entry *first = NULL;
    for (unsigned i = 0; i < 2; i++) {
        struct entry *entry = frontier_next(frontier);
        assert_non_null(entry);
        frontier_grant(frontier, entry);
        if (entry->url[7] == 'b')
            frontier_finish(frontier, entry); /* of another host: whatever its depth */
        else
            first = entry;
    }
    assert_non_null(first);
    assert_string_equal(first->url, "http://a/0");
    none();
    frontier_put_off(frontier, first, 5);
    none();
    at(1005);
    assert_ptr_equal(next("http://a/0"), first);
    none();
    frontier_finish(frontier, first);
    first = next("http://a/1");
    struct entry *second = next("http://a/2");
    none();
    frontier_finish(frontier, first);
    none();
    frontier_redirect(frontier, second, "http://c/", 9); /* then it holds up the other host */
    struct entry *last = NULL, *moved = NULL;
    for (unsigned i = 0; i < 2; i++) {
        struct entry *entry = frontier_next(frontier);
        assert_non_null(entry);
        *(entry->url[7] == 'c' ? &moved : &last) = entry;
    }
    assert_string_equal(last->url, "http://a/3");
    add_at("http://c/deep", 2);
    none();
    frontier_finish(frontier, last);
    frontier_finish(frontier, moved);
    fetch("http://c/deep");
    clear();
}

static void what_is_moved_up_comes_sooner(void **state)
{
    (void)state;
    begin(1, 0, 0);
    add_at("http://a/0", 0);
    uint64_t rank = add_at("http://a/1", 2);
    add_at("http://a/2", 1);
    uint64_t moved = frontier_move_up(frontier, "http://a/1", 10, rank, 1);
    assert_int_equal(moved >> STORE_NUMBER_BITS, 1);
    assert_int_equal(moved & STORE_NUMBER_MOST, rank & STORE_NUMBER_MOST);
    assert_int_equal(frontier_move_up(frontier, "http://a/1", 10, rank, 1), 0); /* not there any more */
    assert_int_equal(frontier_queued(frontier), 3);
    fetch("http://a/0");
    struct entry *entry = next("http://a/1");
    assert_int_equal(frontier_depth(entry), 1);
    assert_int_equal(frontier_move_up(frontier, "http://a/1", 10, moved, 0), 0); /* leased */
    frontier_finish(frontier, entry);
    assert_int_equal(frontier_move_up(frontier, "http://a/1", 10, moved, 0), 0); /* finished */
    fetch("http://a/2");
    clear();
}

static void what_waits_in_the_store_is_moved_up_too(void **state)
{
    (void)state;
    enum { MANY = 400 }; /* more than are in memory */
    static const struct {
        unsigned depth, position;
    } cases[] = {{0, 0}, {1, MANY}, {2, MANY}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char url[40];
        begin(1, 0, 0);
        for (unsigned n = 0; n < MANY; n++) {
            snprintf(url, sizeof url, "http://a/%u", n);
            add_at(url, 1);
        }
        uint64_t rank = add_at("http://a/moved", 3);
        add_at("http://a/last", 3);
        assert_int_not_equal(frontier_move_up(frontier, "http://a/moved", 14, rank, cases[i].depth), 0);
        assert_int_equal(frontier_queued(frontier), MANY + 2);
        for (unsigned n = 0; n <= MANY; n++) {
            snprintf(url, sizeof url, "http://a/%u", n - (n > cases[i].position));
            fetch(n == cases[i].position ? "http://a/moved" : url);
        }
        fetch("http://a/last");
        clear();
    }
}

/* ---- limits ---------------------------------------------------------------------------------------- */

static void a_host_is_spent_when_enough_of_it_is_fetched(void **state)
{
    (void)state;
    begin(1, 0, 2);
    add_all("http://a/0 http://a/1 http://a/2 http://a/3 http://a/4 http://a/5");
    frontier_finish(frontier, frontier_next(frontier)); /* not granted: does not count */
    fetch("http://a/1");
    assert_false(frontier_is_spent(frontier));
    fetch("http://a/2");
    none();
    assert_true(frontier_is_spent(frontier));
    assert_int_equal(frontier_queued(frontier), 3);
    assert_int_equal(store_queue_count(store), 3);
    begin(1, 0, 2);
    none();
    assert_true(frontier_is_spent(frontier));
    begin(1, 0, 3);
    fetch("http://a/3");
    none();
    assert_true(frontier_is_spent(frontier));
    add_all("http://a/6"); /* is kept as well */
    none();
    assert_true(frontier_is_spent(frontier));
    begin(1, 0, 0);
    assert_false(frontier_is_spent(frontier));
    fetch("http://a/4");
    fetch("http://a/5");
    fetch("http://a/6");
    none();
    assert_int_equal(store_queue_count(store), 0);
}

/* The host that a URL came from may have nothing else to live for. */
static void a_redirect_to_a_spent_host_waits_in_the_store(void **state)
{
    (void)state;
    begin(1, 0, 1);
    add_all("http://b/1");
    fetch("http://b/1");
    add_all("http://a/1");
    struct entry *entry = next("http://a/1");
    frontier_redirect(frontier, entry, "http://b/2", 10);
    none();
    assert_int_equal(frontier_queued(frontier), 1);
    assert_true(frontier_is_spent(frontier));
}

static void the_last_page_of_a_host_leaves_the_others_in_the_store(void **state)
{
    (void)state;
    begin(2, 0, 1);
    add_all("http://a/1");
    struct entry *first = next("http://a/1");
    frontier_redirect(frontier, first, "http://b/1", 10);
    first = next("http://b/1");
    add_all("http://a/2");
    frontier_redirect(frontier, next("http://a/2"), "http://b/2", 10);
    none();
    frontier_finish(frontier, first);
    none();
    assert_int_equal(frontier_queued(frontier), 1);
    assert_true(frontier_is_spent(frontier));
}

static void what_is_in_flight_counts_towards_the_limit(void **state)
{
    (void)state;
    begin(4, 0, 2);
    add_all("http://a/1 http://a/2 http://a/3");
    struct entry *first = next("http://a/1"), *second = next("http://a/2");
    none();
    frontier_put_off(frontier, first, 5);
    first = next("http://a/3");
    none();
    assert_false(frontier_is_spent(frontier));
    frontier_finish(frontier, first);
    none();
    frontier_finish(frontier, second);
    at(now + 10);
    none(); /* what was put off is in the store for another time */
    assert_true(frontier_is_spent(frontier));
    assert_int_equal(frontier_queued(frontier), 1);
    begin(4, 0, 3);
    fetch("http://a/1");
    none();
}

/* ---- robots.txt ------------------------------------------------------------------------------------ */

static void pages_wait_for_the_robots_txt(void **state)
{
    (void)state;
    begin(4, 0, 0);
    add_all("http://a/1 http://a/2");
    struct entry *entry = frontier_next(frontier);
    struct host *host = entry->host;
    assert_int_equal(frontier_host_robots(frontier, host), FRONTIER_ROBOTS_UNKNOWN);
    frontier_host_ask(frontier, entry, "http://a/robots.txt", 19);
    assert_int_equal(frontier_host_robots(frontier, host), FRONTIER_ROBOTS_ASKED);
    assert_int_equal(frontier_queued(frontier), 2); /* it is in no balance */
    entry = next("http://a/robots.txt");
    assert_int_equal(entry->kind, ENTRY_ROBOTS);
    none();
    frontier_put_off(frontier, entry, 5);
    none();
    assert_true(frontier_due(frontier) == 1005);
    at(1005);
    entry = next("http://a/robots.txt");
    frontier_host_learn(frontier, host, 100, 0);
    frontier_finish(frontier, entry);
    assert_int_equal(frontier_host_robots(frontier, host), FRONTIER_ROBOTS_KNOWN);
    fetch("http://a/1");
    at(1104.9);
    assert_int_equal(frontier_host_robots(frontier, host), FRONTIER_ROBOTS_KNOWN);
    at(1105);
    assert_int_equal(frontier_host_robots(frontier, host), FRONTIER_ROBOTS_UNKNOWN);
    entry = frontier_next(frontier);
    frontier_host_ask(frontier, entry, "http://a/robots.txt", 19); /* again */
    entry = next("http://a/robots.txt");
    none();
    frontier_host_learn(frontier, host, 100, 7);
    frontier_finish(frontier, entry);
    none(); /* the delay that it wants holds from its own end on */
    at(1112);
    fetch("http://a/2");
    clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(what_is_put_off_comes_in_the_order_of_its_time),
        TEST(a_depth_begins_when_the_one_before_is_finished),
        TEST(what_is_moved_up_comes_sooner),
        TEST(what_waits_in_the_store_is_moved_up_too),
        TEST(a_host_is_spent_when_enough_of_it_is_fetched),
        TEST(a_redirect_to_a_spent_host_waits_in_the_store),
        TEST(the_last_page_of_a_host_leaves_the_others_in_the_store),
        TEST(what_is_in_flight_counts_towards_the_limit),
        TEST(pages_wait_for_the_robots_txt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
