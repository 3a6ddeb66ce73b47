#include "coordinator/frontier_internal.h"

#include "common/url.h"

#include <assert.h>
#include <string.h>

enum {
    FILL_MOST = 64,  /* URLs read at once */
    WALK_MOST = 256, /* hosts walked over at once */
    RECORD_LONGEST = 2 + 2 + UINT16_MAX + URL_LONGEST,
};

/* ---- records: a byte of flags; the hop, where there is one; where the source is not the URL, its length (2
 * bytes) and itself; the URL ------------------------------------------------------------------------- */

enum { SOURCE_APART = 1, PRIVATE_OK = 2, HAS_HOP = 4 };

void frontier_window_write(struct frontier *frontier, uint64_t key, uint64_t rank,
                           const struct frontier_url *url)
{
    char record[RECORD_LONGEST];
    size_t at = 1;
    int apart = url->source_size != url->size || memcmp(url->source, url->url, url->size) != 0;
    assert(url->size <= URL_LONGEST && url->source_size <= UINT16_MAX && url->hop <= UINT8_MAX);
    record[0] =
        (char)((apart ? SOURCE_APART : 0) | (url->private_ok ? PRIVATE_OK : 0) | (url->hop ? HAS_HOP : 0));
    if (url->hop)
        record[at++] = (char)url->hop;
    if (apart) {
        uint16_t length = (uint16_t)url->source_size;
        memcpy(record + at, &length, sizeof length);
        memcpy(record + at + sizeof length, url->source, url->source_size);
        at += sizeof length + url->source_size;
    }
    memcpy(record + at, url->url, url->size);
    struct store_item item = {key, rank, record, at + url->size};
    store_queue_add(frontier->store, &item);
}

static struct entry *read_record(struct host *home, const struct store_item *item)
{
    unsigned flags = (unsigned char)item->record[0];
    const char *at = item->record + 1, *end = item->record + item->size;
    struct frontier_url url = {.private_ok = flags & PRIVATE_OK};
    if (flags & HAS_HOP)
        url.hop = (unsigned char)*at++;
    if (flags & SOURCE_APART) {
        uint16_t length;
        memcpy(&length, at, sizeof length);
        url.source = at + sizeof length;
        url.source_size = length;
        at = url.source + length;
    }
    url.url = at;
    url.size = (size_t)(end - at);
    if (!(flags & SOURCE_APART)) {
        url.source = url.url;
        url.source_size = url.size;
    }
    return frontier_entry_create(home, item->rank, &url);
}

/* ---- the window ------------------------------------------------------------------------------------ */

static void add_to_queue(struct frontier *frontier, struct entry *entry)
{
    struct host *host = entry->host;
    struct entry *before = TAILQ_LAST(&host->queue, entry_list);
    while (before && before->rank > entry->rank)
        before = TAILQ_PREV(before, entry_list, in_queue);
    if (before)
        TAILQ_INSERT_AFTER(&host->queue, before, entry, in_queue);
    else
        TAILQ_INSERT_HEAD(&host->queue, entry, in_queue);
    host->held++;
    frontier->held++;
}

static void drop(struct frontier *frontier, struct entry *entry)
{
    TAILQ_REMOVE(&entry->host->queue, entry, in_queue);
    entry->host->held--;
    frontier->held--;
    frontier_entry_destroy(entry);
}

struct entry *frontier_window_insert(struct frontier *frontier, struct entry *entry)
{
    struct host *host = entry->host;
    int room = host->held < HOST_WINDOW && frontier->held < WINDOW;
    add_to_queue(frontier, entry);
    if (room || host->held == 1)
        return entry;
    struct entry *last = TAILQ_LAST(&host->queue, entry_list);
    host->mark = last->rank;
    host->more = 1;
    drop(frontier, last);
    return last == entry ? NULL : entry;
}

static unsigned room_for(const struct frontier *frontier)
{
    size_t room = frontier->held < WINDOW ? (WINDOW - frontier->held) / 16 : 0;
    return room < 1 ? 1 : room > FILL_MOST ? FILL_MOST : (unsigned)room;
}

/* What is out stands in the store. Most of what is asked for is behind all that is out; but nearer URLs that
 * came late may have pushed the mark before it. */
int frontier_window_is_out(const struct host *host, uint64_t rank)
{
    const struct entry *entry = rank < host->outs_end ? LIST_FIRST(&host->outs) : NULL;
    while (entry && entry->rank != rank)
        entry = LIST_NEXT(entry, in_out);
    return entry != NULL;
}

void frontier_window_fill(struct frontier *frontier, struct host *host)
{
    unsigned room = room_for(frontier);
    struct store_item item = {.host = host->key, .rank = host->mark};
    while (room && store_queue_find(frontier->store, &item) && item.host == host->key) {
        if (!frontier_window_is_out(host, item.rank)) {
            add_to_queue(frontier, read_record(host, &item));
            room--;
        }
        host->mark = ++item.rank;
    }
    host->more = room == 0;
}

void frontier_window_load(struct frontier *frontier, struct host *host, uint64_t rank)
{
    struct store_item item = {.host = host->key, .rank = rank};
    if (store_queue_find(frontier->store, &item) && item.host == host->key && item.rank == rank)
        frontier_window_insert(frontier, read_record(host, &item));
}

int frontier_window_remove(struct frontier *frontier, struct host *host, uint64_t rank)
{
    struct entry *entry;
    TAILQ_FOREACH(entry, &host->queue, in_queue)
    if (entry->rank == rank) {
        drop(frontier, entry);
        return 1;
    }
    return 0;
}

void frontier_window_empty(struct frontier *frontier, struct host *host)
{
    while (!TAILQ_EMPTY(&host->queue))
        drop(frontier, TAILQ_FIRST(&host->queue));
    host->more = 0;
}

int frontier_window_knows(struct frontier *frontier, uint64_t key)
{
    struct store_item item = {.host = key};
    return store_queue_find(frontier->store, &item) && item.host == key;
}

/* The next host at or after walked_to. Returns whether there is one; otherwise the walk is round. */
static int next_host(struct frontier *frontier, uint64_t *key)
{
    struct store_item item = {.host = frontier->walked_to};
    int found = store_queue_find(frontier->store, &item);
    *key = item.host;
    frontier->walked_to = found ? item.host + 1 : 0;
    if (found && frontier->walked_to)
        return 1;
    frontier->walking = frontier->missed;
    frontier->missed = 0;
    return found;
}

void frontier_window_walk(struct frontier *frontier)
{
    uint64_t key;
    for (int i = 0; i < WALK_MOST && frontier->walking && HASH_COUNT(frontier->hosts) < HOSTS_MOST; i++)
        if (next_host(frontier, &key) && !frontier_host_find(frontier, key)) {
            struct host *host = frontier_host_create(frontier, key);
            host->more = 1;
            frontier_place_host(frontier, host);
        }
}
