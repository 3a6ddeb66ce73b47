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
        error = mdb_dbi_open(store->txn, "scope", MDB_INTEGERKEY | flags, &store->scope);
    if (!error)
        error = mdb_dbi_open(store->txn, "run", flags, &store->run);
    if (!error)
        error = mdb_cursor_open(store->txn, store->seen, &store->at_seen);
    if (!error)
        error = mdb_cursor_open(store->txn, store->scope, &store->at_scope);
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

/* Adds a number to the set that the cursor walks. Returns whether it was not there before. */
static int add_to_set(struct store *store, MDB_cursor *set, uint64_t number, uint64_t *sum)
{
    MDB_val key = {sizeof number, &number}, nothing = {0, NULL};
    int error = mdb_cursor_put(set, &key, &nothing, MDB_NOOVERWRITE);
    if (error == MDB_KEYEXIST)
        return 0;
    if (error) {
        store_fail(store, error);
        return 0;
    }
    *sum += XXH3_64bits(&number, sizeof number);
    store->dirty += PAGE_SHARE;
    return 1;
}

int store_seen_add(struct store *store, uint64_t fingerprint)
{
    return !store->broken && add_to_set(store, store->at_seen, fingerprint, &store->sums.seen);
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
    return XXH3_64bits_withSeed(item->record, item->size, item->host ^ item->id * 0x9e3779b97f4a7c15u);
}

void store_queue_add(struct store *store, const struct store_item *item)
{
    if (store->broken)
        return;
    uint64_t host = item->host, id = item->id;
    MDB_val key = {sizeof host, &host}, number = {sizeof id, &id},
            record = {item->size, (void *)item->record};
    int error = mdb_cursor_put(store->at_queue, &key, &number, MDB_NODUPDATA);
    if (!error) /* ids grow: pages are filled to their end */
        error = mdb_put(store->txn, store->urls, &number, &record, MDB_APPEND);
    if (error) {
        store_fail(store, error);
        return;
    }
    store->sums.queue += item_hash(item);
    store->dirty += item->size + sizeof host + sizeof id;
}

/* Completes an item of that host and id with its record. Returns 0 or an LMDB error. */
static int get_record(struct store *store, struct store_item *item)
{
    MDB_val number = {sizeof item->id, &item->id}, record;
    int error = mdb_get(store->txn, store->urls, &number, &record);
    if (!error) {
        item->record = record.mv_data;
        item->size = record.mv_size;
    }
    return error;
}

void store_queue_remove(struct store *store, uint64_t host, uint64_t id)
{
    if (store->broken)
        return;
    struct store_item item = {.host = host, .id = id};
    MDB_val key = {sizeof host, &host}, number = {sizeof id, &id};
    int error = get_record(store, &item);
    if (!error) {
        store->sums.queue -= item_hash(&item);
        error = mdb_del(store->txn, store->queue, &key, &number);
    }
    if (!error)
        error = mdb_del(store->txn, store->urls, &number, NULL);
    if (error)
        store_fail(store, error);
    store->dirty += PAGE_SHARE / 4;
}

/* Puts the cursor on the first number at or after item->id of that host, or on the first of the next host. */
static int seek(struct store *store, MDB_val *host, MDB_val *id)
{
    int error = mdb_cursor_get(store->at_queue, host, id, MDB_GET_BOTH_RANGE);
    uint64_t next;
    memcpy(&next, host->mv_data, sizeof next);
    if (error != MDB_NOTFOUND || ++next == 0)
        return error;
    *host = (MDB_val){sizeof next, &next};
    return mdb_cursor_get(store->at_queue, host, id, MDB_SET_RANGE);
}

int store_queue_find(struct store *store, struct store_item *item)
{
    if (store->broken)
        return 0;
    MDB_val host = {sizeof item->host, &item->host}, id = {sizeof item->id, &item->id};
    int error = seek(store, &host, &id);
    if (error == MDB_NOTFOUND)
        return 0;
    if (!error) {
        memcpy(&item->host, host.mv_data, sizeof item->host);
        memcpy(&item->id, id.mv_data, sizeof item->id);
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

/* ---- scope */

void store_scope_add(struct store *store, uint64_t name)
{
    if (!store->broken)
        add_to_set(store, store->at_scope, name, &store->sums.scope);
}

int store_scope_holds(struct store *store, uint64_t name)
{
    if (store->broken)
        return 0;
    MDB_val key = {sizeof name, &name}, nothing;
    int error = mdb_cursor_get(store->at_scope, &key, &nothing, MDB_SET);
    if (error && error != MDB_NOTFOUND)
        store_fail(store, error);
    return !error;
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
    MDB_val key = {strlen(name), (void *)name}, value;
    if (store->broken || mdb_get(store->txn, store->run, &key, &value))
        return NULL;
    *size = value.mv_size;
    return value.mv_data;
}

/* ---- is it whole */

static uint64_t sum_of_set(MDB_cursor *set, int *error)
{
    uint64_t sum = 0;
    MDB_val key, value;
    for (*error = mdb_cursor_get(set, &key, &value, MDB_FIRST); !*error;
         *error = mdb_cursor_get(set, &key, &value, MDB_NEXT))
        sum += XXH3_64bits(key.mv_data, key.mv_size);
    return sum;
}

static uint64_t sum_of_queue(struct store *store, int *error)
{
    uint64_t sum = 0;
    MDB_val host, id;
    for (*error = mdb_cursor_get(store->at_queue, &host, &id, MDB_FIRST); !*error;
         *error = mdb_cursor_get(store->at_queue, &host, &id, MDB_NEXT)) {
        struct store_item item = {0};
        memcpy(&item.host, host.mv_data, sizeof item.host);
        memcpy(&item.id, id.mv_data, sizeof item.id);
        if ((*error = get_record(store, &item)))
            break;
        sum += item_hash(&item);
    }
    if (*error == MDB_NOTFOUND && count(store, store->urls) != count(store, store->queue))
        *error = MDB_CORRUPTED;
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
    int seen_end, queue_end, scope_end;
    struct store_sums sums = {sum_of_set(store->at_seen, &seen_end), sum_of_queue(store, &queue_end),
                              sum_of_set(store->at_scope, &scope_end)};
    if (seen_end != MDB_NOTFOUND || queue_end != MDB_NOTFOUND || scope_end != MDB_NOTFOUND ||
        !free_pages_are_readable(store) || store_load_sums(store))
        return -1;
    return memcmp(&sums, &store->sums, sizeof sums) ? -1 : 0;
}
