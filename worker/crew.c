#include "worker/crew.h"

#include "common/descriptors.h"
#include "common/log.h"
#include "common/supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct crew {
    struct ev_loop *loop;
    struct supervise *supervise;
    unsigned left; /* processes that will not be started again */
    unsigned count;
    int code;
    int stopping;
};

static void on_line(void *arg, unsigned index, const char *line, size_t size)
{
    (void)arg, (void)index;
    log_relay(line, size);
}

/* One that was asked to leave before it listened for that has left as well. */
static int code_of(const struct crew *crew, const struct supervise_exit *end)
{
    if (crew->stopping && end->death.signal == SIGTERM)
        return 0;
    return end->death.signal ? 1 : end->death.exit_code;
}

static void on_exit_of(void *arg, const struct supervise_exit *end)
{
    struct crew *crew = arg;
    if (end->left) {
        if (!crew->code)
            crew->code = code_of(crew, end);
        if (++crew->left == crew->count)
            ev_break(crew->loop, EVBREAK_ALL);
        return;
    }
    log_warning("process %d died of %s %d; starting another", (int)end->pid,
                end->death.signal ? "signal" : "exit code",
                end->death.signal ? end->death.signal : end->death.exit_code);
    supervise_tell_next(crew->supervise, end->index, &end->death);
}

/* The first signal asks them to finish what they hold, the second ends them. */
static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)events;
    struct crew *crew = watcher->data;
    if (crew->stopping++) {
        ev_break(loop, EVBREAK_ALL);
        return;
    }
    crew->count =
        crew->left + supervise_alive(crew->supervise); /* those between two lives are not waited for */
    supervise_stop(crew->supervise, SIGTERM);
    if (crew->left == crew->count)
        ev_break(loop, EVBREAK_ALL);
}

int crew_run(struct ev_loop *loop, const struct config *config)
{
    static const struct supervise_callbacks callbacks = {on_line, on_exit_of};
    struct crew crew = {.loop = loop, .count = (unsigned)config->workers};
    char slots[16], patience[32];
    snprintf(slots, sizeof slots, "%d", config->slots);
    snprintf(patience, sizeof patience, "%.3f", config->patience);
    const char *format = config->log_format ? "json" : "text";
    const char *talk = config->verbose ? "-v" : config->quiet ? "-q" : NULL;
    const char *argv[] = {"trawl-worker", "--connect", config->connect, "-w",   "1",  "-c", slots,
                          "--patience",   patience,    "--log-format",  format, talk, NULL};
    descriptors_raise(); /* two a process */
    ev_signal on_int, on_term;
    ev_signal_init(&on_int, on_signal, SIGINT);
    ev_signal_init(&on_term, on_signal, SIGTERM);
    on_int.data = on_term.data = &crew;
    ev_signal_start(loop, &on_int);
    ev_signal_start(loop, &on_term);
    crew.supervise = supervise_create(loop, (unsigned)config->workers, "/proc/self/exe", argv, config->name,
                                      &callbacks, &crew);
    if (supervise_start(crew.supervise)) {
        log_error("cannot start worker processes: %s", strerror(errno));
        crew.code = 1;
    } else {
        ev_run(loop, 0);
    }
    supervise_destroy(&crew.supervise);
    ev_signal_stop(loop, &on_int);
    ev_signal_stop(loop, &on_term);
    return crew.code;
}
