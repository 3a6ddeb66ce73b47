#include "coordinator/store_internal.h"

#include <string.h>

/* Sums up a table from its first entry to its last. Returns 0 or an LMDB error. */
static int sum_up(struct store *store, enum store_table table, uint64_t *sum)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    int error = mdb_cursor_open(store->txn, store->tables[table], &cursor);
    while (!error && !(error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
        struct store_item item = {0};
        memcpy(&item.host, key.mv_data, sizeof item.host);
        if (table != STORE_QUEUE) {
            *sum += store_pair_hash(item.host, value.mv_data, value.mv_size);
            continue;
        }
        memcpy(&item.rank, value.mv_data, sizeof item.rank);
        if (store_get_record(store, &item)) {
            error = MDB_CORRUPTED;
            break;
        }
        *sum += store_item_hash(&item);
    }
    mdb_cursor_close(cursor);
    return error == MDB_NOTFOUND ? 0 : error;
}

static size_t count(struct store *store, enum store_table table)
{
    MDB_stat stat;
    return mdb_stat(store->txn, store->tables[table], &stat) ? SIZE_MAX : stat.ms_entries;
}

/* Touches every page of LMDB's own table of free pages. Returns whether it could be read. */
static int free_pages_are_readable(struct store *store)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    uint64_t pages = 0;
    int error = mdb_cursor_open(store->txn, 0, &cursor);
    while (!error && !(error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)))
        if (value.mv_size >= sizeof pages)
            memcpy(&pages, (char *)value.mv_data + value.mv_size - sizeof pages, sizeof pages);
    mdb_cursor_close(cursor);
    return error == MDB_NOTFOUND;
}

int store_check(struct store *store)
{
    struct store_sums sums = {0};
    for (enum store_table table = 0; table < STORE_RUN; table++)
        /* The records are summed up with the queue: none may be left over. */
        if (table == STORE_URLS ? count(store, STORE_URLS) != count(store, STORE_QUEUE)
                                : sum_up(store, table, &sums.of[table]))
            return -1;
    if (!free_pages_are_readable(store) || store_load_sums(store))
        return -1;
    return memcmp(&sums, &store->sums, sizeof sums) ? -1 : 0;
}
