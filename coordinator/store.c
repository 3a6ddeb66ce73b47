#include "coordinator/store_internal.h"

#include "common/log.h"

#include <string.h>
#include <xxhash.h>

/* What a write to a random place costs in copied pages, as far as it is not shared with its neighbours. */
enum { PAGE_SHARE = 512 };

/* Many short values under one key, packed without headers. */
#define QUEUE_FLAGS (MDB_INTEGERKEY | MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP)

static const char sums_name[] = "sums";

void store_fail(struct store *store, int error)
{
    if (store->broken)
        return;
    store->broken = 1;
    log_error("%s: the state cannot be written: %s", store->name, mdb_strerror(error));
    if (store->txn)
        mdb_txn_abort(store->txn);
    store->txn = NULL;
}

int store_is_lasting(const struct store *store)
{
    return store->lasting;
}

int store_is_broken(const struct store *store)
{
    return store->broken;
}

size_t store_dirty(const struct store *store)
{
    return store->dirty;
}

/* ---- transactions */

static int open_tables(struct store *store, unsigned flags)
{
    int error = mdb_dbi_open(store->txn, "seen", MDB_INTEGERKEY | flags, &store->seen);
    if (!error)
        error = mdb_dbi_open(store->txn, "queue", QUEUE_FLAGS | flags, &store->queue);
    if (!error)
        error = mdb_dbi_open(store->txn, "urls", MDB_INTEGERKEY | flags, &store->urls);
    if (!error)
        error = mdb_dbi_open(store->txn, "hosts", MDB_INTEGERKEY | flags, &store->hosts);
    if (!error)
        error = mdb_dbi_open(store->txn, "pages", MDB_INTEGERKEY | flags, &store->pages);
    if (!error)
        error = mdb_dbi_open(store->txn, "run", flags, &store->run);
    if (!error)
        error = mdb_cursor_open(store->txn, store->seen, &store->at_seen);
    return error ? error : mdb_cursor_open(store->txn, store->queue, &store->at_queue);
}

int store_begin(struct store *store, unsigned flags)
{
    int error = mdb_txn_begin(store->env, NULL, flags & MDB_RDONLY, &store->txn);
    if (error)
        store->txn = NULL;
    else
        error = open_tables(store, flags & MDB_CREATE);
    store->dirty = 0;
    return error;
}

int store_commit(struct store *store, int forced)
{
    if (store->broken)
        return -1;
    store_run_put(store, sums_name, &store->sums, sizeof store->sums);
    if (store->broken)
        return -1;
    /* Without this flag the page that names the new tree is written synchronously. */
    if (store->lasting)
        mdb_env_set_flags(store->env, MDB_NOMETASYNC, !forced);
    int error = mdb_txn_commit(store->txn);
    store->txn = NULL;
    if (!error)
        error = store_begin(store, 0);
    if (error)
        store_fail(store, error);
    return error ? -1 : 0;
}

/* ---- seen */

/* A value of 0 hashes, and is stored, as none. */
static uint64_t seen_hash(uint64_t fingerprint, uint64_t value)
{
    return XXH3_64bits_withSeed(&fingerprint, sizeof fingerprint, value);
}

static MDB_val value_of(uint64_t *value)
{
    return (MDB_val){value && *value ? sizeof *value : 0, value};
}

static uint64_t read_value(const MDB_val *stored)
{
    uint64_t value = 0;
    if (stored->mv_size == sizeof value)
        memcpy(&value, stored->mv_data, sizeof value);
    return value;
}

int store_seen_add(struct store *store, uint64_t fingerprint, uint64_t *value)
{
    if (store->broken)
        return 0;
    MDB_val key = {sizeof fingerprint, &fingerprint}, stored = value_of(value);
    int error = mdb_cursor_put(store->at_seen, &key, &stored, MDB_NOOVERWRITE);
    if (error == MDB_KEYEXIST) {
        if (value)
            *value = read_value(&stored);
        return 0;
    }
    if (error) {
        store_fail(store, error);
        return 0;
    }
    store->sums.seen += seen_hash(fingerprint, value ? *value : 0);
    store->dirty += PAGE_SHARE;
    return 1;
}

void store_seen_set(struct store *store, uint64_t fingerprint, uint64_t value)
{
    if (store->broken)
        return;
    MDB_val key = {sizeof fingerprint, &fingerprint}, stored;
    int error = mdb_get(store->txn, store->seen, &key, &stored);
    uint64_t before = error ? 0 : read_value(&stored);
    stored = value_of(&value);
    if (!error)
        error = mdb_put(store->txn, store->seen, &key, &stored, 0);
    if (error) {
        store_fail(store, error);
        return;
    }
    store->sums.seen += seen_hash(fingerprint, value) - seen_hash(fingerprint, before);
    store->dirty += PAGE_SHARE;
}

static size_t count(const struct store *store, MDB_dbi table)
{
    MDB_stat stat;
    return store->txn && mdb_stat(store->txn, table, &stat) == 0 ? stat.ms_entries : 0;
}

size_t store_seen_count(const struct store *store)
{
    return count(store, store->seen);
}

/* ---- queue */

static uint64_t item_hash(const struct store_item *item)
{
    return XXH3_64bits_withSeed(item->record, item->size, item->host ^ item->rank * 0x9e3779b97f4a7c15u);
}

void store_queue_add(struct store *store, const struct store_item *item)
{
    if (store->broken)
        return;
    uint64_t host = item->host, rank = item->rank, number = rank & STORE_NUMBER_MOST;
    MDB_val key = {sizeof host, &host}, place = {sizeof rank, &rank}, name = {sizeof number, &number},
            record = {item->size, (void *)item->record};
    int error = mdb_cursor_put(store->at_queue, &key, &place, MDB_NODUPDATA);
    if (!error) /* numbers grow: pages are filled to their end */
        error = mdb_put(store->txn, store->urls, &name, &record, MDB_APPEND);
    if (error) {
        store_fail(store, error);
        return;
    }
    store->sums.queue += item_hash(item);
    store->dirty += item->size + sizeof host + sizeof rank;
}

/* Completes an item of that host and rank with its record. Returns 0 or an LMDB error. */
static int get_record(struct store *store, struct store_item *item)
{
    uint64_t number = item->rank & STORE_NUMBER_MOST;
    MDB_val name = {sizeof number, &number}, record;
    int error = mdb_get(store->txn, store->urls, &name, &record);
    if (!error) {
        item->record = record.mv_data;
        item->size = record.mv_size;
    }
    return error;
}

void store_queue_remove(struct store *store, uint64_t host, uint64_t rank)
{
    if (store->broken)
        return;
    struct store_item item = {.host = host, .rank = rank};
    uint64_t number = rank & STORE_NUMBER_MOST;
    MDB_val key = {sizeof host, &host}, place = {sizeof rank, &rank}, name = {sizeof number, &number};
    int error = get_record(store, &item);
    if (!error) {
        store->sums.queue -= item_hash(&item);
        error = mdb_del(store->txn, store->queue, &key, &place);
    }
    if (!error)
        error = mdb_del(store->txn, store->urls, &name, NULL);
    if (error)
        store_fail(store, error);
    store->dirty += PAGE_SHARE / 4;
}

int store_queue_move(struct store *store, uint64_t host, uint64_t rank, uint64_t to)
{
    if (store->broken)
        return 0;
    struct store_item item = {.host = host, .rank = rank};
    MDB_val key = {sizeof host, &host}, place = {sizeof rank, &rank}, other = {sizeof to, &to};
    int error = mdb_del(store->txn, store->queue, &key, &place);
    if (error == MDB_NOTFOUND)
        return 0;
    if (!error)
        error = mdb_put(store->txn, store->queue, &key, &other, MDB_NODUPDATA);
    if (!error)
        error = get_record(store, &item);
    if (error) {
        store_fail(store, error);
        return 0;
    }
    store->sums.queue -= item_hash(&item);
    item.rank = to;
    store->sums.queue += item_hash(&item);
    store->dirty += PAGE_SHARE;
    return 1;
}

/* Puts the cursor on the first rank at or after that one of that host, or on the first of the next host. */
static int seek(struct store *store, MDB_val *host, MDB_val *rank)
{
    int error = mdb_cursor_get(store->at_queue, host, rank, MDB_GET_BOTH_RANGE);
    uint64_t next;
    memcpy(&next, host->mv_data, sizeof next);
    if (error != MDB_NOTFOUND || ++next == 0)
        return error;
    *host = (MDB_val){sizeof next, &next};
    return mdb_cursor_get(store->at_queue, host, rank, MDB_SET_RANGE);
}

int store_queue_find(struct store *store, struct store_item *item)
{
    if (store->broken)
        return 0;
    MDB_val host = {sizeof item->host, &item->host}, rank = {sizeof item->rank, &item->rank};
    int error = seek(store, &host, &rank);
    if (error == MDB_NOTFOUND)
        return 0;
    if (!error) {
        memcpy(&item->host, host.mv_data, sizeof item->host);
        memcpy(&item->rank, rank.mv_data, sizeof item->rank);
        error = get_record(store, item);
    }
    if (error)
        store_fail(store, error);
    return !error;
}

size_t store_queue_count(const struct store *store)
{
    return count(store, store->queue);
}

/* ---- hosts */

static uint64_t host_hash(uint64_t host, const MDB_val *value)
{
    return XXH3_64bits_withSeed(value->mv_data, value->mv_size, host * 0x9e3779b97f4a7c15u);
}

static void put_of_host(struct store *store, MDB_dbi table, uint64_t host, const void *bytes, size_t size)
{
    if (store->broken)
        return;
    MDB_val key = {sizeof host, &host}, value = {size, (void *)bytes}, before;
    int error = mdb_get(store->txn, table, &key, &before);
    uint64_t hash = error ? 0 : host_hash(host, &before);
    if (!error || error == MDB_NOTFOUND)
        error = mdb_put(store->txn, table, &key, &value, 0);
    if (error) {
        store_fail(store, error);
        return;
    }
    store->sums.hosts += host_hash(host, &value) - hash;
    store->dirty += size + PAGE_SHARE;
}

void store_host_put(struct store *store, uint64_t host, const void *bytes, size_t size)
{
    put_of_host(store, store->hosts, host, bytes, size);
}

static const void *get(struct store *store, MDB_dbi table, MDB_val *key, size_t *size)
{
    MDB_val value;
    if (store->broken || mdb_get(store->txn, table, key, &value))
        return NULL;
    *size = value.mv_size;
    return value.mv_data;
}

const void *store_host_get(struct store *store, uint64_t host, size_t *size)
{
    return get(store, store->hosts, &(MDB_val){sizeof host, &host}, size);
}

uint64_t store_host_pages(struct store *store, uint64_t host)
{
    size_t size = 0;
    uint64_t pages = 0;
    const void *stored = get(store, store->pages, &(MDB_val){sizeof host, &host}, &size);
    if (stored && size == sizeof pages)
        memcpy(&pages, stored, size);
    return pages;
}

uint64_t store_host_count_page(struct store *store, uint64_t host)
{
    uint64_t pages = store_host_pages(store, host) + 1;
    put_of_host(store, store->pages, host, &pages, sizeof pages);
    return pages;
}

/* ---- run */

void store_run_put(struct store *store, const char *name, const void *bytes, size_t size)
{
    if (store->broken)
        return;
    MDB_val key = {strlen(name), (void *)name}, value = {size, (void *)bytes};
    int error = mdb_put(store->txn, store->run, &key, &value, 0);
    if (error)
        store_fail(store, error);
}

const void *store_run_get(struct store *store, const char *name, size_t *size)
{
    return get(store, store->run, &(MDB_val){strlen(name), (void *)name}, size);
}

/* ---- is it whole */

static uint64_t sum_of_seen(struct store *store, int *error)
{
    uint64_t sum = 0;
    MDB_val key, value;
    for (*error = mdb_cursor_get(store->at_seen, &key, &value, MDB_FIRST); !*error;
         *error = mdb_cursor_get(store->at_seen, &key, &value, MDB_NEXT))
        sum += XXH3_64bits_withSeed(key.mv_data, key.mv_size, read_value(&value));
    return sum;
}

static uint64_t sum_of_queue(struct store *store, int *error)
{
    uint64_t sum = 0;
    MDB_val host, rank;
    for (*error = mdb_cursor_get(store->at_queue, &host, &rank, MDB_FIRST); !*error;
         *error = mdb_cursor_get(store->at_queue, &host, &rank, MDB_NEXT)) {
        struct store_item item = {0};
        memcpy(&item.host, host.mv_data, sizeof item.host);
        memcpy(&item.rank, rank.mv_data, sizeof item.rank);
        if ((*error = get_record(store, &item)))
            break;
        sum += item_hash(&item);
    }
    if (*error == MDB_NOTFOUND && count(store, store->urls) != count(store, store->queue))
        *error = MDB_CORRUPTED;
    return sum;
}

static uint64_t sum_of_hosts(struct store *store, MDB_dbi table, int *error)
{
    uint64_t sum = 0, host;
    MDB_cursor *cursor;
    MDB_val key, value;
    *error = mdb_cursor_open(store->txn, table, &cursor);
    while (!*error && !(*error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
        memcpy(&host, key.mv_data, sizeof host);
        sum += host_hash(host, &value);
    }
    return sum;
}

/* Touches every page of LMDB's own table of free pages. Returns whether it could be read. */
static int free_pages_are_readable(struct store *store)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t pages = 0;
    int error = mdb_cursor_open(store->txn, 0, &cursor);
    while (!error && !(error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)))
        if (value.mv_size >= sizeof pages)
            memcpy(&pages, (char *)value.mv_data + value.mv_size - sizeof pages, sizeof pages);
    return error == MDB_NOTFOUND;
}

int store_load_sums(struct store *store)
{
    size_t size;
    const void *stored = store_run_get(store, sums_name, &size);
    if (!stored || size != sizeof store->sums)
        return -1;
    memcpy(&store->sums, stored, size);
    return 0;
}

int store_check(struct store *store)
{
    int seen_end, queue_end, hosts_end, pages_end;
    struct store_sums sums = {sum_of_seen(store, &seen_end), sum_of_queue(store, &queue_end),
                              sum_of_hosts(store, store->hosts, &hosts_end)};
    sums.hosts += sum_of_hosts(store, store->pages, &pages_end);
    if (seen_end != MDB_NOTFOUND || queue_end != MDB_NOTFOUND || hosts_end != MDB_NOTFOUND ||
        pages_end != MDB_NOTFOUND || !free_pages_are_readable(store) ||
        store_load_sums(store))
        return -1;
    return memcmp(&sums, &store->sums, sizeof sums) ? -1 : 0;
}
