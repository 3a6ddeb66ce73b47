#include "worker/resolve.h"

#include "common/clock.h"
#include "common/memory.h"
#include "worker/resolve_channel.h"
#include "worker/resolve_hosts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

/* Seconds that answers are kept, whatever they say. */
enum { SHORTEST = 10, LONGEST = 3600, NO_ADDRESS = 60 };

/* That nobody knew: for the crowd that asks at the moment, not for who tries again a little later. */
static const double nobody_knew = 0.4;

enum name_state {
    NAME_ASKED,    /* the name servers are to answer */
    NAME_ANSWERED, /* those who wait are to be told */
    NAME_KEPT,     /* nobody waits */
};

struct resolve {
    TAILQ_ENTRY(resolve) in_list;
    struct name *name;
    resolve_done *done;
    void *arg;
};

TAILQ_HEAD(resolve_list, resolve);

struct name {
    UT_hash_handle hh;
    TAILQ_ENTRY(name) in_list; /* of those answered or kept */
    struct resolver *resolver;
    enum name_state state;
    struct resolve_list waiting;
    unsigned waiting_count;
    double until; /* monotonic: so long the answer counts */
    struct resolve_answer answer;
    char text[];
};

TAILQ_HEAD(name_list, name);

struct resolver {
    struct ev_loop *loop;
    struct resolve_channel *channel;
    struct resolve_hosts *hosts;
    struct name *names;
    struct name_list answered;
    struct name_list kept; /* the oldest answer first */
    unsigned kept_count;
    ev_timer soon; /* never started: fed when someone is to be told */
};

/* ---- names ----------------------------------------------------------------------------------------- */

static struct name *find(const struct resolver *resolver, const char *text)
{
    struct name *name;
    HASH_FIND_STR(resolver->names, text, name);
    return name;
}

static void forget(struct name *name)
{
    struct resolver *resolver = name->resolver;
    TAILQ_REMOVE(&resolver->kept, name, in_list);
    resolver->kept_count--;
    HASH_DEL(resolver->names, name);
    free(name);
}

static void keep(struct name *name)
{
    struct resolver *resolver = name->resolver;
    name->state = NAME_KEPT;
    TAILQ_INSERT_TAIL(&resolver->kept, name, in_list);
    if (++resolver->kept_count > RESOLVE_NAMES_MAX)
        forget(TAILQ_FIRST(&resolver->kept));
}

/* A name not known before: its answer counts until a time gone by. */
static struct name *add(struct resolver *resolver, const char *text)
{
    size_t length = strlen(text);
    struct name *name = memory_new(sizeof *name + length + 1);
    name->resolver = resolver;
    TAILQ_INIT(&name->waiting);
    memcpy(name->text, text, length);
    HASH_ADD_STR(resolver->names, text, name);
    return name;
}

/* Labels of 1 to 63 bytes, one dot at the end allowed. */
static bool is_name(const char *text)
{
    size_t length = strlen(text);
    if (length && text[length - 1] == '.')
        length--;
    if (length == 0 || length > RESOLVE_NAME_MAX)
        return false;
    for (size_t begin = 0; begin <= length;) {
        const char *dot = memchr(text + begin, '.', length - begin);
        size_t end = dot ? (size_t)(dot - text) : length;
        if (end == begin || end - begin > 63)
            return false;
        begin = end + 1;
    }
    return true;
}

bool resolve_is_address(const char *host)
{
    struct in_addr bytes;
    return *host == '[' || inet_pton(AF_INET, host, &bytes) == 1;
}

/* ---- answers --------------------------------------------------------------------------------------- */

/* Moves an address to the front, if it is there. */
static void put_first(struct resolve_answer *answer, const char *address)
{
    char first[INET6_ADDRSTRLEN];
    for (unsigned i = 1; i < answer->count; i++) {
        if (strcmp(answer->addresses[i], address) != 0)
            continue;
        memcpy(first, answer->addresses[i], sizeof first);
        memmove(answer->addresses[1], answer->addresses[0], i * sizeof first);
        memcpy(answer->addresses[0], first, sizeof first);
    }
}

/* Those who wait are told later in this turn, when neither c-ares nor they themselves are on the stack. */
static void tell_soon(struct name *name)
{
    struct resolver *resolver = name->resolver;
    name->state = NAME_ANSWERED;
    TAILQ_INSERT_TAIL(&resolver->answered, name, in_list);
    ev_feed_event(resolver->loop, &resolver->soon, EV_CUSTOM);
}

static double keep_for(const struct resolve_answer *answer, unsigned ttl)
{
    if (answer->outcome != OUTCOME_OK)
        return answer->outcome == OUTCOME_DNS ? NO_ADDRESS : nobody_knew;
    return ttl < SHORTEST ? SHORTEST : ttl > LONGEST ? LONGEST : ttl;
}

static void on_answer(void *arg, const struct resolve_answer *answer, unsigned ttl)
{
    struct name *name = arg;
    char first[INET6_ADDRSTRLEN];
    memcpy(first, name->answer.addresses[0], sizeof first);
    name->answer = *answer;
    put_first(&name->answer, first); /* a server that turns its list round would cost us the connections */
    name->until = clock_now() + keep_for(answer, ttl);
    tell_soon(name);
}

static void tell(struct name *name)
{
    struct resolve *resolve;
    for (unsigned left = name->waiting_count; left && (resolve = TAILQ_FIRST(&name->waiting)); left--) {
        TAILQ_REMOVE(&name->waiting, resolve, in_list);
        name->waiting_count--;
        resolve->done(resolve->arg, &name->answer);
        free(resolve);
    }
    if (name->waiting_count) /* those who came meanwhile */
        tell_soon(name);
    else
        keep(name);
}

static void on_soon(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    struct resolver *resolver = watcher->data;
    struct name_list answered = TAILQ_HEAD_INITIALIZER(answered);
    struct name *name;
    TAILQ_CONCAT(&answered, &resolver->answered, in_list);
    while ((name = TAILQ_FIRST(&answered))) {
        TAILQ_REMOVE(&answered, name, in_list);
        tell(name);
    }
}

/* ---- look-ups -------------------------------------------------------------------------------------- */

static void ask(struct name *name)
{
    struct resolver *resolver = name->resolver;
    static const struct resolve_answer no_name = {.outcome = OUTCOME_DNS,
                                                  .error = "not a name that DNS can hold"};
    name->state = NAME_ASKED;
    if (!is_name(name->text)) {
        on_answer(name, &no_name, 0);
    } else if (resolve_hosts_find(resolver->hosts, name->text, &name->answer)) {
        name->until = INFINITY;
        tell_soon(name);
    } else {
        resolve_channel_ask(resolver->channel, name->text, name);
    }
}

const struct resolve_answer *resolve_known(const struct resolver *resolver, const char *host)
{
    const struct name *name = find(resolver, host);
    return name && name->state != NAME_ASKED && name->until > clock_now() ? &name->answer : NULL;
}

struct resolve *resolve_start(struct resolver *resolver, const char *host, resolve_done *done, void *arg)
{
    struct name *name = find(resolver, host);
    bool is_new = !name;
    if (is_new)
        name = add(resolver, host);
    struct resolve *resolve = memory_new(sizeof *resolve);
    *resolve = (struct resolve){.name = name, .done = done, .arg = arg};
    TAILQ_INSERT_TAIL(&name->waiting, resolve, in_list);
    name->waiting_count++;
    if (!is_new && name->state != NAME_KEPT)
        return resolve;
    if (!is_new) {
        TAILQ_REMOVE(&resolver->kept, name, in_list);
        resolver->kept_count--;
    }
    if (name->until > clock_now())
        tell_soon(name);
    else
        ask(name);
    return resolve;
}

void resolve_cancel(struct resolve **at)
{
    struct resolve *resolve = *at;
    if (!resolve)
        return;
    TAILQ_REMOVE(&resolve->name->waiting, resolve, in_list);
    resolve->name->waiting_count--;
    free(resolve);
    *at = NULL;
}

void resolve_prefer(struct resolver *resolver, const char *host, const char *address)
{
    struct name *name = find(resolver, host);
    if (name)
        put_first(&name->answer, address);
}

/* ---- life ------------------------------------------------------------------------------------------ */

struct resolver *resolver_create(struct ev_loop *loop, const struct resolve_sources *sources)
{
    struct resolver *resolver = memory_new(sizeof *resolver);
    *resolver = (struct resolver){.loop = loop};
    TAILQ_INIT(&resolver->answered);
    TAILQ_INIT(&resolver->kept);
    ev_init(&resolver->soon, on_soon);
    resolver->soon.data = resolver;
    resolver->channel = resolve_channel_create(loop, sources ? sources->servers : NULL, on_answer);
    resolver->hosts = resolve_hosts_read(sources && sources->hosts ? sources->hosts : "/etc/hosts");
    if (!resolver->channel)
        resolver_destroy(&resolver);
    return resolver;
}

void resolver_destroy(struct resolver **at)
{
    struct resolver *resolver = *at;
    if (!resolver)
        return;
    ev_clear_pending(resolver->loop, &resolver->soon);
    resolve_channel_destroy(&resolver->channel);
    struct name *name, *next;
    HASH_ITER(hh, resolver->names, name, next)
    {
        HASH_DEL(resolver->names, name);
        free(name);
    }
    resolve_hosts_destroy(&resolver->hosts);
    free(resolver);
    *at = NULL;
}
