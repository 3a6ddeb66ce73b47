#include "coordinator/store_internal.h"

#include "common/log.h"

#include <string.h>
#include <xxhash.h>

/* What a write to a random place costs in copied pages, as far as it is not shared with its neighbours. */
enum { PAGE_SHARE = 512 };

/* Many short values under one key, packed without headers. */
#define QUEUE_FLAGS (MDB_INTEGERKEY | MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP)

static const struct {
    const char *name;
    unsigned flags;
} tables[STORE_TABLES] = {
    [STORE_SEEN] = {"seen", MDB_INTEGERKEY},
    [STORE_QUEUE] = {"queue", QUEUE_FLAGS},
    [STORE_URLS] = {"urls", MDB_INTEGERKEY},
    [STORE_HOSTS] = {"hosts", MDB_INTEGERKEY},
    [STORE_PAGES] = {"pages", MDB_INTEGERKEY},
    [STORE_SCOPE] = {"scope", MDB_INTEGERKEY},
    [STORE_RUN] = {"run", 0},
};

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
    int error = 0;
    for (int i = 0; i < STORE_TABLES && !error; i++)
        error = mdb_dbi_open(store->txn, tables[i].name, tables[i].flags | flags, &store->tables[i]);
    for (int i = STORE_SEEN; i <= STORE_QUEUE && !error; i++)
        error = mdb_cursor_open(store->txn, store->tables[i], &store->cursors[i]);
    return error;
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
    if (store_sum_up_run(store, &store->sums.of[STORE_RUN]))
        store_fail(store, MDB_CORRUPTED);
    store_run_put(store, STORE_SUMS, &store->sums, sizeof store->sums);
    if (store->broken)
        return -1;
    /* Without this flag the page that names the new tree is written synchronously. */
    if (store->lasting)
        mdb_env_set_flags(store->env, MDB_NOMETASYNC, !forced && !store->unfinished);
    int error = mdb_txn_commit(store->txn);
    store->txn = NULL;
    if (!error)
        error = store_take_place(store);
    if (!error)
        error = store_begin(store, 0);
    if (error)
        store_fail(store, error);
    return error ? -1 : 0;
}

/* ---- keys of 8 bytes with a value */

uint64_t store_pair_hash(uint64_t key, const void *value, size_t size)
{
    return XXH3_64bits_withSeed(size ? value : "", size, (key ^ size) * 0x9e3779b97f4a7c15u);
}

static const void *get(struct store *store, enum store_table table, uint64_t key, size_t *size)
{
    MDB_val name = {sizeof key, &key}, value;
    if (store->broken || mdb_get(store->txn, store->tables[table], &name, &value))
        return NULL;
    *size = value.mv_size;
    return value.mv_data;
}

static void put(struct store *store, enum store_table table, uint64_t key, const void *bytes, size_t size)
{
    if (store->broken)
        return;
    size_t size_before;
    const void *before = get(store, table, key, &size_before);
    uint64_t hash = before ? store_pair_hash(key, before, size_before) : 0;
    MDB_val name = {sizeof key, &key}, value = {size, (void *)bytes};
    int error = mdb_put(store->txn, store->tables[table], &name, &value, 0);
    if (error) {
        store_fail(store, error);
        return;
    }
    store->sums.of[table] += store_pair_hash(key, bytes, size) - hash;
    store->dirty += size + PAGE_SHARE;
}

static uint64_t read_number(const void *bytes, size_t size)
{
    uint64_t number = 0;
    if (bytes && size == sizeof number)
        memcpy(&number, bytes, size);
    return number;
}

/* ---- seen */

int store_seen_add(struct store *store, uint64_t fingerprint, uint64_t *value)
{
    if (store->broken)
        return 0;
    size_t size = value && *value ? sizeof *value : 0;
    MDB_val key = {sizeof fingerprint, &fingerprint}, stored = {size, value};
    int error = mdb_cursor_put(store->cursors[STORE_SEEN], &key, &stored, MDB_NOOVERWRITE);
    if (error == MDB_KEYEXIST) {
        if (value)
            *value = read_number(stored.mv_data, stored.mv_size);
        return 0;
    }
    if (error) {
        store_fail(store, error);
        return 0;
    }
    store->sums.of[STORE_SEEN] += store_pair_hash(fingerprint, value, size);
    store->dirty += PAGE_SHARE;
    return 1;
}

void store_seen_set(struct store *store, uint64_t fingerprint, uint64_t value)
{
    put(store, STORE_SEEN, fingerprint, &value, value ? sizeof value : 0);
}

static size_t count(const struct store *store, enum store_table table)
{
    MDB_stat stat;
    return store->txn && mdb_stat(store->txn, store->tables[table], &stat) == 0 ? stat.ms_entries : 0;
}

size_t store_seen_count(const struct store *store)
{
    return count(store, STORE_SEEN);
}

/* ---- queue */

static void add_place(struct store *store, uint64_t host, uint64_t rank)
{
    store->sums.of[STORE_QUEUE] += store_pair_hash(host, &rank, sizeof rank);
}

static void remove_place(struct store *store, uint64_t host, uint64_t rank)
{
    store->sums.of[STORE_QUEUE] -= store_pair_hash(host, &rank, sizeof rank);
}

void store_queue_add(struct store *store, const struct store_item *item)
{
    if (store->broken)
        return;
    uint64_t host = item->host, rank = item->rank, number = rank & STORE_NUMBER_MOST;
    MDB_val key = {sizeof host, &host}, place = {sizeof rank, &rank}, name = {sizeof number, &number},
            record = {item->size, (void *)item->record};
    int error = mdb_cursor_put(store->cursors[STORE_QUEUE], &key, &place, MDB_NODUPDATA);
    if (!error) /* numbers grow: pages are filled to their end */
        error = mdb_put(store->txn, store->tables[STORE_URLS], &name, &record, MDB_APPEND);
    if (error) {
        store_fail(store, error);
        return;
    }
    add_place(store, host, rank);
    store->sums.of[STORE_URLS] += store_pair_hash(number, item->record, item->size);
    store->dirty += item->size + sizeof host + sizeof rank;
}

/* Completes an item of that host and rank with its record. Returns 0 or an LMDB error. */
static int get_record(struct store *store, struct store_item *item)
{
    uint64_t number = item->rank & STORE_NUMBER_MOST;
    MDB_val name = {sizeof number, &number}, record;
    int error = mdb_get(store->txn, store->tables[STORE_URLS], &name, &record);
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
        remove_place(store, host, rank);
        store->sums.of[STORE_URLS] -= store_pair_hash(number, item.record, item.size);
        error = mdb_del(store->txn, store->tables[STORE_QUEUE], &key, &place);
    }
    if (!error)
        error = mdb_del(store->txn, store->tables[STORE_URLS], &name, NULL);
    if (error)
        store_fail(store, error);
    store->dirty += PAGE_SHARE / 4;
}

int store_queue_move(struct store *store, uint64_t host, uint64_t rank, uint64_t to)
{
    if (store->broken)
        return 0;
    MDB_val key = {sizeof host, &host}, place = {sizeof rank, &rank}, other = {sizeof to, &to};
    int error = mdb_del(store->txn, store->tables[STORE_QUEUE], &key, &place);
    if (error == MDB_NOTFOUND)
        return 0;
    if (!error)
        error = mdb_put(store->txn, store->tables[STORE_QUEUE], &key, &other, MDB_NODUPDATA);
    if (error) {
        store_fail(store, error);
        return 0;
    }
    remove_place(store, host, rank);
    add_place(store, host, to);
    store->dirty += PAGE_SHARE;
    return 1;
}

/* Puts the cursor on the first rank at or after that one of that host, or on the first of the next host. */
static int seek(struct store *store, MDB_val *host, MDB_val *rank)
{
    int error = mdb_cursor_get(store->cursors[STORE_QUEUE], host, rank, MDB_GET_BOTH_RANGE);
    uint64_t next;
    memcpy(&next, host->mv_data, sizeof next);
    if (error != MDB_NOTFOUND || ++next == 0)
        return error;
    *host = (MDB_val){sizeof next, &next};
    return mdb_cursor_get(store->cursors[STORE_QUEUE], host, rank, MDB_SET_RANGE);
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
    return count(store, STORE_QUEUE);
}

/* ---- hosts */

void store_host_put(struct store *store, uint64_t host, const void *bytes, size_t size)
{
    put(store, STORE_HOSTS, host, bytes, size);
}

const void *store_host_get(struct store *store, uint64_t host, size_t *size)
{
    return get(store, STORE_HOSTS, host, size);
}

uint64_t store_host_pages(struct store *store, uint64_t host)
{
    size_t size = 0;
    const void *stored = get(store, STORE_PAGES, host, &size);
    return read_number(stored, size);
}

uint64_t store_host_count_page(struct store *store, uint64_t host)
{
    uint64_t pages = store_host_pages(store, host) + 1;
    put(store, STORE_PAGES, host, &pages, sizeof pages);
    return pages;
}

/* ---- scope */

void store_scope_add(struct store *store, uint64_t name)
{
    if (!store_scope_holds(store, name))
        put(store, STORE_SCOPE, name, NULL, 0);
}

int store_scope_holds(struct store *store, uint64_t name)
{
    size_t size;
    return get(store, STORE_SCOPE, name, &size) != NULL;
}

/* ---- run */

void store_run_put(struct store *store, const char *name, const void *bytes, size_t size)
{
    if (store->broken)
        return;
    MDB_val key = {strlen(name), (void *)name}, value = {size, (void *)bytes};
    int error = mdb_put(store->txn, store->tables[STORE_RUN], &key, &value, 0);
    if (error)
        store_fail(store, error);
}

const void *store_run_get(struct store *store, const char *name, size_t *size)
{
    MDB_val key = {strlen(name), (void *)name}, value;
    if (store->broken || mdb_get(store->txn, store->tables[STORE_RUN], &key, &value))
        return NULL;
    *size = value.mv_size;
    return value.mv_data;
}

int store_load_sums(struct store *store)
{
    size_t size;
    const void *stored = store_run_get(store, STORE_SUMS, &size);
    if (!stored || size != sizeof store->sums)
        return -1;
    memcpy(&store->sums, stored, size);
    return 0;
}
