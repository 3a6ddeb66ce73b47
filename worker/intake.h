/* The worker's side of the conversation: URLs in, pages out, and what to do when the coordinator is silent or
 * gone.
 *
 * A session begins with Hello and Welcome. It is over after a gap, a failed send, a Refuse, or five seconds
 * of silence on the patience clock; then every visit is dropped (their URLs are the coordinator's again) and
 * Hello is said anew, once a second. After `patience` seconds without a session, on the same clock, the
 * worker gives up. It keeps no state that matters.
 */
#ifndef TRAWL_WORKER_INTAKE_H
#define TRAWL_WORKER_INTAKE_H

#include "common/supervised.h"

#include <ev.h>

struct intake;

struct intake_settings {
    const char *endpoint;
    const char *name;
    unsigned slots;
    double patience; /* seconds */
    struct supervised_page *black_box;
};

enum intake_end {
    INTAKE_RUNS,
    INTAKE_DISMISSED,       /* the coordinator said Bye */
    INTAKE_DRAINED,         /* it was asked to leave, and has */
    INTAKE_ABANDONED,       /* its parent is gone */
    INTAKE_FAILED,          /* it cannot fetch; said on the log */
    INTAKE_OUT_OF_PATIENCE, /* said on the log */
    INTAKE_REFUSED,         /* said on the log */
};

/* Returns a worker that tries to reach its coordinator, the caller's; NULL with one line logged when the
 * endpoint is bad. The loop is broken out of when the worker ends. */
struct intake *intake_create(struct ev_loop *loop, const struct intake_settings *settings);

/* *intake becomes NULL. Accepts NULL. */
void intake_destroy(struct intake **intake);

/* Finishes what is being fetched, gives the rest back, says Bye. The second call ends at once. */
void intake_drain(struct intake *intake);

/* Ends at once, saying nothing: for a worker whose parent is gone. */
void intake_abandon(struct intake *intake);

enum intake_end intake_end(const struct intake *intake);

#endif
