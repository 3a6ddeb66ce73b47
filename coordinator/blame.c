#include "coordinator/blame.h"

#include "common/log.h"
#include "coordinator/collect.h"
#include "coordinator/wire.h"

#include <signal.h>
#include <stdio.h>

enum {
    FULL = 10, /* blame is counted in tenths */
    SLIGHT = 1,
    QUARANTINE_AT = 30,
    UNEXPLAINED_SECONDS = 60,
};

static const struct {
    int signal;
    const char *name;
} crashes[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGABRT, "SIGABRT"}, {SIGILL, "SIGILL"}, {SIGFPE, "SIGFPE"}};

static const char *crash_name(int signal)
{
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        if (crashes[i].signal == signal)
            return crashes[i].name;
    return NULL;
}

static unsigned weight_of(const struct supervised_death *death)
{
    return death->stalled || death->signal == 0 || crash_name(death->signal) ? FULL : SLIGHT;
}

static void describe(const struct supervised_death *death, char *out, size_t room)
{
    if (death->stalled)
        snprintf(out, room, "stood still for 5 s and was ended");
    else if (death->signal == 0)
        snprintf(out, room, "left with exit code %d", (int)death->exit_code);
    else if (crash_name(death->signal))
        snprintf(out, room, "died of %s", crash_name(death->signal));
    else
        snprintf(out, room, "died of signal %d", (int)death->signal);
}

static void blame(struct crawl *crawl, struct entry *entry, unsigned weight, int stalled)
{
    entry->blame = (uint8_t)(entry->blame + weight);
    if (entry->blame < QUARANTINE_AT)
        return;
    lease_recall(crawl->leases, entry);
    collect_unfetched(crawl, entry, stalled ? OUTCOME_STALLS_WORKER : OUTCOME_CRASHES_WORKER);
}

void blame_overdue(struct crawl *crawl, struct entry *entry)
{
    log_warning("overdue: %s", entry->source);
    crawl->tally.overdue++;
    blame(crawl, entry, FULL, 1);
}

/* A death from outside, with pages finished since the last one, is an operator's business and ends nothing.
 */
static int is_harmless(struct crawl *crawl, const struct supervised_death *death)
{
    uint64_t finished = tally_finished(&crawl->tally);
    int progress = finished != crawl->finished_at_death;
    crawl->finished_at_death = finished;
    return weight_of(death) == SLIGHT && progress;
}

static void note_unexplained(struct crawl *crawl)
{
    enum { MOST = sizeof crawl->unexplained / sizeof *crawl->unexplained };
    double now = clock_now();
    crawl->unexplained[crawl->unexplained_count++ % MOST] = now;
    if (crawl->unexplained_count < MOST ||
        now - crawl->unexplained[crawl->unexplained_count % MOST] > UNEXPLAINED_SECONDS)
        return;
    log_error("five workers within a minute died without a page to blame: the run ends");
    crawl_stop(crawl, CRAWL_FAILED);
}

void blame_death(struct crawl *crawl, const char *worker, const struct supervised_death *death)
{
    char how[64];
    describe(death, how, sizeof how);
    roster_worker(crawl->roster, worker)->deaths++;
    wire_process_died(crawl->wire, death->instance);
    struct entry *entry = death->lease ? lease_find_lost(crawl->leases, death->lease) : NULL;
    log_warning("worker %s %s%s%s", worker, how, entry ? " while working on " : "",
                entry ? entry->source : "");
    if (!entry) {
        if (!is_harmless(crawl, death))
            note_unexplained(crawl);
        return;
    }
    blame(crawl, entry, weight_of(death), death->stalled != 0);
}
