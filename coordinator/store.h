/* What the coordinator remembers on disk: the URLs met, the URLs queued, what is known of hosts, and the
 * record of the run.
 *
 * Seven tables in one LMDB file, in the machine's byte order. The disk knows queued and done, nothing else: a
 * queue item is removed in the transaction that records its outcome, so after a crash there is nothing to put
 * back.
 *
 *   seen    fingerprint (8 bytes)  -> nothing, or the rank it was queued with (8 bytes)
 *   queue   host (8 bytes)         -> ranks (8 bytes each), sorted
 *   urls    number (8 bytes)       -> the URL's record
 *   hosts   host (8 bytes)         -> bytes
 *   pages   host (8 bytes)         -> how many (8 bytes)
 *   scope   name (8 bytes)         -> nothing
 *   run     name                   -> bytes
 *
 * One transaction is open all the time and takes every write; store_commit ends it and opens the next. What
 * is not committed yet is read like the rest. A lasting store is synced with each commit; a temporary one is
 * a file without a name that never is.
 *
 * An error (a full disk, a failed sync, a damaged page) is logged once and breaks the store: from then on
 * nothing is committed, what is asked is answered as if nothing were there, and store_is_broken says so.
 */
#ifndef TRAWL_COORDINATOR_STORE_H
#define TRAWL_COORDINATOR_STORE_H

#include <stddef.h>
#include <stdint.h>

enum { STORE_DIRTY_MOST = 32 << 20 };

struct store;

/* Opens the store in `directory`, which is made if need be (mode 0700) and locked: the lock names its holder.
 * Where none is there, or with `fresh`, it is a new one, which takes the place of the old with its first
 * commit; closed before that it leaves all as it was. Returns NULL with one line logged when it cannot be
 * opened, another process holds it, or what is there is damaged or another version's. */
struct store *store_open(const char *directory, int fresh);

/* Makes an empty one that vanishes with this process, in the first of $TRAWL_TMPDIR, `directory` (may be
 * NULL) and /tmp that takes it. Returns NULL with one line logged. */
struct store *store_open_temporary(const char *directory);

/* What is not committed is lost. *store becomes NULL. Accepts NULL. */
void store_close(struct store **store);

/* Whether it outlives the process. */
int store_is_lasting(const struct store *store);

int store_is_broken(const struct store *store);

/* An estimate of the memory that the open transaction takes, in bytes; commit at STORE_DIRTY_MOST. */
size_t store_dirty(const struct store *store);

/* Ends the transaction: all of it is there after a crash or nothing is. With `forced` even the loss of power
 * does not undo it; without, it may undo the last commit whole. Returns 0, or -1: the store is broken. */
int store_commit(struct store *store, int forced);

/* ---- seen */

/* Adds a fingerprint with a value; NULL or 0 is none, which takes no room. Returns whether it was not there
 * before; if it was, *value becomes what it has (0: none). */
int store_seen_add(struct store *store, uint64_t fingerprint, uint64_t *value);

/* Gives a fingerprint that is there another value. */
void store_seen_set(struct store *store, uint64_t fingerprint, uint64_t value);

size_t store_seen_count(const struct store *store);

/* ---- queue */

/* A rank orders the items of a host: the depth above, below it the item's number. */
enum { STORE_NUMBER_BITS = 48 };
#define STORE_NUMBER_MOST ((UINT64_C(1) << STORE_NUMBER_BITS) - 1)

struct store_item {
    uint64_t host;
    uint64_t rank;
    const char *record; /* the store's, until the next call that writes */
    size_t size;
};

/* Adds an item. Its number is greater than that of any item added before it, by whichever process. */
void store_queue_add(struct store *store, const struct store_item *item);

/* Removes the item of that host and rank, which must be there. */
void store_queue_remove(struct store *store, uint64_t host, uint64_t rank);

/* Moves the item of that host and rank to another rank of the same number. Returns whether it is there. */
int store_queue_move(struct store *store, uint64_t host, uint64_t rank, uint64_t to);

/* Fills in the first item at or after item->host, item->rank. Returns whether there is one. */
int store_queue_find(struct store *store, struct store_item *item);

size_t store_queue_count(const struct store *store);

/* ---- hosts */

/* What is remembered of a host, put and got as store_run_put and store_run_get do. */
void store_host_put(struct store *store, uint64_t host, const void *bytes, size_t size);
const void *store_host_get(struct store *store, uint64_t host, size_t *size);

/* How many pages of a host were counted; the second counts one more first. */
uint64_t store_host_pages(struct store *store, uint64_t host);
uint64_t store_host_count_page(struct store *store, uint64_t host);

/* ---- scope: names of hosts or domains, and origins, as hashes */

/* Adds a name; one that is there already changes nothing. */
void store_scope_add(struct store *store, uint64_t name);

int store_scope_holds(struct store *store, uint64_t name);

/* ---- run */

void store_run_put(struct store *store, const char *name, const void *bytes, size_t size);

/* Returns the bytes under that name, the store's until the next call that writes, and their size; NULL when
 * there are none. */
const void *store_run_get(struct store *store, const char *name, size_t *size);

#endif
