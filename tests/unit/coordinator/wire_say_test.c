/* Goal: a worker is told what PROTOCOL.md says, with the session's next number: welcome or why not, what it
 * is to fetch, heartbeats, and when the run is over. */
#include "tests/unit/coordinator/wire_rig.h"

static void a_hello_is_welcomed_with_the_settings_of_the_run(void **state)
{
    (void)state;
    memcpy(rig.crawl.record.run_id, "0123456789abcdef", MESSAGE_ID_SIZE);
    rig.config.timeout = 1.5;
    rig.config.max_body = 1234;
    rig.config.parser = TRAWL__PARSER__PARSER_NONE;
    rig.config.links = 2;
    rig.config.all_schemes = true;
    rig.config.format = CONFIG_JSONL;
    send_hello(&peers[0], 1, good, 0);
    const Trawl__Message *message = hear(&peers[0]);
    assert_int_equal(message->body_case, TRAWL__MESSAGE__BODY_WELCOME);
    assert_int_equal(message->sequence, 1);
    assert_int_equal(message->welcome->protocol, MESSAGE_PROTOCOL);
    assert_memory_equal(message->welcome->run_id.data, "0123456789abcdef", MESSAGE_ID_SIZE);
    assert_int_equal(message->welcome->worker_id, 1);
    const Trawl__Settings *settings = message->welcome->settings;
    assert_int_equal(settings->timeout_ms, 1500);
    assert_int_equal(settings->connect_timeout_ms, 10000);
    assert_int_equal(settings->max_body, 1234);
    assert_int_equal(settings->parser, TRAWL__PARSER__PARSER_NONE);
    assert_int_equal(settings->links, TRAWL__LINK_KINDS__LINKS_ALL);
    assert_true(settings->all_schemes);
    assert_true(settings->want_rels);
    assert_string_equal(settings->user_agent, "trawl/test");
    assert_int_equal(roster_credit(rig.crawl.roster), 8);
}

static void another_protocol_is_refused_with_both_versions(void **state)
{
    (void)state;
    static const uint32_t protocols[] = {0, MESSAGE_PROTOCOL + 1, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(protocols); i++) {
        char expected[100];
        snprintf(expected, sizeof expected, "protocol %u; this is protocol %d", protocols[i],
                 MESSAGE_PROTOCOL);
        rig_listen();
        send_hello(&peers[0], 1, (struct hello){protocols[i], 1, 4}, 0);
        expect_refusal(&peers[0], TRAWL__REFUSE__REASON__PROTOCOL);
        assert_non_null(strstr(rig_heard(), expected));
        assert_int_equal(roster_session_count(rig.crawl.roster), 0);
    }
}

static void an_assign_carries_what_was_granted(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/1", "http://a/1");
    rig_admit(&rig, "http://b/1", "http://b/1")->private_ok = 0;
    join(&peers[0], 1);
    dispatch_run(&rig.crawl);
    const Trawl__Message *message = hear(&peers[0]);
    assert_int_equal(message->body_case, TRAWL__MESSAGE__BODY_ASSIGN);
    assert_int_equal(message->sequence, 2);
    assert_int_equal(message->assign->n_visits, 2);
    const Trawl__Visit *one = message->assign->visits[0], *two = message->assign->visits[1];
    assert_string_equal(one->url, "http://a/1");
    assert_int_equal(one->kind, TRAWL__VISIT__KIND__PAGE);
    assert_int_equal(one->hop, 0);
    assert_int_equal(one->attempt, 1);
    assert_true(one->private_ok);
    assert_string_equal(two->url, "http://b/1");
    assert_false(two->private_ok);
    assert_int_equal(two->lease, one->lease + 1);
    send_page(&peers[0], one->lease, "http://l/");
    send_page(&peers[0], two->lease, "http://l/");
    while (crawl_pending(&rig.crawl))
        ev_run(rig.crawl.loop, EVRUN_ONCE);
    assert_string_equal(rig_rows(&rig), "http://a/1\thttp://l/\nhttp://b/1\thttp://l/\n");
}

static void a_heartbeat_sets_the_capacity_and_is_echoed(void **state)
{
    (void)state;
    join(&peers[0], 1);
    send_heartbeat(&peers[0], 2, 3);
    while (roster_credit(rig.crawl.roster) != 3)
        ev_run(rig.crawl.loop, EVRUN_ONCE);
    wire_tick(rig.crawl.wire);
    const Trawl__Message *message = hear(&peers[0]);
    assert_int_equal(message->body_case, TRAWL__MESSAGE__BODY_HEARTBEAT);
    assert_int_equal(message->sequence, 2);
    assert_int_equal(message->heartbeat->echo_us, 12345);
    assert_true(message->heartbeat->sent_us > 0);
}

static void everyone_is_said_bye(void **state)
{
    (void)state;
    rig_admit(&rig, "http://a/", "http://a/");
    join(&peers[0], 1);
    join(&peers[1], 2);
    dispatch_run(&rig.crawl);
    assert_int_equal(wire_say_bye(rig.crawl.wire, "the run is over"), 2);
    assert_int_equal(roster_session_count(rig.crawl.roster), 0);
    assert_int_equal(crawl_pending(&rig.crawl), 1);
    for (int i = 0; i < 2; i++) {
        const Trawl__Message *message;
        while ((message = hear(&peers[i]))->body_case != TRAWL__MESSAGE__BODY_BYE)
            ;
        assert_string_equal(message->bye->text, "the run is over");
    }
    zwatch_destroy(&peers[1].socket, 0);
    while (wire_say_bye(rig.crawl.wire, "the run is over") !=
           1) /* who is told is waited for until it is gone */
        usleep(1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hello_is_welcomed_with_the_settings_of_the_run, setup, teardown),
        cmocka_unit_test_setup_teardown(another_protocol_is_refused_with_both_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(an_assign_carries_what_was_granted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_heartbeat_sets_the_capacity_and_is_echoed, setup, teardown),
        cmocka_unit_test_setup_teardown(everyone_is_said_bye, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
