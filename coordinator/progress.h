/* The line that tells a person at a terminal how far the run is. */
#ifndef TRAWL_COORDINATOR_PROGRESS_H
#define TRAWL_COORDINATOR_PROGRESS_H

#include "coordinator/crawl.h"

/* Whether there is a person to show it to: stderr is a terminal and the user did not ask for quiet or JSON.
 */
int progress_wanted(const struct config *config);

/* Shows the run as it is now; the rate is that since the last call. */
void progress_show(const struct crawl *crawl);

/* Takes the line away. */
void progress_clear(void);

#endif
