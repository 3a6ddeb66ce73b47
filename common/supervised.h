/* A worker process seen from inside: the black box it shares with its parent, and the line by which it learns
 * that the parent is gone. supervise.h is the parent's side.
 *
 * The black box is one page of shared memory. What stands in it when the process dies tells the parent what
 * it died on, and no crash can keep it from being read. A process without a parent (trawl-worker started by
 * hand) gets a private page and writes into it all the same.
 */
#ifndef TRAWL_COMMON_SUPERVISED_H
#define TRAWL_COMMON_SUPERVISED_H

#include <ev.h>
#include <stdint.h>

enum {
    SUPERVISED_ID_SIZE = 16,
    SUPERVISED_DEATHS_MAX = 8,
    SUPERVISED_LIFELINE_FD = 3, /* reads end of file when the parent ends */
    SUPERVISED_PAGE_FD = 4,
};

/* The environment variable that says these descriptors are there. */
#define SUPERVISED_ENVIRONMENT "TRAWL_SUPERVISED"

struct supervised_death {
    uint8_t instance[SUPERVISED_ID_SIZE];
    uint64_t lease; /* 0: none */
    int32_t signal; /* 0: it left by itself, with exit_code */
    int32_t exit_code;
    uint32_t stalled; /* the parent ended it because it stood still */
};

/* Written by the process, read by the parent; `deaths` the other way round. */
struct supervised_page {
    uint8_t instance[SUPERVISED_ID_SIZE]; /* drawn at join */
    volatile uint64_t lease;    /* what it is working on at this moment, 0: nothing that could kill it */
    volatile uint64_t turns;    /* of its loop */
    volatile uint32_t welcomed; /* it has had a session */
    volatile uint32_t leaving;  /* it ends because it was asked to or gave up: no death */
    uint32_t death_count;
    struct supervised_death
        deaths[SUPERVISED_DEATHS_MAX]; /* of earlier processes in its place, not yet told */
};

/* Maps the black box (a private page without a parent), draws a new instance, and calls `on_parent_gone` from
 * the loop once, if ever, when the parent has ended. The page is there until the process ends.
 * `on_parent_gone` may be NULL. */
struct supervised_page *supervised_join(struct ev_loop *loop, void (*on_parent_gone)(void *arg), void *arg);

#endif
