/* What the death of a worker process means: for the URL it was working on, and for the run.
 *
 * The black box names the one lease that a process was working on when it died; the others it held are
 * bystanders and are not blamed. A crash or a stall counts in full; SIGKILL, which may be an operator's or
 * the kernel's for want of memory, counts a tenth. At three the URL is quarantined. Deaths that nothing
 * explains end the run when five come within a minute.
 */
#ifndef TRAWL_COORDINATOR_BLAME_H
#define TRAWL_COORDINATOR_BLAME_H

#include "common/supervised.h"
#include "coordinator/crawl.h"

/* Notes the death of a process of that worker: its session ends, the slots kept for it are free, its lease is
 * blamed. */
void blame_death(struct crawl *crawl, const char *worker, const struct supervised_death *death);

/* Notes that a lease on a queued entry was overdue: its worker is there and has not brought it back. */
void blame_overdue(struct crawl *crawl, struct entry *entry);

#endif
