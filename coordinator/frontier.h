/* The frontier: what is admitted and not yet finished, queued by host, and which of it may be fetched next.
 *
 * Every URL stands in the store's queue until it is finished; in memory is a bounded window: of each host
 * known here the URLs to be fetched next, and of hosts no more than some ten thousand. The rest is read when
 * its turn comes. Of a host known here the URLs in the store below its mark are in memory, those from the
 * mark on are not.
 *
 * A URL is in one place: its host's queue, under a lease, or finished and gone. A host (an origin: scheme,
 * name, port) is in one place too: idle, ready, or full because as many of its URLs are in flight as
 * politeness allows. Ready hosts take turns. No clock, no socket: dispatch asks for the next entry, collect
 * says how it ended.
 */
#ifndef TRAWL_COORDINATOR_FRONTIER_H
#define TRAWL_COORDINATOR_FRONTIER_H

#include "coordinator/store.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct frontier;

/* A host queue. Outside frontier.c only `holders` is written. */
struct host;

enum entry_place { ENTRY_QUEUED, ENTRY_LEASED };

/* One admitted URL. Read it; only the frontier moves it. */
struct entry {
    TAILQ_ENTRY(entry) in_queue;
    struct host *host;
    struct host *home; /* under whose name it stands in the store */
    uint64_t id;       /* and under which number; 0: it does not */
    char *source;      /* as listed: what its rows stand under; may be `url` itself */
    char *url;         /* what is requested next: serialised, without userinfo and fragment, NUL-terminated */
    uint64_t *chain;   /* hashes of the URLs requested before `url`, `hop` of them */
    uint16_t hop;
    uint16_t attempt; /* how often this hop was handed out */
    uint8_t place;    /* enum entry_place */
    uint8_t blame;    /* tenths of a worker it has cost (blame.h) */
    uint64_t lost;    /* number of the lease it was last lost with, 0: never */
    uint8_t private_ok;
};

/* Returns a frontier of what is queued in `store` (borrowed), the caller's; it lets at most `per_host` URLs
 * of a host be in flight. Ids below `next_id` have been given away, hosts are named by a hash with that seed.
 */
struct frontier *frontier_create(unsigned per_host, struct store *store, uint64_t next_id,
                                 uint64_t hash_seed);

/* Frees the frontier and what is queued in it; leased entries must have come back. *frontier becomes NULL.
 * Accepts NULL. */
void frontier_destroy(struct frontier **frontier);

/* Queues a URL behind the others of its host. Strings are copied; `url` is a serialised http(s) URL. Returns
 * the entry, the frontier's until it is finished, or NULL when it waits in the store alone. */
struct entry *frontier_add(struct frontier *frontier, const char *source, size_t source_size, const char *url,
                           size_t size);

/* As frontier_add, and takes it at once, whatever its host allows: for a URL that ends without being fetched.
 */
struct entry *frontier_add_taken(struct frontier *frontier, const char *source, size_t source_size,
                                 const char *url, size_t size);

/* The id that the next URL gets. */
uint64_t frontier_next_id(const struct frontier *frontier);

/* Takes the first URL of the next ready host and a slot of that host for it. Returns NULL when no host is
 * ready. */
struct entry *frontier_next(struct frontier *frontier);

/* Takes that queued entry, whatever its host allows, as frontier_next does: for a URL that ends without being
 * fetched. */
struct entry *frontier_take(struct frontier *frontier, struct entry *entry);

/* Puts a leased entry back at the head of its host's queue and gives its slot back. */
void frontier_put_back(struct frontier *frontier, struct entry *entry);

/* As frontier_put_back, for a lease whose worker may still be fetching: the slot stays taken. Returns the
 * host whose slot that is; it lives until frontier_release_slot. */
struct host *frontier_put_back_keeping_slot(struct frontier *frontier, struct entry *entry);

/* Gives back a slot that frontier_put_back_keeping_slot left taken. */
void frontier_release_slot(struct frontier *frontier, struct host *host);

/* Sends a leased entry on to where it was redirected, at the tail of that host's queue; its slot is given
 * back. `url` is copied; the one it had goes into the chain. */
void frontier_redirect(struct frontier *frontier, struct entry *entry, const char *url, size_t size);

/* Whether the entry has requested that URL, spelled like that, before or is doing so. A redirect to another
 * spelling is progress: servers use it to name the one they want. */
int frontier_in_chain(const struct entry *entry, const char *url, size_t size);

/* Takes a leased entry out for good, gives its slot back and frees it. */
void frontier_finish(struct frontier *frontier, struct entry *entry);

/* The queued entry that was last lost with that lease, or NULL. Looks at all: for rare questions. */
struct entry *frontier_find_lost(const struct frontier *frontier, uint64_t lease);

/* URLs in host queues, in memory or not; hosts in memory that could give one now; hosts in memory. */
size_t frontier_queued(const struct frontier *frontier);
size_t frontier_ready(const struct frontier *frontier);
size_t frontier_hosts(const struct frontier *frontier);

/* A bit a worker (its roster slot modulo 64) that has been given URLs of the host and may hold connections to
 * it. */
uint64_t *frontier_holders(struct host *host);

#endif
