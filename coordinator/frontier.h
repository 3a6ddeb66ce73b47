/* The frontier: what is admitted and not yet finished, queued by host, and which of it may be fetched next.
 *
 * Every URL stands in the store's queue until it is finished; in memory is a bounded window: of each host
 * known here the URLs to be fetched next, and of hosts no more than some ten thousand. The rest is read when
 * its turn comes. Of a host known here the URLs in the store below its mark are in memory, those from the
 * mark on are not, unless they were handed out before nearer ones came.
 *
 * A URL is in one place: its host's queue, under a lease, or finished and gone. A host (an origin: scheme,
 * name, port) is in one place too (enum host_place). Ready hosts take turns; a host that waits for its time
 * stands in a heap, so that thousands of them cost no more than those that are due.
 *
 * Politeness is kept here: how many requests of a host are in flight, how long after one the next may go,
 * and for how long a host that asked for a pause or does not answer is left alone. No clock, no socket: the
 * time is passed in, dispatch asks for the next entry, collect says how it ended.
 */
#ifndef TRAWL_COORDINATOR_FRONTIER_H
#define TRAWL_COORDINATOR_FRONTIER_H

#include "common/outcome.h"
#include "coordinator/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct frontier;
struct host;

enum entry_place { ENTRY_QUEUED, ENTRY_LEASED };

/* A page was admitted; a robots.txt belongs to the host that waits for it, and is in no balance. */
enum entry_kind { ENTRY_PAGE, ENTRY_ROBOTS };

/* One URL. Read it; only the frontier moves it. */
struct entry {
    TAILQ_ENTRY(entry) in_queue;
    LIST_ENTRY(entry) in_out; /* of its home */
    struct host *host;
    struct host *home; /* under whose name it stands in the store; whose robots.txt it is */
    uint64_t rank;     /* and under which rank; 0: it does not */
    char *source;      /* as listed: what its rows stand under; may be `url` itself */
    char *url;         /* what is requested next: serialised, without userinfo and fragment, NUL-terminated */
    uint64_t *chain;   /* hashes of the URLs requested before `url`, those of `hop` that were here */
    uint16_t chained;
    uint16_t hop;      /* redirects that led here */
    uint16_t attempt;  /* how often this hop was handed out */
    uint16_t failures; /* and how often it failed for a while */
    uint8_t kind;      /* enum entry_kind */
    uint8_t place;     /* enum entry_place */
    uint8_t waits;     /* queued, and among those of its host that come back (frontier_internal.h) */
    uint8_t blame;     /* tenths of a worker it has cost (blame.h) */
    uint8_t private_ok;
    uint64_t lost;     /* number of the lease it was last lost with, 0: never */
    double granted;    /* when it was handed out last, 0: not since it was taken from its queue */
    double not_before; /* of those that come back */
};

/* Links between an entry and the seeds; 0 for these. */
unsigned frontier_depth(const struct entry *entry);

/* What holds for every host. */
struct frontier_rules {
    unsigned per_host;     /* in flight at most */
    double delay;          /* seconds between the end of one request and the next; > 0: one in flight */
    uint64_t max_per_host; /* pages; 0: no limit */
};

/* Returns a frontier of what is queued in `store` (borrowed), the caller's. Numbers (store.h) below
 * `next_number` have been given away, hosts are named by a hash with that seed. */
struct frontier *frontier_create(const struct frontier_rules *rules, struct store *store,
                                 uint64_t next_number, uint64_t hash_seed);

/* Frees the frontier and what is queued in it; leased entries must have come back. *frontier becomes NULL.
 * Accepts NULL. */
void frontier_destroy(struct frontier **frontier);

/* Tells the time (monotonic seconds): whatever follows happens now, and hosts whose time has come are ready.
 */
void frontier_tell(struct frontier *frontier, double now);

/* When the next host that waits for its time is due; INFINITY when none does. */
double frontier_due(const struct frontier *frontier);

/* How many visits all workers together have room for. From then on hosts that never answered, which
 * take turns, leave eight slots of every 64 to others (H16). */
void frontier_set_slots(struct frontier *frontier, uint64_t slots);

/* ---- what is queued */

/* A URL to be queued. Strings are copied. */
struct frontier_url {
    const char *source;
    size_t source_size;
    const char *url; /* serialised http(s) */
    size_t size;
    unsigned depth;
    unsigned hop;
    bool private_ok;
};

/* The rank that the next URL of that depth gets. */
uint64_t frontier_next_rank(const struct frontier *frontier, unsigned depth);

/* Queues a URL behind the others of its host and depth. Returns the entry, the frontier's until it is
 * finished, or NULL when it waits in the store alone. */
struct entry *frontier_add(struct frontier *frontier, const struct frontier_url *url);

/* As frontier_add, and takes it at once, whatever its host allows: for a URL that ends without being fetched.
 */
struct entry *frontier_add_taken(struct frontier *frontier, const struct frontier_url *url);

/* Moves the URL that was queued with `rank`, if it still is, to a smaller depth. Returns its rank then, or 0
 * when it is not queued any more. */
uint64_t frontier_move_up(struct frontier *frontier, const char *url, size_t size, uint64_t rank,
                          unsigned depth);

/* ---- what is handed out */

/* Takes the first URL of the next ready host and a slot of that host for it. Returns NULL when no host is
 * ready. The caller grants it, finishes it unfetched, or puts it back. */
struct entry *frontier_next(struct frontier *frontier);

/* The entry that frontier_next gave is handed to a worker. Returns the seconds since the last grant of its
 * host, as far as that is remembered; else INFINITY. */
double frontier_grant(struct frontier *frontier, struct entry *entry);

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

/* As frontier_put_back, but it comes no sooner than in `seconds`; others of its host do not wait for it. */
void frontier_put_off(struct frontier *frontier, struct entry *entry, double seconds);

/* 0.5 to 1.5 times that, so that what failed together does not come back together. */
double frontier_jitter(struct frontier *frontier, double seconds);

/* Sends a leased entry on to where it was redirected; its slot is given back. `url` is copied; the one it had
 * goes into the chain. */
void frontier_redirect(struct frontier *frontier, struct entry *entry, const char *url, size_t size);

/* Whether the entry has requested that URL, spelled like that, before or is doing so. A redirect to another
 * spelling is progress: servers use it to name the one they want. */
int frontier_in_chain(const struct entry *entry, const char *url, size_t size);

/* Takes a leased entry out for good, gives its slot back and frees it. */
void frontier_finish(struct frontier *frontier, struct entry *entry);

/* The queued entry that was last lost with that lease, or NULL. Looks at all: for rare questions. */
struct entry *frontier_find_lost(const struct frontier *frontier, uint64_t lease);

/* ---- hosts (frontier_host.c, frontier_politeness.c). What is said of a host here takes effect when the entry that told it is put
 * back, put off or finished. */

/* The host's name in the store's table of hosts. */
uint64_t frontier_host_key(const struct host *host);

/* Notes how a request that was granted ended as far as the host is concerned: it answered, or not. Failures
 * in a row park the host; when that does not help, it is condemned with OUTCOME_HOST_DOWN. Returns for how
 * many seconds this one parked it, or 0. */
void frontier_host_answered(struct frontier *frontier, const struct entry *entry);
double frontier_host_failed(struct frontier *frontier, const struct entry *entry);

/* The host asked for a pause in answer to `entry`; seconds < 0: it did not say how long. Returns 0, or -1
 * when it has asked too often to be listened to. The entry is to be put off by the seconds in *pause. */
int frontier_host_pause(struct frontier *frontier, const struct entry *entry, double seconds, double *pause);

/* From now on the host's URLs are not fetched but end with that outcome: frontier_next gives them whatever
 * politeness says. */
void frontier_host_condemn(struct host *host, enum outcome outcome);

/* That outcome, or OUTCOMES for a host in good standing. */
enum outcome frontier_host_verdict(const struct host *host);

/* A host's robots.txt: its pages are given out only when it is known. */
enum frontier_robots { FRONTIER_ROBOTS_UNKNOWN, FRONTIER_ROBOTS_ASKED, FRONTIER_ROBOTS_KNOWN };

enum frontier_robots frontier_host_robots(const struct frontier *frontier, const struct host *host);

/* Puts `entry`, which frontier_next gave, back and asks for its host's robots.txt at `url` first. */
void frontier_host_ask(struct frontier *frontier, struct entry *entry, const char *url, size_t size);

/* The host's robots.txt is known for so many seconds; it wants so many between requests. */
void frontier_host_learn(struct frontier *frontier, struct host *host, double seconds, double delay);

/* Slots of the host that are taken. */
unsigned frontier_in_flight(const struct host *host);

/* A bit a worker (its roster slot modulo 64) that has been given URLs of the host and may hold connections to
 * it. */
uint64_t *frontier_holders(struct host *host);

/* ---- questions */

/* URLs in host queues, in memory or not; hosts in memory that could give one now; hosts in memory. */
size_t frontier_queued(const struct frontier *frontier);
size_t frontier_ready(const struct frontier *frontier);
size_t frontier_hosts(const struct frontier *frontier);

/* Whether frontier_next, when it gave nothing, may give something at once if it is asked again: hosts of
 * which nothing is in memory are looked at a few at a time. */
int frontier_is_looking(const struct frontier *frontier);

/* Whether nothing queued may ever be handed out: limits forbid it, not time. Nothing is leased. */
int frontier_is_spent(const struct frontier *frontier);

#endif
