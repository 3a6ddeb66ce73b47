#include "worker/resolve_channel.h"

#include "common/log.h"
#include "common/memory.h"

#include <ares.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The first try of each server waits this long, the later ones twice as long each. */
enum { FIRST_TRY_MS = 2000, TRIES = 3 };

struct watcher {
    ev_io io;
    struct watcher *next;
};

struct resolve_channel {
    struct ev_loop *loop;
    ares_channel ares;
    resolve_channel_done *done;
    struct watcher *watchers; /* of open sockets: two a server at most */
    ev_timer timer;
    bool ipv6_first;
    bool closing;
};

struct question {
    struct resolve_channel *channel;
    void *arg;
    bool second; /* the first family was asked for and has none */
    char name[];
};

/* ---- answers --------------------------------------------------------------------------------------- */

static void take_address(const struct sockaddr *found, struct resolve_answer *answer)
{
    const void *bytes = found->sa_family == AF_INET
                            ? (const void *)&((const struct sockaddr_in *)(const void *)found)->sin_addr
                            : (const void *)&((const struct sockaddr_in6 *)(const void *)found)->sin6_addr;
    inet_ntop(found->sa_family, bytes, answer->addresses[answer->count++], INET6_ADDRSTRLEN);
}

static unsigned shorter(unsigned ttl, int other)
{
    return other < 0 ? 0 : (unsigned)other < ttl ? (unsigned)other : ttl;
}

/* Returns for how long all of it holds, the aliases on the way included. */
static unsigned take_addresses(const struct ares_addrinfo *found, struct resolve_answer *answer)
{
    unsigned ttl = UINT32_MAX;
    for (const struct ares_addrinfo_cname *alias = found->cnames; alias; alias = alias->next)
        ttl = shorter(ttl, alias->ttl);
    for (const struct ares_addrinfo_node *node = found->nodes; node; node = node->ai_next) {
        ttl = shorter(ttl, node->ai_ttl);
        if (answer->count < RESOLVE_ADDRESSES_MAX)
            take_address(node->ai_addr, answer);
    }
    return ttl;
}

static enum outcome judge(int verdict)
{
    switch (verdict) {
    case ARES_SUCCESS:
        return OUTCOME_OK;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
        return OUTCOME_DNS;
    default:
        return OUTCOME_DNS_TEMPORARY;
    }
}

/* ---- questions ------------------------------------------------------------------------------------- */

static void on_answer(void *arg, int verdict, int timeouts, struct ares_addrinfo *found);

/* With the search list of resolv.conf, like everything else on this machine; in the order of the answer. */
static void ask(struct question *question)
{
    bool is_for_ipv6 = question->second != question->channel->ipv6_first;
    struct ares_addrinfo_hints hints = {.ai_family = is_for_ipv6 ? AF_INET6 : AF_INET,
                                        .ai_flags = ARES_AI_NOSORT};
    ares_getaddrinfo(question->channel->ares, question->name, NULL, &hints, on_answer, question);
}

static void on_answer(void *arg, int verdict, int timeouts, struct ares_addrinfo *found)
{
    (void)timeouts;
    struct question *question = arg;
    struct resolve_channel *channel = question->channel;
    struct resolve_answer answer = {.count = 0};
    unsigned ttl = found ? take_addresses(found, &answer) : 0;
    ares_freeaddrinfo(found);
    if (channel->closing) {
        free(question);
        return;
    }
    if (verdict == ARES_SUCCESS && answer.count == 0)
        verdict = ARES_ENODATA;
    if (verdict == ARES_ENODATA && !question->second) {
        question->second = true;
        ask(question);
        return;
    }
    answer.outcome = judge(verdict);
    answer.error = verdict == ARES_SUCCESS ? "" : ares_strerror(verdict);
    channel->done(question->arg, &answer, ttl);
    free(question);
}

/* ---- c-ares in the loop ---------------------------------------------------------------------------- */

static void set_timer(struct resolve_channel *channel)
{
    struct timeval left;
    ev_timer_stop(channel->loop, &channel->timer);
    if (!ares_timeout(channel->ares, NULL, &left))
        return;
    ev_timer_set(&channel->timer, (double)left.tv_sec + (double)left.tv_usec / 1e6, 0.);
    ev_timer_start(channel->loop, &channel->timer);
}

static void on_socket(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    struct resolve_channel *channel = watcher->data;
    ares_socket_t fd = watcher->fd;
    ares_process_fd(channel->ares, events & EV_READ ? fd : ARES_SOCKET_BAD,
                    events & EV_WRITE ? fd : ARES_SOCKET_BAD);
    set_timer(channel);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    struct resolve_channel *channel = watcher->data;
    ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    set_timer(channel);
}

static void watch_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct resolve_channel *channel = arg;
    struct watcher **at = &channel->watchers;
    while (*at && (*at)->io.fd != fd)
        at = &(*at)->next;
    struct watcher *watcher = *at;
    if (watcher)
        ev_io_stop(channel->loop, &watcher->io);
    if (!readable && !writable) {
        if (watcher)
            *at = watcher->next;
        free(watcher);
        return;
    }
    if (!watcher)
        watcher = *at = memory_new(sizeof *watcher);
    ev_io_init(&watcher->io, on_socket, fd, (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));
    watcher->io.data = channel;
    ev_io_start(channel->loop, &watcher->io);
}

void resolve_channel_ask(struct resolve_channel *channel, const char *name, void *arg)
{
    size_t length = strlen(name);
    struct question *question = memory_new(sizeof *question + length + 1);
    question->channel = channel;
    question->arg = arg;
    memcpy(question->name, name, length);
    ask(question);
    set_timer(channel);
}

/* ---- life ------------------------------------------------------------------------------------------ */

/* Whether packets could be sent there; none are. */
static bool has_route(const struct sockaddr *address, socklen_t size)
{
    int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && connect(fd, address, size) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

/* Two of the root servers stand for the world. */
static bool is_ipv6_only(void)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(53)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    inet_pton(AF_INET, "198.41.0.4", &four.sin_addr);
    inet_pton(AF_INET6, "2001:503:ba3e::2:30", &six.sin6_addr);
    return !has_route((const struct sockaddr *)&four, sizeof four) &&
           has_route((const struct sockaddr *)&six, sizeof six);
}

static int open_ares(struct resolve_channel *channel, const char *servers)
{
    struct ares_options options = {
        .flags = ARES_FLAG_NOALIASES, /* a file of the user's, read at each look-up */
        .timeout = FIRST_TRY_MS,
        .tries = TRIES,
        .lookups = (char *)"b", /* /etc/hosts is read once, by us */
        .sock_state_cb = watch_socket,
        .sock_state_cb_data = channel,
    };
    int verdict = ares_init_options(&channel->ares, &options,
                                    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                                        ARES_OPT_SOCK_STATE_CB);
    if (verdict != ARES_SUCCESS) {
        channel->ares = NULL;
        return verdict;
    }
    return servers ? ares_set_servers_ports_csv(channel->ares, servers) : ARES_SUCCESS;
}

struct resolve_channel *resolve_channel_create(struct ev_loop *loop, const char *servers,
                                               resolve_channel_done *done)
{
    struct resolve_channel *channel = memory_new(sizeof *channel);
    *channel = (struct resolve_channel){.loop = loop, .done = done, .ipv6_first = is_ipv6_only()};
    ev_init(&channel->timer, on_timer);
    channel->timer.data = channel;
    int verdict = open_ares(channel, servers);
    if (verdict == ARES_SUCCESS)
        return channel;
    log_error("names cannot be looked up: %s", ares_strerror(verdict));
    resolve_channel_destroy(&channel);
    return NULL;
}

void resolve_channel_destroy(struct resolve_channel **at)
{
    struct resolve_channel *channel = *at;
    if (!channel)
        return;
    channel->closing = true;
    if (channel->ares)
        ares_destroy(channel->ares); /* tells watch_socket of every socket */
    ev_timer_stop(channel->loop, &channel->timer);
    free(channel);
    *at = NULL;
}

const char *resolve_version(void)
{
    static char text[32];
    snprintf(text, sizeof text, "c-ares/%s", ares_version(NULL));
    return text;
}
