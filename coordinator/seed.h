/* The URLs the user listed: read as a stream, judged, admitted.
 *
 * Arguments come first, then the file or stdin, a bounded piece per turn of the loop, and only while the
 * frontier has room: a list of any length takes bounded memory. Every line is counted in exactly one column
 * of the first balance. A line that is no usable URL is reported with its number, twenty of a kind; after
 * that they are counted.
 */
#ifndef TRAWL_COORDINATOR_SEED_H
#define TRAWL_COORDINATOR_SEED_H

#include "coordinator/crawl.h"

struct seed;

/* Opens the input, if there is one. Returns NULL with one line logged when it cannot be read. */
struct seed *seed_create(struct crawl *crawl);

/* *seed becomes NULL. Accepts NULL. */
void seed_destroy(struct seed **seed);

/* Admits the arguments and begins to read. */
void seed_start(struct seed *seed);

/* Reads on if the frontier has room again. Call it once a turn. */
void seed_resume(struct seed *seed);

/* Stops reading for good. */
void seed_stop(struct seed *seed);

/* Whether all was read. */
int seed_is_done(const struct seed *seed);

#endif
