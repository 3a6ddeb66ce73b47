/* A ZeroMQ socket inside a libev loop.
 *
 * The file descriptor that ZeroMQ offers is edge-triggered and may be silent although a message waits (after
 * any send or receive). So it only wakes the loop: before the loop would sleep the socket itself is asked,
 * and an idle watcher keeps the loop awake while there is something to take in. A bounded number of messages
 * is taken per turn, so that one chatty peer cannot starve the rest of the loop. Nothing here blocks, except
 * zwatch_destroy for its linger.
 *
 * High-water marks bound memory; they are never relied upon for flow control (a full pipe is a failed send).
 * What a peer sends and nobody takes in stays on its side after a few messages, since one of them may be
 * large.
 */
#ifndef TRAWL_COMMON_ZWATCH_H
#define TRAWL_COMMON_ZWATCH_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

struct zwatch;

enum zwatch_role {
    ZWATCH_ROUTER, /* many peers, each known by the id of its connection */
    ZWATCH_DEALER, /* one peer: `from` and `to` are NULL */
};

/* A connection of a ROUTER. Ids of connections that ended are not reused within a run. */
struct zwatch_peer {
    uint8_t size;
    uint8_t id[255];
};

struct zwatch_callbacks {
    /* A message of one frame arrived; `bytes` are borrowed for the call. Messages of more frames are dropped
     * and counted. May send and may destroy nothing. */
    void (*on_message)(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size);
    /* A turn of the loop took in what it may; `drained`: nothing was left. */
    void (*on_turn)(void *arg, int drained);
};

/* Returns a socket of that role watched by `loop`, the caller's; messages of more than `max_message` bytes
 * end their connection. Returns NULL when ZeroMQ gives none (errno says why). */
struct zwatch *zwatch_create(struct ev_loop *loop, enum zwatch_role role, size_t max_message,
                             const struct zwatch_callbacks *callbacks, void *arg);

/* Sends what is queued for up to `linger_ms`, then closes. *zwatch becomes NULL. Accepts NULL. */
void zwatch_destroy(struct zwatch **zwatch, int linger_ms);

/* Whether the text reads as an endpoint: tcp://HOST:PORT (for listening, PORT * is any) or ipc://PATH. */
int zwatch_is_endpoint(const char *text);

/* Listens on an endpoint. Returns 0, or -1 with errno set. */
int zwatch_bind(struct zwatch *zwatch, const char *endpoint);

/* Stops listening on an endpoint as zwatch_endpoint gave it; connections stay. Returns 0, or -1 with errno
 * set. */
int zwatch_unbind(struct zwatch *zwatch, const char *endpoint);

/* Connects, now and again after every loss, with growing pauses. Returns 0, or -1 with errno set when the
 * endpoint is bad. */
int zwatch_connect(struct zwatch *zwatch, const char *endpoint);

/* The endpoint last bound or connected, with the port that was picked; the zwatch's until the next bind. */
const char *zwatch_endpoint(const struct zwatch *zwatch);

/* Sends one frame. Returns 0, or -1 with errno EHOSTUNREACH (the peer is gone) or EAGAIN (its pipe is full).
 */
int zwatch_send(struct zwatch *zwatch, const struct zwatch_peer *to, const void *bytes, size_t size);

/* Messages dropped because they were not one frame. */
uint64_t zwatch_dropped(const struct zwatch *zwatch);

/* Text for an errno set by a function above; static. */
const char *zwatch_error(int error);

/* "libzmq 4.3.4"; static. */
const char *zwatch_version(void);

#endif
