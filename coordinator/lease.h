/* Who has been given which URL, and until when.
 *
 * A lease is one URL in one session's hands. Its number is drawn once in the life of a state, so that a
 * result of a lease that ended (lost, reassigned, of an earlier run) finds nothing and is dropped: that is
 * what keeps rows single. A lease ends in one of three ways: its result arrived, its session ended, or its
 * deadline passed. In the second case the worker may still be fetching, and the host's slot stays taken until
 * the deadline or until that process says Hello again. Times are of the patience clock.
 */
#ifndef TRAWL_COORDINATOR_LEASE_H
#define TRAWL_COORDINATOR_LEASE_H

#include "coordinator/frontier.h"
#include "coordinator/roster.h"

struct lease {
    UT_hash_handle hh;
    TAILQ_ENTRY(lease) in_session;
    TAILQ_ENTRY(lease) by_age;
    uint64_t number;
    struct entry *entry;
    struct session *session;
    double deadline; /* patience time */
};

struct leases;

/* Returns an empty table, the caller's. Leases last `seconds`; numbers start at `incarnation` * 2^40 + 1. */
struct leases *lease_table_create(struct frontier *frontier, struct roster *roster, double seconds,
                                  uint64_t incarnation);

/* *leases becomes NULL. Open leases are put back into the frontier. Accepts NULL. */
void lease_table_destroy(struct leases **leases);

/* Opens a lease on an entry that frontier_next gave. */
struct lease *lease_open(struct leases *leases, struct entry *entry, struct session *session,
                         double patience);

/* The open lease of that number, or NULL. */
struct lease *lease_find(struct leases *leases, uint64_t number);

/* Ends a lease whose result arrived; returns its entry, still ENTRY_LEASED: the caller finishes or redirects
 * it. */
struct entry *lease_close(struct leases *leases, struct lease *lease);

/* Ends all leases of a session that is over: the URLs go back to their hosts, the hosts' slots stay taken. */
void lease_lose_all(struct leases *leases, struct session *session);

/* Ends the lease that has been overdue for longest, puts its URL back and returns it; NULL when none is. Also
 * gives back slots kept long enough. */
struct entry *lease_next_overdue(struct leases *leases, double patience);

/* The entry that was lost with the lease of that number, wherever it is now; NULL when it is finished. */
struct entry *lease_find_lost(const struct leases *leases, uint64_t number);

/* Takes an entry from wherever it is, its host's queue or another worker's hands, as lease_close does: what
 * that worker may still send is late, and the host's slot stays taken as long as for a lost lease. For a URL
 * that must not be tried again. */
void lease_recall(struct leases *leases, struct entry *entry);

/* Gives back the slots kept for a process that is known to hold nothing any more. */
void lease_forgive(struct leases *leases, const uint8_t *instance);

/* Leases open now, and those of pages alone. */
size_t lease_count(const struct leases *leases);
size_t lease_count_pages(const struct leases *leases);

#endif
