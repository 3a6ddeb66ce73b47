#include "bench/origin_silent.h"

#include "common/clock.h"
#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

enum { HEAD_MOST = 512 };

struct listener {
    struct origin_silent *silent;
    ev_io io;
    int64_t host;
    double asked;
    size_t size;
    char head[HEAD_MOST + 1]; /* the beginning of what was said */
    struct listener *prev, *next;
};

struct origin_silent {
    struct ev_loop *loop;
    origin_silent_end *on_end;
    void *arg;
    struct listener *listeners;
};

struct origin_silent *origin_silent_create(struct ev_loop *loop, origin_silent_end *on_end, void *arg)
{
    struct origin_silent *silent = memory_new(sizeof *silent);
    *silent = (struct origin_silent){.loop = loop, .on_end = on_end, .arg = arg};
    return silent;
}

/* Cuts the second word of the first line out of what was said. */
static const char *target_of(struct listener *listener)
{
    char *line = listener->head, *end = strchr(line, '\r');
    char *target = end ? memchr(line, ' ', (size_t)(end - line)) : NULL;
    if (!target)
        return "";
    target[1 + strcspn(target + 1, " \r")] = 0;
    return target + 1;
}

static void hang_up(struct listener *listener)
{
    struct origin_silent *silent = listener->silent;
    silent->on_end(silent->arg, listener->host, target_of(listener), listener->asked);
    ev_io_stop(silent->loop, &listener->io);
    close(listener->io.fd);
    DL_DELETE(silent->listeners, listener);
    free(listener);
}

static void on_word(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop, (void)events;
    struct listener *listener = io->data;
    char rest[4096];
    size_t room = HEAD_MOST - listener->size;
    ssize_t got = recv(io->fd, room ? listener->head + listener->size : rest, room ? room : sizeof rest, 0);
    if (got > 0 && room)
        listener->size += (size_t)got;
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    hang_up(listener);
}

void origin_silent_add(struct origin_silent *silent, int socket, int64_t host)
{
    struct listener *listener = memory_new(sizeof *listener);
    listener->silent = silent;
    listener->host = host;
    listener->asked = clock_now();
    ev_io_init(&listener->io, on_word, socket, EV_READ);
    listener->io.data = listener;
    ev_io_start(silent->loop, &listener->io);
    DL_APPEND(silent->listeners, listener);
}

void origin_silent_destroy(struct origin_silent **silent)
{
    while (*silent && (*silent)->listeners)
        hang_up((*silent)->listeners);
    free(*silent);
    *silent = NULL;
}
