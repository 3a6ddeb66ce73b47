#include "tests/unit/raw_server.h"

#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum { LOOK_UP_MS = 10 }; /* how long a thread may not notice that the server stops */

struct connection {
    struct raw_server *server;
    const struct raw_step *script;
    pthread_t thread;
    int fd;
    size_t heard_size;
    char heard[RAW_REQUEST_MAX];
};

struct raw_server {
    const struct raw_step *const *scripts;
    size_t script_count;
    int fd;
    unsigned port;
    pthread_t thread;
    atomic_int stopping;
    atomic_uint count, requests;
    struct connection connections[RAW_CONNECTIONS_MAX];
};

/* ---- a connection: one function a verb, each returns 0, or -1 when the connection is over ---------- */

static int is_stopping(const struct connection *connection)
{
    return atomic_load(&connection->server->stopping);
}

/* Waits for the other side to say something, or to close. */
static int wait_for_input(struct connection *connection)
{
    struct pollfd poller = {.fd = connection->fd, .events = POLLIN};
    while (!is_stopping(connection))
        if (poll(&poller, 1, LOOK_UP_MS) > 0)
            return 0;
    return -1;
}

/* Takes one byte of what was sent, so that pipelined requests stay apart. */
static int hear_byte(struct connection *connection)
{
    if (wait_for_input(connection) || connection->heard_size == RAW_REQUEST_MAX - 1)
        return -1;
    if (recv(connection->fd, connection->heard + connection->heard_size, 1, 0) != 1)
        return -1;
    connection->heard_size++;
    return 0;
}

static int read_request(struct connection *connection)
{
    size_t began = connection->heard_size;
    do {
        if (hear_byte(connection))
            return -1;
    } while (connection->heard_size < began + 4 ||
             memcmp(connection->heard + connection->heard_size - 4, "\r\n\r\n", 4) != 0);
    atomic_fetch_add(&connection->server->requests, 1);
    return 0;
}

static int pause_for(struct connection *connection, unsigned ms)
{
    for (unsigned left = ms; left && !is_stopping(connection);) {
        unsigned nap = left < LOOK_UP_MS ? left : LOOK_UP_MS;
        usleep(nap * 1000);
        left -= nap;
    }
    return is_stopping(connection) ? -1 : 0;
}

static int send_all(struct connection *connection, const char *bytes, size_t size)
{
    while (size && !is_stopping(connection)) {
        struct pollfd poller = {.fd = connection->fd, .events = POLLOUT};
        if (poll(&poller, 1, LOOK_UP_MS) <= 0)
            continue;
        ssize_t sent = send(connection->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN)
            return -1;
        if (sent > 0)
            bytes += sent, size -= (size_t)sent;
    }
    return size ? -1 : 0;
}

static int send_step(struct connection *connection, const struct raw_step *step)
{
    for (unsigned i = 0; i < step->times; i++) {
        if (i && step->ms && pause_for(connection, step->ms))
            return -1;
        if (send_all(connection, step->bytes, step->size))
            return -1;
    }
    return 0;
}

static int reset(struct connection *connection)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return -1;
}

static int hang(struct connection *connection)
{
    char byte;
    while (wait_for_input(connection) == 0)
        if (recv(connection->fd, &byte, 1, 0) <= 0)
            return -1;
    return -1;
}

static int play(struct connection *connection, const struct raw_step *step)
{
    switch (step->verb) {
    case RAW_READ_:
        return read_request(connection);
    case RAW_SEND_:
        return send_step(connection, step);
    case RAW_PAUSE_:
        return pause_for(connection, step->ms);
    case RAW_RESET_:
        return reset(connection);
    case RAW_HANG_:
        return hang(connection);
    case RAW_AGAIN_:
    case RAW_END_:
        break;
    }
    return -1;
}

static void *serve(void *arg)
{
    struct connection *connection = arg;
    const struct raw_step *step = connection->script;
    while (play(connection, step) == 0) {
        step++;
        if (step->verb == RAW_AGAIN_)
            step = connection->script;
    }
    close(connection->fd);
    return NULL;
}

/* ---- the server ------------------------------------------------------------------------------------ */

static void *accept_all(void *arg)
{
    struct raw_server *server = arg;
    struct pollfd poller = {.fd = server->fd, .events = POLLIN};
    while (!atomic_load(&server->stopping) && server->count < RAW_CONNECTIONS_MAX) {
        if (poll(&poller, 1, LOOK_UP_MS) <= 0)
            continue;
        unsigned count = server->count;
        struct connection *connection = &server->connections[count];
        connection->server = server;
        connection->script = server->scripts[count < server->script_count ? count : server->script_count - 1];
        connection->fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
        if (connection->fd < 0)
            continue;
        int on = 1; /* a piece is a packet */
        setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        atomic_fetch_add(&server->count, 1); /* before anyone can have an answer from it */
        assert_int_equal(pthread_create(&connection->thread, NULL, serve, connection), 0);
    }
    return NULL;
}

/* Returns a socket bound to a free port of the loopback. */
static int bound_socket(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

struct raw_server *raw_server_start(const struct raw_step *const *scripts, size_t count)
{
    struct raw_server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->scripts = scripts;
    server->script_count = count;
    server->fd = bound_socket(&server->port);
    assert_int_equal(listen(server->fd, 64), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, accept_all, server), 0);
    return server;
}

void raw_server_stop(struct raw_server **at)
{
    struct raw_server *server = *at;
    if (!server)
        return;
    atomic_store(&server->stopping, 1);
    pthread_join(server->thread, NULL);
    for (unsigned i = 0; i < server->count; i++)
        pthread_join(server->connections[i].thread, NULL);
    close(server->fd);
    free(server);
    *at = NULL;
}

unsigned raw_server_port(const struct raw_server *server)
{
    return server->port;
}

unsigned raw_server_connections(const struct raw_server *server)
{
    return server->count;
}

unsigned raw_server_requests(const struct raw_server *server)
{
    return server->requests;
}

const char *raw_server_heard(const struct raw_server *server, unsigned connection)
{
    return server->connections[connection].heard;
}

unsigned raw_server_dead_port(void)
{
    unsigned port;
    close(bound_socket(&port));
    return port;
}
