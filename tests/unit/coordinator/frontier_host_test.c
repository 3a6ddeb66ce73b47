/* Goal: no host gets more than it allows nor sooner than it allows: slots, delays, pauses, parking, limits
 * and robots.txt (H16), with the time told by the test. */
#include "coordinator/frontier.h"
#include "tests/unit/check.h"

#include <math.h>

static struct store *store;
static struct frontier *frontier;
static double now;

static int setup(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    frontier_destroy(&frontier);
    store_close(&store);
    return 0;
}

static void at(double time)
{
    now = time;
    frontier_tell(frontier, now);
}

/* A new frontier on the store; the time is 1000. */
static void begin(unsigned per_host, double delay, uint64_t max_per_host)
{
    static const struct frontier_rules none;
    struct frontier_rules rules = none;
    uint64_t next = frontier ? frontier_next_rank(frontier, 0) : 1;
    rules.per_host = per_host;
    rules.delay = delay;
    rules.max_per_host = max_per_host;
    frontier_destroy(&frontier);
    frontier = frontier_create(&rules, store, next, 99);
    at(1000);
}

static uint64_t add_at(const char *url, unsigned depth)
{
    uint64_t rank = frontier_next_rank(frontier, depth);
    size_t size = strlen(url);
    frontier_add(frontier, &(struct frontier_url){url, size, url, size, depth, 0, true});
    return rank;
}

static void add_all(const char *urls)
{
    char copy[1000];
    snprintf(copy, sizeof copy, "%s", urls);
    for (char *url = strtok(copy, " "); url; url = strtok(NULL, " "))
        add_at(url, 0);
}

/* The next entry is that one; it is granted. */
static struct entry *next(const char *url)
{
    struct entry *entry = frontier_next(frontier);
    assert_non_null(entry);
    assert_string_equal(entry->url, url);
    frontier_grant(frontier, entry);
    return entry;
}

static void none(void)
{
    assert_null(frontier_next(frontier));
}

static void fetch(const char *url)
{
    struct entry *entry = next(url);
    frontier_host_answered(frontier, entry);
    frontier_finish(frontier, entry);
}

/* What is queued is given and finished, whatever the time says. */
static void clear(void)
{
    for (struct entry *entry; frontier_queued(frontier);) {
        at(now + 1000);
        while ((entry = frontier_next(frontier)))
            frontier_finish(frontier, entry);
    }
    at(now + 1000);
    assert_int_equal(frontier_hosts(frontier), 0);
    assert_true(frontier_due(frontier) == INFINITY);
}

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

static void stay_silent(unsigned times)
{
    while (times--) {
        struct entry *entry = next("http://a/1");
        at(now + 1);
        frontier_host_failed(frontier, entry);
        frontier_put_back(frontier, entry);
    }
}

static void expect_parked(double seconds)
{
    double due = now + seconds;
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
        TEST(what_is_put_off_comes_in_the_order_of_its_time),
        TEST(a_depth_begins_when_the_one_before_is_finished),
        TEST(what_is_moved_up_comes_sooner),
        TEST(what_waits_in_the_store_is_moved_up_too),
        TEST(a_host_is_spent_when_enough_of_it_is_fetched),
        TEST(what_is_in_flight_counts_towards_the_limit),
        TEST(pages_wait_for_the_robots_txt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
