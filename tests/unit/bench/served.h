/* A server in a process of its own, and a client that reads all it says: for the tests of what is served. */
#ifndef TRAWL_TESTS_BENCH_SERVED_H
#define TRAWL_TESTS_BENCH_SERVED_H

#include "bench/origin_listen.h"
#include "bench/origin_serve.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { ANSWER_MOST = 1 << 20 };

struct server {
    struct world world;
    pid_t pid;
    FILE *log;
};

static inline void on_ready(void *arg)
{
    const int *pipe = arg;
    assert_int_equal(write(*pipe, "!", 1), 1);
}

/* With a limit that the server then owns, or NULL. */
static inline struct server serve_limited(struct world world, int64_t threads, struct origin_limit *limit)
{
    struct server server = {.world = world, .log = tmpfile()};
    int ready[2], socket = origin_listen_open(&server.world.port);
    char byte;
    assert_true(socket >= 0);
    assert_int_equal(pipe(ready), 0);
    server.pid = fork();
    if (server.pid == 0) {
        struct origin_serve settings = {&server.world, socket, threads, limit, server.log};
        _exit(origin_serve_run(&settings, on_ready, &ready[1]) == 0 ? 0 : 1);
    }
    close(socket);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return server;
}

static inline struct server serve(struct world world, int64_t threads)
{
    return serve_limited(world, threads, NULL);
}

static inline void stop(struct server *server, int signal)
{
    int status;
    kill(server->pid, signal);
    assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
    assert_int_equal(status, 0);
    fclose(server->log);
}

static inline int ask(const struct server *server, int64_t host, const char *request)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)server->world.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)host)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(fd, request, strlen(request)), (ssize_t)strlen(request));
    return fd;
}

/* Reads to the end. Returns the size, and in *cause the errno that ended it, 0 for a proper end. */
static inline size_t read_answer(int fd, char *out, int *cause)
{
    size_t used = 0;
    ssize_t got;
    errno = 0;
    while ((got = read(fd, out + used, ANSWER_MOST - 1 - used)) > 0)
        used += (size_t)got;
    *cause = got < 0 ? errno : 0;
    close(fd);
    out[used] = 0;
    return used;
}

#endif
