/* What makes a run resumable: the group commit, and what is done with its pieces afterwards.
 *
 * A group is all that happened since the last one. Whole pages are written to every output, each is synced,
 * then one transaction takes the outcomes, the new URLs, the seeds' cursor, the counters and the outputs'
 * lengths. Killed before that, a run falls back to the group before: what the outputs hold beyond their
 * committed lengths is cut off and fetched again. A group ends each second or when its transaction has grown
 * to STORE_DIRTY_MOST, and not before five times the last commit's duration have passed, so that commits take
 * at most a sixth of the time. Without --state the same code runs without syncs, and only for the second
 * reason.
 *
 * In between, outputs are written both or neither, so that they hold the same pages whatever fails.
 */
#ifndef TRAWL_COORDINATOR_COMMIT_H
#define TRAWL_COORDINATOR_COMMIT_H

#include "coordinator/crawl.h"

/* Opens the store and reads the run that it holds, if any, into crawl->record. Returns 0, or -1 with one line
 * logged. */
int commit_open_store(struct crawl *crawl);

/* Opens the outputs: as they are for a run that begins; for one that an earlier process began, or ended, the
 * options and the files are checked against the record, then the files are cut back to it, which is said of a
 * run that was finished. Returns 0, or the exit code with one line logged. */
int commit_open_outputs(struct crawl *crawl);

/* The first usable URL of a new run is there: commits an empty record and then replaces the outputs. */
void commit_begin(struct crawl *crawl);

/* Commits if it is time. Call it once a turn. */
void commit_turn(struct crawl *crawl);

/* Writes the whole pages of both outputs. When the second cannot be written the first is cut back to what it
 * was; after that, or when the first could not, neither is written any more. */
void commit_write(struct crawl *crawl);

/* Ends the run: commits what is whole. Where an output or the store failed it falls back to the last commit
 * instead, and crawl->end becomes CRAWL_FAILED. */
void commit_finish(struct crawl *crawl);

#endif
