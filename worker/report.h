/* Results on their way out: pages are packed as they end and sent together.
 *
 * A message costs as much as fetching a page, so pages travel in batches: sent at 48 KB, after 10 ms, or as
 * soon as nothing else is in flight. What is held here belongs to open leases, so the leases bound it.
 */
#ifndef TRAWL_WORKER_REPORT_H
#define TRAWL_WORKER_REPORT_H

#include "common/buf.h"
#include "proto/message.h"

#include <ev.h>

struct report;

/* Sends a body of packed pages as one Pages message. Returns 0, or -1 when it cannot be sent: the session is
 * over then, and the report has been cleared. */
typedef int report_send(void *arg, const struct buf *pages);

/* Returns an empty report, the caller's. */
struct report *report_create(struct ev_loop *loop, report_send *send, void *arg);

/* *report becomes NULL; what was not sent is lost. Accepts NULL. */
void report_destroy(struct report **report);

/* Packs a page; sends when enough has gathered. A page that is too large even alone is reported without its
 * links' rel values, and if that is not enough without its links. */
void report_add(struct report *report, const Trawl__Page *page);

/* Sends what there is. */
void report_flush(struct report *report);

/* Forgets what there is: the session is over. */
void report_clear(struct report *report);

#endif
