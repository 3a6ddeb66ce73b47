#include "coordinator/roster.h"

#include "common/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct roster {
    uint64_t slots; /* of all sessions */
    struct session *sessions;
    struct worker *workers;
    unsigned open;   /* leases of all sessions */
    uint32_t named;  /* workers that ever appeared */
    uint64_t credit; /* kept as sessions change: the sum over sessions of what is left of their capacity */
};

struct roster *roster_create(void)
{
    return memory_new(sizeof(struct roster));
}

void roster_destroy(struct roster **at)
{
    struct roster *roster = *at;
    if (!roster)
        return;
    while (roster->sessions)
        roster_close(roster, roster->sessions);
    struct worker *worker, *next;
    HASH_ITER(hh, roster->workers, worker, next)
    {
        HASH_DEL(roster->workers, worker);
        free(worker);
    }
    free(roster);
    *at = NULL;
}

struct worker *roster_worker(struct roster *roster, const char *name)
{
    struct worker *worker;
    HASH_FIND_STR(roster->workers, name, worker);
    if (worker)
        return worker;
    worker = memory_new(sizeof *worker);
    worker->number = ++roster->named;
    strncpy(worker->name, name, sizeof worker->name - 1);
    HASH_ADD_STR(roster->workers, name, worker);
    return worker;
}

/* ---- credit ---------------------------------------------------------------------------------------- */

static uint32_t credit_of(const struct session *session)
{
    return session->capacity > session->open ? session->capacity - session->open : 0;
}

void roster_set_capacity(struct roster *roster, struct session *session, uint32_t capacity)
{
    roster->credit -= credit_of(session);
    session->capacity = capacity < MESSAGE_VISITS_MAX ? capacity : MESSAGE_VISITS_MAX;
    roster->credit += credit_of(session);
}

void roster_lease_added(struct roster *roster, struct session *session)
{
    roster->credit -= credit_of(session);
    session->open++;
    roster->open++;
    roster->credit += credit_of(session);
}

void roster_lease_removed(struct roster *roster, struct session *session)
{
    roster->credit -= credit_of(session);
    session->open--;
    roster->open--;
    roster->credit += credit_of(session);
}

static double load_of(const struct session *session)
{
    return (double)session->open / (double)(session->slots ? session->slots : 1);
}

uint64_t roster_credit(const struct roster *roster)
{
    return roster->credit;
}

/* How many visits beyond the least loaded worker one may hold for its connections' sake: an eighth of what
 * each would hold if all held the same, and one. With all slots busy that is an eighth of the slots; with a
 * few visits in flight it is hardly more than one, so that a crawl of a single host uses every worker. */
static unsigned allowance(const struct roster *roster)
{
    unsigned sessions = HASH_COUNT(roster->sessions);
    return 1 + roster->open / sessions / 8;
}

struct session *roster_choose(struct roster *roster, uint64_t holders)
{
    struct session *least = NULL, *holder = NULL;
    for (struct session *session = roster->sessions; session; session = session->hh.next) {
        if (!credit_of(session))
            continue;
        if (!least || load_of(session) < load_of(least))
            least = session;
        if ((holders >> session->slot % 64 & 1) && (!holder || load_of(session) < load_of(holder)))
            holder = session;
    }
    if (!holder || load_of(holder) == load_of(least))
        return holder ? holder : least;
    return holder->open <= least->open + allowance(roster) ? holder : least;
}

/* ---- sessions -------------------------------------------------------------------------------------- */

static unsigned lowest_free_slot(const struct roster *roster)
{
    unsigned slot = 0;
    for (const struct session *session = roster->sessions; session;) {
        if (session->slot == slot) {
            slot++;
            session = roster->sessions;
        } else {
            session = session->hh.next;
        }
    }
    return slot;
}

struct session *roster_open(struct roster *roster, const struct zwatch_peer *peer, const Trawl__Hello *hello,
                            double patience)
{
    struct session *session = memory_new(sizeof *session);
    session->peer = *peer;
    memcpy(session->instance, hello->instance.data, MESSAGE_ID_SIZE);
    session->worker = roster_worker(roster, hello->name);
    session->worker->sessions++;
    session->slot =
        HASH_COUNT(roster->sessions) < 64 ? lowest_free_slot(roster) : HASH_COUNT(roster->sessions);
    session->pid = hello->pid;
    session->slots = hello->slots;
    roster->slots += session->slots;
    session->heard_sequence = 1;
    session->heard = patience;
    TAILQ_INIT(&session->leases);
    HASH_ADD_KEYPTR(hh, roster->sessions, session->peer.id, session->peer.size, session);
    roster_set_capacity(roster, session, hello->capacity);
    return session;
}

static void forget_if_idle(struct roster *roster, struct worker *worker)
{
    if (worker->sessions || worker->pages || worker->deaths ||
        HASH_COUNT(roster->workers) <= ROSTER_NAMES_MAX)
        return;
    HASH_DEL(roster->workers, worker);
    free(worker);
}

void roster_close(struct roster *roster, struct session *session)
{
    assert(session->open == 0);
    roster_set_capacity(roster, session, 0);
    roster->slots -= session->slots;
    session->worker->sessions--;
    forget_if_idle(roster, session->worker);
    HASH_DEL(roster->sessions, session);
    free(session->batch);
    free(session);
}

struct session *roster_find(struct roster *roster, const struct zwatch_peer *peer)
{
    struct session *session;
    HASH_FIND(hh, roster->sessions, peer->id, peer->size, session);
    return session;
}

struct session *roster_find_instance(struct roster *roster, const uint8_t *instance)
{
    for (struct session *session = roster->sessions; session; session = session->hh.next)
        if (!memcmp(session->instance, instance, MESSAGE_ID_SIZE))
            return session;
    return NULL;
}

int roster_heard(struct session *session, uint64_t sequence, double patience)
{
    session->heard = patience;
    if (sequence != session->heard_sequence + 1)
        return -1;
    session->heard_sequence = sequence;
    return 0;
}

struct session *roster_silent(struct roster *roster, double patience)
{
    for (struct session *session = roster->sessions; session; session = session->hh.next)
        if (patience - session->heard > ROSTER_SILENCE)
            return session;
    return NULL;
}

struct session *roster_sessions(struct roster *roster)
{
    return roster->sessions;
}

uint64_t roster_slots(const struct roster *roster)
{
    return roster->slots;
}

unsigned roster_session_count(const struct roster *roster)
{
    return HASH_COUNT(roster->sessions);
}

struct worker *roster_workers(struct roster *roster)
{
    return roster->workers;
}
