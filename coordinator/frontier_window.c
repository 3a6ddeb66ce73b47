#include "coordinator/frontier_internal.h"

#include "common/url.h"

#include <assert.h>
#include <string.h>

enum {
    FILL_MOST = 64,  /* URLs read at once */
    WALK_MOST = 256, /* hosts walked over at once */
    SOURCE_APART = 1,
    RECORD_LONGEST = 1 + 2 + UINT16_MAX + URL_LONGEST,
};

/* ---- records: a byte of flags; where the source is not the URL, its length (2 bytes) and itself; the URL */

void frontier_window_write(struct frontier *frontier, uint64_t key, uint64_t id, const char *source,
                           size_t source_size, const char *url, size_t size)
{
    char record[RECORD_LONGEST];
    size_t at = 1;
    int apart = source_size != size || memcmp(source, url, size) != 0;
    assert(size <= URL_LONGEST && source_size <= UINT16_MAX);
    record[0] = apart ? SOURCE_APART : 0;
    if (apart) {
        uint16_t length = (uint16_t)source_size;
        memcpy(record + at, &length, sizeof length);
        memcpy(record + at + sizeof length, source, source_size);
        at += sizeof length + source_size;
    }
    memcpy(record + at, url, size);
    struct store_item item = {key, id, record, at + size};
    store_queue_add(frontier->store, &item);
}

static struct entry *read_record(struct host *home, const struct store_item *item)
{
    const char *url = item->record + 1, *source = url, *end = item->record + item->size;
    size_t source_size = item->size - 1;
    if (item->record[0] & SOURCE_APART) {
        uint16_t length;
        memcpy(&length, url, sizeof length);
        source = url + sizeof length;
        source_size = length;
        url = source + length;
    }
    return frontier_entry_create(home, item->id, source, source_size, url, (size_t)(end - url));
}

/* ---- the window */

static unsigned room_for(const struct frontier *frontier)
{
    size_t room = frontier->held < WINDOW ? (WINDOW - frontier->held) / 16 : 0;
    return room < 1 ? 1 : room > FILL_MOST ? FILL_MOST : (unsigned)room;
}

void frontier_window_fill(struct frontier *frontier, struct host *host)
{
    unsigned room = room_for(frontier);
    struct store_item item = {.host = host->key, .id = host->mark};
    while (room && store_queue_find(frontier->store, &item) && item.host == host->key) {
        struct entry *entry = read_record(host, &item);
        TAILQ_INSERT_TAIL(&host->queue, entry, in_queue);
        host->held++;
        frontier->held++;
        host->mark = ++item.id;
        room--;
    }
    host->more = room == 0;
}

int frontier_window_knows(struct frontier *frontier, uint64_t key)
{
    struct store_item item = {.host = key};
    return store_queue_find(frontier->store, &item) && item.host == key;
}

static int is_here(const struct frontier *frontier, uint64_t key)
{
    struct host *host;
    HASH_FIND(hh, frontier->hosts, &key, sizeof key, host);
    return host != NULL;
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
        if (next_host(frontier, &key) && !is_here(frontier, key)) {
            struct host *host = frontier_host_create(frontier, key);
            host->more = 1;
            frontier_place_host(frontier, host);
        }
}
