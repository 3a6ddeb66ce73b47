#include "coordinator/dispatch.h"

#include "common/memory.h"
#include "coordinator/wire.h"

enum { BATCH_MAX = 256 }; /* visits of one Assign: below the largest message even with the longest URLs */

static void add_to_batch(struct session *session, struct lease *lease)
{
    if (session->batched == session->batch_room) {
        session->batch_room = session->batch_room ? session->batch_room * 2 : 16;
        session->batch = memory_resize(session->batch, session->batch_room, sizeof(struct lease *));
    }
    session->batch[session->batched++] = lease;
}

void dispatch_run(struct crawl *crawl)
{
    int granted = 0;
    while (!crawl->draining && roster_credit(crawl->roster)) {
        struct entry *entry = frontier_next(crawl->frontier);
        if (!entry)
            break;
        uint64_t *holders = frontier_holders(entry->host);
        struct session *session = roster_choose(crawl->roster, *holders);
        *holders |= 1ull << session->slot % 64;
        struct lease *lease = lease_open(crawl->leases, entry, session, crawl->patience.seconds, clock_now());
        add_to_batch(session, lease);
        granted = 1;
        if (session->batched == BATCH_MAX)
            wire_send_batches(crawl->wire);
    }
    if (granted)
        wire_send_batches(crawl->wire);
}
