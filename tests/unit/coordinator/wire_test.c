/* Goal: what PROTOCOL.md promises a worker, seen by one: a Hello opens a session, every other message needs
 * one (D35), a gap, garbage or silence ends it (D1, D12, D17), and what it held goes to the next (D20, D21).
 */
#include "coordinator/dispatch.h"
#include "coordinator/wire.h"
#include "tests/unit/coordinator/rig.h"

enum { HEARD_MAX = 16 };

static struct rig rig;

/* A foreign worker: it sends what the test says and keeps what it is told. */
struct peer {
    struct zwatch *socket;
    struct arena *arena;
    const Trawl__Message *heard[HEARD_MAX];
    unsigned count, read;
    uint64_t sequence;
};

static struct peer peers[2];

static void on_heard(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)from;
    struct peer *peer = arg;
    assert_true(peer->count < HEARD_MAX);
    peer->heard[peer->count] = message_unpack(peer->arena, bytes, size);
    assert_non_null(peer->heard[peer->count]);
    peer->count++;
}

static void connect_peer(struct peer *peer)
{
    static const struct zwatch_callbacks callbacks = {.on_message = on_heard};
    *peer = (struct peer){.arena = arena_create(MESSAGE_ARENA_MAX)};
    peer->socket = zwatch_create(rig.crawl.loop, ZWATCH_DEALER, MESSAGE_MAX, &callbacks, peer);
    assert_int_equal(zwatch_connect(peer->socket, wire_endpoint(rig.crawl.wire)), 0);
}

static void disconnect_peer(struct peer *peer)
{
    zwatch_destroy(&peer->socket, 0);
    arena_destroy(&peer->arena);
}

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    snprintf(rig.config.user_agent_text, sizeof rig.config.user_agent_text, "trawl/test");
    rig.crawl.wire = wire_create(&rig.crawl, NULL, "tcp://127.0.0.1:*");
    assert_non_null(rig.crawl.wire);
    connect_peer(&peers[0]);
    connect_peer(&peers[1]);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    disconnect_peer(&peers[0]);
    disconnect_peer(&peers[1]);
    wire_destroy(&rig.crawl.wire);
    assert_null(rig.crawl.wire);
    wire_destroy(&rig.crawl.wire);
    rig_check_balance(&rig);
    rig_break(&rig);
    return 0;
}

/* ---- turns of the loop ----------------------------------------------------------------------------- */

static void on_guard(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    ev_break(loop, EVBREAK_ALL);
    fail_msg("nothing came within 10 s");
}

/* Turns the loop until *counter, which only grows, is `wanted`. */
static void turn_until(const volatile unsigned *counter, unsigned wanted)
{
    ev_timer guard;
    ev_timer_init(&guard, on_guard, 10., 0.);
    ev_timer_start(rig.crawl.loop, &guard);
    while (*counter < wanted)
        ev_run(rig.crawl.loop, EVRUN_ONCE);
    ev_timer_stop(rig.crawl.loop, &guard);
}

/* What the peer hears next. */
static const Trawl__Message *hear(struct peer *peer)
{
    turn_until(&peer->count, peer->read + 1);
    return peer->heard[peer->read++];
}

static void forget(struct peer *peer)
{
    peer->count = peer->read = 0;
    arena_reset(peer->arena);
}

/* ---- what a worker says ---------------------------------------------------------------------------- */

static void send_bytes(struct peer *peer, const void *bytes, size_t size)
{
    while (zwatch_send(peer->socket, NULL, bytes, size)) /* the connection is coming up */
        ev_run(rig.crawl.loop, EVRUN_NOWAIT);
}

static void send_message(struct peer *peer, const Trawl__Message *message)
{
    struct buf out;
    buf_init(&out, MESSAGE_MAX);
    assert_int_equal(message_pack(&out, message), 0);
    send_bytes(peer, out.data, out.size);
    buf_clear(&out);
}

struct hello {
    uint32_t protocol;
    uint64_t sequence;
    uint32_t slots;
};

static void send_hello(struct peer *peer, uint8_t instance, struct hello with, uint8_t died_on)
{
    uint8_t id[MESSAGE_ID_SIZE] = {instance}, dead[MESSAGE_ID_SIZE] = {died_on};
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Hello hello = TRAWL__HELLO__INIT;
    Trawl__Death death = TRAWL__DEATH__INIT, *deaths[] = {&death};
    death.instance = (ProtobufCBinaryData){sizeof dead, dead};
    death.signal = 11;
    death.lease = 3;
    hello.protocol = with.protocol;
    hello.instance = (ProtobufCBinaryData){sizeof id, id};
    hello.name = instance % 2 ? "odd" : "even";
    hello.slots = with.slots;
    hello.capacity = 2 * with.slots;
    hello.died_on = deaths;
    hello.n_died_on = died_on ? 1 : 0;
    message.sequence = with.sequence;
    message.body_case = TRAWL__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    send_message(peer, &message);
    peer->sequence = 1;
}

static const struct hello good = {MESSAGE_PROTOCOL, 1, 4};

static void join(struct peer *peer, uint8_t instance)
{
    send_hello(peer, instance, good, 0);
    assert_int_equal(hear(peer)->body_case, TRAWL__MESSAGE__BODY_WELCOME);
    forget(peer);
}

static void send_heartbeat(struct peer *peer, uint64_t sequence, uint32_t capacity)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Heartbeat heartbeat = TRAWL__HEARTBEAT__INIT;
    message.sequence = sequence;
    message.body_case = TRAWL__MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    heartbeat.capacity = capacity;
    heartbeat.sent_us = 12345;
    send_message(peer, &message);
}

static void send_page(struct peer *peer, uint64_t lease, const char *link)
{
    uint8_t columns[2] = {0};
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Pages pages = TRAWL__PAGES__INIT;
    Trawl__Page page = TRAWL__PAGE__INIT, *list[] = {&page};
    Trawl__Links links = TRAWL__LINKS__INIT;
    links.count = 1;
    links.urls = (ProtobufCBinaryData){strlen(link), (uint8_t *)link};
    links.kinds = (ProtobufCBinaryData){1, columns};
    links.flags = (ProtobufCBinaryData){2, columns};
    page.lease = lease;
    page.links = &links;
    pages.pages = list;
    pages.n_pages = 1;
    message.sequence = ++peer->sequence;
    message.body_case = TRAWL__MESSAGE__BODY_PAGES;
    message.pages = &pages;
    send_message(peer, &message);
}

static void send_bye(struct peer *peer)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Bye bye = TRAWL__BYE__INIT;
    message.sequence = ++peer->sequence;
    message.body_case = TRAWL__MESSAGE__BODY_BYE;
    message.bye = &bye;
    send_message(peer, &message);
}

/* Makes sure that all that was sent before has been taken in: ROUTER takes a peer's messages in order. */
static void expect_refusal(struct peer *peer, Trawl__Refuse__Reason reason)
{
    const Trawl__Message *message = hear(peer);
    assert_int_equal(message->body_case, TRAWL__MESSAGE__BODY_REFUSE);
    assert_int_equal(message->sequence, 0);
    assert_int_equal(message->refuse->reason, reason);
    assert_int_equal(message->refuse->protocol, MESSAGE_PROTOCOL);
    assert_string_not_equal(message->refuse->text, "");
    forget(peer);
}

/* ---- sessions -------------------------------------------------------------------------------------- */

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

/* D16: both versions are named, to the user here and to the worker there. */
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
        cmocka_unit_test_setup_teardown(a_hello_is_welcomed_with_the_settings_of_the_run, setup, teardown),
        cmocka_unit_test_setup_teardown(another_protocol_is_refused_with_both_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hello_outside_the_limits_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(who_has_no_session_is_told_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gap_ends_the_session_and_its_leases_go_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_hello_of_a_process_ends_its_first_session, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hello_ends_the_session_of_its_connection_and_of_its_process, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_told_death_is_counted_and_forgiven, setup, teardown),
        cmocka_unit_test_setup_teardown(the_death_of_a_local_process_ends_its_session, setup, teardown),
        cmocka_unit_test_setup_teardown(the_delay_after_a_lost_visit_begins_when_its_process_is_gone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_assign_carries_what_was_granted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_heartbeat_sets_the_capacity_and_is_echoed, setup, teardown),
        cmocka_unit_test_setup_teardown(the_silent_are_given_up, setup, teardown),
        cmocka_unit_test_setup_teardown(garbage_is_dropped_and_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(garbage_in_a_session_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(what_only_a_coordinator_sends_is_garbage, setup, teardown),
        cmocka_unit_test_setup_teardown(everyone_is_said_bye, setup, teardown),
        cmocka_unit_test_setup_teardown(an_endpoint_that_cannot_be_had_is_one_line, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
