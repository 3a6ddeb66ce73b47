#include "common/descriptors.h"
#include "common/log.h"
#include "worker/config.h"
#include "worker/crew.h"
#include "worker/fetch.h"
#include "worker/intake.h"

#include <signal.h>

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)loop, (void)events;
    intake_drain(watcher->data);
}

static void on_parent_gone(void *arg)
{
    struct intake **intake = arg;
    if (*intake)
        intake_abandon(*intake);
}

static int exit_code(enum intake_end end)
{
    return end == INTAKE_REFUSED ? 2 : end == INTAKE_OUT_OF_PATIENCE || end == INTAKE_FAILED ? 1 : 0;
}

/* A visit takes a connection, beside one that is idle meanwhile; some descriptors are ours: the loop's,
 * ZeroMQ's, two for each name server. */
static unsigned affordable_slots(unsigned wanted)
{
    enum { OURS = 40, EACH = 2 };
    unsigned most = descriptors_raise(), affordable = most > OURS + EACH ? (most - OURS) / EACH : 1;
    if (affordable >= wanted)
        return wanted;
    log_warning("%u descriptors are enough for %u pages in flight, not %u (ulimit -n)", most, affordable,
                wanted);
    return affordable;
}

/* One worker, this process. */
static int work(struct ev_loop *loop, const struct config *config)
{
    struct intake *intake = NULL;
    struct intake_settings settings = {
        .endpoint = config->connect,
        .name = config->name,
        .slots = affordable_slots((unsigned)config->slots),
        .patience = config->patience,
        .black_box = supervised_join(loop, on_parent_gone, &intake),
    };
    intake = intake_create(loop, &settings);
    if (!intake) {
        settings.black_box->leaving = 1;
        return 1;
    }
    ev_signal on_int, on_term;
    ev_signal_init(&on_int, on_signal, SIGINT);
    ev_signal_init(&on_term, on_signal, SIGTERM);
    on_int.data = on_term.data = intake;
    struct sigaction before;
    sigaction(SIGINT, NULL, &before);
    if (before.sa_handler != SIG_IGN) /* under a parent Ctrl-C is the parent's */
        ev_signal_start(loop, &on_int);
    ev_signal_start(loop, &on_term);
    ev_run(loop, 0);
    int code = exit_code(intake_end(intake));
    intake_destroy(&intake);
    return code;
}

int main(int argc, char **argv)
{
    struct config config;
    descriptors_fill_standard();
    int code = config_parse(&config, argc, argv);
    if (code != OPTIONS_RUN)
        return code;
    log_init("worker",
             config.quiet     ? LOG_ERROR
             : config.verbose ? LOG_INFO
                              : LOG_WARNING,
             (enum log_format)config.log_format);
    signal(SIGPIPE, SIG_IGN);
    struct ev_loop *loop = ev_default_loop(0);
    return config.workers > 1 ? crew_run(loop, &config) : work(loop, &config);
}
