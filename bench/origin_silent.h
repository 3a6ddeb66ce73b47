/* Hosts that take connections and never answer.
 *
 * What comes is read and thrown away until the other side has had enough, so that a connection which was
 * given up does not cost a descriptor any longer.
 */
#ifndef TRAWL_BENCH_ORIGIN_SILENT_H
#define TRAWL_BENCH_ORIGIN_SILENT_H

#include <ev.h>
#include <stdint.h>

struct origin_silent;

/* Called when a connection to a host ends: its request target (of a first line that came whole, else
 * empty; borrowed) and when it was taken. */
typedef void origin_silent_end(void *arg, int64_t host, const char *target, double asked);

/* Returns what keeps silent in a loop (borrowed); the caller's. */
struct origin_silent *origin_silent_create(struct ev_loop *loop, origin_silent_end *on_end, void *arg);

/* Ends all connections. *silent becomes NULL. Accepts NULL. */
void origin_silent_destroy(struct origin_silent **silent);

/* Takes over a connected non-blocking socket. */
void origin_silent_add(struct origin_silent *silent, int socket, int64_t host);

#endif
