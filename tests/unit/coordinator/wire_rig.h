/* A coordinator's end of the wire and two foreign workers at the other, in one loop. */
#ifndef TRAWL_TESTS_COORDINATOR_WIRE_RIG_H
#define TRAWL_TESTS_COORDINATOR_WIRE_RIG_H

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

static inline void on_heard(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)from;
    struct peer *peer = arg;
    assert_true(peer->count < HEARD_MAX);
    peer->heard[peer->count] = message_unpack(peer->arena, bytes, size);
    assert_non_null(peer->heard[peer->count]);
    peer->count++;
}

static inline void connect_peer(struct peer *peer)
{
    static const struct zwatch_callbacks callbacks = {.on_message = on_heard};
    *peer = (struct peer){.arena = arena_create(MESSAGE_ARENA_MAX)};
    peer->socket = zwatch_create(rig.crawl.loop, ZWATCH_DEALER, MESSAGE_MAX, &callbacks, peer);
    assert_int_equal(zwatch_connect(peer->socket, wire_endpoint(rig.crawl.wire)), 0);
}

static inline void disconnect_peer(struct peer *peer)
{
    zwatch_destroy(&peer->socket, 0);
    arena_destroy(&peer->arena);
}

static inline int setup(void **state)
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

static inline int teardown(void **state)
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

static inline void on_guard(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    ev_break(loop, EVBREAK_ALL);
    fail_msg("nothing came within 10 s");
}

/* Turns the loop until *counter, which only grows, is `wanted`. */
static inline void turn_until(const volatile unsigned *counter, unsigned wanted)
{
    ev_timer guard;
    ev_timer_init(&guard, on_guard, 10., 0.);
    ev_timer_start(rig.crawl.loop, &guard);
    while (*counter < wanted)
        ev_run(rig.crawl.loop, EVRUN_ONCE);
    ev_timer_stop(rig.crawl.loop, &guard);
}

/* What the peer hears next. */
static inline const Trawl__Message *hear(struct peer *peer)
{
    turn_until(&peer->count, peer->read + 1);
    return peer->heard[peer->read++];
}

static inline void forget(struct peer *peer)
{
    peer->count = peer->read = 0;
    arena_reset(peer->arena);
}

/* ---- what a worker says ---------------------------------------------------------------------------- */

static inline void send_bytes(struct peer *peer, const void *bytes, size_t size)
{
    while (zwatch_send(peer->socket, NULL, bytes, size)) /* the connection is coming up */
        ev_run(rig.crawl.loop, EVRUN_NOWAIT);
}

static inline void send_message(struct peer *peer, const Trawl__Message *message)
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

static inline void send_hello(struct peer *peer, uint8_t instance, struct hello with, uint8_t died_on)
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

static inline void join(struct peer *peer, uint8_t instance)
{
    send_hello(peer, instance, good, 0);
    assert_int_equal(hear(peer)->body_case, TRAWL__MESSAGE__BODY_WELCOME);
    forget(peer);
}

static inline void send_heartbeat(struct peer *peer, uint64_t sequence, uint32_t capacity)
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

static inline void send_page(struct peer *peer, uint64_t lease, const char *link)
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

static inline void send_bye(struct peer *peer)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Bye bye = TRAWL__BYE__INIT;
    message.sequence = ++peer->sequence;
    message.body_case = TRAWL__MESSAGE__BODY_BYE;
    message.bye = &bye;
    send_message(peer, &message);
}

/* Makes sure that all that was sent before has been taken in: ROUTER takes a peer's messages in order. */
static inline void expect_refusal(struct peer *peer, Trawl__Refuse__Reason reason)
{
    const Trawl__Message *message = hear(peer);
    assert_int_equal(message->body_case, TRAWL__MESSAGE__BODY_REFUSE);
    assert_int_equal(message->sequence, 0);
    assert_int_equal(message->refuse->reason, reason);
    assert_int_equal(message->refuse->protocol, MESSAGE_PROTOCOL);
    assert_string_not_equal(message->refuse->text, "");
    forget(peer);
}

#endif
