/* Serves a world over HTTP/1.1 on loopback, as fast as one is asked to.
 *
 * Each thread has an event loop of its own in which libmicrohttpd runs by its epoll descriptor; a late answer
 * is a timer and a suspended connection, so thousands may wait at once. Pages are written when asked for:
 * nothing is kept.
 */
#ifndef TRAWL_BENCH_ORIGIN_SERVE_H
#define TRAWL_BENCH_ORIGIN_SERVE_H

#include "bench/origin_limit.h"
#include "bench/world.h"

#include <stdint.h>
#include <stdio.h>

struct origin_serve {
    const struct world *world;  /* borrowed, as is all that follows */
    int socket;                 /* origin_listen.h's */
    int64_t threads;            /* at least 1 */
    struct origin_limit *limit; /* of the world's hosts, or NULL */
    FILE *log;                  /* the access log, or NULL */
};

/* Serves until SIGINT or SIGTERM, then closes all connections and flushes the log. Once everything stands and
 * before the first answer, calls `on_ready`. Access log, tab-separated, one answer a line in the order in
 * which answers end: seconds of CLOCK_MONOTONIC when the request line was read, host, request target, status
 * (0: no answer, as when the client had left before it was due), seconds when an answer that was sent
 * whole began to be made, so never later than who asked can know it; else when it was broken off. (Of a host
 * that never answers: when the connection was taken, and when it ended.) Bytes of the target outside
 * printable ASCII are `?`, and it is cut at 2,000. It is flushed each second. Raises the limit of open files
 * to the hard one. Returns 0, or -1 (logged). Once a process. */
int origin_serve_run(const struct origin_serve *serve, void (*on_ready)(void *arg), void *arg);

#endif
