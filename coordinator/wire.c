#include "coordinator/wire_internal.h"

#include "common/descriptors.h"
#include "common/log.h"
#include "common/memory.h"
#include "coordinator/blame.h"
#include "coordinator/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    GARBAGE_SHOWN = 20,
    REFUSED_SHOWN = 20, /* workers of another protocol */
    FEW_DESCRIPTORS = 16,
    ENOUGH_DESCRIPTORS = 24,
    HELLO_MAX = 16384, /* bytes of a message that may come without a session */
};

/* ---- hearing --------------------------------------------------------------------------------------- */

void wire_end_session(struct wire *wire, struct session *session, const char *why)
{
    log_info("worker %s: session over: %s (%u leases go back)", session->worker->name, why, session->open);
    lease_lose_all(wire->crawl->leases, session);
    roster_close(wire->crawl->roster, session);
}

static void note_garbage(struct wire *wire, const char *what)
{
    if (++wire->crawl->tally.garbage <= GARBAGE_SHOWN)
        log_warning("dropped a message that %s", what);
}

/* That process holds nothing any more: the delays of the hosts whose slots it kept begin now. */
static void free_slots(struct wire *wire, const uint8_t *instance)
{
    frontier_tell(wire->crawl->frontier, clock_now());
    lease_forgive(wire->crawl->leases, instance);
}

/* What the supervisor of a remote worker could not tell at once its next process tells: before its session is
 * open, which must not be one that ends here. */
static void take_deaths(struct wire *wire, const Trawl__Hello *hello)
{
    for (size_t i = 0; i < hello->n_died_on; i++) {
        const Trawl__Death *told = hello->died_on[i];
        struct supervised_death death = {
            .lease = told->lease,
            .signal = (int32_t)told->signal,
            .exit_code = (int32_t)told->exit_code,
            .stalled = told->stalled != 0,
        };
        memcpy(death.instance, told->instance.data, SUPERVISED_ID_SIZE);
        blame_death(wire->crawl, hello->name, &death);
    }
}

static void on_hello(struct wire *wire, const struct zwatch_peer *from, const Trawl__Message *message)
{
    struct roster *roster = wire->crawl->roster;
    const Trawl__Hello *hello = message->hello;
    if (hello->protocol != MESSAGE_PROTOCOL) {
        if (++wire->refused <= REFUSED_SHOWN)
            log_warning(
                "refused a worker that speaks protocol %u; this is protocol %d: use one version of trawl "
                "everywhere",
                hello->protocol, MESSAGE_PROTOCOL);
        wire_refuse(wire, from, TRAWL__REFUSE__REASON__PROTOCOL, "different protocol");
        return;
    }
    if (message->sequence != 1 || !hello->slots) {
        wire_refuse(wire, from, TRAWL__REFUSE__REASON__BAD_HELLO,
                    "a Hello has sequence 1 and at least one slot");
        return;
    }
    struct session *old;
    while ((old = roster_find(roster, from)) || (old = roster_find_instance(roster, hello->instance.data)))
        wire_end_session(wire, old, "it said Hello again");
    free_slots(wire, hello->instance.data);
    take_deaths(wire, hello);
    struct session *session = roster_open(roster, from, hello, wire->crawl->patience.seconds);
    log_info("worker %s joined: pid %u, %u slots", session->worker->name, session->pid, session->slots);
    wire_welcome(wire, session);
}

static void on_heartbeat(struct wire *wire, struct session *session, const Trawl__Heartbeat *heartbeat)
{
    session->their_clock = heartbeat->sent_us;
    session->their_clock_at = wire_clock_us();
    roster_set_capacity(wire->crawl->roster, session, heartbeat->capacity);
}

static void on_pages(struct wire *wire, struct session *session, const Trawl__Pages *pages)
{
    for (size_t i = 0; i < pages->n_pages; i++)
        collect_page(wire->crawl, session, pages->pages[i]);
}

/* Who says Bye fetches nothing any more. */
static void on_bye(struct wire *wire, struct session *session)
{
    uint8_t instance[MESSAGE_ID_SIZE];
    memcpy(instance, session->instance, sizeof instance);
    wire_end_session(wire, session, "it left");
    free_slots(wire, instance);
}

static void on_session_message(struct wire *wire, struct session *session, const Trawl__Message *message)
{
    if (roster_heard(session, message->sequence, wire->crawl->patience.seconds)) {
        struct zwatch_peer peer = session->peer;
        wire_end_session(wire, session, "a message of it was lost");
        wire_refuse(wire, &peer, TRAWL__REFUSE__REASON__SESSION_OVER, "a message was lost");
        return;
    }
    switch (message->body_case) {
    case TRAWL__MESSAGE__BODY_HEARTBEAT:
        on_heartbeat(wire, session, message->heartbeat);
        break;
    case TRAWL__MESSAGE__BODY_PAGES:
        on_pages(wire, session, message->pages);
        break;
    case TRAWL__MESSAGE__BODY_BYE:
        on_bye(wire, session);
        break;
    default:
        note_garbage(wire, "only a coordinator sends");
    }
}

static void on_message(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    struct wire *wire = arg;
    struct session *session = roster_find(wire->crawl->roster, from);
    if (!session && size > HELLO_MAX) { /* not worth reading */
        wire_refuse(wire, from, TRAWL__REFUSE__REASON__SESSION_OVER, "no session");
        return;
    }
    arena_reset(wire->arena);
    const Trawl__Message *message = message_unpack(wire->arena, bytes, size);
    if (!message) {
        note_garbage(wire, "is not of this protocol");
        if (session)
            wire_end_session(wire, session, "it sent garbage");
    } else if (message->body_case == TRAWL__MESSAGE__BODY_HELLO) {
        on_hello(wire, from, message);
    } else if (session) {
        on_session_message(wire, session, message);
    } else {
        wire_refuse(wire, from, TRAWL__REFUSE__REASON__SESSION_OVER, "no session");
    }
}

static void on_turn(void *arg, int drained)
{
    struct wire *wire = arg;
    if (drained)
        patience_turn(&wire->crawl->patience, clock_now());
    else
        patience_busy_turn(&wire->crawl->patience, clock_now());
}

static void count_dropped(struct wire *wire)
{
    for (uint64_t dropped = zwatch_dropped(wire->socket); wire->dropped < dropped; wire->dropped++)
        note_garbage(wire, "is not one frame");
}

/* Without a descriptor left ZeroMQ would try to accept who waits again and again, a core's worth; and we need
 * some ourselves, to start a worker. So the door is shut before, and opened when there is room. */
static void mind_the_door(struct wire *wire)
{
    if (!*wire->listening)
        return;
    if (!wire->shut && !descriptors_left(FEW_DESCRIPTORS)) {
        wire->shut = zwatch_unbind(wire->socket, wire->listening) == 0;
        if (wire->shut && !wire->told_shut++)
            log_warning("%s: out of descriptors: no worker is let in until there are some (ulimit -n)",
                        wire->listening);
    } else if (wire->shut && descriptors_left(ENOUGH_DESCRIPTORS)) {
        wire->shut = zwatch_bind(wire->socket, wire->listening) != 0;
    }
}

void wire_tick(struct wire *wire)
{
    mind_the_door(wire);
    count_dropped(wire);
    struct session *session;
    while ((session = roster_silent(wire->crawl->roster, wire->crawl->patience.seconds)))
        wire_end_session(wire, session, "silent for 5 s");
    wire_send_heartbeats(wire);
}

void wire_process_died(struct wire *wire, const uint8_t *instance)
{
    struct session *session = roster_find_instance(wire->crawl->roster, instance);
    if (session)
        wire_end_session(wire, session, "its process died");
    free_slots(wire, instance);
}

/* ---- life ------------------------------------------------------------------------------------------ */

static int bind_endpoint(struct wire *wire, const char *endpoint)
{
    if (zwatch_bind(wire->socket, endpoint) == 0)
        return 0;
    log_error("%s: cannot listen there: %s", endpoint, zwatch_error(errno));
    return -1;
}

struct wire *wire_create(struct crawl *crawl, const char *local_endpoint, const char *listen_endpoint)
{
    static const struct zwatch_callbacks callbacks = {.on_message = on_message, .on_turn = on_turn};
    struct wire *wire = memory_new(sizeof *wire);
    wire->crawl = crawl;
    wire->arena = arena_create(MESSAGE_ARENA_MAX);
    buf_init(&wire->out, MESSAGE_MAX);
    wire->socket = zwatch_create(crawl->loop, ZWATCH_ROUTER, MESSAGE_MAX, &callbacks, wire);
    if (!wire->socket) {
        log_error("no ZeroMQ socket: %s", zwatch_error(errno));
        goto fail;
    }
    if (local_endpoint && bind_endpoint(wire, local_endpoint))
        goto fail;
    if (listen_endpoint) {
        if (bind_endpoint(wire, listen_endpoint))
            goto fail;
        memcpy(wire->listening, zwatch_endpoint(wire->socket), sizeof wire->listening - 1);
    }
    return wire;
fail:
    wire_destroy(&wire);
    return NULL;
}

void wire_destroy(struct wire **at)
{
    struct wire *wire = *at;
    if (!wire)
        return;
    if (wire->socket)
        wire_say_bye(wire, "the run is over");
    zwatch_destroy(&wire->socket, 500);
    arena_destroy(&wire->arena);
    buf_clear(&wire->out);
    free(wire->told);
    free(wire);
    *at = NULL;
}

const char *wire_endpoint(const struct wire *wire)
{
    return *wire->listening ? wire->listening : NULL;
}
