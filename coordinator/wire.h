/* The conversation with the workers: messages in, sessions kept or ended, messages out. proto/PROTOCOL.md
 * tells it.
 *
 * What a message means for the crawl is decided elsewhere: Pages go to collect, and dispatch fills the
 * sessions' batches which wire_send_batches sends.
 */
#ifndef TRAWL_COORDINATOR_WIRE_H
#define TRAWL_COORDINATOR_WIRE_H

#include "coordinator/crawl.h"

struct wire;

/* Binds `local_endpoint` and `listen_endpoint` (each may be NULL). Returns NULL with one line logged when one
 * cannot be. */
struct wire *wire_create(struct crawl *crawl, const char *local_endpoint, const char *listen_endpoint);

/* Says Bye to everyone and closes. *wire becomes NULL. Accepts NULL. */
void wire_destroy(struct wire **wire);

/* Says Bye to every session and ends it, and again to those that were told before and are still connected;
 * returns how many of these there are. A worker that gets a Bye leaves, but one that reads it when the
 * connection is already gone may not find it there any more: so the run waits for them, a moment. */
unsigned wire_say_bye(struct wire *wire, const char *text);

/* Sends each session the leases of its batch, one Assign each. */
void wire_send_batches(struct wire *wire);

/* Once a second: heartbeats to every session, and an end to the silent ones. */
void wire_tick(struct wire *wire);

/* Ends the session of a process known to be dead. */
void wire_process_died(struct wire *wire, const uint8_t *instance);

/* Endpoint that remote workers connect to, with the port that was picked; NULL when not listening. */
const char *wire_endpoint(const struct wire *wire);

#endif
