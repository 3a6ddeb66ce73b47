/* Names that this machine knows without asking anyone: a file as hosts(5) describes it, and localhost. */
#ifndef TRAWL_WORKER_RESOLVE_HOSTS_H
#define TRAWL_WORKER_RESOLVE_HOSTS_H

#include "worker/resolve.h"

enum { RESOLVE_HOSTS_MAX = 10000 }; /* names of the file that are kept */

struct resolve_hosts;

/* Reads the file, which may be missing or nonsense: what can be read counts. Returns what it says, the
 * caller's. */
struct resolve_hosts *resolve_hosts_read(const char *path);

/* *hosts becomes NULL. Accepts NULL. */
void resolve_hosts_destroy(struct resolve_hosts **hosts);

/* Fills *answer and returns whether the name (lower case, with or without a dot at its end) is known: from
 * the file, in any case there, its addresses in the file's order; or because it is localhost or ends in
 * .localhost, which are never asked for (RFC 6761 6.3). */
bool resolve_hosts_find(const struct resolve_hosts *hosts, const char *name, struct resolve_answer *answer);

#endif
