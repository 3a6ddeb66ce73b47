/* Goal: no host gets more than it allows nor sooner than it allows: slots, delays, pauses, parking (H16),
 * with the time told by the test. */
#include "tests/unit/coordinator/frontier_rig.h"

/* ---- delay and slots ------------------------------------------------------------------------------- */

static void put_off_a_little(struct frontier *all, struct entry *entry)
{
    frontier_put_off(all, entry, 0.5);
}

static void release_later(struct frontier *all, struct entry *entry)
{
    struct host *host = frontier_put_back_keeping_slot(all, entry);
    at(now + 3);
    none();
    frontier_release_slot(all, host);
}

static void redirect_away(struct frontier *all, struct entry *entry)
{
    frontier_redirect(all, entry, "http://b/", 9);
    entry = frontier_next(all);
    assert_string_equal(entry->url, "http://b/");
    frontier_finish(all, entry);
}

static void the_delay_counts_from_the_end_of_a_request(void **state)
{
    (void)state;
    static const struct {
        void (*end)(struct frontier *, struct entry *);
        const char *after;
    } cases[] = {
        {frontier_finish, "http://a/2"}, {frontier_put_back, "http://a/1"}, {put_off_a_little, "http://a/1"},
        {release_later, "http://a/1"},   {redirect_away, "http://a/2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin(4, 2, 0);
        add_all("http://a/1 http://a/2 http://a/3");
        struct entry *entry = next("http://a/1");
        none();
        at(now + 5);
        none(); /* one in flight */
        cases[i].end(frontier, entry);
        none();
        double due = now + 2;
        assert_true(frontier_due(frontier) == due);
        at(due - 0.01);
        none();
        at(due);
        entry = next(cases[i].after);
        none();
        frontier_finish(frontier, entry);
        clear();
    }
}

static void what_was_not_granted_delays_nothing(void **state)
{
    (void)state;
    begin(1, 2, 0);
    add_all("http://a/1 http://a/2 http://a/3");
    frontier_finish(frontier, frontier_next(frontier));
    frontier_put_back(frontier, frontier_next(frontier));
    fetch("http://a/2");
    none();
    clear();
}

static void a_host_is_remembered_until_it_may_be_asked_again(void **state)
{
    (void)state;
    begin(1, 2, 0);
    add_all("http://a/1");
    fetch("http://a/1");
    assert_int_equal(frontier_hosts(frontier), 1);
    at(1001);
    add_all("http://a/2");
    none();
    assert_true(frontier_due(frontier) == 1002);
    at(1002);
    fetch("http://a/2");
    at(1003.9);
    assert_int_equal(frontier_hosts(frontier), 1);
    at(1004);
    assert_int_equal(frontier_hosts(frontier), 0);
    assert_true(frontier_due(frontier) == INFINITY);
}

static void a_grant_tells_how_long_ago_the_last_one_was(void **state)
{
    (void)state;
    begin(1, 2, 0);
    add_all("http://a/1 http://a/2");
    struct entry *entry = frontier_next(frontier);
    assert_true(frontier_grant(frontier, entry) == INFINITY);
    at(1003);
    frontier_finish(frontier, entry);
    at(1005);
    entry = frontier_next(frontier);
    assert_true(frontier_grant(frontier, entry) == 5);
    frontier_finish(frontier, entry);
}

static void a_host_has_its_slots(void **state)
{
    (void)state;
    static const struct {
        unsigned per_host;
        double delay, wanted; /* by the command line, by robots.txt */
        unsigned in_flight;
    } cases[] = {{1, 0, 0, 1}, {2, 0, 0, 2}, {5, 0, 0, 5}, {5, 0.1, 0, 1}, {5, 0, 3, 1}, {5, 9, 3, 1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct entry *taken[10], *entry;
        unsigned count = 0;
        begin(cases[i].per_host, cases[i].delay, 0);
        add_all("http://a/0 http://a/1 http://a/2 http://a/3 http://a/4 http://a/5 http://a/6");
        entry = next("http://a/0");
        frontier_host_learn(frontier, entry->host, 1e6, cases[i].wanted);
        frontier_finish(frontier, entry);
        double due = now + fmax(cases[i].delay, cases[i].wanted);
        if (due > now)
            assert_true(frontier_due(frontier) == due);
        at(due);
        while ((entry = frontier_next(frontier)))
            taken[count++] = entry;
        assert_int_equal(count, cases[i].in_flight);
        assert_int_equal(frontier_in_flight(taken[0]->host), count);
        while (count)
            frontier_finish(frontier, taken[--count]);
        clear();
    }
}

/* ---- hosts that never answered --------------------------------------------------------------------- */

static void hosts_that_never_answered_share_seven_eighths(void **state)
{
    (void)state;
    enum { HOSTS = 100 };
    static const struct {
        unsigned slots, in_flight;
    } cases[] = {{1, 1}, {8, 8}, {63, 63}, {64, 56}, {150, 134}, {1000, 2 * HOSTS}, {0, 2 * HOSTS}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct entry *taken[2 * HOSTS], *entry;
        unsigned count = 0;
        begin(2, 0, 0);
        frontier_set_slots(frontier, cases[i].slots);
        for (unsigned n = 0; n < 2 * HOSTS; n++) {
            char url[40];
            snprintf(url, sizeof url, "http://h%u/%u", n % HOSTS, n / HOSTS);
            add_at(url, 0);
        }
        while ((entry = frontier_next(frontier))) {
            /* By turns: nobody has a second one before each has one. */
            assert_int_equal(frontier_in_flight(entry->host), 1 + count / HOSTS);
            taken[count++] = entry;
        }
        assert_int_equal(count, cases[i].in_flight);
        while (count)
            frontier_finish(frontier, taken[--count]);
        clear();
    }
}

static void a_host_that_answered_is_outside_of_that(void **state)
{
    (void)state;
    begin(2, 0, 0);
    frontier_set_slots(frontier, 1);
    add_all("http://a/1 http://a/2 http://a/3 http://b/1");
    struct entry *entry = next("http://a/1");
    none();
    frontier_host_answered(frontier, entry);
    frontier_put_back(frontier, entry);
    struct entry *taken[3] = {frontier_next(frontier), frontier_next(frontier), frontier_next(frontier)};
    none();
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        assert_non_null(taken[i]);
        frontier_finish(frontier, taken[i]);
    }
    clear();
}

static void a_kept_slot_is_no_probe(void **state)
{
    (void)state;
    begin(3, 0, 0);
    frontier_set_slots(frontier, 1);
    add_all("http://a/1 http://a/2 http://a/3");
    struct host *host = frontier_put_back_keeping_slot(frontier, next("http://a/1"));
    struct entry *entry = next("http://a/1");
    none();
    frontier_finish(frontier, entry);
    frontier_release_slot(frontier, host);
    clear();
}

/* ---- pauses ---------------------------------------------------------------------------------------- */

/* One request that is answered by that. Returns the pause. */
static double ask_for_a_pause(double seconds)
{
    double pause;
    struct entry *entry = next("http://a/1");
    assert_int_equal(frontier_host_pause(frontier, entry, seconds, &pause), 0);
    frontier_put_off(frontier, entry, pause);
    return pause;
}

static void a_pause_is_as_long_as_asked_for(void **state)
{
    (void)state;
    static const struct {
        double seconds, pause;
    } cases[] = {{0, 0}, {1, 1}, {7.5, 7.5}, {300, 300}, {301, 300}, {1e9, 300}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin(2, 0, 0);
        add_all("http://a/1 http://a/2 http://b/1");
        double pause = ask_for_a_pause(cases[i].seconds);
        assert_true(fabs(pause - cases[i].pause) < 1e-6);
        if (pause > 0) {
            fetch("http://b/1"); /* others do not wait */
            none();
            at(now + pause - 0.01);
            none();
            at(now + 0.02);
            fetch("http://a/1");
        }
        clear();
    }
}

static void pauses_of_unknown_length_double(void **state)
{
    (void)state;
    static const double middle[] = {1, 2, 4, 8, 16, 32, 64, 64, 64};
    begin(1, 0, 0);
    add_all("http://a/1");
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(middle); i++) {
            double pause = ask_for_a_pause(-1);
            assert_true(pause >= middle[i] * 0.49 && pause <= middle[i] * 1.51);
            none();
            at(now + pause + 0.01);
        }
        struct entry *entry = next("http://a/1");
        frontier_host_answered(frontier, entry); /* from one second on again */
        frontier_put_back(frontier, entry);
    }
    clear();
}

static void what_was_granted_before_a_pause_tells_nothing_new(void **state)
{
    (void)state;
    double pause;
    struct entry *taken[8];
    begin(8, 0, 0);
    add_all("http://a/1 http://a/2 http://a/3 http://a/4 http://a/5 http://a/6 http://a/7 http://a/8");
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        taken[i] = frontier_next(frontier);
        frontier_grant(frontier, taken[i]);
    }
    at(1001);
    assert_int_equal(frontier_host_pause(frontier, taken[0], 10, &pause), 0);
    frontier_put_off(frontier, taken[0], pause);
    at(1002);
    assert_int_equal(frontier_host_pause(frontier, taken[1], 200, &pause), 0);
    assert_true(pause == 9);
    frontier_put_off(frontier, taken[1], pause);
    for (size_t i = 2; i < COUNT_OF(taken); i++) {
        frontier_host_failed(frontier, taken[i]);
        frontier_put_back(frontier, taken[i]);
    }
    none();
    assert_true(frontier_due(frontier) == 1011);
    clear();
}

static void a_host_is_listened_to_twenty_times(void **state)
{
    (void)state;
    double pause;
    begin(1, 0, 0);
    add_all("http://a/1");
    for (unsigned i = 0; i < 20; i++) {
        ask_for_a_pause(1);
        at(now + 1);
        if (i % 5 == 0) { /* that it answers in between makes no difference */
            struct entry *entry = next("http://a/1");
            frontier_host_answered(frontier, entry);
            frontier_put_back(frontier, entry);
        }
        at(now + 1);
    }
    struct entry *entry = next("http://a/1");
    assert_int_equal(frontier_host_pause(frontier, entry, 1, &pause), -1);
    frontier_finish(frontier, entry);
}

/* ---- parking --------------------------------------------------------------------------------------- */

static double last_parking;

static void stay_silent(unsigned times)
{
    while (times--) {
        struct entry *entry = next("http://a/1");
        at(now + 1);
        last_parking = frontier_host_failed(frontier, entry);
        frontier_put_back(frontier, entry);
    }
}

static void expect_parked(double seconds)
{
    double due = now + seconds;
    assert_true(last_parking == seconds);
    none();
    assert_true(frontier_due(frontier) == due);
    at(due - 0.01);
    none();
    at(due);
}

static void a_silent_host_is_parked_three_times_and_then_given_up(void **state)
{
    (void)state;
    begin(1, 0, 0);
    add_all("http://a/1 http://a/2 http://a/3");
    stay_silent(5);
    expect_parked(30);
    stay_silent(1);
    expect_parked(60);
    stay_silent(1);
    expect_parked(120);
    struct entry *entry = next("http://a/1");
    assert_int_equal(frontier_host_verdict(entry->host), OUTCOMES);
    frontier_put_back(frontier, entry);
    stay_silent(1);
    struct entry *taken[3];
    for (size_t i = 0; i < COUNT_OF(taken); i++) { /* all at once: none of them will be fetched */
        taken[i] = frontier_next(frontier);
        assert_non_null(taken[i]);
        assert_int_equal(frontier_host_verdict(taken[i]->host), OUTCOME_HOST_DOWN);
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++)
        frontier_finish(frontier, taken[i]);
    assert_int_equal(frontier_queued(frontier), 0);
    clear();
}

static void an_answer_makes_up_for_failures(void **state)
{
    (void)state;
    begin(1, 0, 0);
    add_all("http://a/1");
    for (unsigned round = 0; round < 6; round++) {
        stay_silent(4);
        struct entry *entry = next("http://a/1");
        frontier_host_answered(frontier, entry);
        frontier_put_back(frontier, entry);
    }
    for (unsigned round = 0; round < 6; round++) {
        stay_silent(5);
        expect_parked(30); /* and for parkings */
        struct entry *entry = next("http://a/1");
        frontier_host_answered(frontier, entry);
        frontier_put_back(frontier, entry);
    }
    stay_silent(5);
    expect_parked(30);
    assert_true(ask_for_a_pause(0) == 0); /* is an answer too */
    stay_silent(4);
    stay_silent(1);
    expect_parked(30);
    clear();
}

static void a_host_that_was_parked_has_to_answer_again(void **state)
{
    (void)state;
    begin(2, 0, 0);
    frontier_set_slots(frontier, 8);
    add_all("http://a/1 http://a/2");
    struct entry *entry = next("http://a/1");
    frontier_host_answered(frontier, entry);
    frontier_put_back(frontier, entry);
    stay_silent(5);
    expect_parked(30);
    entry = next("http://a/1");
    none(); /* one in flight until then */
    frontier_host_answered(frontier, entry);
    frontier_finish(frontier, entry);
    clear();
}

static void a_condemned_host_gives_what_it_has_whatever_it_waits_for(void **state)
{
    (void)state;
    begin(1, 50, 0);
    add_all("http://a/1 http://a/2 http://a/3");
    add_at("http://a/deep", 5);
    frontier_put_off(frontier, next("http://a/1"), 100);
    none();
    at(now + 50);
    struct entry *entry = next("http://a/2");
    frontier_host_condemn(entry->host, OUTCOME_ROBOTS_UNREACHABLE);
    assert_int_equal(frontier_host_robots(frontier, entry->host), FRONTIER_ROBOTS_KNOWN);
    frontier_finish(frontier, entry);
    struct entry *taken[3] = {next("http://a/1"), next("http://a/3"), next("http://a/deep")};
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        assert_int_equal(frontier_host_verdict(taken[i]->host), OUTCOME_ROBOTS_UNREACHABLE);
        frontier_finish(frontier, taken[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(the_delay_counts_from_the_end_of_a_request),
        TEST(what_was_not_granted_delays_nothing),
        TEST(a_host_is_remembered_until_it_may_be_asked_again),
        TEST(a_grant_tells_how_long_ago_the_last_one_was),
        TEST(a_host_has_its_slots),
        TEST(hosts_that_never_answered_share_seven_eighths),
        TEST(a_host_that_answered_is_outside_of_that),
        TEST(a_kept_slot_is_no_probe),
        TEST(a_pause_is_as_long_as_asked_for),
        TEST(pauses_of_unknown_length_double),
        TEST(what_was_granted_before_a_pause_tells_nothing_new),
        TEST(a_host_is_listened_to_twenty_times),
        TEST(a_silent_host_is_parked_three_times_and_then_given_up),
        TEST(an_answer_makes_up_for_failures),
        TEST(a_host_that_was_parked_has_to_answer_again),
        TEST(a_condemned_host_gives_what_it_has_whatever_it_waits_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
