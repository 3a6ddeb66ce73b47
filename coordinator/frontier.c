#include "coordinator/frontier_internal.h"

#include "common/memory.h"
#include "common/url.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { FEW_READY = 64 };

struct frontier *frontier_create(unsigned per_host, struct store *store, uint64_t next_id, uint64_t hash_seed)
{
    struct frontier *frontier = memory_new(sizeof *frontier);
    *frontier = (struct frontier){.per_host = per_host, .store = store, .next_id = next_id};
    frontier->hash_seed = hash_seed;
    frontier->queued = store_queue_count(store);
    frontier->walking = frontier->queued > 0;
    TAILQ_INIT(&frontier->turns);
    return frontier;
}

static void free_entry(struct entry *entry)
{
    if (entry->source != entry->url)
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

void frontier_place_host(struct frontier *frontier, struct host *host)
{
    if (TAILQ_EMPTY(&host->queue) && host->more)
        frontier_window_fill(frontier, host);
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
    if (to == HOST_IDLE && host->in_flight == 0 && host->away == 0) {
        assert(frontier->hosts);
        HASH_DEL(frontier->hosts, host);
        free(host);
    }
}

/* A host's name is its origin as the URL spells it: serialised URLs of one origin begin alike. */
static uint64_t key_of(const struct frontier *frontier, const char *url, size_t size)
{
    struct url_parts parts;
    url_split(url, size, &parts);
    return XXH3_64bits_withSeed(url, parts.path.at, frontier->hash_seed);
}

struct host *frontier_host_create(struct frontier *frontier, uint64_t key)
{
    struct host *host;
    HASH_FIND(hh, frontier->hosts, &key, sizeof key, host);
    if (host)
        return host;
    host = memory_new(sizeof *host);
    TAILQ_INIT(&host->queue);
    host->key = key;
    host->more = frontier->walking && frontier_window_knows(frontier, key);
    HASH_ADD(hh, frontier->hosts, key, sizeof host->key, host);
    return host;
}

/* ---- entries --------------------------------------------------------------------------------------- */

struct entry *frontier_entry_create(struct host *home, uint64_t id, const char *source, size_t source_size,
                                    const char *url, size_t size)
{
    struct entry *entry = memory_new(sizeof *entry);
    entry->url = memory_copy(url, size);
    entry->source =
        source_size == size && !memcmp(source, url, size) ? entry->url : memory_copy(source, source_size);
    entry->host = entry->home = home;
    entry->id = id;
    entry->private_ok = 1; /* hosts that the user listed are theirs to choose */
    return entry;
}

static void enqueue(struct frontier *frontier, struct entry *entry, int at_head)
{
    if (at_head)
        TAILQ_INSERT_HEAD(&entry->host->queue, entry, in_queue);
    else
        TAILQ_INSERT_TAIL(&entry->host->queue, entry, in_queue);
    entry->place = ENTRY_QUEUED;
    entry->host->held++;
    frontier->held++;
    frontier->queued++;
    frontier_place_host(frontier, entry->host);
}

/* Whether its next URL may stand in memory: none before it waits in the store, and there is room. */
static int has_room(const struct frontier *frontier, const struct host *host)
{
    return !host->more && host->held < HOST_WINDOW && frontier->held < WINDOW;
}

/* The URL of that host waits in the store. */
static void leave_in_store(struct frontier *frontier, uint64_t key)
{
    struct host *host;
    HASH_FIND(hh, frontier->hosts, &key, sizeof key, host);
    frontier->queued++;
    if (!host) {
        frontier->walking = frontier->missed = 1;
        return;
    }
    host->more = 1;
    frontier_place_host(frontier, host);
}

struct entry *frontier_add(struct frontier *frontier, const char *source, size_t source_size, const char *url,
                           size_t size)
{
    uint64_t key = key_of(frontier, url, size), id = frontier->next_id++;
    struct host *host;
    HASH_FIND(hh, frontier->hosts, &key, sizeof key, host);
    if (!host && HASH_COUNT(frontier->hosts) < HOSTS_MOST)
        host = frontier_host_create(frontier, key);
    frontier_window_write(frontier, key, id, source, source_size, url, size);
    if (!host || !has_room(frontier, host)) {
        leave_in_store(frontier, key);
        return NULL;
    }
    struct entry *entry = frontier_entry_create(host, id, source, source_size, url, size);
    host->mark = id + 1;
    enqueue(frontier, entry, 0);
    return entry;
}

struct entry *frontier_add_taken(struct frontier *frontier, const char *source, size_t source_size,
                                 const char *url, size_t size)
{
    struct host *host = frontier_host_create(frontier, key_of(frontier, url, size));
    struct entry *entry = frontier_entry_create(host, 0, source, source_size, url, size);
    entry->place = ENTRY_LEASED;
    host->in_flight++;
    frontier_place_host(frontier, host);
    return entry;
}

uint64_t frontier_next_id(const struct frontier *frontier)
{
    return frontier->next_id;
}

struct entry *frontier_take(struct frontier *frontier, struct entry *entry)
{
    assert(entry->place == ENTRY_QUEUED);
    struct host *host = entry->host;
    TAILQ_REMOVE(&host->queue, entry, in_queue);
    host->held--;
    frontier->held--;
    frontier->queued--;
    entry->place = ENTRY_LEASED;
    host->in_flight++;
    frontier_place_host(frontier, host);
    return entry;
}

struct entry *frontier_next(struct frontier *frontier)
{
    if (frontier->walking && frontier->ready < FEW_READY)
        frontier_window_walk(frontier);
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
    frontier_place_host(frontier, host);
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
    struct host *from = entry->host, *to = frontier_host_create(frontier, key_of(frontier, url, size));
    entry->chain = memory_resize(entry->chain, entry->hop + 1u, sizeof *entry->chain);
    entry->chain[entry->hop++] = XXH3_64bits(entry->url, strlen(entry->url));
    if (entry->source != entry->url)
        free(entry->url);
    entry->url = memory_copy(url, size);
    entry->attempt = 0;
    entry->home->away += (from == entry->home) - (unsigned)(to == entry->home);
    entry->host = to;
    enqueue(frontier, entry, 0);
    frontier_release_slot(frontier, from);
}

void frontier_finish(struct frontier *frontier, struct entry *entry)
{
    assert(entry->place == ENTRY_LEASED);
    struct host *host = entry->host, *home = entry->home;
    if (entry->id)
        store_queue_remove(frontier->store, home->key, entry->id);
    free_entry(entry);
    frontier_release_slot(frontier, host);
    if (host != home) {
        home->away--;
        frontier_place_host(frontier, home);
    }
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
