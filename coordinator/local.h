/* The workers that trawl starts itself: over ipc, in a directory that only this user may enter. */
#ifndef TRAWL_COORDINATOR_LOCAL_H
#define TRAWL_COORDINATOR_LOCAL_H

#include "coordinator/crawl.h"

struct local;

/* CPUs that this process may use: its affinity and the cgroup's quota, rounded up; at least 1. */
int local_cpus(void);

/* Makes the directory. Returns NULL with one line logged when that or the worker program is missing. */
struct local *local_create(struct crawl *crawl);

/* Where local workers connect; for wire_create. */
const char *local_endpoint(const struct local *local);

/* Starts the workers. Returns 0, or -1 with one line logged. */
int local_start(struct local *local);

/* Workers that still run. */
unsigned local_alive(const struct local *local);

/* Restarts none from now on; those that never got to Hello, and so hear no Bye, leave too. */
void local_stop(struct local *local);

/* Ends what still runs and removes the directory. *local becomes NULL. Accepts NULL. */
void local_destroy(struct local **local);

#endif
