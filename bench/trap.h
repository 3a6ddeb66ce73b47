/* Places where a crawler that follows links without a guard never comes to an end: a calendar whose months go
 * on for ever, a site that puts a new session into every path, and relative links that make the path longer
 * with each step. All paths begin with /trap/; every page in there is small and the same each time.
 */
#ifndef TRAWL_BENCH_TRAP_H
#define TRAWL_BENCH_TRAP_H

#include "bench/page_link.h"

enum { TRAP_KINDS = 3 };

/* How one gets in: /trap/calendar/, /trap/session/ and /trap/deeper/ on the host of the document. */
extern const struct page_link_spelling trap_entries[TRAP_KINDS];

/* Appends the page that stands at `path` (a request target's, without query). Returns 0, or -1: it is in no
 * trap. */
int trap_write(const char *path, size_t size, struct buf *body);

#endif
