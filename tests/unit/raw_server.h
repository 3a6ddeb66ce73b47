/* A server that says exactly what a script tells it, byte by byte: what no honest HTTP server can be made to
 * send.
 *
 * It listens on 127.0.0.1 at a port of its own. Each connection gets a thread, which plays one script; the
 * first connection the first script, and so on, those beyond the last script the last one. When a script ends
 * its connection is closed.
 */
#ifndef TRAWL_TESTS_RAW_SERVER_H
#define TRAWL_TESTS_RAW_SERVER_H

#include <stddef.h>

struct raw_server;

enum raw_verb {
    RAW_END_,
    RAW_READ_,  /* a request, to the end of its head */
    RAW_SEND_,  /* `bytes`, `times` over, with `ms` between two */
    RAW_PAUSE_, /* for `ms` */
    RAW_RESET_, /* close with a RST */
    RAW_HANG_,  /* silence until the other side closes */
    RAW_AGAIN_, /* the script from its beginning */
};

struct raw_step {
    enum raw_verb verb;
    const char *bytes;
    size_t size;
    unsigned times;
    unsigned ms;
};

#define RAW_READ          \
    {                     \
        .verb = RAW_READ_ \
    }
#define RAW_SEND(literal)                                                            \
    {                                                                                \
        .verb = RAW_SEND_, .bytes = literal, .size = sizeof(literal) - 1, .times = 1 \
    }
#define RAW_BYTES(at, length)                                      \
    {                                                              \
        .verb = RAW_SEND_, .bytes = at, .size = length, .times = 1 \
    }
#define RAW_REPEAT(literal, n)                                                       \
    {                                                                                \
        .verb = RAW_SEND_, .bytes = literal, .size = sizeof(literal) - 1, .times = n \
    }
#define RAW_DRIP(literal, n, pause)                                                               \
    {                                                                                             \
        .verb = RAW_SEND_, .bytes = literal, .size = sizeof(literal) - 1, .times = n, .ms = pause \
    }
#define RAW_PAUSE(pause)                \
    {                                   \
        .verb = RAW_PAUSE_, .ms = pause \
    }
#define RAW_RESET          \
    {                      \
        .verb = RAW_RESET_ \
    }
#define RAW_HANG          \
    {                     \
        .verb = RAW_HANG_ \
    }
#define RAW_AGAIN          \
    {                      \
        .verb = RAW_AGAIN_ \
    }

enum { RAW_CONNECTIONS_MAX = 64, RAW_REQUEST_MAX = 16384 };

/* Starts a server, the caller's, that plays `count` scripts (borrowed until the stop), each ended by a step
 * of zeroes. Ends the test when there is no socket or thread to be had. */
struct raw_server *raw_server_start(const struct raw_step *const *scripts, size_t count);

/* Closes what is open and waits for the threads. *server becomes NULL. Accepts NULL. */
void raw_server_stop(struct raw_server **server);

/* The port it listens at. */
unsigned raw_server_port(const struct raw_server *server);

/* Connections accepted so far. */
unsigned raw_server_connections(const struct raw_server *server);

/* Requests read so far, on all connections. */
unsigned raw_server_requests(const struct raw_server *server);

/* All that was read on that connection (from 0), a string, the server's; to be read when the exchange is
 * over. */
const char *raw_server_heard(const struct raw_server *server, unsigned connection);

/* A port of 127.0.0.1 at which nobody listens. */
unsigned raw_server_dead_port(void);

#endif
