/* What a run has counted, and whether it adds up.
 *
 * `lines = blank + malformed + duplicate + (admitted - found)` and `admitted = done + failed + refused +
 * quarantined + pending`, where pending is counted from the queues and the leases and never computed from the
 * rest. What is skipped was never admitted.
 */
#ifndef TRAWL_COORDINATOR_TALLY_H
#define TRAWL_COORDINATOR_TALLY_H

#include "common/outcome.h"

#include <stdint.h>

/* Why a link is not followed. Each such link of each page counts, met before or not; so does a redirect. A
 * link is judged by the first reason in the order of follow.c, and not at all on a page at the last depth. */
enum skip {
    SKIP_SCOPE,    /* its host is another */
    SKIP_FILTER,   /* --include, --exclude */
    SKIP_LONG,     /* these three: trap.h */
    SKIP_DEEP,     /* path segments */
    SKIP_REPEATED, /* path segments */
    SKIP_PORT,     /* one that browsers refuse */
    SKIP_NOFOLLOW, /* --respect-nofollow */
    SKIPS
};

struct tally {
    uint64_t lines;
    uint64_t blank;
    uint64_t malformed;
    uint64_t duplicate;
    uint64_t admitted;
    uint64_t found; /* of these the URLs that a link or a redirect led to */
    uint64_t skips[SKIPS];
    uint64_t outcomes[OUTCOMES];
    uint64_t answered;       /* pages with an HTTP status */
    uint64_t rows;           /* written */
    uint64_t links;          /* found, whether written or cut */
    uint64_t bytes;          /* of decoded bodies */
    uint64_t truncated;      /* pages of which only a part was read */
    uint64_t late;           /* results whose lease was not open */
    uint64_t overdue;        /* leases that ended at their deadline */
    uint64_t garbage;        /* messages that were none */
    double longest_stop;     /* seconds one turn of the loop took at most */
    double smallest_gap;     /* seconds between two grants for one host at least; negative: no host had two */
    uint64_t most_in_flight; /* for one host */
};

/* Nothing counted. */
void tally_init(struct tally *tally);

/* Notes the seconds between two grants for one host. */
void tally_note_gap(struct tally *tally, double seconds);

/* Notes how many URLs of one host are in flight. */
void tally_note_in_flight(struct tally *tally, uint64_t count);

/* "scope", "filter" ...; static. */
const char *tally_skip_name(enum skip skip);

/* Links skipped, for whatever reason. */
uint64_t tally_skipped(const struct tally *tally);

/* URLs that ended in that column. */
uint64_t tally_class(const struct tally *tally, enum outcome_class class);

/* URLs that ended. */
uint64_t tally_finished(const struct tally *tally);

/* Whether both lines hold. */
int tally_balances(const struct tally *tally, uint64_t pending);

#endif
