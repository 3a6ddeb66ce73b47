#include "common/zwatch.h"

#include "common/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { MESSAGES_PER_TURN = 64, SEND_HIGH_WATER = 4096, RECEIVE_HIGH_WATER = 32 };

struct zwatch {
    struct ev_loop *loop;
    void *context;
    void *socket;
    enum zwatch_role role;
    struct zwatch_callbacks callbacks;
    void *arg;
    ev_io wake;
    ev_prepare before_sleep;
    ev_check after_sleep;
    ev_idle stay_awake;
    int took_this_turn;
    uint64_t dropped;
    char endpoint[256];
};

static int has_input(const struct zwatch *zwatch)
{
    int events = 0;
    size_t size = sizeof events;
    return zmq_getsockopt(zwatch->socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

/* ---- taking in ------------------------------------------------------------------------------------- */

static int more_frames(zmq_msg_t *frame)
{
    return zmq_msg_more(frame);
}

/* Reads to the end of the message that `frame` belongs to. */
static void skip_rest(struct zwatch *zwatch, zmq_msg_t *frame)
{
    while (more_frames(frame) && zmq_msg_recv(frame, zwatch->socket, ZMQ_DONTWAIT) >= 0)
        ;
    zwatch->dropped++;
}

/* A ROUTER puts the connection's id in front. Returns 0, or -1 when there is no body behind it. */
static int take_peer(struct zwatch *zwatch, zmq_msg_t *frame, struct zwatch_peer *from)
{
    from->size = (uint8_t)zmq_msg_size(frame);
    memcpy(from->id, zmq_msg_data(frame), from->size);
    if (!more_frames(frame))
        return -1;
    return zmq_msg_recv(frame, zwatch->socket, ZMQ_DONTWAIT) < 0 ? -1 : 0;
}

/* Returns whether a message was taken, be it a good one or not. */
static int take_message(struct zwatch *zwatch)
{
    struct zwatch_peer from;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    int taken = zmq_msg_recv(&frame, zwatch->socket, ZMQ_DONTWAIT) >= 0;
    if (taken) {
        if (zwatch->role == ZWATCH_ROUTER && take_peer(zwatch, &frame, &from))
            zwatch->dropped++;
        else if (more_frames(&frame))
            skip_rest(zwatch, &frame);
        else
            zwatch->callbacks.on_message(zwatch->arg, zwatch->role == ZWATCH_ROUTER ? &from : NULL,
                                         zmq_msg_data(&frame), zmq_msg_size(&frame));
    }
    zmq_msg_close(&frame);
    return taken;
}

/* ---- the turn of the loop -------------------------------------------------------------------------- */

static void on_wake(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop, (void)watcher, (void)events; /* waking was all: on_after_sleep does the work */
}

static void on_stay_awake(struct ev_loop *loop, ev_idle *watcher, int events)
{
    (void)loop, (void)watcher, (void)events;
}

static void on_before_sleep(struct ev_loop *loop, ev_prepare *watcher, int events)
{
    (void)events;
    struct zwatch *zwatch = watcher->data;
    zwatch->took_this_turn = 0;
    if (has_input(zwatch))
        ev_idle_start(loop, &zwatch->stay_awake);
}

static void on_after_sleep(struct ev_loop *loop, ev_check *watcher, int events)
{
    (void)events;
    struct zwatch *zwatch = watcher->data;
    ev_idle_stop(loop, &zwatch->stay_awake);
    while (zwatch->took_this_turn < MESSAGES_PER_TURN && take_message(zwatch))
        zwatch->took_this_turn++;
    if (zwatch->callbacks.on_turn)
        zwatch->callbacks.on_turn(zwatch->arg, !has_input(zwatch));
}

static void watch(struct zwatch *zwatch, int fd)
{
    ev_io_init(&zwatch->wake, on_wake, fd, EV_READ);
    ev_prepare_init(&zwatch->before_sleep, on_before_sleep);
    ev_check_init(&zwatch->after_sleep, on_after_sleep);
    ev_idle_init(&zwatch->stay_awake, on_stay_awake);
    ev_set_priority(&zwatch->after_sleep, EV_MINPRI);
    ev_set_priority(&zwatch->before_sleep, EV_MINPRI); /* after every other prepare, which may still send */
    zwatch->wake.data = zwatch->before_sleep.data = zwatch->after_sleep.data = zwatch;
    ev_io_start(zwatch->loop, &zwatch->wake);
    ev_prepare_start(zwatch->loop, &zwatch->before_sleep);
    ev_check_start(zwatch->loop, &zwatch->after_sleep);
}

/* ---- life ------------------------------------------------------------------------------------------ */

static void set(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

static void set_options(struct zwatch *zwatch, size_t max_message)
{
    int64_t largest = (int64_t)max_message;
    zmq_setsockopt(zwatch->socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
    set(zwatch->socket, ZMQ_SNDHWM, SEND_HIGH_WATER);
    set(zwatch->socket, ZMQ_RCVHWM, RECEIVE_HIGH_WATER);
    set(zwatch->socket, ZMQ_IMMEDIATE, 1);
    /* A listener keeps the linger of the moment it was bound and asks it of each connection that breaks: with
     * ZeroMQ's own, without end, one that breaks while the socket closes would be waited for for ever. */
    set(zwatch->socket, ZMQ_LINGER, 0);
    set(zwatch->socket, ZMQ_HANDSHAKE_IVL, 5000);
    set(zwatch->socket, ZMQ_HEARTBEAT_IVL, 2000);
    set(zwatch->socket, ZMQ_HEARTBEAT_TIMEOUT, 10000);
    set(zwatch->socket, ZMQ_RECONNECT_IVL, 100);
    set(zwatch->socket, ZMQ_RECONNECT_IVL_MAX, 5000);
    set(zwatch->socket, ZMQ_BACKLOG, 1024);
    if (zwatch->role == ZWATCH_ROUTER)
        set(zwatch->socket, ZMQ_ROUTER_MANDATORY, 1);
}

struct zwatch *zwatch_create(struct ev_loop *loop, enum zwatch_role role, size_t max_message,
                             const struct zwatch_callbacks *callbacks, void *arg)
{
    struct zwatch *zwatch = memory_new(sizeof *zwatch);
    *zwatch = (struct zwatch){.loop = loop, .role = role, .callbacks = *callbacks, .arg = arg};
    zwatch->context = zmq_ctx_new();
    if (zwatch->context)
        zwatch->socket = zmq_socket(zwatch->context, role == ZWATCH_ROUTER ? ZMQ_ROUTER : ZMQ_DEALER);
    if (!zwatch->socket)
        goto fail;
    set_options(zwatch, max_message);
    int fd;
    size_t size = sizeof fd;
    if (zmq_getsockopt(zwatch->socket, ZMQ_FD, &fd, &size))
        goto fail;
    watch(zwatch, fd);
    return zwatch;
fail:
    if (zwatch->socket)
        zmq_close(zwatch->socket);
    if (zwatch->context)
        zmq_ctx_term(zwatch->context);
    free(zwatch);
    return NULL;
}

void zwatch_destroy(struct zwatch **at, int linger_ms)
{
    struct zwatch *zwatch = *at;
    if (!zwatch)
        return;
    ev_io_stop(zwatch->loop, &zwatch->wake);
    ev_prepare_stop(zwatch->loop, &zwatch->before_sleep);
    ev_check_stop(zwatch->loop, &zwatch->after_sleep);
    ev_idle_stop(zwatch->loop, &zwatch->stay_awake);
    set(zwatch->socket, ZMQ_LINGER, linger_ms);
    zmq_close(zwatch->socket);
    zmq_ctx_term(zwatch->context);
    free(zwatch);
    *at = NULL;
}

static void note_endpoint(struct zwatch *zwatch)
{
    size_t size = sizeof zwatch->endpoint;
    if (zmq_getsockopt(zwatch->socket, ZMQ_LAST_ENDPOINT, zwatch->endpoint, &size))
        zwatch->endpoint[0] = 0;
}

int zwatch_bind(struct zwatch *zwatch, const char *endpoint)
{
    if (zmq_bind(zwatch->socket, endpoint))
        return -1;
    note_endpoint(zwatch);
    return 0;
}

int zwatch_unbind(struct zwatch *zwatch, const char *endpoint)
{
    return zmq_unbind(zwatch->socket, endpoint) ? -1 : 0;
}

int zwatch_connect(struct zwatch *zwatch, const char *endpoint)
{
    if (zmq_connect(zwatch->socket, endpoint))
        return -1;
    note_endpoint(zwatch);
    return 0;
}

const char *zwatch_endpoint(const struct zwatch *zwatch)
{
    return zwatch->endpoint;
}

int zwatch_send(struct zwatch *zwatch, const struct zwatch_peer *to, const void *bytes, size_t size)
{
    if (to && zmq_send(zwatch->socket, to->id, to->size, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
        return -1;
    return zmq_send(zwatch->socket, bytes, size, ZMQ_DONTWAIT) < 0 ? -1 : 0;
}

uint64_t zwatch_dropped(const struct zwatch *zwatch)
{
    return zwatch->dropped;
}

int zwatch_is_endpoint(const char *text)
{
    if (!strncmp(text, "ipc://", 6))
        return text[6] != 0;
    if (strncmp(text, "tcp://", 6) != 0)
        return 0;
    const char *host = text + 6, *port = strrchr(host, ':');
    if (!port || port == host)
        return 0;
    port++;
    char *end;
    return !strcmp(port, "*") || (*port >= '0' && *port <= '9' && strtoul(port, &end, 10) <= 65535 && !*end);
}

const char *zwatch_error(int error)
{
    if (error == ENODEV) /* in the words of a device, for an address */
        return "this machine has no such address";
    return zmq_strerror(error);
}

const char *zwatch_version(void)
{
    static char text[32];
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    snprintf(text, sizeof text, "libzmq %d.%d.%d", major, minor, patch);
    return text;
}
