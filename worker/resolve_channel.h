/* Questions to the name servers (RFC 1035), answered in the loop. The only file that knows c-ares.
 *
 * It asks for IPv4 addresses, and for IPv6 addresses only where a host has no others (the other way round on
 * a machine that can reach IPv6 alone): each address is a whole attempt to connect, so the family that more
 * often fails in silence does not come first.
 */
#ifndef TRAWL_WORKER_RESOLVE_CHANNEL_H
#define TRAWL_WORKER_RESOLVE_CHANNEL_H

#include "worker/resolve.h"

struct resolve_channel;

/* The answer (borrowed for the call), and for how many seconds it says that it holds. */
typedef void resolve_channel_done(void *arg, const struct resolve_answer *answer, unsigned ttl);

/* As resolve_sources.servers. Returns a channel, the caller's, or NULL with one line logged. */
struct resolve_channel *resolve_channel_create(struct ev_loop *loop, const char *servers,
                                               resolve_channel_done *done);

/* Forgets the questions that are open, without a callback. Not from within one. *channel becomes NULL.
 * Accepts NULL. */
void resolve_channel_destroy(struct resolve_channel **channel);

/* Asks for the addresses of a name (copied). `done` is called once, maybe before the call returns; it may ask
 * more. */
void resolve_channel_ask(struct resolve_channel *channel, const char *name, void *arg);

#endif
