/* Goal: whatever a name server says or does not say, a question is answered once, with the outcome that the
 * catalogue asks for (H1-H5), and a channel that goes leaves nothing behind. */
#include "tests/unit/check.h"
#include "tests/unit/dns_server.h"
#include "worker/resolve_channel.h"

static const struct dns_name table[] = {
    {.name = "one.test", .ipv4 = "192.0.2.1", .ttl = 77},
    {.name = "two.test", .ipv4 = "192.0.2.1 192.0.2.2", .ipv6 = "2001:db8::1", .ttl = 5},
    {.name = "six.test", .ipv6 = "2001:db8::6 2001:db8::7", .ttl = 9},
    {.name = "many.test", .many = 1000, .ttl = 60},
    {.name = "none.test"},
    {.name = "alias.test", .alias = "real.test", .ipv4 = "192.0.2.3", .ttl = 60},
    {.name = "loop.test", .alias = "pool.test", .alias_of_alias = "loop.test"},
    {.name = "servfail.test", .code = 2},
    {.name = "refused.test", .code = 5},
    {.name = "junk.test", .ipv4 = "192.0.2.1", .junk = 1},
    {.name = "silent.test", .silent = 1},
    {.name = "late.test", .ipv4 = "192.0.2.8", .ttl = 60, .ms = 300},
    {.name = NULL},
};

static struct ev_loop *loop;
static struct dns_server *server;
static struct resolve_channel *channel;
static struct resolve_answer last;
static unsigned answers, ttl;

static void on_answer(void *arg, const struct resolve_answer *answer, unsigned holds)
{
    assert_ptr_equal(arg, &last);
    last = *answer;
    ttl = holds;
    answers++;
    ev_break(loop, EVBREAK_ALL);
}

static int setup(void **state)
{
    (void)state;
    loop = ev_loop_new(0);
    server = dns_server_start(table);
    channel = resolve_channel_create(loop, dns_server_address(server), on_answer);
    assert_non_null(channel);
    answers = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    resolve_channel_destroy(&channel);
    assert_null(channel);
    resolve_channel_destroy(&channel);
    dns_server_stop(&server);
    ev_loop_destroy(loop);
    return 0;
}

static void ask(const char *name)
{
    unsigned before = answers;
    resolve_channel_ask(channel, name, &last);
    while (answers == before)
        ev_run(loop, EVRUN_ONCE);
    assert_int_equal(answers, before + 1);
}

static const struct {
    const char *name;
    enum outcome outcome;
    unsigned count, ttl;
    const char *first;
} cases[] = {
    {"one.test", OUTCOME_OK, 1, 77, "192.0.2.1"},
    {"One.TEST", OUTCOME_OK, 1, 77, "192.0.2.1"},
    {"one.test.", OUTCOME_OK, 1, 77, "192.0.2.1"},
    {"two.test", OUTCOME_OK, 2, 5, "192.0.2.1"},
    {"six.test", OUTCOME_OK, 2, 9, "2001:db8::6"},
    {"many.test", OUTCOME_OK, RESOLVE_ADDRESSES_MAX, 60, "198.51.0.0"}, /* H3 */
    {"none.test", OUTCOME_DNS, 0, 0, ""},
    {"nxdomain.test", OUTCOME_DNS, 0, 0, ""}, /* H1 */
    {"alias.test", OUTCOME_OK, 1, 60, "192.0.2.3"},
    {"loop.test", OUTCOME_DNS, 0, 0, ""},               /* H4 */
    {"servfail.test", OUTCOME_DNS_TEMPORARY, 0, 0, ""}, /* H2 */
    {"refused.test", OUTCOME_DNS_TEMPORARY, 0, 0, ""},
};

static void every_answer_has_its_outcome(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ask(cases[i].name);
        if (last.outcome != cases[i].outcome || last.count != cases[i].count)
            fail_msg("%s: %s (%s), %u addresses", cases[i].name, outcome_name(last.outcome), last.error,
                     last.count);
        assert_string_equal(last.addresses[0], cases[i].first);
        assert_true((*last.error == 0) == (last.outcome == OUTCOME_OK));
        if (last.outcome == OUTCOME_OK)
            assert_int_equal(ttl, cases[i].ttl);
    }
}

/* H1: no storm. With the search list of this machine a name is asked for a few times at most. */
static void a_name_that_does_not_exist_is_asked_for_once(void **state)
{
    (void)state;
    ask("nxdomain.test."); /* absolute: no search list */
    assert_int_equal(dns_server_questions(server), 1);
}

/* H5: who waits for one name server does not hold up the others, nor the loop. */
static void a_late_answer_holds_nobody_up(void **state)
{
    (void)state;
    resolve_channel_ask(channel, "silent.test", &last);
    resolve_channel_ask(channel, "late.test", &last);
    for (int i = 0; i < 20; i++) {
        ask("one.test");
        assert_string_equal(last.addresses[0], "192.0.2.1");
    }
    while (answers < 21)
        ev_run(loop, EVRUN_ONCE);
    assert_string_equal(last.addresses[0], "192.0.2.8");
}

static void a_channel_goes_with_questions_open(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        resolve_channel_ask(channel, "silent.test", &last);
    ev_run(loop, EVRUN_NOWAIT);
    resolve_channel_destroy(&channel);
    ev_run(loop, EVRUN_NOWAIT); /* no watcher of it is left */
    assert_int_equal(answers, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_answer_has_its_outcome, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_that_does_not_exist_is_asked_for_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_late_answer_holds_nobody_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_channel_goes_with_questions_open, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
