/* Which URLs this run has met: a set of 64-bit fingerprints of canonical spellings, kept in the store.
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

/* Returns the set that `store` (borrowed) holds, with the seed it was made with; the caller's. */
struct seen *seen_create(struct store *store, uint64_t seed);

/* *seen becomes NULL. Accepts NULL. */
void seen_destroy(struct seen **seen);

/* The fingerprint of a serialised URL: XXH3 of what url_canonicalise makes of it. Never 0. */
uint64_t seen_fingerprint(const struct seen *seen, const char *serialised, size_t size);

/* Adds a fingerprint. Returns whether it was not there before. */
int seen_add(struct seen *seen, uint64_t fingerprint);

/* How many are in it. */
size_t seen_count(const struct seen *seen);

#endif
