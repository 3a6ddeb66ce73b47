/* A URL's stay in this worker: it waits for a slot, is fetched, its links are found, and it is reported. Of a
 * robots.txt nothing is looked for: what came is reported as it is.
 *
 * In the words of areq.py a visit is the coroutine; the fetch callbacks are where it was suspended. Every
 * road leads to one end, the report, unless the visit is dropped because the session it belonged to is over.
 */
#ifndef TRAWL_WORKER_VISIT_H
#define TRAWL_WORKER_VISIT_H

#include "common/supervised.h"
#include "proto/message.h"

#include <ev.h>

struct visits;

/* What visits of a session have in common. */
struct visits_settings {
    unsigned slots;
    const Trawl__Settings *wire; /* read during visits_create only */
    struct supervised_page *black_box;
    /* A visit ended; the page is borrowed for the call. */
    void (*on_page)(void *arg, const Trawl__Page *page);
    void *arg;
};

/* Returns the visits of a session, none yet; the caller's. Returns NULL with one line logged when libcurl
 * gives no handle. */
struct visits *visits_create(struct ev_loop *loop, const struct visits_settings *settings);

/* Drops all visits without a report. *visits becomes NULL. Accepts NULL. */
void visits_destroy(struct visits **visits);

/* Takes in a URL: it begins as soon as a slot is free, not before the call returns. */
void visits_add(struct visits *visits, const Trawl__Visit *assigned);

/* Begins none of those that wait. */
void visits_hold(struct visits *visits);

/* Visits that wait; visits that have begun and not ended; visits that ended since the beginning. */
unsigned visits_waiting(const struct visits *visits);
unsigned visits_running(const struct visits *visits);
uint64_t visits_ended(const struct visits *visits);

#endif
