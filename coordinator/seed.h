/* The URLs the user listed: read as a stream, judged, admitted.
 *
 * Arguments come first, then the file or stdin, a bounded piece per turn of the loop, and only while the
 * store's transaction has room: a list of any length takes bounded memory. Every line is counted in exactly
 * one column of the first balance. A line that is no usable URL is reported with its number, twenty of a
 * kind; after that they are counted.
 *
 * A resumed run skips what it has read before: the arguments if they are the same, of a file the prefix if it
 * is the same. A file that begins otherwise is read from its start, and what is known in it counts as
 * duplicate. A pipe cannot be looked at first: its lines within the prefix are only checked for new URLs.
 */
#ifndef TRAWL_COORDINATOR_SEED_H
#define TRAWL_COORDINATOR_SEED_H

#include "coordinator/crawl.h"

struct seed;

/* Opens the input, if there is one, and goes to where the record's cursor says. Returns NULL with one line
 * logged when it cannot be read. */
struct seed *seed_create(struct crawl *crawl);

/* *seed becomes NULL. Accepts NULL. */
void seed_destroy(struct seed **seed);

/* Before seed_start: whether there are arguments, or something in the input, that no earlier process has
 * read; whether that is new nobody knows before it is. */
int seed_has_news(const struct seed *seed);

/* Admits the arguments and begins to read. */
void seed_start(struct seed *seed);

/* Reads on if there is room again. Call it once a turn. */
void seed_resume(struct seed *seed);

/* Stops reading for good. */
void seed_stop(struct seed *seed);

/* How far it has come: whole lines, all of them admitted. The seed's, until the next turn. */
const struct seed_cursor *seed_position(const struct seed *seed);

/* Whether all was read. */
int seed_is_done(const struct seed *seed);

#endif
