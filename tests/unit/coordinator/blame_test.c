/* Goal: a URL that workers die on is quarantined at the third full death, by SIGKILL at the thirtieth;
 * bystanders are not blamed; deaths that nothing explains end the run at the fifth within a minute, an
 * operator's do not (D1, D2, D41). */
#include "coordinator/blame.h"
#include "coordinator/collect.h"
#include "coordinator/wire.h"
#include "tests/unit/coordinator/rig.h"

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    rig.crawl.wire = wire_create(&rig.crawl, NULL, NULL);
    assert_non_null(rig.crawl.wire);
    rig_listen();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_heard();
    rig_check_balance(&rig);
    wire_destroy(&rig.crawl.wire);
    rig_break(&rig);
    return 0;
}

static const struct supervised_death crash = {.signal = SIGSEGV}, killed = {.signal = SIGKILL};

/* The process of that session dies, working on that lease. */
static void die(const struct session *session, uint64_t lease, struct supervised_death how)
{
    char name[MESSAGE_NAME_MAX + 1];
    snprintf(name, sizeof name, "%s", session->worker->name);
    memcpy(how.instance, session->instance, SUPERVISED_ID_SIZE);
    how.lease = lease;
    blame_death(&rig.crawl, name, &how);
}

/* A new process is given the next URL and dies on it. */
static void die_on_next(struct supervised_death how)
{
    struct session *session = rig_join(&rig, "w");
    die(session, rig_grant(&rig, session)->number, how);
}

/* A URL ends as done. */
static void finish_a_page(void)
{
    struct session *session = rig_join(&rig, "quick");
    struct lease *lease = rig_grant(&rig, session);
    Trawl__Page page = TRAWL__PAGE__INIT;
    page.lease = lease->number;
    page.outcome = OUTCOME_OK;
    collect_page(&rig.crawl, session, &page);
    roster_close(rig.crawl.roster, session);
}

/* ---- weights --------------------------------------------------------------------------------------- */

static void each_kind_of_death_has_its_weight(void **state)
{
    (void)state;
    static const struct {
        struct supervised_death death;
        unsigned tenths;
        const char *said;
    } table[] = {
        {{.signal = SIGSEGV}, 10, "died of SIGSEGV"},
        {{.signal = SIGBUS}, 10, "died of SIGBUS"},
        {{.signal = SIGABRT}, 10, "died of SIGABRT"},
        {{.signal = SIGILL}, 10, "died of SIGILL"},
        {{.signal = SIGFPE}, 10, "died of SIGFPE"},
        {{.exit_code = 1}, 10, "left with exit code 1"},
        {{.exit_code = 0}, 10, "left with exit code 0"},
        {{.signal = SIGKILL, .stalled = 1}, 10, "stood still for 5 s and was ended"},
        {{.signal = SIGKILL}, 1, "died of signal 9"},
        {{.signal = SIGTERM}, 1, "died of signal 15"},
        {{.signal = -1}, 1, "died of signal -1"}, /* from a stranger's Hello */
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct entry *entry = rig_admit(&rig, "HTTP://A/", "http://a/");
        die_on_next(table[i].death);
        if (entry->blame != table[i].tenths)
            fail_msg("%s: %u", table[i].said, entry->blame);
        assert_int_equal(entry->place, ENTRY_QUEUED);
        char said[100];
        snprintf(said, sizeof said, "worker w %s while working on HTTP://A/", table[i].said);
        assert_non_null(strstr(rig_heard(), said));
        rig_listen();
        lease_recall(rig.crawl.leases, entry);
        collect_unfetched(&rig.crawl, entry, OUTCOME_HOST_DOWN);
    }
    assert_int_equal(roster_worker(rig.crawl.roster, "w")->deaths, COUNT_OF(table));
    assert_int_equal(rig.crawl.unexplained_count, 0);
}

/* ---- quarantine ------------------------------------------------------------------------------------ */

static void the_third_crash_is_the_last(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/", "http://a/");
    die_on_next(crash);
    die_on_next(crash);
    assert_int_equal(crawl_pending(&rig.crawl), 1);
    die_on_next(crash);
    assert_int_equal(crawl_pending(&rig.crawl), 0);
    assert_int_equal(frontier_hosts(rig.crawl.frontier), 0); /* its slot is free, nothing is left of it */
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_CRASHES_WORKER], 1);
    assert_non_null(strstr(rig_pages(&rig), "http://a/\tcrashes_worker\t"));
    assert_string_equal(rig_rows(&rig), "");
    assert_int_equal(rig.crawl.end, CRAWL_RUNS);
}

static void the_last_death_names_the_outcome(void **state)
{
    (void)state;
    static const struct supervised_death stall = {.signal = SIGKILL, .stalled = 1};
    rig_admit(&rig, "http://a/", "http://a/");
    die_on_next(crash);
    die_on_next(stall);
    die_on_next(stall);
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_STALLS_WORKER], 1);
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_CRASHES_WORKER], 0);
}

static void sigkill_counts_a_tenth(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/", "http://a/");
    for (int i = 0; i < 29; i++)
        die_on_next(killed);
    assert_int_equal(crawl_pending(&rig.crawl), 1);
    die_on_next(killed);
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_CRASHES_WORKER], 1);
    assert_int_equal(rig.crawl.end, CRAWL_RUNS); /* each was explained */
}

/* 29 tenths and a full one: the count holds more than three. */
static void tenths_and_full_ones_add_up(void **state)
{
    (void)state;
    struct entry *entry = rig_admit(&rig, "http://a/", "http://a/");
    for (int i = 0; i < 29; i++)
        die_on_next(killed);
    assert_int_equal(entry->blame, 29);
    die_on_next(crash);
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_CRASHES_WORKER], 1);
}

static void bystanders_go_back_unblamed(void **state)
{
    (void)state;
    enum { BYSTANDERS = 5 };
    struct entry *bystander[BYSTANDERS];
    rig_admit(&rig, "http://poison/", "http://poison/");
    for (int i = 0; i < BYSTANDERS; i++)
        bystander[i] = rig_admit(&rig, "http://other/", "http://other/");
    for (int death = 0; death < 3; death++) {
        struct session *session = rig_join(&rig, "w");
        uint64_t poison = 0;
        while (frontier_ready(rig.crawl.frontier)) {
            struct lease *lease = rig_grant(&rig, session);
            if (!strcmp(lease->entry->url, "http://poison/"))
                poison = lease->number;
        }
        assert_int_not_equal(poison, 0);
        die(session, poison, crash);
        assert_int_equal(lease_count(rig.crawl.leases), 0);
    }
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_CRASHES_WORKER], 1);
    assert_int_equal(frontier_queued(rig.crawl.frontier), BYSTANDERS);
    for (int i = 0; i < BYSTANDERS; i++)
        assert_int_equal(bystander[i]->blame, 0);
}

/* Its slots are free at once: the process is known to be gone. */
static void a_death_frees_the_slots_of_its_process(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/1", "http://a/1");
    for (int i = 2; i <= rig.config.per_host; i++)
        rig_admit(&rig, "http://a/n", "http://a/n");
    struct session *session = rig_join(&rig, "w");
    uint64_t first = rig_grant(&rig, session)->number;
    while (frontier_ready(rig.crawl.frontier))
        rig_grant(&rig, session);
    die(session, first, crash);
    assert_int_equal(roster_session_count(rig.crawl.roster), 0);
    session = rig_join(&rig, "w");
    for (int i = 0; i < rig.config.per_host; i++)
        rig_grant(&rig, session);
    lease_lose_all(rig.crawl.leases, session);
}

/* A remote worker's death is told by its successor, when the URL is in other hands: what those still send is
 * late. */
static void a_url_leased_elsewhere_is_recalled(void **state)
{
    (void)state;
    struct entry *entry = rig_admit(&rig, "http://a/", "http://a/");
    die_on_next(crash);
    die_on_next(crash);
    assert_int_equal(entry->blame, 20);
    struct session *dead = rig_join(&rig, "remote");
    uint64_t lost = rig_grant(&rig, dead)->number;
    lease_lose_all(rig.crawl.leases, dead); /* silent for five seconds */
    struct session *other = rig_join(&rig, "other");
    uint64_t second = rig_grant(&rig, other)->number;
    die(dead, lost, crash);
    assert_null(lease_find(rig.crawl.leases, second));
    assert_int_equal(other->open, 0);
    assert_int_equal(crawl_pending(&rig.crawl), 0);
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_CRASHES_WORKER], 1);
    Trawl__Page page = TRAWL__PAGE__INIT;
    page.lease = second;
    collect_page(&rig.crawl, other, &page);
    assert_int_equal(rig.crawl.tally.late, 1);
}

/* The lease it died on was given back and finished by another: nobody is left to blame, and the death counts
 * as one without a page. */
static void a_url_finished_meanwhile_is_not_blamed(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/", "http://a/");
    struct session *dead = rig_join(&rig, "remote");
    uint64_t lost = rig_grant(&rig, dead)->number;
    lease_lose_all(rig.crawl.leases, dead);
    finish_a_page();
    die(dead, lost, crash);
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_OK], 1);
    assert_int_equal(rig.crawl.unexplained_count, 1);
    assert_null(strstr(rig_heard(), "while working on"));
    rig_listen();
}

/* ---- deaths without a page ------------------------------------------------------------------------- */

static void five_unexplained_deaths_end_the_run(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        die(rig_join(&rig, "w"), 0, crash);
    assert_int_equal(rig.crawl.end, CRAWL_RUNS);
    die(rig_join(&rig, "w"), 12345, crash); /* of a lease that nobody knows */
    assert_int_equal(rig.crawl.end, CRAWL_FAILED);
    assert_int_equal(rig_times(rig_heard(), "the run ends"), 1);
    rig_listen();
}

static void unexplained_deaths_further_apart_do_not(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        die(rig_join(&rig, "w"), 0, crash);
        for (size_t k = 0; k < COUNT_OF(rig.crawl.unexplained); k++)
            rig.crawl.unexplained[k] -= 15.1; /* that much later, the next one */
    }
    assert_int_equal(rig.crawl.end, CRAWL_RUNS);
    for (int i = 0; i < 4; i++)
        die(rig_join(&rig, "w"), 0, crash);
    assert_int_equal(rig.crawl.end, CRAWL_FAILED);
}

static void an_operators_kills_end_nothing_while_pages_are_finished(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        rig_admit(&rig, "http://a/", "http://a/");
        finish_a_page();
        die(rig_join(&rig, "w"), 0, killed);
    }
    assert_int_equal(rig.crawl.end, CRAWL_RUNS);
    assert_int_equal(rig.crawl.unexplained_count, 0);
    assert_int_equal(roster_worker(rig.crawl.roster, "w")->deaths, 20);
}

static void kills_without_progress_end_the_run(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/", "http://a/");
    finish_a_page();
    die(rig_join(&rig, "w"), 0, killed); /* excused by that page, the others are not */
    for (int i = 0; i < 5; i++)
        die(rig_join(&rig, "w"), 0, killed);
    assert_int_equal(rig.crawl.end, CRAWL_FAILED);
}

/* Progress excuses who was killed, not who crashes. */
static void crashes_without_a_page_end_the_run_whatever_is_finished(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        rig_admit(&rig, "http://a/", "http://a/");
        finish_a_page();
        die(rig_join(&rig, "w"), 0, crash);
    }
    assert_int_equal(rig.crawl.end, CRAWL_FAILED);
}

static void a_stranger_that_died_is_only_counted(void **state)
{
    (void)state;
    struct session *session = rig_join(&rig, "w");
    struct supervised_death death = crash;
    memset(death.instance, 0xee, sizeof death.instance);
    blame_death(&rig.crawl, "never heard of", &death);
    assert_int_equal(roster_session_count(rig.crawl.roster), 1);
    assert_int_equal(roster_worker(rig.crawl.roster, "never heard of")->deaths, 1);
    assert_int_equal(session->worker->deaths, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_kind_of_death_has_its_weight),
        TEST(the_third_crash_is_the_last),
        TEST(the_last_death_names_the_outcome),
        TEST(sigkill_counts_a_tenth),
        TEST(tenths_and_full_ones_add_up),
        TEST(bystanders_go_back_unblamed),
        TEST(a_death_frees_the_slots_of_its_process),
        TEST(a_url_leased_elsewhere_is_recalled),
        TEST(a_url_finished_meanwhile_is_not_blamed),
        TEST(five_unexplained_deaths_end_the_run),
        TEST(unexplained_deaths_further_apart_do_not),
        TEST(an_operators_kills_end_nothing_while_pages_are_finished),
        TEST(kills_without_progress_end_the_run),
        TEST(crashes_without_a_page_end_the_run_whatever_is_finished),
        TEST(a_stranger_that_died_is_only_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
