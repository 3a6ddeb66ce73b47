/* Host names to addresses: many look-ups at a time in the loop, none of which can block it.
 *
 * Looks into /etc/hosts as it was when the resolver was made, then asks the name servers of resolv.conf.
 * Answers are kept as long as they say, within bounds, failures for a while as well (RFC 2308), silence for
 * less than a second: a host of many URLs is asked for once. It does not judge where
 * an address leads: that is the fetch's to do, for each visit.
 */
#ifndef TRAWL_WORKER_RESOLVE_H
#define TRAWL_WORKER_RESOLVE_H

#include "common/outcome.h"

#include <arpa/inet.h>
#include <ev.h>
#include <stdbool.h>

enum {
    RESOLVE_ADDRESSES_MAX = 8, /* of a host that has more the first are kept (H3) */
    RESOLVE_NAME_MAX = 253,    /* bytes of a name (RFC 1035 2.3.4) */
    RESOLVE_NAMES_MAX = 10000, /* answers kept */
};

struct resolver; /* the names of a session */
struct resolve;  /* one look-up */

struct resolve_answer {
    enum outcome
        outcome;    /* OUTCOME_OK; OUTCOME_DNS: it has no address; OUTCOME_DNS_TEMPORARY: nobody could say */
    unsigned count; /* of the addresses, at least one with OUTCOME_OK */
    char addresses[RESOLVE_ADDRESSES_MAX][INET6_ADDRSTRLEN]; /* as inet_ntop writes them, best first */
    const char *error;                                       /* for people; "" with OUTCOME_OK; static */
};

/* The answer is borrowed for the call. May start and cancel look-ups; may not destroy the resolver. */
typedef void resolve_done(void *arg, const struct resolve_answer *answer);

/* Where to look, where it is not the system's own. */
struct resolve_sources {
    const char *servers; /* "192.0.2.1,192.0.2.2:5353"; NULL: those of /etc/resolv.conf */
    const char *hosts;   /* a file as hosts(5) describes it; NULL: /etc/hosts */
};

/* Returns a resolver that knows no name yet, the caller's. Sources may be NULL. Reads files: do it between
 * sessions, not between pages. Returns NULL with one line logged when there is none to be had. */
struct resolver *resolver_create(struct ev_loop *loop, const struct resolve_sources *sources);

/* Every look-up must have ended or been cancelled. *resolver becomes NULL. Accepts NULL. */
void resolver_destroy(struct resolver **resolver);

/* Whether a URL's host is an address already. */
bool resolve_is_address(const char *host);

/* What is known of a name already, its answer or its failure, without asking anyone: the answer, the
 * resolver's until the loop goes on, or NULL. The common case: it costs a look into a table. */
const struct resolve_answer *resolve_known(const struct resolver *resolver, const char *host);

/* Looks a name up (copied), as it stands in a URL and in lower case. `done` is called once, soon when the
 * answer is known, but never before the call returns; with a silent name server it takes longer than any page
 * may, so set a limit of your own. A name with a label that is empty or over 63 bytes is never asked for
 * (H6). */
struct resolve *resolve_start(struct resolver *resolver, const char *host, resolve_done *done, void *arg);

/* Ends it without a callback and at once: the question stays under way, its answer will be kept. *resolve
 * becomes NULL. Accepts NULL. */
void resolve_cancel(struct resolve **resolve);

/* Makes an address that worked the host's first, now and in answers to come, for as long as it is among them:
 * connections to it can be used again. */
void resolve_prefer(struct resolver *resolver, const char *host, const char *address);

/* "c-ares/1.18.1"; static. */
const char *resolve_version(void);

#endif
