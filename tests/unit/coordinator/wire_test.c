/* Goal: what PROTOCOL.md promises a worker, seen by one: a Hello opens a session, every other message needs
 * one (D35), a gap, garbage or silence ends it (D1, D12, D17), and what it held goes to the next (D20, D21).
 */
#include "tests/unit/coordinator/wire_rig.h"

/* ---- sessions -------------------------------------------------------------------------------------- */

/* D16: both versions are named, to the user here and to the worker there. */
static void a_hello_outside_the_limits_is_refused(void **state)
{
    (void)state;
    static const struct hello bad[] = {
        {MESSAGE_PROTOCOL, 0, 4}, {MESSAGE_PROTOCOL, 2, 4}, {MESSAGE_PROTOCOL, 1, 0}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        send_hello(&peers[0], 1, bad[i], 0);
        expect_refusal(&peers[0], TRAWL__REFUSE__REASON__BAD_HELLO);
    }
    assert_int_equal(roster_session_count(rig.crawl.roster), 0);
}

/* D35: a worker of a run that ended, or whose session did. */
static void who_has_no_session_is_told_so(void **state)
{
    (void)state;
    send_heartbeat(&peers[0], 7, 4);
    expect_refusal(&peers[0], TRAWL__REFUSE__REASON__SESSION_OVER);
    send_page(&peers[0], 1, "http://a/");
    expect_refusal(&peers[0], TRAWL__REFUSE__REASON__SESSION_OVER);
    assert_int_equal(rig.crawl.tally.rows, 0);
    join(&peers[0], 1);
    send_bye(&peers[0]);
    send_heartbeat(&peers[0], 3, 4);
    expect_refusal(&peers[0], TRAWL__REFUSE__REASON__SESSION_OVER);
}

/* D12: libzmq may lose a message with a connection; whose, nobody can know. */
static void a_gap_ends_the_session_and_its_leases_go_back(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/", "http://a/");
    join(&peers[0], 1);
    dispatch_run(&rig.crawl);
    assert_int_equal(lease_count(rig.crawl.leases), 1);
    assert_int_equal(hear(&peers[0])->body_case, TRAWL__MESSAGE__BODY_ASSIGN);
    forget(&peers[0]);
    send_heartbeat(&peers[0], 3, 4);
    expect_refusal(&peers[0], TRAWL__REFUSE__REASON__SESSION_OVER);
    assert_int_equal(lease_count(rig.crawl.leases), 0);
    assert_int_equal(frontier_queued(rig.crawl.frontier), 1);
    join(&peers[0], 1);
}

/* D20, D21: the process says Hello again over a new connection, while the old one still counts as open. */
static void a_second_hello_of_a_process_ends_its_first_session(void **state)
{
    (void)state;
    rig.config.per_host = 1;
    rig_admit(&rig, "http://a/", "http://a/");
    join(&peers[0], 1);
    dispatch_run(&rig.crawl);
    uint64_t lost = hear(&peers[0])->assign->visits[0]->lease;
    join(&peers[1], 1);
    assert_int_equal(roster_session_count(rig.crawl.roster), 1);
    dispatch_run(&rig.crawl); /* its slot is free at once */
    const Trawl__Message *message = hear(&peers[1]);
    assert_int_equal(message->body_case, TRAWL__MESSAGE__BODY_ASSIGN);
    assert_int_equal(message->assign->visits[0]->attempt, 2);
    assert_int_not_equal(message->assign->visits[0]->lease, lost);
    forget(&peers[0]);
    send_page(&peers[0], lost, "http://late/"); /* D14 */
    expect_refusal(&peers[0], TRAWL__REFUSE__REASON__SESSION_OVER);
    send_page(&peers[1], message->assign->visits[0]->lease, "http://b/");
    while (crawl_pending(&rig.crawl))
        ev_run(rig.crawl.loop, EVRUN_ONCE);
    assert_string_equal(rig_rows(&rig), "http://a/\thttp://b/\n");
}

/* One connection's Hello in another process's name: neither of the two older sessions may stand. */
static void a_hello_ends_the_session_of_its_connection_and_of_its_process(void **state)
{
    (void)state;
    join(&peers[0], 1);
    join(&peers[1], 2);
    join(&peers[0], 2);
    assert_int_equal(roster_session_count(rig.crawl.roster), 1);
    send_heartbeat(&peers[1], 2, 4);
    expect_refusal(&peers[1], TRAWL__REFUSE__REASON__SESSION_OVER);
}

/* D1, D2, D41: a supervisor tells of the process that died in the place of this one. */
static void a_told_death_is_counted_and_forgiven(void **state)
{
    (void)state;
    frontier_destroy(&rig.crawl.frontier);
    rig.crawl.frontier = frontier_create(&(struct frontier_rules){.per_host = 1}, rig.crawl.store, 1, 0);
    lease_table_destroy(&rig.crawl.leases);
    rig.crawl.leases = lease_table_create(rig.crawl.frontier, rig.crawl.roster, 45, 1);
    rig_admit(&rig, "http://a/", "http://a/");
    join(&peers[0], 1);
    dispatch_run(&rig.crawl);
    lease_lose_all(rig.crawl.leases, roster_sessions(rig.crawl.roster));
    assert_int_equal(frontier_ready(rig.crawl.frontier), 0);
    rig_listen();
    send_hello(&peers[1], 3, good, 1);
    hear(&peers[1]);
    assert_non_null(strstr(rig_heard(), "worker odd died of SIGSEGV"));
    assert_int_equal(frontier_ready(rig.crawl.frontier), 1);
    assert_int_equal(roster_worker(rig.crawl.roster, "odd")->deaths, 1);
}

/* A Hello may name its own process among the dead: the session that it opens is not the one that died. */
static void a_hello_that_tells_of_its_own_death_opens_a_session(void **state)
{
    (void)state;
    rig_listen();
    send_hello(&peers[0], 1, good, 1);
    assert_int_equal(hear(&peers[0])->body_case, TRAWL__MESSAGE__BODY_WELCOME);
    assert_non_null(strstr(rig_heard(), "worker odd died of SIGSEGV"));
    assert_int_equal(roster_session_count(rig.crawl.roster), 1);
    send_bye(&peers[0]);
    send_heartbeat(&peers[0], 3, 4);
    forget(&peers[0]);
    expect_refusal(&peers[0], TRAWL__REFUSE__REASON__SESSION_OVER);
}

static void the_death_of_a_local_process_ends_its_session(void **state)
{
    (void)state;
    uint8_t instance[MESSAGE_ID_SIZE] = {1}, stranger[MESSAGE_ID_SIZE] = {9};
    rig_admit(&rig, "http://a/", "http://a/");
    join(&peers[0], 1);
    dispatch_run(&rig.crawl);
    wire_process_died(rig.crawl.wire, stranger);
    assert_int_equal(roster_session_count(rig.crawl.roster), 1);
    wire_process_died(rig.crawl.wire, instance);
    assert_int_equal(roster_session_count(rig.crawl.roster), 0);
    assert_int_equal(frontier_ready(rig.crawl.frontier), 1);
}

/* Not when the loop last looked at the clock: it may have slept since. */
static void the_delay_after_a_lost_visit_begins_when_its_process_is_gone(void **state)
{
    (void)state;
    enum { DELAY = 50 };
    uint8_t instance[MESSAGE_ID_SIZE] = {1};
    struct entry *entry = rig_admit(&rig, "http://a/", "http://a/");
    join(&peers[0], 1);
    frontier_host_learn(rig.crawl.frontier, entry->host, 1e9, DELAY);
    dispatch_run(&rig.crawl);
    double before = clock_now();
    frontier_tell(rig.crawl.frontier, before - DELAY);
    wire_process_died(rig.crawl.wire, instance);
    assert_int_equal(frontier_ready(rig.crawl.frontier), 0);
    assert_true(frontier_due(rig.crawl.frontier) >= before + DELAY);
}

/* ---- messages -------------------------------------------------------------------------------------- */

/* D1, D10: five seconds of the patience clock, here set forward. */
static void the_silent_are_given_up(void **state)
{
    (void)state;
    join(&peers[0], 1);
    join(&peers[1], 2);
    rig.crawl.patience.seconds += ROSTER_SILENCE;
    send_heartbeat(&peers[1], 2, 5);
    while (roster_credit(rig.crawl.roster) != 8 + 5)
        ev_run(rig.crawl.loop, EVRUN_ONCE);
    rig.crawl.patience.seconds += 1;
    wire_tick(rig.crawl.wire);
    assert_int_equal(roster_session_count(rig.crawl.roster), 1);
    assert_string_equal(roster_sessions(rig.crawl.roster)->worker->name, "even");
}

/* D17 */
static void garbage_is_dropped_and_counted(void **state)
{
    (void)state;
    static const char *const garbage[] = {"", "x", "\xff\xff\xff\xff", "GET / HTTP/1.1\r\n\r\n"};
    rig_listen();
    for (size_t i = 0; i < COUNT_OF(garbage); i++)
        send_bytes(&peers[0], garbage[i], strlen(garbage[i]));
    send_heartbeat(&peers[0], 1, 1);
    expect_refusal(&peers[0], TRAWL__REFUSE__REASON__SESSION_OVER);
    const char *heard = rig_heard();
    assert_int_equal(rig.crawl.tally.garbage, COUNT_OF(garbage));
    assert_int_equal(rig_times(heard, "is not of this protocol"), COUNT_OF(garbage));
    rig_listen();
    for (int i = 0; i < 1000; i++)
        send_bytes(&peers[0], "x", 1);
    send_heartbeat(&peers[0], 1, 1);
    expect_refusal(&peers[0], TRAWL__REFUSE__REASON__SESSION_OVER);
    heard = rig_heard();
    assert_true(rig_times(heard, "\n") <= 20);
    assert_int_equal(rig.crawl.tally.garbage, COUNT_OF(garbage) + 1000);
    join(&peers[1], 2); /* the honest are not disturbed */
}

static void garbage_in_a_session_ends_it(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/", "http://a/");
    join(&peers[0], 1);
    dispatch_run(&rig.crawl);
    hear(&peers[0]);
    forget(&peers[0]);
    rig_listen();
    send_bytes(&peers[0], "garbage", 7);
    send_heartbeat(&peers[0], 2, 4);
    expect_refusal(&peers[0], TRAWL__REFUSE__REASON__SESSION_OVER);
    rig_heard();
    assert_int_equal(roster_session_count(rig.crawl.roster), 0);
    assert_int_equal(frontier_queued(rig.crawl.frontier), 1);
}

static void what_only_a_coordinator_sends_is_garbage(void **state)
{
    (void)state;
    join(&peers[0], 1);
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Refuse refuse = TRAWL__REFUSE__INIT;
    message.sequence = 2;
    message.body_case = TRAWL__MESSAGE__BODY_REFUSE;
    message.refuse = &refuse;
    rig_listen();
    send_message(&peers[0], &message);
    send_heartbeat(&peers[0], 3, 1);
    while (roster_credit(rig.crawl.roster) != 1)
        ev_run(rig.crawl.loop, EVRUN_ONCE);
    assert_non_null(strstr(rig_heard(), "only a coordinator sends"));
    assert_int_equal(rig.crawl.tally.garbage, 1);
}

/* ---- the end --------------------------------------------------------------------------------------- */

static void an_endpoint_that_cannot_be_had_is_one_line(void **state)
{
    (void)state;
    static const char *const bad[] = {"nonsense", "tcp://127.0.0.1", "ipc:///no/such/directory/x"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        rig_listen();
        struct wire *wire = wire_create(&rig.crawl, NULL, bad[i]);
        const char *heard = rig_heard();
        assert_null(wire);
        assert_int_equal(rig_times(heard, "\n"), 1);
        assert_non_null(strstr(heard, bad[i]));
    }
    char taken[300];
    snprintf(taken, sizeof taken, "%s", wire_endpoint(rig.crawl.wire));
    rig_listen();
    struct wire *wire = wire_create(&rig.crawl, NULL, taken);
    const char *heard = rig_heard();
    assert_null(wire);
    assert_non_null(strstr(heard, "in use"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hello_outside_the_limits_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(who_has_no_session_is_told_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gap_ends_the_session_and_its_leases_go_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_hello_of_a_process_ends_its_first_session, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hello_ends_the_session_of_its_connection_and_of_its_process, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_told_death_is_counted_and_forgiven, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hello_that_tells_of_its_own_death_opens_a_session, setup, teardown),
        cmocka_unit_test_setup_teardown(the_death_of_a_local_process_ends_its_session, setup, teardown),
        cmocka_unit_test_setup_teardown(the_delay_after_a_lost_visit_begins_when_its_process_is_gone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_silent_are_given_up, setup, teardown),
        cmocka_unit_test_setup_teardown(garbage_is_dropped_and_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(garbage_in_a_session_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(what_only_a_coordinator_sends_is_garbage, setup, teardown),
        cmocka_unit_test_setup_teardown(an_endpoint_that_cannot_be_had_is_one_line, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
