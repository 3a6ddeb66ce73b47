/* Byte strings, each once, in the order of their first coming.
 *
 * Joined by '\n' as they arrive, so that strings which hold none can be taken as one column. Looking one up
 * costs a hash and mostly one comparison, however many there are. Ceilings on their number and bytes are
 * given at birth.
 */
#ifndef TRAWL_WORKER_DISTINCT_H
#define TRAWL_WORKER_DISTINCT_H

#include <stddef.h>

struct distinct;

/* Returns an empty set of at most `most` strings and `bytes` bytes, joints included (below 4 GiB), the
 * caller's. */
struct distinct *distinct_create(size_t most, size_t bytes);

/* Frees it; *distinct becomes NULL. Accepts NULL. */
void distinct_destroy(struct distinct **distinct);

/* Forgets all strings; memory that an extraordinary page took is given back. */
void distinct_reset(struct distinct *distinct);

/* Adds a string (copied). Returns 1 when it is new, 0 when it is there already, -1 when it is new and does
 * not fit. */
int distinct_add(struct distinct *distinct, const char *bytes, size_t size);

size_t distinct_count(const struct distinct *distinct);

/* The string of that index, below the count; the set's until the next add. */
const char *distinct_get(const struct distinct *distinct, size_t index, size_t *size);

/* All of them joined by '\n', none behind the last; the set's until the next add. */
const char *distinct_joined(const struct distinct *distinct, size_t *size);

#endif
