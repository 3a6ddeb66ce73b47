/* Goal: a URL is under one lease or in its queue; a result whose lease ended finds nothing (D13, D14); what a
 * session held goes back in order, and its hosts' slots stay taken until nobody can be fetching any more (D2,
 * D8, D21). */
#include "coordinator/lease.h"
#include "tests/unit/check.h"

enum { SECONDS = 45, PER_HOST = 4 };

static struct store *store;
static struct frontier *frontier;
static struct roster *roster;
static struct leases *leases;

static int setup(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    frontier = frontier_create(&(struct frontier_rules){.per_host = PER_HOST}, store, 1, 0);
    roster = roster_create();
    leases = lease_table_create(frontier, roster, SECONDS, 7);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lease_table_destroy(&leases);
    assert_null(leases);
    lease_table_destroy(&leases);
    for (struct session *session = roster_sessions(roster); session; session = session->hh.next)
        assert_int_equal(session->open, 0);
    roster_destroy(&roster);
    frontier_destroy(&frontier);
    store_close(&store);
    return 0;
}

/* How many leases were overdue. */
static unsigned expire(double patience)
{
    unsigned overdue = 0;
    while (lease_next_overdue(leases, patience))
        overdue++;
    return overdue;
}

static void add(const char *url)
{
    frontier_add(frontier, &(struct frontier_url){url, strlen(url), url, strlen(url), 0, 0, true});
}

static struct session *join(uint8_t number)
{
    struct zwatch_peer peer = {.size = 2, .id = {0, number}};
    uint8_t instance[MESSAGE_ID_SIZE] = {number};
    Trawl__Hello hello = TRAWL__HELLO__INIT;
    hello.instance = (ProtobufCBinaryData){MESSAGE_ID_SIZE, instance};
    hello.name = "w";
    hello.slots = 10;
    hello.capacity = 100;
    return roster_open(roster, &peer, &hello, 0.);
}

static struct lease *grant(struct session *session, double patience)
{
    struct entry *entry = frontier_next(frontier);
    frontier_grant(frontier, entry);
    return lease_open(leases, entry, session, patience);
}

static void numbers_are_unique_and_begin_with_the_incarnation(void **state)
{
    (void)state;
    struct session *session = join(1);
    uint64_t last = 7ull << 40;
    add("http://a/");
    for (int i = 0; i < 1000; i++) {
        struct lease *lease = grant(session, i);
        assert_int_equal(lease->number, last + 1);
        last = lease->number;
        frontier_put_back(frontier, lease_close(leases, lease));
    }
}

/* D13, D14, D15 */
static void only_an_open_lease_is_found(void **state)
{
    (void)state;
    struct session *one = join(1), *two = join(2);
    add("http://a/1");
    struct lease *lease = grant(one, 0.);
    uint64_t first = lease->number;
    assert_ptr_equal(lease_find(leases, first), lease);
    assert_null(lease_find(leases, 0));
    assert_null(lease_find(leases, first + 1));
    assert_null(lease_find(leases, first - (1ull << 40))); /* of an earlier incarnation */
    assert_int_equal(one->open, 1);
    lease_lose_all(leases, one);
    assert_null(lease_find(leases, first));
    lease = grant(two, 1.);
    assert_null(lease_find(leases, first));
    assert_string_equal(lease->entry->url, "http://a/1");
    assert_int_equal(lease->entry->attempt, 2);
    uint64_t second = lease->number;
    frontier_finish(frontier, lease_close(leases, lease));
    assert_null(lease_find(leases, second));
    assert_int_equal(lease_count(leases), 0);
    assert_int_equal(roster_credit(roster), 200);
}

/* D2 */
static void what_a_session_held_goes_back_in_order(void **state)
{
    (void)state;
    static const char *const urls[] = {"http://a/1", "http://a/2", "http://a/3", "http://a/4", "http://a/5"};
    struct session *one = join(1), *two = join(2);
    for (size_t i = 0; i < COUNT_OF(urls); i++)
        add(urls[i]);
    for (int i = 0; i < 3; i++)
        grant(one, i);
    struct lease *other = grant(two, 3.);
    lease_lose_all(leases, one);
    assert_int_equal(one->open, 0);
    assert_int_equal(lease_count(leases), 1);
    assert_int_equal(frontier_queued(frontier), 4);
    frontier_put_back(frontier, lease_close(leases, other));
    lease_forgive(leases, one->instance);
    static const char *const again[] = {"http://a/4", "http://a/1", "http://a/2", "http://a/3"};
    for (size_t i = 0; i < COUNT_OF(again); i++)
        assert_string_equal(grant(two, 4.)->entry->url, again[i]);
    lease_lose_all(leases, two);
}

/* D8, D10, D11: a worker that was cut off may be fetching still. */
static void slots_stay_taken_until_the_deadline(void **state)
{
    (void)state;
    struct session *one = join(1), *two = join(2);
    for (int i = 0; i < PER_HOST; i++) {
        add("http://a/");
        grant(one, i * 10.);
    }
    lease_lose_all(leases, one);
    assert_int_equal(frontier_queued(frontier), PER_HOST);
    assert_int_equal(frontier_ready(frontier), 0);
    assert_int_equal(expire(SECONDS - 0.1), 0);
    assert_int_equal(frontier_ready(frontier), 0);
    for (int i = 0; i < PER_HOST; i++) {
        assert_int_equal(expire(SECONDS + i * 10.), 0);
        assert_non_null(grant(two, 100.));
        assert_int_equal(frontier_ready(frontier), 0); /* one slot a deadline */
    }
    lease_lose_all(leases, two);
}

/* Who is working on a URL that is taken from it goes on: nobody else may fetch in its place. */
static void the_slot_of_what_is_recalled_stays_taken(void **state)
{
    (void)state;
    struct session *session = join(1);
    uint8_t instance[MESSAGE_ID_SIZE] = {1};
    for (unsigned i = 0; i < PER_HOST + 1; i++)
        add("http://a/");
    struct entry *entry = NULL;
    for (unsigned i = 0; i < PER_HOST; i++) {
        entry = frontier_next(frontier);
        frontier_grant(frontier, entry);
        lease_open(leases, entry, session, 0);
    }
    lease_recall(leases, entry);
    assert_int_equal(lease_count(leases), PER_HOST - 1);
    frontier_finish(frontier, entry);
    assert_null(frontier_next(frontier));
    lease_forgive(leases, instance);
    entry = frontier_next(frontier);
    assert_non_null(entry);
    lease_recall(leases, (frontier_put_back(frontier, entry), entry)); /* from its queue */
    frontier_finish(frontier, entry);
}

/* D21: a process that says Hello again, or is known to be dead, fetches nothing. */
static void a_process_is_forgiven_alone(void **state)
{
    (void)state;
    struct session *one = join(1), *two = join(2);
    for (int i = 0; i < PER_HOST; i++)
        add("http://a/");
    grant(one, 0.);
    grant(two, 0.);
    grant(one, 0.);
    grant(two, 0.);
    uint8_t first[MESSAGE_ID_SIZE], stranger[MESSAGE_ID_SIZE] = {99};
    memcpy(first, one->instance, sizeof first);
    lease_lose_all(leases, one);
    lease_lose_all(leases, two);
    roster_close(roster, one);
    lease_forgive(leases, stranger);
    assert_null(frontier_next(frontier));
    lease_forgive(leases, first);
    lease_forgive(leases, first);
    struct session *three = join(3);
    grant(three, 1.);
    grant(three, 1.);
    assert_null(frontier_next(frontier));
    lease_lose_all(leases, three);
}

static void leases_expire_oldest_first(void **state)
{
    (void)state;
    struct session *one = join(1), *two = join(2);
    uint64_t numbers[3];
    add("http://a/");
    add("http://b/");
    add("http://c/");
    numbers[0] = grant(one, 0.)->number;
    numbers[1] = grant(two, 1.)->number;
    numbers[2] = grant(one, 2.)->number;
    static const struct {
        double patience;
        unsigned overdue, open;
    } cases[] = {{SECONDS - 0.5, 0, 3}, {SECONDS, 1, 2}, {SECONDS, 0, 2}, {SECONDS + 2, 2, 0}, {1e9, 0, 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(expire(cases[i].patience), cases[i].overdue);
        assert_int_equal(lease_count(leases), cases[i].open);
        assert_int_equal(frontier_queued(frontier), 3 - cases[i].open);
        for (unsigned n = 0; n < 3; n++)
            assert_int_equal(lease_find(leases, numbers[n]) == NULL, n < 3 - cases[i].open);
    }
    assert_int_equal(frontier_ready(frontier), 3); /* an overdue lease keeps no slot */
    assert_int_equal(one->open + two->open, 0);
}

static void a_host_lives_as_long_as_its_slots(void **state)
{
    (void)state;
    struct session *one = join(1), *two = join(2);
    add("http://a/");
    grant(one, 0.);
    lease_lose_all(leases, one);
    struct lease *lease = grant(two, 1.);
    frontier_finish(frontier, lease_close(leases, lease));
    assert_int_equal(frontier_hosts(frontier), 1);
    expire(SECONDS);
    assert_int_equal(frontier_hosts(frontier), 0);
}

static void destroying_puts_everything_back(void **state)
{
    (void)state;
    struct session *one = join(1), *two = join(2);
    add("http://a/1");
    add("http://a/2");
    grant(one, 0.);
    grant(two, 0.);
    lease_lose_all(leases, one);
    lease_table_destroy(&leases);
    assert_int_equal(frontier_queued(frontier), 2);
    assert_int_equal(two->open, 0);
    struct entry *first = frontier_next(frontier), *second = frontier_next(frontier);
    frontier_finish(frontier, first);
    frontier_finish(frontier, second);
    assert_int_equal(frontier_hosts(frontier), 0); /* no slot is kept */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_are_unique_and_begin_with_the_incarnation, setup, teardown),
        cmocka_unit_test_setup_teardown(only_an_open_lease_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_session_held_goes_back_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(slots_stay_taken_until_the_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(the_slot_of_what_is_recalled_stays_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_process_is_forgiven_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(leases_expire_oldest_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_host_lives_as_long_as_its_slots, setup, teardown),
        cmocka_unit_test_setup_teardown(destroying_puts_everything_back, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
