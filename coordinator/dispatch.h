/* Hands out what may be fetched to whom will hold it.
 *
 * Runs once a turn of the loop, before it sleeps: as long as some worker has credit and some host is ready,
 * the next URL goes to the worker that roster_choose names. What a turn granted to one worker travels in one
 * Assign.
 */
#ifndef TRAWL_COORDINATOR_DISPATCH_H
#define TRAWL_COORDINATOR_DISPATCH_H

#include "coordinator/crawl.h"

/* Grants what can be granted now; what robots.txt forbids or a host's verdict ends is finished instead.
 * Returns whether there may be more than it had time for. Does nothing while the crawl drains. */
int dispatch_run(struct crawl *crawl);

#endif
