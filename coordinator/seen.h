/* Which URLs this run has met: a set of 64-bit fingerprints of canonical spellings, kept in the store, each
 * with the rank that its URL was queued with.
 *
 * Two different URLs share a fingerprint with a probability of about n^2/2^65 among n of them; the second
 * would be taken for a duplicate. The hash has a seed of the run's own, so that nobody can list URLs that
 * share one.
 */
#ifndef TRAWL_COORDINATOR_SEEN_H
#define TRAWL_COORDINATOR_SEEN_H

#include "coordinator/store.h"

#include <stddef.h>
#include <stdint.h>

struct seen;

/* What adding a fingerprint found. */
enum seen_answer {
    SEEN_NEW,
    SEEN_BEFORE,
    SEEN_DEEPER, /* before, and at a greater depth than now */
};

/* Returns the set that `store` (borrowed) holds, with the seed it was made with; the caller's. With `ranked`
 * it remembers ranks; without, it takes less room and never answers SEEN_DEEPER. */
struct seen *seen_create(struct store *store, uint64_t seed, int ranked);

/* *seen becomes NULL. Accepts NULL. */
void seen_destroy(struct seen **seen);

/* The fingerprint of a serialised URL: XXH3 of what url_canonicalise makes of it. Never 0. */
uint64_t seen_fingerprint(const struct seen *seen, const char *serialised, size_t size);

/* Adds the fingerprint of a URL that would be queued with *rank (store.h). With SEEN_DEEPER *rank becomes the
 * rank that it has. */
enum seen_answer seen_add(struct seen *seen, uint64_t fingerprint, uint64_t *rank);

/* Notes that the URL was moved up to `rank`. */
void seen_move(struct seen *seen, uint64_t fingerprint, uint64_t rank);

/* How many are in it. */
size_t seen_count(const struct seen *seen);

#endif
