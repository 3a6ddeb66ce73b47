#include "coordinator/crawl.h"

#include "common/log.h"
#include "coordinator/blame.h"
#include "coordinator/commit.h"
#include "coordinator/dispatch.h"
#include "coordinator/ending.h"
#include "coordinator/local.h"
#include "coordinator/progress.h"
#include "coordinator/seed.h"
#include "coordinator/wire.h"

#include <stdio.h>
#include <unistd.h>

static const double longest_wait = 2, lease_margin = 15, no_worker_after = 10, leave_taking = 2;

/* ---- the end --------------------------------------------------------------------------------------- */

uint64_t crawl_pending(const struct crawl *crawl)
{
    if (crawl->fallen_back)
        return crawl->record_pending;
    return frontier_queued(crawl->frontier) + lease_count_pages(crawl->leases);
}

void crawl_stop(struct crawl *crawl, enum crawl_end end)
{
    if (crawl->end != CRAWL_RUNS)
        return;
    crawl->end = end;
    crawl->draining = 1;
    if (end != CRAWL_INTERRUPTED)
        ev_break(crawl->loop, EVBREAK_ALL);
}

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)events;
    struct crawl *crawl = watcher->data;
    size_t held = lease_count(crawl->leases);
    if (crawl->end != CRAWL_RUNS) {
        log_warning("stopping at once; what workers hold is given up: %zu page%s", held, log_plural(held));
        ev_break(loop, EVBREAK_ALL);
        return;
    }
    crawl->signal = watcher->signum;
    log_warning("stopping: waiting up to %.0f s for %zu page%s that workers hold; once more stops at once",
                crawl->config->grace, held, log_plural(held));
    crawl_stop(crawl, CRAWL_INTERRUPTED);
    seed_stop(crawl->seed);
    ev_timer_set(&crawl->grace, crawl->config->grace, 0.);
    ev_timer_start(loop, &crawl->grace);
}

static void on_grace_over(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)watcher, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* ---- limits ---------------------------------------------------------------------------------------- */

static int is_over_time(const struct crawl *crawl)
{
    double most = crawl->config->max_time;
    return most > 0 && clock_now() - crawl->began >= most;
}

/* Whether as many pages were fetched, or are being fetched, as may be. */
static int is_full(const struct crawl *crawl)
{
    uint64_t most = (uint64_t)crawl->config->max_pages;
    return most && tally_class(&crawl->tally, OUTCOME_DONE) + tally_class(&crawl->tally, OUTCOME_FAILED) +
                           lease_count_pages(crawl->leases) >=
                       most;
}

int crawl_may_grant(const struct crawl *crawl)
{
    return !crawl->draining && !is_full(crawl) && !is_over_time(crawl);
}

/* Whether nothing more may be handed out, however long one waits. */
static int is_at_limit(const struct crawl *crawl)
{
    return is_full(crawl) || is_over_time(crawl) ||
           (seed_is_done(crawl->seed) && frontier_is_spent(crawl->frontier));
}

/* ---- a turn of the loop ---------------------------------------------------------------------------- */

static void on_after_sleep(struct ev_loop *loop, ev_check *watcher, int events)
{
    (void)loop, (void)events;
    struct crawl *crawl = watcher->data;
    crawl->woke = clock_now();
}

static void note_stop(struct crawl *crawl)
{
    double stop = clock_now() - crawl->woke;
    if (crawl->woke > 0 && stop > crawl->tally.longest_stop)
        crawl->tally.longest_stop = stop;
}

static void on_due(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)watcher, (void)events; /* the turn itself is what was wanted */
}

/* Has the loop turn again at once, or when the next host is due. */
static void wake_for(struct crawl *crawl, int at_once)
{
    double due = at_once ? 0 : frontier_due(crawl->frontier) - clock_now();
    ev_timer_stop(crawl->loop, &crawl->due);
    if (!(due < longest_wait))
        return; /* there are other wake-ups before */
    ev_timer_set(&crawl->due, due > 0 ? due : 0, 0.);
    ev_timer_start(crawl->loop, &crawl->due);
}

static void on_before_sleep(struct ev_loop *loop, ev_prepare *watcher, int events)
{
    (void)events;
    struct crawl *crawl = watcher->data;
    seed_resume(crawl->seed);
    wake_for(crawl, dispatch_run(crawl));
    if (crawl->end == CRAWL_RUNS && seed_is_done(crawl->seed) && crawl_pending(crawl) == 0)
        crawl_stop(crawl, CRAWL_FINISHED);
    if (crawl->end == CRAWL_RUNS && is_at_limit(crawl) && lease_count(crawl->leases) == 0)
        crawl_stop(crawl, CRAWL_LIMIT);
    if (crawl->end == CRAWL_INTERRUPTED && lease_count(crawl->leases) == 0)
        ev_break(loop, EVBREAK_ALL);
    commit_turn(crawl);
    note_stop(crawl);
}

static void watch_for_workers(struct crawl *crawl)
{
    if (roster_session_count(crawl->roster) || !crawl_pending(crawl)) {
        crawl->without_worker = 0;
    } else if (++crawl->without_worker == (int)no_worker_after) {
        const char *endpoint = wire_endpoint(crawl->wire);
        log_warning("no worker for %.0f s: waiting for %s%s", no_worker_after,
                    endpoint ? "one to connect to " : "the local ones to come up", endpoint ? endpoint : "");
    }
}

/* With a state they are written when a group is committed, or when much has gathered. */
static void flush_outputs(struct crawl *crawl)
{
    if (!store_is_lasting(crawl->store))
        commit_write(crawl);
}

void crawl_check_outputs(struct crawl *crawl)
{
    enum output_state rows = output_state(crawl->rows),
                      pages = crawl->pages ? output_state(crawl->pages) : OUTPUT_GOOD;
    if (rows >= OUTPUT_BROKEN || pages >= OUTPUT_BROKEN)
        crawl_stop(crawl, CRAWL_FAILED);
    else if (rows == OUTPUT_CLOSED_PIPE || pages == OUTPUT_CLOSED_PIPE)
        crawl_stop(crawl, CRAWL_PIPE_CLOSED);
}

static void on_second(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    struct crawl *crawl = watcher->data;
    wire_tick(crawl->wire);
    struct entry *overdue;
    frontier_tell(crawl->frontier, clock_now());
    while ((overdue = lease_next_overdue(crawl->leases, crawl->patience.seconds)))
        blame_overdue(crawl, overdue);
    watch_for_workers(crawl);
    flush_outputs(crawl);
    crawl_check_outputs(crawl);
}

static void on_progress(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    progress_show(watcher->data);
}

/* ---- the beginning --------------------------------------------------------------------------------- */

void crawl_begin_outputs(struct crawl *crawl)
{
    if (crawl->outputs_begun)
        return;
    crawl->outputs_begun = 1;
    commit_begin(crawl);
    crawl_check_outputs(crawl);
}

static void start_watchers(struct crawl *crawl)
{
    struct ev_loop *loop = crawl->loop;
    ev_prepare_init(&crawl->before_sleep, on_before_sleep);
    ev_check_init(&crawl->after_sleep, on_after_sleep);
    ev_set_priority(&crawl->after_sleep, EV_MAXPRI);
    ev_timer_init(&crawl->second, on_second, 1., 1.);
    ev_timer_init(&crawl->progress, on_progress, 0.2, 0.2);
    ev_init(&crawl->grace, on_grace_over);
    ev_init(&crawl->due, on_due);
    ev_signal_init(&crawl->on_int, on_signal, SIGINT);
    ev_signal_init(&crawl->on_term, on_signal, SIGTERM);
    crawl->before_sleep.data = crawl->after_sleep.data = crawl->second.data = crawl->progress.data = crawl;
    crawl->grace.data = crawl->on_int.data = crawl->on_term.data = crawl;
    ev_prepare_start(loop, &crawl->before_sleep);
    ev_check_start(loop, &crawl->after_sleep);
    ev_timer_start(loop, &crawl->second);
    ev_signal_start(loop, &crawl->on_int);
    ev_signal_start(loop, &crawl->on_term);
    if (progress_wanted(crawl->config))
        ev_timer_start(loop, &crawl->progress);
}

/* The parts that hold URLs, as the record left them. */
static void create_tables(struct crawl *crawl)
{
    const struct config *config = crawl->config;
    const struct record *record = &crawl->record;
    crawl->tally = record->tally;
    crawl->began = clock_now() - record->seconds;
    struct frontier_rules rules = {
        .per_host = (unsigned)config->per_host,
        .delay = config->delay,
        .max_per_host = (uint64_t)config->max_per_host,
    };
    crawl->seen = seen_create(crawl->store, record->hash_seed, config->depth > 0);
    crawl->frontier = frontier_create(&rules, crawl->store, record->next_id, record->hash_seed);
    if (config->depth > 0 || config->credentials)
        crawl->scope = scope_create((enum scope_kind)config->scope, crawl->store, record->hash_seed);
    crawl->record_pending = frontier_queued(crawl->frontier);
    crawl->was_finished = record->finished != 0;
    crawl->finished_with = record->tally.admitted;
    crawl->roster = roster_create();
    crawl->leases = lease_table_create(crawl->frontier, crawl->roster, 2 * config->timeout + lease_margin,
                                       record->incarnation);
}

static int end_at_once(struct crawl *crawl)
{
    crawl->end = CRAWL_FINISHED;
    int code = ending_tell(crawl);
    return code ? code : CRAWL_WAS_FINISHED;
}

/* Returns 0, or the exit code with one line logged. */
static int check_seeds(const struct crawl *crawl)
{
    const struct config *config = crawl->config;
    if (!crawl->resumed && !config->input && !config->urls.count) {
        log_error("%s: no run is in this state and no URLs are given: name some, or a list with -i FILE",
                  config->state);
        return 2;
    }
    if (crawl->resumed && !crawl->record.cursor.ended && !config->input) {
        log_error("the list was read up to line %llu only: name it again with -i FILE",
                  (unsigned long long)crawl->record.cursor.lines);
        return 2;
    }
    return 0;
}

/* 1234567 as 1,234,567. */
static const char *grouped(uint64_t number, char out[32])
{
    char *at = out + 31;
    *at = 0;
    for (int digits = 0; number || !digits; number /= 10, digits++) {
        if (digits && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + number % 10);
    }
    return at;
}

static void tell_resumed(const struct crawl *crawl)
{
    char done[32], all[32];
    if (crawl->resumed)
        log_warning("resuming: %s of %s done", grouped(tally_finished(&crawl->tally), done),
                    grouped(crawl->tally.admitted, all));
}

int crawl_start(struct crawl *crawl, const struct config *config, struct ev_loop *loop)
{
    int code;
    *crawl = (struct crawl){.config = config, .loop = loop, .began = clock_now(), .committed = clock_now()};
    if (commit_open_store(crawl))
        return 1;
    create_tables(crawl);
    /* Inputs before outputs: a mistake in the first leaves no trace in the second. */
    if ((code = check_seeds(crawl)))
        return code;
    crawl->seed = seed_create(crawl);
    if (!crawl->seed)
        return 1;
    if ((code = commit_open_outputs(crawl)))
        return code;
    if (crawl->was_finished && !seed_has_news(crawl->seed))
        return end_at_once(crawl);
    if (config->workers && !(crawl->local = local_create(crawl)))
        return 1;
    crawl->wire = wire_create(crawl, crawl->local ? local_endpoint(crawl->local) : NULL, config->listen);
    if (!crawl->wire || (crawl->local && local_start(crawl->local)))
        return 1;
    tell_resumed(crawl);
    start_watchers(crawl);
    seed_start(crawl->seed);
    return 0;
}

/* ---- the run --------------------------------------------------------------------------------------- */

/* Workers that were said Bye to end by themselves, shortly; new ones that say Hello only now are told too. */
static void take_leave(struct crawl *crawl)
{
    double until = clock_now() + leave_taking;
    if (crawl->local)
        local_stop(crawl->local);
    ev_prepare_stop(crawl->loop, &crawl->before_sleep);
    while ((wire_say_bye(crawl->wire, "the run is over") || (crawl->local && local_alive(crawl->local))) &&
           clock_now() < until) {
        ev_timer_set(&crawl->grace, 0.02, 0.);
        ev_timer_start(crawl->loop, &crawl->grace);
        ev_run(crawl->loop, EVRUN_ONCE);
        ev_timer_stop(crawl->loop, &crawl->grace);
    }
}

int crawl_run(struct crawl *crawl)
{
    /* A list of arguments alone may have ended it before there was a turn of the loop to break. */
    if (crawl->end == CRAWL_RUNS)
        ev_run(crawl->loop, 0);
    ev_timer_stop(crawl->loop, &crawl->second);
    if (ev_is_active(&crawl->progress)) {
        ev_timer_stop(crawl->loop, &crawl->progress);
        progress_show(crawl);
        progress_clear();
    }
    seed_stop(crawl->seed);
    take_leave(crawl);
    commit_finish(crawl);
    return ending_tell(crawl);
}

static void stop_watchers(struct crawl *crawl)
{
    struct ev_loop *loop = crawl->loop;
    ev_prepare_stop(loop, &crawl->before_sleep);
    ev_check_stop(loop, &crawl->after_sleep);
    ev_timer_stop(loop, &crawl->second);
    ev_timer_stop(loop, &crawl->progress);
    ev_timer_stop(loop, &crawl->grace);
    ev_timer_stop(loop, &crawl->due);
    ev_signal_stop(loop, &crawl->on_int);
    ev_signal_stop(loop, &crawl->on_term);
}

void crawl_destroy(struct crawl *crawl)
{
    stop_watchers(crawl);
    if (crawl->leases)
        lease_table_destroy(&crawl->leases);
    wire_destroy(&crawl->wire);
    local_destroy(&crawl->local);
    seed_destroy(&crawl->seed);
    output_close(&crawl->rows);
    output_close(&crawl->pages);
    roster_destroy(&crawl->roster);
    frontier_destroy(&crawl->frontier);
    seen_destroy(&crawl->seen);
    scope_destroy(&crawl->scope);
    store_close(&crawl->store);
}
