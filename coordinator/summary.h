/* How a run went: one JSON object for programs, a few lines for people. */
#ifndef TRAWL_COORDINATOR_SUMMARY_H
#define TRAWL_COORDINATOR_SUMMARY_H

#include "coordinator/crawl.h"

/* Whether the summary could be written there. Returns 0, or -1 with one line logged. */
int summary_check(const char *path);

/* Writes the object to `path` by way of a temporary file and rename; straight to what is no plain file,
 * without waiting for the reader of a FIFO. Returns 0, or -1 with one line logged. */
int summary_write(const struct crawl *crawl, const char *path);

/* Prints the lines for people to stderr, the balance among them. */
void summary_print(const struct crawl *crawl);

/* "finished", "limit", "interrupted", "pipe_closed", "failed"; static. */
const char *summary_reason(enum crawl_end end);

#endif
