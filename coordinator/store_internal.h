/* What store*.c share; for them alone. */
#ifndef TRAWL_COORDINATOR_STORE_INTERNAL_H
#define TRAWL_COORDINATOR_STORE_INTERNAL_H

#include "coordinator/store.h"

#include <lmdb.h>

/* Changes with every change of a table or of the run record. */
#define STORE_VERSION "trawl state 2"

/* Sums over the tables, kept up to date with every write: one flipped bit in any makes them differ. */
struct store_sums {
    uint64_t seen;
    uint64_t queue;
    uint64_t scope;
};

struct store {
    char *name; /* for people */
    int lasting;
    int lock;      /* -1: none */
    int directory; /* -1: none */
    MDB_env *env;
    MDB_txn *txn; /* NULL: broken */
    MDB_dbi seen, queue, urls, scope, run;
    MDB_cursor *at_seen, *at_queue, *at_scope;
    struct store_sums sums;
    size_t dirty;
    int broken;
};

/* Opens the environment at `path` with these flags, in the largest address range that can be had. Returns 0
 * or an LMDB error. */
int store_open_env(struct store *store, const char *path, unsigned flags);

/* Opens a transaction and the tables, made where `flags` holds MDB_CREATE. Returns 0 or an LMDB error. */
int store_begin(struct store *store, unsigned flags);

/* Reads the whole store and compares the sums. Returns 0, or -1 when it is damaged. */
int store_check(struct store *store);

/* Takes the sums that were committed last. Returns 0, or -1 when there are none. */
int store_load_sums(struct store *store);

/* Logs the first error and breaks the store. */
void store_fail(struct store *store, int error);

#endif
