/* Goal: all that can be granted is granted in one turn and no more (D24), to the worker near the host, in
 * messages of bounded size; a crawl that drains grants nothing. wire_send_batches is replaced here. */
#include "coordinator/dispatch.h"
#include "coordinator/wire.h"
#include "tests/unit/coordinator/rig.h"

static struct rig rig;
static unsigned sends, largest_batch;
static int gone; /* who is sent to cannot be reached */

void __wrap_wire_send_batches(struct wire *wire);

void __wrap_wire_send_batches(struct wire *wire)
{
    (void)wire;
    struct session *session = roster_sessions(rig.crawl.roster), *next;
    sends++;
    for (; session; session = next) {
        next = session->hh.next;
        if (session->batched > largest_batch)
            largest_batch = session->batched;
        for (unsigned i = 0; i < session->batched; i++)
            assert_ptr_equal(session->batch[i]->session, session);
        if (session->batched && gone) {
            lease_lose_all(rig.crawl.leases, session);
            roster_close(rig.crawl.roster, session);
        } else {
            session->batched = 0;
        }
    }
}

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    sends = largest_batch = 0;
    gone = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_break(&rig);
    return 0;
}

/* Lists `count` URLs on each of `hosts` hosts. */
static void admit(unsigned hosts, unsigned count)
{
    for (unsigned i = 0; i < hosts * count; i++) {
        char url[60];
        snprintf(url, sizeof url, "http://h%u/%u", i % hosts, i / hosts);
        struct entry *entry = rig_admit(&rig, url, url);
        if (entry)
            frontier_host_answered(rig.crawl.frontier, entry); /* not one at a time until it does */
    }
}

static void as_much_as_hosts_and_workers_allow(void **state)
{
    (void)state;
    static const struct {
        unsigned hosts, urls, capacity[2], open[2];
    } cases[] = {
        {0, 0, {10, 10}, {0, 0}},  {1, 1, {0, 0}, {0, 0}},      {1, 1, {10, 0}, {1, 0}},
        {1, 10, {10, 0}, {6, 0}},  {10, 1, {3, 0}, {3, 0}},     {10, 1, {3, 4}, {3, 4}},
        {10, 1, {10, 10}, {5, 5}}, {2, 10, {100, 100}, {6, 6}}, {3, 1, {1000, 0}, {3, 0}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct session *sessions[2];
        admit(cases[i].hosts, cases[i].urls);
        for (int s = 0; s < 2; s++) {
            sessions[s] = rig_join(&rig, "w");
            roster_set_capacity(rig.crawl.roster, sessions[s], cases[i].capacity[s]);
        }
        dispatch_run(&rig.crawl);
        dispatch_run(&rig.crawl);
        for (int s = 0; s < 2; s++)
            assert_int_equal(sessions[s]->open, cases[i].open[s]);
        assert_int_equal(sends, cases[i].open[0] + cases[i].open[1] ? 1 : 0);
        teardown(NULL);
        setup(NULL);
    }
}

static void a_host_stays_with_its_worker(void **state)
{
    (void)state;
    struct session *one = rig_join(&rig, "one"), *two = rig_join(&rig, "two");
    admit(2, 12);
    dispatch_run(&rig.crawl);
    assert_int_equal(one->open + two->open, 12);
    struct host *hosts[2] = {TAILQ_FIRST(&one->leases)->entry->host, TAILQ_FIRST(&two->leases)->entry->host};
    assert_ptr_not_equal(hosts[0], hosts[1]);
    struct session *sessions[2] = {one, two};
    for (int s = 0; s < 2; s++) {
        struct lease *lease;
        TAILQ_FOREACH(lease, &sessions[s]->leases, in_session)
        assert_ptr_equal(lease->entry->host, hosts[s]);
        assert_int_equal(*frontier_holders(hosts[s]), 1u << s);
    }
}

/* 256 of the longest URLs are a quarter of the largest message. */
static void batches_are_bounded(void **state)
{
    (void)state;
    rig_join(&rig, "w");
    admit(900, 1);
    dispatch_run(&rig.crawl);
    assert_int_equal(lease_count(rig.crawl.leases), 900);
    assert_int_equal(largest_batch, 256);
    assert_int_equal(sends, 4);
}

/* Hosts in the store that have nothing to give any more are looked at turn by turn, without sleep. */
static void many_spent_hosts_are_passed_at_once(void **state)
{
    (void)state;
    enum { HOSTS = 1500 };
    static const struct frontier_rules rules = {.per_host = 1, .max_per_host = 1};
    struct crawl *crawl = &rig.crawl;
    for (int again = 0; again < 2; again++) {
        uint64_t number = frontier_next_rank(crawl->frontier, 0);
        lease_table_destroy(&crawl->leases);
        frontier_destroy(&crawl->frontier);
        crawl->frontier = frontier_create(&rules, crawl->store, number, crawl->record.hash_seed);
        crawl->leases = lease_table_create(crawl->frontier, crawl->roster, 45, 1);
        frontier_tell(crawl->frontier, clock_now());
        if (again)
            break;
        admit(HOSTS, 2);
        for (struct entry *entry; (entry = frontier_next(crawl->frontier));) {
            frontier_grant(crawl->frontier, entry);
            frontier_finish(crawl->frontier, entry);
        }
        assert_int_equal(frontier_queued(crawl->frontier), HOSTS);
    }
    rig_join(&rig, "w");
    while (dispatch_run(crawl))
        continue;
    assert_true(frontier_is_spent(crawl->frontier));
    assert_int_equal(lease_count(crawl->leases), 0);
}

static void a_draining_crawl_grants_nothing(void **state)
{
    (void)state;
    rig_join(&rig, "w");
    admit(3, 1);
    rig.crawl.draining = 1;
    dispatch_run(&rig.crawl);
    assert_int_equal(frontier_queued(rig.crawl.frontier), 3);
    assert_int_equal(sends, 0);
}

/* The session ends inside the send, in mid-turn: what it was given goes back, nobody is left to grant to. */
static void a_worker_that_goes_while_it_is_sent_to(void **state)
{
    (void)state;
    rig_join(&rig, "w");
    admit(600, 1);
    gone = 1;
    dispatch_run(&rig.crawl);
    assert_int_equal(lease_count(rig.crawl.leases), 0);
    assert_int_equal(frontier_queued(rig.crawl.frontier), 600);
    assert_int_equal(roster_session_count(rig.crawl.roster), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_much_as_hosts_and_workers_allow, setup, teardown),
        cmocka_unit_test_setup_teardown(a_host_stays_with_its_worker, setup, teardown),
        cmocka_unit_test_setup_teardown(batches_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(many_spent_hosts_are_passed_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_draining_crawl_grants_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_worker_that_goes_while_it_is_sent_to, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
