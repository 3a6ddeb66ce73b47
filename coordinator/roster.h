/* The workers we know, and one worker's life with us from Hello to Bye: the session.
 *
 * A session belongs to one connection and one instance (process). Its messages are numbered both ways; a gap,
 * five seconds of silence on the patience clock, a failed send or a Bye ends it, and what it holds goes back
 * (lease.h). Workers are counted by name over the whole run, whatever happens to their sessions; beyond
 * ROSTER_NAMES_MAX of them those that came and left without a page are forgotten, so that a stranger with
 * ever new names fills nothing. No socket here, and time is passed in.
 */
#ifndef TRAWL_COORDINATOR_ROSTER_H
#define TRAWL_COORDINATOR_ROSTER_H

#include "common/zwatch.h"
#include "proto/message.h"

#include <sys/queue.h>
#include <uthash.h>

#define ROSTER_SILENCE 5.0 /* seconds of patience */

enum { ROSTER_NAMES_MAX = 1000 };

/* What the summary says of a worker. */
struct worker {
    UT_hash_handle hh;
    uint32_t number; /* from 1, in order of appearance */
    uint64_t pages;
    uint64_t deaths;
    unsigned sessions; /* now */
    char name[MESSAGE_NAME_MAX + 1];
};

struct lease;
TAILQ_HEAD(lease_list, lease);

struct session {
    UT_hash_handle hh; /* by peer id */
    struct zwatch_peer peer;
    uint8_t instance[MESSAGE_ID_SIZE];
    struct worker *worker;
    unsigned slot; /* the lowest number free when it began: bits of frontier_holders */
    uint32_t pid;
    uint32_t slots;
    uint32_t capacity;
    uint64_t heard_sequence; /* of the last message received */
    uint64_t said_sequence;  /* of the last message sent */
    uint64_t their_clock_at; /* our clock then, in us */
    uint64_t their_clock;    /* sent_us of its last heartbeat */
    double heard;            /* patience time of the last message */
    struct lease_list leases;
    unsigned open;        /* leases in the list */
    struct lease **batch; /* granted, not yet sent */
    unsigned batched;
    unsigned batch_room;
};

struct roster;

/* Returns an empty roster, the caller's. */
struct roster *roster_create(void);

/* Frees it, sessions and workers included. *roster becomes NULL. Accepts NULL. */
void roster_destroy(struct roster **roster);

/* Opens a session for a Hello (checked by message_unpack) with no leases. The caller has ended any session of
 * that peer or instance. The session is the roster's until roster_close. */
struct session *roster_open(struct roster *roster, const struct zwatch_peer *peer, const Trawl__Hello *hello,
                            double patience);

/* Forgets a session; it must hold no leases. */
void roster_close(struct roster *roster, struct session *session);

/* The session of a connection, or of a process; NULL when there is none. */
struct session *roster_find(struct roster *roster, const struct zwatch_peer *peer);
struct session *roster_find_instance(struct roster *roster, const uint8_t *instance);

/* Notes that a message with that number arrived. Returns 0, or -1 when it is not the next one. */
int roster_heard(struct session *session, uint64_t sequence, double patience);

/* Sets how many leases the session will hold. */
void roster_set_capacity(struct roster *roster, struct session *session, uint32_t capacity);

/* A session that has been silent for too long, or NULL. */
struct session *roster_silent(struct roster *roster, double patience);

/* How many visits all sessions together work on at once. */
uint64_t roster_slots(const struct roster *roster);

/* How many more leases all sessions together will hold. */
uint64_t roster_credit(const struct roster *roster);

/* Chooses who gets a URL of a host with these holders: among the workers with credit the least loaded that
 * may hold connections to the host, unless it is ahead of the least loaded of all by more than one visit and
 * an eighth of an even share. NULL without credit. */
struct session *roster_choose(struct roster *roster, uint64_t holders);

/* Notes that a lease was added to or taken from the session's list. */
void roster_lease_added(struct roster *roster, struct session *session);
void roster_lease_removed(struct roster *roster, struct session *session);

/* Sessions now; workers over the run. Iterate with hh.next. */
struct session *roster_sessions(struct roster *roster);
unsigned roster_session_count(const struct roster *roster);
struct worker *roster_workers(struct roster *roster);

/* The worker of that name, made if new. */
struct worker *roster_worker(struct roster *roster, const char *name);

#endif
