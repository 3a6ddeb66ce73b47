#include "coordinator/frontier_internal.h"

#include "common/memory.h"
#include "common/url.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

/* ---- who they are ---------------------------------------------------------------------------------- */

/* A host's name is its origin as the URL spells it: serialised URLs of one origin begin alike. */
uint64_t frontier_key(const struct frontier *frontier, const char *url, size_t size)
{
    struct url_parts parts;
    url_split(url, size, &parts);
    return XXH3_64bits_withSeed(url, parts.path.at, frontier->hash_seed);
}

struct host *frontier_host_find(const struct frontier *frontier, uint64_t key)
{
    struct host *host;
    HASH_FIND(hh, frontier->hosts, &key, sizeof key, host);
    return host;
}

struct host *frontier_host_create(struct frontier *frontier, uint64_t key)
{
    struct host *host = frontier_host_find(frontier, key);
    if (host)
        return host;
    host = memory_new(sizeof *host);
    TAILQ_INIT(&host->queue);
    TAILQ_INIT(&host->returning);
    LIST_INIT(&host->outs);
    host->key = key;
    host->verdict = OUTCOMES;
    host->more = frontier->walking && frontier_window_knows(frontier, key);
    if (frontier->rules.max_per_host)
        host->pages = store_host_pages(frontier->store, key);
    HASH_ADD(hh, frontier->hosts, key, sizeof host->key, host);
    return host;
}

uint64_t frontier_host_key(const struct host *host)
{
    return host->key;
}

uint64_t *frontier_holders(struct host *host)
{
    return &host->holders;
}

/* ---- where they are -------------------------------------------------------------------------------- */

/* Whether as many pages of it were fetched, or are being fetched, as may be. */
static int is_spent(const struct frontier *frontier, const struct host *host)
{
    uint64_t most = frontier->rules.max_per_host;
    return most && host->verdict == OUTCOMES && host->pages + host->in_flight >= most;
}

/* Those that come back need memory, wherever they come back to: a host with too many of them gives nothing
 * new. */
static int has_too_many_back(const struct frontier *frontier, const struct host *host)
{
    return frontier->returned < WINDOW ? host->returned >= RETURNING_MOST : host->returned || host->away;
}

static struct entry *first_returning(const struct frontier *frontier, const struct host *host, int pages,
                                     double *at)
{
    struct entry *entry;
    TAILQ_FOREACH(entry, &host->returning, in_queue)
    {
        if (entry->kind == ENTRY_PAGE && !pages)
            continue;
        if (entry->not_before <= frontier->now || host->verdict != OUTCOMES)
            return entry;
        *at = entry->not_before; /* the others come later */
        return NULL;
    }
    return NULL;
}

struct entry *frontier_candidate(const struct frontier *frontier, const struct host *host, double *at)
{
    int pages = host->robots != FRONTIER_ROBOTS_ASKED && !is_spent(frontier, host);
    struct entry *entry = first_returning(frontier, host, pages, at), *next = TAILQ_FIRST(&host->queue);
    if (entry || !next || !pages)
        return entry;
    if (host->verdict != OUTCOMES)
        return next;
    if (has_too_many_back(frontier, host) || (host->out && frontier_depth(next) > host->depth))
        return NULL;
    return next;
}

/* Where it belongs now, and for a host that waits: until when. */
static enum host_place place_of(const struct frontier *frontier, const struct host *host, double *until)
{
    double at = INFINITY, now = frontier->now;
    struct entry *entry = frontier_candidate(frontier, host, &at);
    *until = host->verdict == OUTCOMES ? host->next_grant : 0;
    if (!frontier_host_has_slot(frontier, host))
        return HOST_IDLE;
    if (entry && *until <= now)
        return host->answered ? HOST_READY : HOST_NEW;
    if (!entry && at < INFINITY)
        *until = fmax(*until, at);
    /* A host with nothing to do is remembered until its next request would be allowed. */
    return *until > now ? HOST_WAITING : HOST_IDLE;
}

static void leave_place(struct frontier *frontier, struct host *host)
{
    if (host->place == HOST_WAITING)
        frontier_heap_remove(frontier, host);
    if (host->place == HOST_READY)
        TAILQ_REMOVE(&frontier->turns, host, in_turns);
    if (host->place == HOST_NEW)
        TAILQ_REMOVE(&frontier->new_turns, host, in_turns);
    frontier->ready -= host->place == HOST_READY || host->place == HOST_NEW;
}

static void enter_place(struct frontier *frontier, struct host *host, enum host_place to, double until)
{
    host->place = to;
    if (to == HOST_WAITING)
        frontier_heap_add(frontier, host, until);
    if (to == HOST_READY)
        TAILQ_INSERT_TAIL(&frontier->turns, host, in_turns);
    if (to == HOST_NEW)
        TAILQ_INSERT_TAIL(&frontier->new_turns, host, in_turns);
    frontier->ready += to == HOST_READY || to == HOST_NEW;
}

void frontier_host_go_last(struct frontier *frontier, struct host *host)
{
    struct host_list *turns = host->place == HOST_READY ? &frontier->turns : &frontier->new_turns;
    TAILQ_REMOVE(turns, host, in_turns);
    TAILQ_INSERT_TAIL(turns, host, in_turns);
}

static int is_needed(const struct host *host)
{
    return host->place != HOST_IDLE || host->in_flight || host->away || host->held || host->returned ||
           host->more || host->robots == FRONTIER_ROBOTS_ASKED;
}

void frontier_place_host(struct frontier *frontier, struct host *host)
{
    double until;
    if (is_spent(frontier, host) && host->in_flight == 0) {
        frontier_window_empty(frontier, host);
        frontier_drop_returning(frontier, host);
    }
    if (TAILQ_EMPTY(&host->queue) && host->more)
        frontier_window_fill(frontier, host);
    enum host_place to = place_of(frontier, host, &until);
    if (host->place != to || (to == HOST_WAITING && host->time != until)) {
        leave_place(frontier, host);
        enter_place(frontier, host, to, until);
    }
    if (is_needed(host))
        return;
    assert(frontier->hosts);
    HASH_DEL(frontier->hosts, host);
    free(host);
}

void frontier_place_hosts(struct frontier *frontier, struct host *one, struct host *other)
{
    if (one != other) {
        other->away++; /* what lets it be remembered may go with what the first one drops */
        frontier_place_host(frontier, one);
        other->away--;
    }
    frontier_place_host(frontier, other);
}
