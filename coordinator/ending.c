#include "coordinator/ending.h"

#include "common/log.h"
#include "coordinator/summary.h"

/* Whether it had ended before, and nothing new was found in what it was given to read. */
static int is_still_finished(const struct crawl *crawl)
{
    return crawl->end == CRAWL_FINISHED && crawl->was_finished &&
           crawl->tally.admitted == crawl->finished_with;
}

static void tell_finished(const struct crawl *crawl)
{
    if (is_still_finished(crawl))
        log_warning("already finished; --fresh starts again");
}

static void tell_pending(const struct crawl *crawl)
{
    if ((crawl->end != CRAWL_INTERRUPTED && crawl->end != CRAWL_LIMIT) || !crawl_pending(crawl))
        return;
    if (crawl->end == CRAWL_LIMIT)
        log_warning(store_is_lasting(crawl->store)
                        ? "at a limit: the same command with a higher one goes on from here"
                        : "at a limit: with --state DIR a higher one could go on from here");
    else if (store_is_lasting(crawl->store))
        log_warning("interrupted: the same command goes on from here");
    else
        log_warning("interrupted: this run cannot be resumed; with --state DIR it could");
}

/* Then there is nothing to sum up either. */
static int had_nothing(const struct crawl *crawl)
{
    return crawl->tally.admitted == 0 && crawl->end == CRAWL_FINISHED;
}

static void tell_end(const struct crawl *crawl)
{
    tell_pending(crawl);
    tell_finished(crawl);
    if (had_nothing(crawl))
        log_error("no usable URL among %llu line%s", (unsigned long long)crawl->tally.lines,
                  log_plural(crawl->tally.lines));
}

/* The store must agree with memory about what is left. */
static int balances(const struct crawl *crawl)
{
    uint64_t pending = crawl_pending(crawl);
    return tally_balances(&crawl->tally, pending) && (crawl->fallen_back || store_is_broken(crawl->store) ||
                                                      store_queue_count(crawl->store) == pending);
}

static int exit_code(const struct crawl *crawl)
{
    if (!balances(crawl)) {
        log_error("the balance is broken: this is a bug in trawl");
        return 1;
    }
    switch (crawl->end) {
    case CRAWL_INTERRUPTED:
        return 128 + crawl->signal;
    case CRAWL_PIPE_CLOSED:
    case CRAWL_LIMIT:
        return 0;
    case CRAWL_FINISHED:
        return crawl->tally.answered || is_still_finished(crawl) ? 0 : 3;
    default:
        return 1;
    }
}

int ending_tell(struct crawl *crawl)
{
    const struct config *config = crawl->config;
    tell_end(crawl);
    int code = exit_code(crawl);
    if (!config->quiet && crawl->end != CRAWL_PIPE_CLOSED && !had_nothing(crawl))
        summary_print(crawl);
    if (config->summary && summary_write(crawl, config->summary))
        code = 1;
    return code;
}
