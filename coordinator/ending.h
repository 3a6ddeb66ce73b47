/* The last words of a run, and its exit code. */
#ifndef TRAWL_COORDINATOR_ENDING_H
#define TRAWL_COORDINATOR_ENDING_H

#include "coordinator/crawl.h"

/* Tells how a run that is over ended (crawl->end): what a user should know, the summary on stderr and the one
 * in a file. Returns the exit code: 0, 1 for a failure of trawl or of what it writes to, 3 when no page
 * answered, 128 and the signal's number. */
int ending_tell(struct crawl *crawl);

#endif
