#include "coordinator/frontier_internal.h"

#include "common/memory.h"
#include "common/url.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { FEW_READY = 64 };

struct frontier *frontier_create(const struct frontier_rules *rules, struct store *store,
                                 uint64_t next_number, uint64_t hash_seed)
{
    struct frontier *frontier = memory_new(sizeof *frontier);
    *frontier = (struct frontier){.rules = *rules, .store = store, .next_number = next_number};
    frontier->hash_seed = hash_seed;
    frontier->random = hash_seed | 1;
    frontier->queued = store_queue_count(store);
    frontier->walking = frontier->queued > 0;
    TAILQ_INIT(&frontier->turns);
    TAILQ_INIT(&frontier->new_turns);
    return frontier;
}

static void destroy_list(struct entry_list *list)
{
    struct entry *entry;
    while ((entry = TAILQ_FIRST(list))) {
        TAILQ_REMOVE(list, entry, in_queue);
        frontier_entry_destroy(entry);
    }
}

void frontier_destroy(struct frontier **at)
{
    struct frontier *frontier = *at;
    if (!frontier)
        return;
    struct host *next, *host = frontier->hosts;
    HASH_CLEAR(hh, frontier->hosts); /* the order stays in the hosts */
    for (; host; host = next) {
        next = host->hh.next;
        destroy_list(&host->queue);
        destroy_list(&host->returning);
        free(host);
    }
    free(frontier->heap);
    free(frontier);
    *at = NULL;
}

void frontier_tell(struct frontier *frontier, double now)
{
    frontier->now = now;
    while (frontier->waiting && frontier->heap[0]->time <= now)
        frontier_place_host(frontier, frontier->heap[0]);
}

double frontier_due(const struct frontier *frontier)
{
    return frontier->waiting ? frontier->heap[0]->time : INFINITY;
}

void frontier_set_slots(struct frontier *frontier, uint64_t slots)
{
    frontier->slots = slots;
}

/* ---- entries --------------------------------------------------------------------------------------- */

struct entry *frontier_entry_create(struct host *home, uint64_t rank, const struct frontier_url *url)
{
    struct entry *entry = memory_new(sizeof *entry);
    int same = url->source_size == url->size && !memcmp(url->source, url->url, url->size);
    entry->url = memory_copy(url->url, url->size);
    entry->source = same ? entry->url : memory_copy(url->source, url->source_size);
    entry->host = entry->home = home;
    entry->rank = rank;
    entry->hop = (uint16_t)url->hop;
    entry->private_ok = url->private_ok;
    return entry;
}

void frontier_entry_destroy(struct entry *entry)
{
    if (entry->source != entry->url)
        free(entry->source);
    free(entry->url);
    free(entry->chain);
    free(entry);
}

unsigned frontier_depth(const struct entry *entry)
{
    return (unsigned)(entry->rank >> STORE_NUMBER_BITS);
}

/* ---- what is queued -------------------------------------------------------------------------------- */

uint64_t frontier_next_rank(const struct frontier *frontier, unsigned depth)
{
    return (uint64_t)depth << STORE_NUMBER_BITS | frontier->next_number;
}

static int is_used_up(const struct frontier *frontier, uint64_t key)
{
    uint64_t most = frontier->rules.max_per_host;
    return most && store_host_pages(frontier->store, key) >= most;
}

/* A URL of that host, which may not be here, waits in the store. */
static void leave_in_store(struct frontier *frontier, struct host *host, uint64_t key)
{
    if (host) {
        host->more = 1;
        frontier_place_host(frontier, host);
    } else if (!is_used_up(frontier, key)) {
        frontier->walking = frontier->missed = 1;
    }
}

struct entry *frontier_add(struct frontier *frontier, const struct frontier_url *url)
{
    uint64_t key = frontier_key(frontier, url->url, url->size),
             rank = frontier_next_rank(frontier, url->depth);
    struct host *host = frontier_host_find(frontier, key);
    if (!host && HASH_COUNT(frontier->hosts) < HOSTS_MOST)
        host = frontier_host_create(frontier, key);
    frontier_window_write(frontier, key, rank, url);
    frontier->next_number++;
    frontier->queued++;
    /* Behind what waits in the store it waits as well. */
    if (!host ||
        (rank >= host->mark && (host->more || host->held >= HOST_WINDOW || frontier->held >= WINDOW))) {
        leave_in_store(frontier, host, key);
        return NULL;
    }
    struct entry *entry = frontier_entry_create(host, rank, url);
    if (rank >= host->mark)
        host->mark = rank + 1;
    entry = frontier_window_insert(frontier, entry);
    frontier_place_host(frontier, host);
    return entry;
}

struct entry *frontier_add_taken(struct frontier *frontier, const struct frontier_url *url)
{
    struct host *host = frontier_host_create(frontier, frontier_key(frontier, url->url, url->size));
    struct entry *entry = frontier_entry_create(host, 0, url);
    entry->place = ENTRY_LEASED;
    host->out++;
    frontier_host_take_slot(frontier, host);
    frontier_place_host(frontier, host);
    return entry;
}

uint64_t frontier_move_up(struct frontier *frontier, const char *url, size_t size, uint64_t rank,
                          unsigned depth)
{
    uint64_t key = frontier_key(frontier, url, size);
    uint64_t to = (uint64_t)depth << STORE_NUMBER_BITS | (rank & STORE_NUMBER_MOST);
    struct host *host = frontier_host_find(frontier, key);
    int here = host && rank < host->mark;
    if (host && frontier_window_is_out(host, rank))
        return 0;
    if (here && !frontier_window_remove(frontier, host, rank))
        return 0; /* left there by a spent host */
    if (!store_queue_move(frontier->store, key, rank, to))
        return 0;
    if (here || (host && to < host->mark))
        frontier_window_load(frontier, host, to);
    if (host)
        frontier_place_host(frontier, host);
    return to;
}

/* ---- what is handed out ---------------------------------------------------------------------------- */

/* Takes an entry out of the list that it stands in. */
static void detach(struct frontier *frontier, struct entry *entry)
{
    struct host *host = entry->host;
    if (entry->waits) {
        TAILQ_REMOVE(&host->returning, entry, in_queue);
        host->returned--;
        frontier->returned--;
    } else {
        TAILQ_REMOVE(&host->queue, entry, in_queue);
        host->held--;
        frontier->held--;
        if (!host->out++ || frontier_depth(entry) < host->depth)
            host->depth = frontier_depth(entry);
        LIST_INSERT_HEAD(&host->outs, entry, in_out);
        if (entry->rank >= host->outs_end)
            host->outs_end = entry->rank + 1;
    }
    entry->waits = 0;
    frontier->queued -= entry->kind == ENTRY_PAGE;
}

struct entry *frontier_take(struct frontier *frontier, struct entry *entry)
{
    assert(entry->place == ENTRY_QUEUED);
    detach(frontier, entry);
    entry->place = ENTRY_LEASED;
    entry->granted = 0;
    frontier_host_take_slot(frontier, entry->host);
    frontier_place_host(frontier, entry->host);
    return entry;
}

/* Whose turn it is: those that have answered and those that never did alternate. */
static struct host *choose(struct frontier *frontier)
{
    int may_probe = !frontier->slots || frontier->probing < frontier->slots - frontier->slots / 64 * 8;
    struct host *known = TAILQ_FIRST(&frontier->turns),
                *new = may_probe ? TAILQ_FIRST(&frontier->new_turns) : NULL;
    if (!known || !new)
        return known ? known : new;
    frontier->turn = !frontier->turn;
    return frontier->turn ? known : new;
}

int frontier_is_looking(const struct frontier *frontier)
{
    return frontier->walking && frontier->ready < FEW_READY && HASH_COUNT(frontier->hosts) < HOSTS_MOST;
}

struct entry *frontier_next(struct frontier *frontier)
{
    if (frontier_is_looking(frontier))
        frontier_window_walk(frontier);
    struct host *host;
    struct entry *entry;
    double at;
    while ((host = choose(frontier))) {
        if ((entry = frontier_candidate(frontier, host, &at))) {
            frontier_host_go_last(frontier, host);
            return frontier_take(frontier, entry);
        }
        frontier_place_host(frontier, host); /* others filled the memory since it was its turn */
    }
    return NULL;
}

/* Puts an entry among those of its host that come back: first, or behind those that come as early. */
static void insert_returning(struct frontier *frontier, struct entry *entry, double not_before, int first)
{
    struct host *host = entry->host;
    struct entry *before = first ? NULL : TAILQ_LAST(&host->returning, entry_list);
    while (before && before->not_before > not_before)
        before = TAILQ_PREV(before, entry_list, in_queue);
    if (before)
        TAILQ_INSERT_AFTER(&host->returning, before, entry, in_queue);
    else
        TAILQ_INSERT_HEAD(&host->returning, entry, in_queue);
    entry->place = ENTRY_QUEUED;
    entry->waits = 1;
    entry->not_before = not_before;
    host->returned++;
    frontier->returned++;
    frontier->queued += entry->kind == ENTRY_PAGE;
}

struct host *frontier_put_back_keeping_slot(struct frontier *frontier, struct entry *entry)
{
    assert(entry->place == ENTRY_LEASED);
    insert_returning(frontier, entry, 0, 1);
    frontier_host_keep_slot(frontier, entry->host);
    frontier_place_host(frontier, entry->host);
    return entry->host;
}

/* Its slot is free; whether it was granted decides if the host now waits. */
static void free_slot(struct frontier *frontier, struct host *host, const struct entry *entry)
{
    frontier_host_free_slot(frontier, host, 0, entry->granted > 0);
}

void frontier_put_back(struct frontier *frontier, struct entry *entry)
{
    assert(entry->place == ENTRY_LEASED);
    free_slot(frontier, entry->host, entry);
    insert_returning(frontier, entry, 0, 1);
    frontier_place_host(frontier, entry->host);
}

void frontier_put_off(struct frontier *frontier, struct entry *entry, double seconds)
{
    assert(entry->place == ENTRY_LEASED);
    free_slot(frontier, entry->host, entry);
    insert_returning(frontier, entry, frontier->now + seconds, 0);
    frontier_place_host(frontier, entry->host);
}

void frontier_host_ask(struct frontier *frontier, struct entry *entry, const char *url, size_t size)
{
    struct host *host = entry->host;
    struct frontier_url file = {
        .source = url, .source_size = size, .url = url, .size = size, .private_ok = entry->private_ok};
    struct entry *robots = frontier_entry_create(host, 0, &file);
    robots->kind = ENTRY_ROBOTS;
    host->robots = FRONTIER_ROBOTS_ASKED;
    insert_returning(frontier, robots, 0, 1);
    frontier_put_back(frontier, entry);
}

/* ---- redirects ------------------------------------------------------------------------------------- */

int frontier_in_chain(const struct entry *entry, const char *url, size_t size)
{
    uint64_t hash = XXH3_64bits(url, size);
    for (unsigned i = 0; i < entry->chained; i++)
        if (entry->chain[i] == hash)
            return 1;
    return XXH3_64bits(entry->url, strlen(entry->url)) == hash;
}

static void follow(struct entry *entry, const char *url, size_t size)
{
    entry->chain = memory_resize(entry->chain, entry->chained + 1u, sizeof *entry->chain);
    entry->chain[entry->chained++] = XXH3_64bits(entry->url, strlen(entry->url));
    if (entry->source != entry->url)
        free(entry->url);
    entry->url = memory_copy(url, size);
    entry->hop++;
    entry->attempt = entry->failures = 0;
}

void frontier_redirect(struct frontier *frontier, struct entry *entry, const char *url, size_t size)
{
    assert(entry->place == ENTRY_LEASED);
    struct host *from = entry->host, *to = frontier_host_create(frontier, frontier_key(frontier, url, size));
    follow(entry, url, size);
    if (entry->kind == ENTRY_PAGE) {
        entry->home->away += (from == entry->home) - (unsigned)(to == entry->home);
        from->out--;
        if (!to->out++ || frontier_depth(entry) < to->depth)
            to->depth = frontier_depth(entry);
    }
    free_slot(frontier, from, entry);
    entry->host = to;
    insert_returning(frontier, entry, 0, 0);
    frontier_place_hosts(frontier, to, from);
}

/* ---- the end of an entry --------------------------------------------------------------------------- */

void frontier_finish(struct frontier *frontier, struct entry *entry)
{
    assert(entry->place == ENTRY_LEASED);
    struct host *host = entry->host, *home = entry->home;
    if (entry->rank) {
        store_queue_remove(frontier->store, home->key, entry->rank);
        LIST_REMOVE(entry, in_out);
    }
    if (entry->kind == ENTRY_PAGE) {
        host->out--;
        home->away -= host != home;
        if (frontier->rules.max_per_host && entry->granted > 0)
            host->pages = store_host_count_page(frontier->store, host->key);
    }
    free_slot(frontier, host, entry);
    frontier_entry_destroy(entry);
    frontier_place_hosts(frontier, host, home);
}

void frontier_drop_returning(struct frontier *frontier, struct host *host)
{
    struct entry *entry, *next;
    for (entry = TAILQ_FIRST(&host->returning); entry; entry = next) {
        next = TAILQ_NEXT(entry, in_queue);
        if (entry->kind != ENTRY_PAGE)
            continue;
        struct host *home = entry->home;
        detach(frontier, entry);
        LIST_REMOVE(entry, in_out);
        frontier->queued++; /* in the store it still is */
        host->out--;
        frontier_entry_destroy(entry);
        if (home != host) {
            home->away--;
            frontier_place_host(frontier, home);
        }
    }
}

/* ---- questions ------------------------------------------------------------------------------------- */

static struct entry *find_lost(const struct entry_list *list, uint64_t lease)
{
    struct entry *entry;
    TAILQ_FOREACH(entry, list, in_queue)
    if (entry->lost == lease)
        return entry;
    return NULL;
}

struct entry *frontier_find_lost(const struct frontier *frontier, uint64_t lease)
{
    struct entry *entry = NULL;
    for (const struct host *host = frontier->hosts; host && !entry; host = host->hh.next)
        entry = find_lost(&host->returning, lease);
    return entry;
}

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

int frontier_is_spent(const struct frontier *frontier)
{
    return !frontier->walking && HASH_COUNT(frontier->hosts) == 0;
}
