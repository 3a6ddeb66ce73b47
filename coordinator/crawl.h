/* One run of the coordinator: its parts, and what makes it begin and end.
 *
 * The parts below are wired together here and nowhere else; seed, wire, dispatch and collect reach the others
 * through this struct. Everything runs on one thread in one loop.
 */
#ifndef TRAWL_COORDINATOR_CRAWL_H
#define TRAWL_COORDINATOR_CRAWL_H

#include "common/clock.h"
#include "coordinator/config.h"
#include "coordinator/frontier.h"
#include "coordinator/lease.h"
#include "coordinator/output.h"
#include "coordinator/record.h"
#include "coordinator/roster.h"
#include "coordinator/scope.h"
#include "coordinator/seen.h"
#include "coordinator/store.h"
#include "coordinator/tally.h"

#include <ev.h>
#include <signal.h>

enum crawl_end {
    CRAWL_RUNS,
    CRAWL_FINISHED,    /* nothing is left to do */
    CRAWL_LIMIT,       /* --max-pages, --max-per-host or --max-time: the rest is pending */
    CRAWL_INTERRUPTED, /* SIGINT or SIGTERM */
    CRAWL_PIPE_CLOSED, /* the reader of an output went away */
    CRAWL_FAILED,      /* said on the log */
};

struct crawl {
    const struct config *config;
    struct ev_loop *loop;
    double began; /* monotonic; of a resumed run as if it had never stood still */
    struct patience patience;
    struct tally tally;

    struct store *store;
    struct record record; /* as it was committed last */
    uint64_t record_pending;
    int resumed;      /* an earlier process began this run */
    int was_finished; /* and one ended it, with so many URLs */
    uint64_t finished_with;
    int fallen_back;     /* what came after the last commit was undone */
    double committed;    /* monotonic */
    double commit_took;  /* seconds */
    double commits_took; /* all of this process together */
    struct seen *seen;
    struct scope *scope; /* NULL: nobody asks it */
    struct frontier *frontier;
    struct roster *roster;
    struct leases *leases;
    struct seed *seed;
    struct wire *wire;
    struct local *local;
    struct output *rows;
    struct output *pages; /* NULL: not asked for */
    int outputs_begun;
    uint64_t failures_shown[OUTCOMES];
    uint64_t parkings_shown;
    double unexplained[5]; /* when workers died without a page to blame; a ring */
    unsigned unexplained_count;
    uint64_t finished_at_death;

    enum crawl_end end;
    int draining; /* nothing new is handed out */
    int signal;   /* the one that interrupted it */
    ev_prepare before_sleep;
    ev_timer second;
    ev_timer grace;
    ev_timer due; /* a host's time comes */
    ev_timer progress;
    ev_signal on_int;
    ev_signal on_term;
    ev_check after_sleep;
    double woke;        /* monotonic, of this turn */
    int without_worker; /* seconds */
};

/* Nothing is left to do in this run: its summary was told. */
enum { CRAWL_WAS_FINISHED = -1 };

/* Opens the state, inputs, outputs and the socket and starts the local workers. Returns 0,
 * CRAWL_WAS_FINISHED, or the exit code with one line logged; crawl_destroy is to be called in any case. */
int crawl_start(struct crawl *crawl, const struct config *config, struct ev_loop *loop);

/* Runs the loop until the run ends, then takes leave of the workers. Returns the exit code. */
int crawl_run(struct crawl *crawl);

/* Frees all and stops its watchers: the loop can be used again. */
void crawl_destroy(struct crawl *crawl);

/* Ends the run for that reason; the first one holds. May be called from any callback. */
void crawl_stop(struct crawl *crawl, enum crawl_end end);

/* Whether another URL may be handed out, as far as the run's limits go. */
int crawl_may_grant(const struct crawl *crawl);

/* The first usable URL is there: existing outputs are replaced now. Idempotent. */
void crawl_begin_outputs(struct crawl *crawl);

/* Ends the run when an output is broken or its reader gone. */
void crawl_check_outputs(struct crawl *crawl);

/* URLs admitted and not finished, counted where they are. */
uint64_t crawl_pending(const struct crawl *crawl);

#endif
