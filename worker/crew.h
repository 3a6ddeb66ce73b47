/* `trawl-worker -w N`: N worker processes under one parent, which restarts those that die and tells the
 * coordinator through the next process what each died on. */
#ifndef TRAWL_WORKER_CREW_H
#define TRAWL_WORKER_CREW_H

#include "worker/config.h"

#include <ev.h>

/* Runs until every process has left or a signal ends them. Returns the exit code: the first one that is not 0
 * of a process that left. */
int crew_run(struct ev_loop *loop, const struct config *config);

#endif
