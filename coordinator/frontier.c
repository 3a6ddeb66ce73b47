#include "coordinator/frontier.h"

#include "common/memory.h"
#include "common/url.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <xxhash.h>

enum host_place { HOST_IDLE, HOST_READY, HOST_FULL };

struct host {
    UT_hash_handle hh;
    TAILQ_ENTRY(host) in_turns;
    TAILQ_HEAD(, entry) queue;
    uint64_t holders;
    unsigned in_flight;
    enum host_place place;
    size_t origin_size;
    char origin[];
};

struct frontier {
    unsigned per_host;
    struct host *hosts;
    TAILQ_HEAD(, host) turns; /* ready hosts */
    size_t ready;
    size_t queued;
};

struct frontier *frontier_create(unsigned per_host)
{
    struct frontier *frontier = memory_new(sizeof *frontier);
    frontier->per_host = per_host;
    TAILQ_INIT(&frontier->turns);
    return frontier;
}

static void free_entry(struct entry *entry)
{
    free(entry->source);
    free(entry->url);
    free(entry->chain);
    free(entry);
}

void frontier_destroy(struct frontier **at)
{
    struct frontier *frontier = *at;
    if (!frontier)
        return;
    struct host *host, *next_host;
    HASH_ITER(hh, frontier->hosts, host, next_host)
    {
        struct entry *entry;
        while ((entry = TAILQ_FIRST(&host->queue))) {
            TAILQ_REMOVE(&host->queue, entry, in_queue);
            free_entry(entry);
        }
        HASH_DEL(frontier->hosts, host);
        free(host);
    }
    free(frontier);
    *at = NULL;
}

/* ---- hosts ----------------------------------------------------------------------------------------- */

/* The only function that moves a host. A host with nothing to do is forgotten. */
static void place_host(struct frontier *frontier, struct host *host)
{
    enum host_place to = TAILQ_EMPTY(&host->queue)              ? HOST_IDLE
                         : host->in_flight < frontier->per_host ? HOST_READY
                                                                : HOST_FULL;
    if (host->place != to) {
        if (host->place == HOST_READY) {
            TAILQ_REMOVE(&frontier->turns, host, in_turns);
            frontier->ready--;
        }
        if (to == HOST_READY) {
            TAILQ_INSERT_TAIL(&frontier->turns, host, in_turns);
            frontier->ready++;
        }
        host->place = to;
    }
    if (to == HOST_IDLE && host->in_flight == 0) {
        assert(frontier->hosts);
        HASH_DEL(frontier->hosts, host);
        free(host);
    }
}

/* A host's name is its origin as the URL spells it: serialised URLs of one origin begin alike. */
static size_t origin_size(const char *url, size_t size)
{
    struct url_parts parts;
    url_split(url, size, &parts);
    return parts.path.at;
}

static struct host *host_of(struct frontier *frontier, const char *url, size_t size)
{
    size_t length = origin_size(url, size);
    struct host *host;
    HASH_FIND(hh, frontier->hosts, url, length, host);
    if (host)
        return host;
    host = memory_new(sizeof *host + length);
    TAILQ_INIT(&host->queue);
    host->origin_size = length;
    memcpy(host->origin, url, length);
    HASH_ADD_KEYPTR(hh, frontier->hosts, host->origin, host->origin_size, host);
    return host;
}

/* ---- entries --------------------------------------------------------------------------------------- */

static void enqueue(struct frontier *frontier, struct entry *entry, int at_head)
{
    if (at_head)
        TAILQ_INSERT_HEAD(&entry->host->queue, entry, in_queue);
    else
        TAILQ_INSERT_TAIL(&entry->host->queue, entry, in_queue);
    entry->place = ENTRY_QUEUED;
    frontier->queued++;
    place_host(frontier, entry->host);
}

struct entry *frontier_add(struct frontier *frontier, const char *source, size_t source_size, const char *url,
                           size_t size)
{
    struct entry *entry = memory_new(sizeof *entry);
    entry->source = memory_copy(source, source_size);
    entry->url = memory_copy(url, size);
    entry->host = host_of(frontier, url, size);
    entry->private_ok = 1; /* hosts that the user listed are theirs to choose */
    enqueue(frontier, entry, 0);
    return entry;
}

struct entry *frontier_take(struct frontier *frontier, struct entry *entry)
{
    assert(entry->place == ENTRY_QUEUED);
    struct host *host = entry->host;
    TAILQ_REMOVE(&host->queue, entry, in_queue);
    frontier->queued--;
    entry->place = ENTRY_LEASED;
    host->in_flight++;
    place_host(frontier, host);
    return entry;
}

struct entry *frontier_next(struct frontier *frontier)
{
    struct host *host = TAILQ_FIRST(&frontier->turns);
    if (!host)
        return NULL;
    TAILQ_REMOVE(&frontier->turns, host, in_turns);
    TAILQ_INSERT_TAIL(&frontier->turns, host, in_turns);
    struct entry *entry = frontier_take(frontier, TAILQ_FIRST(&host->queue));
    entry->attempt++;
    return entry;
}

void frontier_release_slot(struct frontier *frontier, struct host *host)
{
    assert(host->in_flight > 0);
    host->in_flight--;
    place_host(frontier, host);
}

struct host *frontier_put_back_keeping_slot(struct frontier *frontier, struct entry *entry)
{
    assert(entry->place == ENTRY_LEASED);
    enqueue(frontier, entry, 1);
    return entry->host;
}

void frontier_put_back(struct frontier *frontier, struct entry *entry)
{
    frontier_release_slot(frontier, frontier_put_back_keeping_slot(frontier, entry));
}

int frontier_in_chain(const struct entry *entry, const char *url, size_t size)
{
    uint64_t hash = XXH3_64bits(url, size);
    for (unsigned i = 0; i < entry->hop; i++)
        if (entry->chain[i] == hash)
            return 1;
    return XXH3_64bits(entry->url, strlen(entry->url)) == hash;
}

void frontier_redirect(struct frontier *frontier, struct entry *entry, const char *url, size_t size)
{
    assert(entry->place == ENTRY_LEASED);
    struct host *from = entry->host;
    entry->chain = memory_resize(entry->chain, entry->hop + 1u, sizeof *entry->chain);
    entry->chain[entry->hop++] = XXH3_64bits(entry->url, strlen(entry->url));
    free(entry->url);
    entry->url = memory_copy(url, size);
    entry->attempt = 0;
    entry->host = host_of(frontier, url, size);
    enqueue(frontier, entry, 0);
    frontier_release_slot(frontier, from);
}

void frontier_finish(struct frontier *frontier, struct entry *entry)
{
    assert(entry->place == ENTRY_LEASED);
    frontier_release_slot(frontier, entry->host);
    free_entry(entry);
}

struct entry *frontier_find_lost(const struct frontier *frontier, uint64_t lease)
{
    for (const struct host *host = frontier->hosts; host; host = host->hh.next) {
        struct entry *entry;
        TAILQ_FOREACH(entry, &host->queue, in_queue)
        if (entry->lost == lease)
            return entry;
    }
    return NULL;
}

/* ---- questions ------------------------------------------------------------------------------------- */

size_t frontier_queued(const struct frontier *frontier)
{
    return frontier->queued;
}

size_t frontier_ready(const struct frontier *frontier)
{
    return frontier->ready;
}

size_t frontier_hosts(const struct frontier *frontier)
{
    return HASH_COUNT(frontier->hosts);
}

uint64_t *frontier_holders(struct host *host)
{
    return &host->holders;
}
