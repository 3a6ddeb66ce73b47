#include "coordinator/lease.h"

#include "common/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A slot of a host kept taken after its lease was lost. */
struct kept_slot {
    TAILQ_ENTRY(kept_slot) by_age;
    struct host *host;
    uint8_t instance[MESSAGE_ID_SIZE];
    double deadline;
};

struct leases {
    struct frontier *frontier;
    struct roster *roster;
    double seconds;
    uint64_t last_number;
    size_t pages; /* of the table */
    struct lease *table;
    struct lease_list by_age; /* all last equally long: the oldest is due first */
    TAILQ_HEAD(, kept_slot) kept;
};

struct leases *lease_table_create(struct frontier *frontier, struct roster *roster, double seconds,
                                  uint64_t incarnation)
{
    struct leases *leases = memory_new(sizeof *leases);
    *leases = (struct leases){.frontier = frontier, .roster = roster, .seconds = seconds};
    leases->last_number = incarnation << 40;
    TAILQ_INIT(&leases->by_age);
    TAILQ_INIT(&leases->kept);
    return leases;
}

static void release_kept(struct leases *leases, struct kept_slot *kept)
{
    TAILQ_REMOVE(&leases->kept, kept, by_age);
    frontier_release_slot(leases->frontier, kept->host);
    free(kept);
}

void lease_table_destroy(struct leases **at)
{
    struct leases *leases = *at;
    if (!leases)
        return;
    while (!TAILQ_EMPTY(&leases->by_age))
        frontier_put_back(leases->frontier, lease_close(leases, TAILQ_FIRST(&leases->by_age)));
    while (!TAILQ_EMPTY(&leases->kept))
        release_kept(leases, TAILQ_FIRST(&leases->kept));
    free(leases);
    *at = NULL;
}

struct lease *lease_open(struct leases *leases, struct entry *entry, struct session *session, double patience)
{
    struct lease *lease = memory_new(sizeof *lease);
    lease->number = ++leases->last_number;
    lease->entry = entry;
    lease->session = session;
    lease->deadline = patience + leases->seconds;
    TAILQ_INSERT_TAIL(&leases->by_age, lease, by_age);
    TAILQ_INSERT_TAIL(&session->leases, lease, in_session);
    roster_lease_added(leases->roster, session);
    HASH_ADD(hh, leases->table, number, sizeof lease->number, lease);
    leases->pages += entry->kind == ENTRY_PAGE;
    return lease;
}

struct lease *lease_find(struct leases *leases, uint64_t number)
{
    struct lease *lease;
    HASH_FIND(hh, leases->table, &number, sizeof number, lease);
    return lease;
}

struct entry *lease_close(struct leases *leases, struct lease *lease)
{
    struct entry *entry = lease->entry;
    TAILQ_REMOVE(&leases->by_age, lease, by_age);
    TAILQ_REMOVE(&lease->session->leases, lease, in_session);
    roster_lease_removed(leases->roster, lease->session);
    assert(leases->table);
    HASH_DEL(leases->table, lease);
    leases->pages -= entry->kind == ENTRY_PAGE;
    free(lease);
    return entry;
}

static void keep_slot(struct leases *leases, struct host *host, const struct lease *lease)
{
    struct kept_slot *kept = memory_new(sizeof *kept);
    kept->host = host;
    kept->deadline = lease->deadline;
    memcpy(kept->instance, lease->session->instance, MESSAGE_ID_SIZE);
    TAILQ_INSERT_TAIL(&leases->kept, kept, by_age);
}

void lease_lose_all(struct leases *leases, struct session *session)
{
    struct lease *lease;
    /* From the youngest on, each to the head of its queue: the oldest stands first again. */
    while ((lease = TAILQ_LAST(&session->leases, lease_list))) {
        lease->entry->lost = lease->number;
        keep_slot(leases, frontier_put_back_keeping_slot(leases->frontier, lease->entry), lease);
        lease_close(leases, lease);
    }
}

static void release_old_slots(struct leases *leases, double patience)
{
    struct kept_slot *kept, *next;
    for (kept = TAILQ_FIRST(&leases->kept); kept; kept = next) {
        next = TAILQ_NEXT(kept, by_age);
        if (kept->deadline <= patience)
            release_kept(leases, kept);
    }
}

struct entry *lease_next_overdue(struct leases *leases, double patience)
{
    struct lease *lease = TAILQ_FIRST(&leases->by_age);
    if (!lease || lease->deadline > patience) {
        release_old_slots(leases, patience);
        return NULL;
    }
    struct entry *entry = lease->entry;
    entry->lost = lease->number;
    frontier_put_back(leases->frontier, lease_close(leases, lease));
    return entry;
}

void lease_forgive(struct leases *leases, const uint8_t *instance)
{
    struct kept_slot *kept, *next;
    for (kept = TAILQ_FIRST(&leases->kept); kept; kept = next) {
        next = TAILQ_NEXT(kept, by_age);
        if (!memcmp(kept->instance, instance, MESSAGE_ID_SIZE))
            release_kept(leases, kept);
    }
}

struct entry *lease_find_lost(const struct leases *leases, uint64_t number)
{
    const struct lease *lease;
    TAILQ_FOREACH(lease, &leases->by_age, by_age)
    if (lease->entry->lost == number)
        return lease->entry;
    return frontier_find_lost(leases->frontier, number);
}

void lease_recall(struct leases *leases, struct entry *entry)
{
    if (entry->place == ENTRY_QUEUED) {
        frontier_take(leases->frontier, entry);
        return;
    }
    struct lease *lease = TAILQ_FIRST(&leases->by_age);
    while (lease->entry != entry)
        lease = TAILQ_NEXT(lease, by_age);
    keep_slot(leases, frontier_put_back_keeping_slot(leases->frontier, entry), lease);
    lease_close(leases, lease);
    frontier_take(leases->frontier, entry);
}

size_t lease_count(const struct leases *leases)
{
    return HASH_COUNT(leases->table);
}

size_t lease_count_pages(const struct leases *leases)
{
    return leases->pages;
}
