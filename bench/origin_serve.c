#include "bench/origin_serve.h"

#include "bench/origin_answer.h"
#include "bench/origin_listen.h"
#include "bench/origin_silent.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <ev.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

enum {
    TARGET_MOST = 2000,
    CONNECTION_MEMORY = 16 * 1024, /* a request with an 8 KiB URL, and the head of an answer */
    SPARE_FILES = 64,
    HOST_MOST = 16
};

/* One thread of the server: a loop, a daemon in it, and whoever is connected to it. */
struct desk {
    const struct origin_serve *serve;
    struct ev_loop *loop;
    struct MHD_Daemon *daemon;
    ev_io door;
    ev_io daemon_ready;
    ev_prepare turn;
    ev_idle more;
    ev_async stop;
    ev_signal interrupt, terminate; /* the first desk's, as is the next */
    ev_timer flush;
    int64_t host;           /* whose connection is being added */
    struct caller *waiting; /* whose answers are late on purpose; a doubly linked list */
    struct origin_answer *answer;
    struct origin_silent *silent;
    pthread_t thread;
};

/* One connection, which asks one thing at a time. */
struct caller {
    struct desk *desk;
    struct MHD_Connection *connection;
    int64_t host;
    ev_timer timer;
    struct caller *prev, *next;
    double asked;
    double answered; /* when its answer began to be made, after the wait */
    int status;
    bool waited;
    bool gone;    /* nobody is there to take the answer */
    bool entered; /* counted by the limit */
    bool refused;
    char target[TARGET_MOST + 1];
};

/* ---- a connection begins and ends ------------------------------------------------------------------ */

static void on_door(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop, (void)events;
    struct desk *desk = io->data;
    struct sockaddr_in peer;
    for (int fd; (fd = origin_listen_accept(io->fd, desk->serve->world->hosts, &desk->host, &peer)) >= 0;)
        if (world_is_silent(desk->serve->world, desk->host))
            origin_silent_add(desk->silent, fd, desk->host);
        else
            MHD_add_connection(desk->daemon, fd, (struct sockaddr *)&peer, sizeof peer);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode what)
{
    struct desk *desk = cls;
    struct caller *caller = *slot;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        free(caller);
        return;
    }
    *slot = caller = memory_new(sizeof *caller);
    caller->desk = desk;
    caller->connection = connection;
    caller->host = desk->host;
    caller->timer.data = caller;
}

static struct caller *caller_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* As much of the target as is kept, printable. */
static void clean(const char *target, char out[TARGET_MOST + 1])
{
    size_t at = 0;
    for (; at < TARGET_MOST && target[at]; at++)
        out[at] = (char)(target[at] > ' ' && target[at] < 0x7f ? target[at] : '?');
    out[at] = 0;
}

/* The request line has been read. What is returned becomes the request's pointer: NULL, as if we had not been
 * asked. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    (void)cls;
    struct caller *caller = caller_of(connection);
    caller->asked = caller->answered = clock_now();
    caller->status = 0;
    caller->waited = caller->gone = caller->entered = caller->refused = false;
    clean(target, caller->target);
    return NULL;
}

static void write_log(const struct desk *desk, int64_t number, const char *target, int status, double asked,
                      double answered)
{
    if (!desk->serve->log)
        return;
    struct buf host;
    buf_init(&host, HOST_MOST);
    world_put_host(number, &host);
    fprintf(desk->serve->log, "%.6f\t%.*s\t%s\t%d\t%.6f\n", asked, (int)host.size, host.data, target, status,
            answered);
    buf_clear(&host);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    (void)request;
    struct desk *desk = cls;
    struct caller *caller = caller_of(connection);
    /* On a busy machine the client has the answer, and asks again, long before we are told that it was sent.
     */
    if (why != MHD_REQUEST_TERMINATED_COMPLETED_OK)
        caller->answered = clock_now();
    if (caller->entered)
        origin_limit_leave(desk->serve->limit, caller->host, caller->answered);
    write_log(desk, caller->host, caller->target, caller->gone ? 0 : caller->status, caller->asked,
              caller->answered);
}

static void on_silent_end(void *arg, int64_t host, const char *target, double asked)
{
    char cleaned[TARGET_MOST + 1];
    clean(target, cleaned);
    write_log(arg, host, cleaned, 0, asked, clock_now());
}

/* ---- from the request to the answer ---------------------------------------------------------------- */

static void resume(struct caller *caller)
{
    ev_timer_stop(caller->desk->loop, &caller->timer);
    DL_DELETE(caller->desk->waiting, caller);
    MHD_resume_connection(caller->connection);
}

static void on_late_enough(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)events;
    resume(timer->data);
}

static void wait_before_answer(struct caller *caller, int64_t ms)
{
    caller->waited = true;
    MHD_suspend_connection(caller->connection);
    ev_timer_init(&caller->timer, on_late_enough, (double)ms / 1000.0, 0.);
    ev_timer_start(caller->desk->loop, &caller->timer);
    DL_APPEND(caller->desk->waiting, caller);
}

/* Before an answer is due, or its request is read, the client may have been killed. */
static bool is_gone(struct MHD_Connection *connection)
{
    char byte;
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    ssize_t size = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN);
}

static enum MHD_Result answer_briefly(struct caller *caller, int status, const char *header,
                                      const char *value)
{
    caller->status = status;
    return origin_answer_briefly(caller->connection, status, header, value);
}

static bool is_refused(struct caller *caller, bool page)
{
    struct origin_limit *limit = caller->desk->serve->limit;
    if (!caller->entered && limit) {
        caller->entered = true;
        caller->refused = origin_limit_enter(limit, caller->host, page, clock_now());
    }
    return caller->refused;
}

static enum MHD_Result refuse(struct caller *caller)
{
    const struct origin_limit *limit = caller->desk->serve->limit;
    char value[64];
    bool named = origin_limit_retry_after(limit, time(NULL), value, sizeof value);
    return answer_briefly(caller, origin_limit_status(limit), named ? "Retry-After" : NULL, value);
}

/* Called when the head is there, for each piece of a body, when all is there, and again after a wait. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **request)
{
    (void)url, (void)version, (void)upload;
    const struct world *world = ((struct desk *)cls)->serve->world;
    struct caller *caller = caller_of(connection);
    struct world_place place;
    if (!*request || *upload_size) {
        *request = caller;
        *upload_size = 0;
        return MHD_YES;
    }
    caller->answered = clock_now();
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return answer_briefly(caller, MHD_HTTP_METHOD_NOT_ALLOWED, "Allow", "GET, HEAD");
    size_t size = strcspn(caller->target, "?");
    bool found = world_find(world, caller->host, caller->target, size, &place) == 0;
    if (is_refused(caller, found))
        return refuse(caller);
    int64_t late = found ? world_latency(world, place) : world->latency;
    if (late > 0 && !caller->waited) {
        wait_before_answer(caller, late);
        return MHD_YES;
    }
    if (caller->desk->serve->log && is_gone(connection)) {
        caller->gone = true;
        return MHD_NO;
    }
    struct origin_answer *answer = caller->desk->answer;
    return found
               ? origin_answer_place(answer, connection, place, &caller->status)
               : origin_answer_other(answer, connection, caller->host, caller->target, size, &caller->status);
}

/* ---- desks ----------------------------------------------------------------------------------------- */

/* Only to wake the loop: what there is to do is done in its turn. */
static void on_daemon_ready(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop, (void)io, (void)events;
}

static void on_more(struct ev_loop *loop, ev_idle *idle, int events)
{
    (void)loop, (void)idle, (void)events;
}

/* Before the loop sleeps the daemon does what it can; while it has more to do at once, the loop must not
 * sleep. */
static void on_turn(struct ev_loop *loop, ev_prepare *prepare, int events)
{
    (void)events;
    struct desk *desk = prepare->data;
    MHD_UNSIGNED_LONG_LONG ms;
    MHD_run(desk->daemon);
    if (MHD_get_timeout(desk->daemon, &ms) == MHD_YES && ms == 0)
        ev_idle_start(loop, &desk->more);
    else
        ev_idle_stop(loop, &desk->more);
}

static void on_stop(struct ev_loop *loop, ev_async *async, int events)
{
    (void)async, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void on_signal(struct ev_loop *loop, ev_signal *signal, int events)
{
    (void)signal, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void on_flush(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)events;
    fflush(timer->data);
}

static void desk_watch(struct desk *desk)
{
    ev_io_init(&desk->door, on_door, desk->serve->socket, EV_READ);
    desk->door.data = desk;
    ev_io_start(desk->loop, &desk->door);
    int epoll = MHD_get_daemon_info(desk->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    ev_io_init(&desk->daemon_ready, on_daemon_ready, epoll, EV_READ);
    ev_io_start(desk->loop, &desk->daemon_ready);
    ev_prepare_init(&desk->turn, on_turn);
    desk->turn.data = desk;
    ev_prepare_start(desk->loop, &desk->turn);
    ev_idle_init(&desk->more, on_more);
    ev_async_init(&desk->stop, on_stop);
    ev_async_start(desk->loop, &desk->stop);
}

static int desk_open(struct desk *desk, const struct origin_serve *serve, unsigned connections)
{
    desk->serve = serve;
    desk->answer = origin_answer_create(serve->world);
    desk->loop = ev_loop_new(EVFLAG_AUTO);
    desk->silent = origin_silent_create(desk->loop, on_silent_end, desk);
    desk->daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO |
                             MHD_USE_SUPPRESS_DATE_NO_CLOCK,
                         0, NULL, NULL, on_request, desk, MHD_OPTION_CONNECTION_LIMIT, connections,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                         MHD_OPTION_NOTIFY_CONNECTION, on_connection, desk, MHD_OPTION_URI_LOG_CALLBACK,
                         on_target, desk, MHD_OPTION_NOTIFY_COMPLETED, on_completed, desk, MHD_OPTION_END);
    if (!desk->loop || !desk->daemon) {
        log_error("cannot start the server: %s", strerror(errno));
        return -1;
    }
    desk_watch(desk);
    return 0;
}

/* The loop no longer runs. A daemon cannot stop while a connection is suspended. */
static void desk_close(struct desk *desk)
{
    while (desk->waiting)
        resume(desk->waiting);
    origin_silent_destroy(&desk->silent);
    if (desk->daemon)
        MHD_stop_daemon(desk->daemon);
    if (desk->loop)
        ev_loop_destroy(desk->loop);
    origin_answer_destroy(&desk->answer);
}

static void *desk_run(void *arg)
{
    struct desk *desk = arg;
    ev_run(desk->loop, 0);
    return NULL;
}

/* The first desk runs in the calling thread and ends the others. */
static int run_desks(struct desk *desks, int64_t count)
{
    struct desk *first = &desks[0];
    int64_t started = 1;
    int result = 0;
    ev_signal_init(&first->interrupt, on_signal, SIGINT);
    ev_signal_init(&first->terminate, on_signal, SIGTERM);
    ev_signal_start(first->loop, &first->interrupt);
    ev_signal_start(first->loop, &first->terminate);
    ev_timer_init(&first->flush, on_flush, 1., 1.);
    first->flush.data = first->serve->log;
    if (first->serve->log)
        ev_timer_start(first->loop, &first->flush);
    while (started < count && pthread_create(&desks[started].thread, NULL, desk_run, &desks[started]) == 0)
        started++;
    if (started == count)
        desk_run(first);
    else {
        log_error("cannot start %d threads", (int)count);
        result = -1;
    }
    while (--started > 0) {
        ev_async_send(desks[started].loop, &desks[started].stop);
        pthread_join(desks[started].thread, NULL);
    }
    return result;
}

static unsigned raise_file_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        log_warning("cannot raise the limit of open files: %s", strerror(errno));
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < 1000000 ? (unsigned)limit.rlim_cur : 1000000;
}

int origin_serve_run(const struct origin_serve *serve, void (*on_ready)(void *arg), void *arg)
{
    /* Whoever is one too many is closed by the daemon: were accept to fail, its socket would stay ready for
     * ever. */
    unsigned files = raise_file_limit();
    unsigned connections =
        (files > SPARE_FILES * 2 ? files - SPARE_FILES : SPARE_FILES) / (unsigned)serve->threads;
    struct desk *desks = memory_new((size_t)serve->threads * sizeof *desks);
    int64_t open = 0;
    int result = 0;
    signal(SIGPIPE, SIG_IGN);
    while (open < serve->threads && result == 0)
        result = desk_open(&desks[open++], serve, connections);
    if (result == 0) {
        on_ready(arg);
        result = run_desks(desks, serve->threads);
    }
    while (open > 0)
        desk_close(&desks[--open]);
    free(desks);
    if (serve->log)
        fflush(serve->log);
    return result;
}
