/* What becomes of a result: its rows are written, its URL is finished or sent on to where it was redirected.
 *
 * A result counts only under an open lease of the session that sent it; any other is counted and dropped,
 * which is why rows stand once whatever arrives twice, late or forged.
 */
#ifndef TRAWL_COORDINATOR_COLLECT_H
#define TRAWL_COORDINATOR_COLLECT_H

#include "coordinator/crawl.h"

/* Takes in one page of a Pages message. */
void collect_page(struct crawl *crawl, struct session *session, const Trawl__Page *page);

/* Finishes an admitted URL that is never fetched, such as one on a port that browsers refuse. `entry` is
 * leased. */
void collect_unfetched(struct crawl *crawl, struct entry *entry, enum outcome outcome);

#endif
