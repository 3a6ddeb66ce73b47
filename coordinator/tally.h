/* What a run has counted, and whether it adds up.
 *
 * `lines = blank + malformed + duplicate + admitted` and `admitted = done + failed + refused + quarantined +
 * pending`, where pending is counted from the queues and the leases and never computed from the rest.
 */
#ifndef TRAWL_COORDINATOR_TALLY_H
#define TRAWL_COORDINATOR_TALLY_H

#include "common/outcome.h"

#include <stdint.h>

struct tally {
    uint64_t lines;
    uint64_t blank;
    uint64_t malformed;
    uint64_t duplicate;
    uint64_t admitted;
    uint64_t skipped; /* links cut by scope, filters or traps */
    uint64_t outcomes[OUTCOMES];
    uint64_t answered;   /* pages with an HTTP status */
    uint64_t rows;       /* written */
    uint64_t links;      /* found, whether written or cut */
    uint64_t bytes;      /* of decoded bodies */
    uint64_t late;       /* results whose lease was not open */
    uint64_t overdue;    /* leases that ended at their deadline */
    uint64_t garbage;    /* messages that were none */
    double longest_stop; /* seconds one turn of the loop took at most */
};

/* URLs that ended in that column. */
uint64_t tally_class(const struct tally *tally, enum outcome_class class);

/* URLs that ended. */
uint64_t tally_finished(const struct tally *tally);

/* Whether both lines hold. */
int tally_balances(const struct tally *tally, uint64_t pending);

#endif
