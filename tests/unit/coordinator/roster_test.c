/* Goal: a session hears every message or ends, silence is judged on the patience clock (D9), credit is what
 * is left of every capacity at any time (D24), and the worker chosen is near the host without being
 * overloaded (D22). */
#include "common/clock.h"
#include "coordinator/roster.h"
#include "tests/unit/check.h"

static struct roster *roster;

static int setup(void **state)
{
    (void)state;
    roster = roster_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    roster_destroy(&roster);
    assert_null(roster);
    roster_destroy(&roster);
    return 0;
}

static struct session *join(unsigned number, const char *name, uint32_t slots, uint32_t capacity)
{
    struct zwatch_peer peer = {.size = 5};
    uint8_t instance[MESSAGE_ID_SIZE] = "instance";
    Trawl__Hello hello = TRAWL__HELLO__INIT;
    memcpy(peer.id + 1, &number, sizeof number);
    memcpy(instance + 8, &number, sizeof number);
    hello.instance = (ProtobufCBinaryData){MESSAGE_ID_SIZE, instance};
    hello.name = (char *)name;
    hello.slots = slots;
    hello.capacity = capacity;
    hello.pid = number;
    return roster_open(roster, &peer, &hello, 100.);
}

/* Leases are lease.c's; the roster only counts them. */
static void hold(struct session *session, unsigned leases)
{
    while (session->open < leases)
        roster_lease_added(roster, session);
    while (session->open > leases)
        roster_lease_removed(roster, session);
}

static void a_session_is_found_by_connection_and_by_process(void **state)
{
    (void)state;
    struct session *one = join(1, "w", 4, 8), *two = join(2, "w", 4, 8);
    struct zwatch_peer peer = one->peer;
    uint8_t instance[MESSAGE_ID_SIZE];
    memcpy(instance, two->instance, sizeof instance);
    assert_ptr_equal(roster_find(roster, &peer), one);
    assert_ptr_equal(roster_find_instance(roster, instance), two);
    assert_int_equal(roster_session_count(roster), 2);
    roster_close(roster, one);
    assert_null(roster_find(roster, &peer));
    roster_close(roster, two);
    assert_null(roster_find_instance(roster, instance));
    assert_int_equal(roster_session_count(roster), 0);
    assert_int_equal(roster_credit(roster), 0);
}

static void workers_are_counted_by_name_over_all_their_sessions(void **state)
{
    (void)state;
    struct session *one = join(1, "a", 1, 1), *two = join(2, "b", 1, 1);
    assert_int_equal(one->worker->number, 1);
    assert_int_equal(two->worker->number, 2);
    one->worker->pages = 7;
    roster_close(roster, one);
    one = join(3, "a", 1, 1);
    assert_int_equal(one->worker->pages, 7);
    assert_ptr_equal(roster_worker(roster, "a"), one->worker);
    assert_string_equal(roster_workers(roster)->name, "a");
    char longest[MESSAGE_NAME_MAX + 1] = {0};
    memset(longest, 'n', MESSAGE_NAME_MAX);
    assert_string_equal(roster_worker(roster, longest)->name, longest);
    hold(one, 0);
}

/* I5: names that came and left without a page are forgotten when there are many; the others stay. */
static void a_flood_of_names_is_forgotten(void **state)
{
    (void)state;
    join(1, "steady", 1, 1);
    join(2, "useful", 1, 1)->worker->pages = 1;
    for (int i = 0; i < 3 * ROSTER_NAMES_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%d", i);
        struct session *session = join(3, name, 1, 1);
        assert_int_equal(session->worker->number, i + 3);
        roster_close(roster, session);
    }
    assert_int_equal(HASH_COUNT(roster_workers(roster)), ROSTER_NAMES_MAX);
    assert_int_equal(roster_worker(roster, "steady")->number, 1);
    assert_int_equal(roster_worker(roster, "useful")->number, 2);
}

/* D12: a lost, repeated or overtaken message is a gap. */
static void every_message_is_the_next_one(void **state)
{
    (void)state;
    static const struct {
        uint64_t numbers[4];
        int last;
    } cases[] = {
        {{2}, 0},     {{2, 3, 4}, 0}, {{1}, -1},       {{3}, -1},
        {{2, 4}, -1}, {{2, 2}, -1},   {{2, 3, 2}, -1}, {{UINT64_MAX}, -1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct session *session = join(1, "w", 1, 1);
        int got = 0;
        for (size_t n = 0; n < COUNT_OF(cases[i].numbers) && cases[i].numbers[n]; n++) {
            assert_int_equal(got, 0);
            got = roster_heard(session, cases[i].numbers[n], 100. + (double)n);
        }
        assert_int_equal(got, cases[i].last);
        roster_close(roster, session);
    }
}

static void silence_is_five_seconds_of_patience(void **state)
{
    (void)state;
    struct session *one = join(1, "w", 1, 1), *two = join(2, "w", 1, 1);
    assert_null(roster_silent(roster, 100. + ROSTER_SILENCE));
    assert_int_equal(roster_heard(one, 2, 103.), 0);
    assert_ptr_equal(roster_silent(roster, 105.5), two);
    roster_close(roster, two);
    assert_null(roster_silent(roster, 105.5));
    assert_ptr_equal(roster_silent(roster, 108.5), one);
}

/* D9: who was stopped for a minute itself wakes up with its patience hardly shorter. */
static void a_stopped_coordinator_blames_nobody(void **state)
{
    (void)state;
    struct patience patience = {0};
    patience_turn(&patience, 1000.);
    struct session *session = join(1, "w", 1, 1);
    session->heard = patience.seconds;
    patience_turn(&patience, 1060.);
    assert_null(roster_silent(roster, patience.seconds));
    for (int turn = 0; turn < 5; turn++)
        patience_turn(&patience, 1061. + turn);
    assert_ptr_equal(roster_silent(roster, patience.seconds), session);
}

static void credit_is_what_is_left_of_all_capacities(void **state)
{
    (void)state;
    static const struct {
        uint32_t capacity_one, open_one, capacity_two, open_two;
        uint64_t credit;
    } cases[] = {
        {8, 0, 4, 0, 12}, {8, 3, 4, 4, 5},  {8, 8, 4, 4, 0},
        {2, 8, 4, 1, 3},  {0, 8, 9, 0, 9},  {0, 0, 0, 0, 0},
        {5, 8, 5, 9, 0},  {9, 8, 10, 9, 2}, {UINT32_MAX, 0, 0, 5, MESSAGE_VISITS_MAX},
    };
    struct session *one = join(1, "a", 4, 8), *two = join(2, "b", 4, 4);
    assert_int_equal(roster_credit(roster), 12);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        roster_set_capacity(roster, one, cases[i].capacity_one);
        hold(one, cases[i].open_one);
        hold(two, cases[i].open_two);
        roster_set_capacity(roster, two, cases[i].capacity_two);
        assert_int_equal(roster_credit(roster), cases[i].credit);
    }
    hold(one, 0);
    roster_close(roster, one);
    assert_int_equal(roster_credit(roster), 0);
    hold(two, 0);
}

static void the_worker_near_the_host_is_chosen_unless_overloaded(void **state)
{
    (void)state;
    enum { A = 1, B = 2, C = 4, NOBODY = -1 };
    static const struct {
        unsigned open[3]; /* of A, B (16 slots each) and C (32 slots) */
        uint64_t holders;
        int chosen;
    } cases[] = {
        {{0, 0, 0}, B, 1},
        {{5, 2, 8}, 0, 1},
        {{5, 5, 8}, 0, 2}, /* the share of slots in use counts, not the number */
        {{2, 0, 0}, A, 1}, /* with little in flight one more than the least loaded is near enough */
        {{3, 0, 1}, A, 1},
        {{3, 1, 2}, A, 1},
        {{16, 10, 22}, A, 1}, /* with much in flight an eighth of an even share */
        {{12, 10, 24}, A, 0},
        {{4, 3, 30}, A | C, 0}, /* the less loaded of two holders */
        {{16, 16, 4}, A | B, 2},
        {{20, 5, 9}, A | B, 1}, /* A holds all that it will */
        {{20, 5, 40}, A | C, 1},
        {{20, 20, 40}, A | B | C, NOBODY},
        {{1, 0, 0}, 1ull << 63 | A, 0},
    };
    struct session *sessions[] = {join(1, "a", 16, 20), join(2, "b", 16, 20), join(3, "c", 32, 40)};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (unsigned s = 0; s < COUNT_OF(sessions); s++)
            hold(sessions[s], cases[i].open[s]);
        struct session *chosen = roster_choose(roster, cases[i].holders);
        assert_ptr_equal(chosen, cases[i].chosen == NOBODY ? NULL : sessions[cases[i].chosen]);
        assert_int_equal(chosen != NULL, roster_credit(roster) != 0);
    }
    for (unsigned s = 0; s < COUNT_OF(sessions); s++)
        hold(sessions[s], 0);
}

static void an_empty_roster_chooses_nobody(void **state)
{
    (void)state;
    assert_null(roster_choose(roster, ~0ull));
    assert_null(roster_silent(roster, 1e9));
    assert_int_equal(roster_credit(roster), 0);
}

/* The bits of frontier_holders stay few: a place that was left is taken again. */
static void slots_are_reused(void **state)
{
    (void)state;
    struct session *sessions[3];
    for (unsigned i = 0; i < 3; i++) {
        sessions[i] = join(i, "w", 1, 1);
        assert_int_equal(sessions[i]->slot, i);
    }
    roster_close(roster, sessions[1]);
    assert_int_equal(join(9, "w", 1, 1)->slot, 1);
    assert_int_equal(join(10, "w", 1, 1)->slot, 3);
}

/* D38 */
static void thousands_of_workers_may_join(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    for (unsigned i = 0; i < MANY; i++) {
        char name[20];
        snprintf(name, sizeof name, "w%u", i);
        join(i, name, 4, 6);
    }
    assert_int_equal(roster_session_count(roster), MANY);
    assert_int_equal(roster_credit(roster), MANY * 6);
    for (unsigned i = 0; i < MANY; i++)
        hold(roster_choose(roster, 1ull << i % 64), 1);
    struct session *session;
    unsigned used = 0;
    for (session = roster_sessions(roster); session; session = session->hh.next)
        used += session->open;
    assert_int_equal(roster_credit(roster), MANY * 6 - used);
    for (session = roster_sessions(roster); session; session = session->hh.next)
        hold(session, 0);
    while ((session = roster_silent(roster, 200.)))
        roster_close(roster, session);
    assert_int_equal(roster_session_count(roster), 0);
    assert_int_equal(roster_credit(roster), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_is_found_by_connection_and_by_process, setup, teardown),
        cmocka_unit_test_setup_teardown(workers_are_counted_by_name_over_all_their_sessions, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_of_names_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(every_message_is_the_next_one, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_is_five_seconds_of_patience, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stopped_coordinator_blames_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(credit_is_what_is_left_of_all_capacities, setup, teardown),
        cmocka_unit_test_setup_teardown(the_worker_near_the_host_is_chosen_unless_overloaded, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_empty_roster_chooses_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(slots_are_reused, setup, teardown),
        cmocka_unit_test_setup_teardown(thousands_of_workers_may_join, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
