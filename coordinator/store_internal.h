/* What store*.c share; for them alone. */
#ifndef TRAWL_COORDINATOR_STORE_INTERNAL_H
#define TRAWL_COORDINATOR_STORE_INTERNAL_H

#include "coordinator/store.h"

#include <lmdb.h>

/* Changes with every change of a table or of the run record. */
#define STORE_VERSION "trawl state 4"

enum store_table {
    STORE_SEEN,
    STORE_QUEUE,
    STORE_URLS,
    STORE_HOSTS,
    STORE_PAGES,
    STORE_SCOPE,
    STORE_RUN,
    STORE_TABLES
};

/* A sum over each table, kept up to date with every write, of the run (without this) with every commit: one
 * flipped bit makes it differ. */
struct store_sums {
    uint64_t of[STORE_TABLES];
};

struct store {
    char *name; /* for people */
    int lasting;
    int lock;       /* -1: none */
    int directory;  /* -1: none */
    int unfinished; /* it stands under another name yet (store_open.c) */
    MDB_env *env;
    MDB_txn *txn; /* NULL: broken */
    MDB_dbi tables[STORE_TABLES];
    MDB_cursor *cursors[STORE_TABLES]; /* those that are used all the time: seen, queue */
    struct store_sums sums;
    size_t dirty;
    int broken;
};

/* What the sums are called in the run table. */
#define STORE_SUMS "sums"

/* Opens the environment at `path` with these flags, in the largest address range that can be had. Returns 0
 * or an LMDB error. */
int store_open_env(struct store *store, const char *path, unsigned flags);

/* Opens a transaction and the tables, made where `flags` holds MDB_CREATE. Returns 0 or an LMDB error. */
int store_begin(struct store *store, unsigned flags);

/* Gives a store that was made here its name, in the place of what has it. Returns 0 or an errno. */
int store_take_place(struct store *store);

/* What a key with its value adds to its table's sum. */
uint64_t store_pair_hash(uint64_t key, const void *value, size_t size);

/* Sums up what the run table holds besides the sums. Returns 0 or an LMDB error (store_check.c). */
int store_sum_up_run(struct store *store, uint64_t *sum);

/* Takes the sums that were committed last. Returns 0, or -1 when there are none. */
int store_load_sums(struct store *store);

/* Reads the whole store and compares the sums (store_check.c). Returns 0, or -1 when it is damaged. */
int store_check(struct store *store);

/* Logs the first error and breaks the store. */
void store_fail(struct store *store, int error);

#endif
