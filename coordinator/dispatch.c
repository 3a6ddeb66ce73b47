#include "coordinator/dispatch.h"

#include "common/memory.h"
#include "coordinator/collect.h"
#include "coordinator/robots_gate.h"
#include "coordinator/wire.h"

#include <math.h>

enum {
    BATCH_MAX = 256,  /* visits of one Assign: below the largest message even with the longest URLs */
    LOOK_MOST = 4096, /* entries a turn: thousands may be refused */
};

static void add_to_batch(struct session *session, struct lease *lease)
{
    if (session->batched == session->batch_room) {
        session->batch_room = session->batch_room ? session->batch_room * 2 : 16;
        session->batch = memory_resize(session->batch, session->batch_room, sizeof(struct lease *));
    }
    session->batch[session->batched++] = lease;
}

/* Whether the entry may be handed out. If not it is finished, or waits again. */
static int passes(struct crawl *crawl, struct entry *entry)
{
    enum robots_answer answer = robots_gate_ask(crawl, entry);
    if (answer == ROBOTS_GATE_ASKED)
        return 0;
    enum outcome verdict = frontier_host_verdict(entry->host);
    if (answer == ROBOTS_GATE_CLOSED)
        verdict = OUTCOME_ROBOTS;
    if (verdict == OUTCOMES)
        return 1;
    collect_unfetched(crawl, entry, verdict);
    return 0;
}

static void grant(struct crawl *crawl, struct entry *entry)
{
    uint64_t *holders = frontier_holders(entry->host);
    struct session *session = roster_choose(crawl->roster, *holders);
    *holders |= 1ull << session->slot % 64;
    double gap = frontier_grant(crawl->frontier, entry);
    if (gap < INFINITY)
        tally_note_gap(&crawl->tally, gap);
    tally_note_in_flight(&crawl->tally, frontier_in_flight(entry->host));
    add_to_batch(session, lease_open(crawl->leases, entry, session, crawl->patience.seconds));
    if (session->batched == BATCH_MAX)
        wire_send_batches(crawl->wire);
}

int dispatch_run(struct crawl *crawl)
{
    struct entry *entry;
    int granted = 0, looking = 0;
    frontier_set_slots(crawl->frontier, roster_slots(crawl->roster));
    frontier_tell(crawl->frontier, clock_now());
    int looked = 0;
    for (; looked < LOOK_MOST && crawl_may_grant(crawl) && roster_credit(crawl->roster); looked++) {
        if (!(entry = frontier_next(crawl->frontier))) {
            looking = frontier_is_looking(crawl->frontier);
            break;
        }
        if (!passes(crawl, entry))
            continue;
        grant(crawl, entry);
        granted = 1;
    }
    if (granted)
        wire_send_batches(crawl->wire);
    return looked == LOOK_MOST || looking;
}
