#include "coordinator/store_internal.h"

#include <string.h>
#include <xxhash.h>

/* Sums up a table from its first entry to its last. Returns 0 or an LMDB error. */
static int sum_up(struct store *store, enum store_table table, uint64_t *sum)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    int error = mdb_cursor_open(store->txn, store->tables[table], &cursor);
    while (!error && !(error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
        uint64_t name;
        memcpy(&name, key.mv_data, sizeof name);
        *sum += store_pair_hash(name, value.mv_data, value.mv_size);
    }
    mdb_cursor_close(cursor);
    return error == MDB_NOTFOUND ? 0 : error;
}

int store_sum_up_run(struct store *store, uint64_t *sum)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    int error = mdb_cursor_open(store->txn, store->tables[STORE_RUN], &cursor);
    for (*sum = 0; !error && !(error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT));)
        if (key.mv_size != strlen(STORE_SUMS) || memcmp(key.mv_data, STORE_SUMS, key.mv_size) != 0)
            *sum += store_pair_hash(XXH3_64bits(key.mv_data, key.mv_size), value.mv_data, value.mv_size);
    mdb_cursor_close(cursor);
    return error == MDB_NOTFOUND ? 0 : error;
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
        if (sum_up(store, table, &sums.of[table]))
            return -1;
    if (store_sum_up_run(store, &sums.of[STORE_RUN]))
        return -1;
    if (!free_pages_are_readable(store) || store_load_sums(store))
        return -1;
    return memcmp(&sums, &store->sums, sizeof sums) ? -1 : 0;
}
