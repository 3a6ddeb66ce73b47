/* Goal: a name is asked for once while its answer holds, however many wait for it; failures are kept too (H1,
 * H2); what cannot be a name is never asked for (H6); an end without a callback leaves nothing behind; memory
 * is bounded. */
#include "tests/unit/check.h"
#include "tests/unit/dns_server.h"
#include "worker/resolve.h"

static const struct dns_name table[] = {
    {.name = "one.test", .ipv4 = "192.0.2.1", .ttl = 300},
    {.name = "three.test", .ipv4 = "192.0.2.1 192.0.2.2 192.0.2.3", .ttl = 300},
    {.name = "brief.test", .ipv4 = "192.0.2.4"},
    {.name = "servfail.test", .code = 2},
    {.name = "late.test", .ipv4 = "192.0.2.8", .ttl = 300, .ms = 100},
    {.name = NULL},
};

static struct ev_loop *loop;
static struct dns_server *server;
static struct resolver *resolver;
static struct resolve_answer last;
static unsigned answers;

static void on_answer(void *arg, const struct resolve_answer *answer)
{
    assert_ptr_equal(arg, &last);
    last = *answer;
    answers++;
    ev_break(loop, EVBREAK_ALL);
}

static int setup(void **state)
{
    (void)state;
    loop = ev_loop_new(0);
    server = dns_server_start(table);
    struct resolve_sources sources = {.servers = dns_server_address(server), .hosts = "/dev/null"};
    resolver = resolver_create(loop, &sources);
    assert_non_null(resolver);
    answers = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    resolver_destroy(&resolver);
    assert_null(resolver);
    resolver_destroy(&resolver);
    dns_server_stop(&server);
    ev_loop_destroy(loop);
    return 0;
}

static struct resolve *start(const char *host)
{
    unsigned before = answers;
    struct resolve *resolve = resolve_start(resolver, host, on_answer, &last);
    assert_int_equal(answers, before); /* never before it returns */
    return resolve;
}

static void look_up(const char *host)
{
    unsigned before = answers;
    start(host);
    while (answers == before)
        ev_run(loop, EVRUN_ONCE);
}

static void an_answer_is_kept(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        look_up("one.test.");
        assert_int_equal(last.outcome, OUTCOME_OK);
        assert_string_equal(last.addresses[0], "192.0.2.1");
    }
    assert_int_equal(dns_server_questions(server), 1);
    look_up("brief.test."); /* a TTL of 0 is not taken at its word */
    look_up("brief.test.");
    assert_int_equal(dns_server_questions(server), 2);
}

static void failures_are_kept_too(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        look_up("nxdomain.test.");
        assert_int_equal(last.outcome, OUTCOME_DNS);
    }
    assert_int_equal(dns_server_questions(server), 1);
}

static void who_tries_again_is_not_told_the_old_failure(void **state)
{
    (void)state;
    look_up("servfail.test.");
    assert_int_equal(last.outcome, OUTCOME_DNS_TEMPORARY);
    assert_non_null(resolve_known(resolver, "servfail.test."));
    unsigned questions = dns_server_questions(server);
    usleep(500000); /* the coordinator waits no shorter */
    assert_null(resolve_known(resolver, "servfail.test."));
    look_up("servfail.test.");
    assert_true(dns_server_questions(server) > questions);
}

static void what_is_known_needs_no_look_up(void **state)
{
    (void)state;
    assert_null(resolve_known(resolver, "three.test."));
    struct resolve *resolve = start("three.test.");
    assert_null(resolve_known(resolver, "three.test."));
    resolve_cancel(&resolve);
    look_up("three.test.");
    resolve_prefer(resolver, "three.test.", "192.0.2.2");
    const struct resolve_answer *known = resolve_known(resolver, "three.test.");
    assert_non_null(known);
    assert_int_equal(known->outcome, OUTCOME_OK);
    assert_int_equal(known->count, 3);
    assert_string_equal(known->addresses[0], "192.0.2.2");
    look_up("nxdomain.test.");
    assert_int_equal(resolve_known(resolver, "nxdomain.test.")->outcome, OUTCOME_DNS);
}

static void many_wait_for_one_question(void **state)
{
    (void)state;
    struct resolve *waiting[20];
    for (size_t i = 0; i < COUNT_OF(waiting); i++)
        waiting[i] = start("late.test.");
    resolve_cancel(&waiting[0]);
    assert_null(waiting[0]);
    resolve_cancel(&waiting[0]);
    resolve_cancel(&waiting[7]);
    while (answers < 18)
        ev_run(loop, EVRUN_ONCE);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(answers, 18);
    assert_int_equal(dns_server_questions(server), 1);
}

static void what_is_cancelled_is_kept_for_others(void **state)
{
    (void)state;
    struct resolve *resolve = start("late.test.");
    resolve_cancel(&resolve);
    look_up("late.test.");
    assert_string_equal(last.addresses[0], "192.0.2.8");
    assert_int_equal(answers, 1);
    resolve = start("late.test."); /* known: to be told soon */
    resolve_cancel(&resolve);
    ev_run(loop, EVRUN_NOWAIT);
    assert_int_equal(answers, 1);
    assert_int_equal(dns_server_questions(server), 1);
}

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void what_is_no_name_is_not_asked_for(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        ".",
        "..",
        "a..test",
        ".test",
        "a.test..",
        "a" LABEL63 ".test",
        LABEL63 "." LABEL63 "." LABEL63 "." LABEL63 ".test",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        look_up(names[i]);
        if (last.outcome != OUTCOME_DNS || !*last.error)
            fail_msg("`%s`: %s", names[i], outcome_name(last.outcome));
    }
    look_up("localhost");
    assert_string_equal(last.addresses[0], "127.0.0.1");
    assert_int_equal(dns_server_questions(server), 0);
    look_up(LABEL63 ".test.");
    assert_int_equal(dns_server_questions(server), 1);
}

static void addresses_in_urls_are_told_apart(void **state)
{
    (void)state;
    assert_true(resolve_is_address("127.0.0.1"));
    assert_true(resolve_is_address("[::1]"));
    assert_false(resolve_is_address("127.0.0.1.test"));
    assert_false(resolve_is_address("localhost"));
    assert_false(resolve_is_address(""));
}

static void an_address_that_worked_comes_first(void **state)
{
    (void)state;
    look_up("three.test.");
    resolve_prefer(resolver, "three.test.", "192.0.2.3");
    resolve_prefer(resolver, "three.test.", "203.0.113.1"); /* none of its */
    resolve_prefer(resolver, "unknown.test.", "192.0.2.3");
    look_up("three.test.");
    assert_int_equal(last.count, 3);
    assert_string_equal(last.addresses[0], "192.0.2.3");
    assert_string_equal(last.addresses[1], "192.0.2.1");
    assert_string_equal(last.addresses[2], "192.0.2.2");
}

/* One that is told may look up the same name again, another, or give up its neighbour. */
static struct resolve *neighbour;
static unsigned rounds;

static void on_answer_again(void *arg, const struct resolve_answer *answer)
{
    (void)answer;
    resolve_cancel(&neighbour);
    if (++rounds < 3)
        resolve_start(resolver, "one.test.", on_answer_again, arg);
    else
        ev_break(loop, EVBREAK_ALL);
}

static void who_is_told_may_ask_again(void **state)
{
    (void)state;
    rounds = 0;
    resolve_start(resolver, "one.test.", on_answer_again, &last);
    neighbour = start("one.test.");
    ev_run(loop, 0);
    assert_int_equal(rounds, 3);
    assert_int_equal(answers, 0);
}

/* More names than are kept: the oldest are asked for again, the newest are not. */
static void names_are_kept_within_bounds(void **state)
{
    (void)state;
    char name[64];
    look_up("one.test.");
    for (unsigned i = 0; i < RESOLVE_NAMES_MAX; i++) {
        snprintf(name, sizeof name, "n%u.localhost", i);
        look_up(name);
    }
    unsigned questions = dns_server_questions(server);
    look_up("one.test.");
    assert_int_equal(dns_server_questions(server), questions + 1);
    look_up("one.test.");
    assert_int_equal(dns_server_questions(server), questions + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_are_kept_too, setup, teardown),
        cmocka_unit_test_setup_teardown(who_tries_again_is_not_told_the_old_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_known_needs_no_look_up, setup, teardown),
        cmocka_unit_test_setup_teardown(many_wait_for_one_question, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_cancelled_is_kept_for_others, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_name_is_not_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(addresses_in_urls_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(an_address_that_worked_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_told_may_ask_again, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_kept_within_bounds, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
