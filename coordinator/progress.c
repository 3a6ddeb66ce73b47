#include "coordinator/progress.h"

#include "common/log.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int progress_wanted(const struct config *config)
{
    return isatty(STDERR_FILENO) && !config->quiet && config->log_format == LOG_TEXT;
}

/* How much of a line stays on one: what wraps could not be taken back. */
static size_t room_for(size_t most)
{
    struct winsize window;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) || window.ws_col == 0 || window.ws_col > most)
        return most;
    return window.ws_col;
}

void progress_show(const struct crawl *crawl)
{
    static double shown_at;
    static uint64_t shown;
    double now = clock_now();
    uint64_t finished = tally_finished(&crawl->tally);
    uint64_t errors = finished - tally_class(&crawl->tally, OUTCOME_DONE);
    double since = shown_at > 0 ? now - shown_at : now - crawl->began;
    double rate = since > 0 ? (double)(finished - shown) / since : 0;
    unsigned workers = roster_session_count(crawl->roster);
    char line[200];
    snprintf(line, room_for(sizeof line),
             "%llu / %llu pages  %.0f pages/s  %llu links  %llu errors  %u worker%s",
             (unsigned long long)finished, (unsigned long long)crawl->tally.admitted, rate,
             (unsigned long long)crawl->tally.rows, (unsigned long long)errors, workers, log_plural(workers));
    log_progress(line);
    shown_at = now;
    shown = finished;
}

void progress_clear(void)
{
    log_progress(NULL);
}
