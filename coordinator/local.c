#include "coordinator/local.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/supervise.h"
#include "coordinator/blame.h"
#include "coordinator/wire.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STILLBORN_MAX = 3 };

#define LOCAL_NAME "local"

struct local {
    struct crawl *crawl;
    struct supervise *supervise;
    char directory[PATH_MAX];
    char endpoint[PATH_MAX + 32];
    char program[PATH_MAX + 32];
    int left;      /* workers that will not come back */
    int stillborn; /* deaths before Hello, in a row */
};

/* ---- how many -------------------------------------------------------------------------------------- */

/* CPUs that a cgroup grants, as QUOTA/PERIOD; 0 where there is no limit. */
static double cgroup_cpus(void)
{
    double quota = 0, period = 0;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (file) {
        if (fscanf(file, "%lf %lf", &quota, &period) != 2)
            quota = 0;
        fclose(file);
    }
    return quota > 0 && period > 0 ? quota / period : 0;
}

int local_cpus(void)
{
    cpu_set_t set;
    int cpus = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    double granted = cgroup_cpus();
    if (granted > 0 && granted < cpus)
        cpus = (int)granted + (granted > (int)granted);
    return cpus > 0 ? cpus : 1;
}

/* ---- what happens to them -------------------------------------------------------------------------- */

static void on_line(void *arg, unsigned index, const char *line, size_t size)
{
    (void)arg, (void)index;
    log_relay(line, size);
}

/* A worker that leaves in the middle of a run was refused or cannot work; without any the run would wait for
 * ever. */
static void note_leaving(struct local *local, const struct supervise_exit *end)
{
    struct crawl *crawl = local->crawl;
    if (crawl->end != CRAWL_RUNS || ++local->left < crawl->config->workers || crawl->config->listen)
        return;
    log_error("every local worker has left (exit code %d): the run ends", (int)end->death.exit_code);
    crawl_stop(crawl, CRAWL_FAILED);
}

static void on_exit_of(void *arg, const struct supervise_exit *end)
{
    struct local *local = arg;
    if (end->left) {
        wire_process_died(local->crawl->wire, end->death.instance);
        note_leaving(local, end);
        return;
    }
    char name[32];
    snprintf(name, sizeof name, LOCAL_NAME "-%u", end->index + 1);
    blame_death(local->crawl, name, &end->death);
    local->stillborn = end->welcomed ? 0 : local->stillborn + 1;
    if (local->stillborn == STILLBORN_MAX) {
        log_error("three workers in a row died before they said Hello: the run ends");
        crawl_stop(local->crawl, CRAWL_FAILED);
    }
}

/* ---- life ------------------------------------------------------------------------------------------ */

/* The worker program stands beside this one. */
static int find_program(struct local *local)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return -1;
    self[length] = 0;
    *strrchr(self, '/') = 0;
    snprintf(local->program, sizeof local->program, "%s/trawl-worker", self);
    return access(local->program, X_OK);
}

static int make_directory(struct local *local)
{
    const char *parent = getenv("TRAWL_TMPDIR");
    snprintf(local->directory, sizeof local->directory, "%s/trawl-XXXXXX",
             parent && *parent ? parent : "/tmp");
    if (!mkdtemp(local->directory)) {
        log_error("%s: cannot make a directory for local workers: %s", local->directory, strerror(errno));
        *local->directory = 0;
        return -1;
    }
    snprintf(local->endpoint, sizeof local->endpoint, "ipc://%s/workers", local->directory);
    return 0;
}

struct local *local_create(struct crawl *crawl)
{
    struct local *local = memory_new(sizeof *local);
    local->crawl = crawl;
    if (find_program(local))
        log_error("%s: the worker program is missing; install it beside trawl", local->program);
    else if (make_directory(local) == 0)
        return local;
    local_destroy(&local);
    return NULL;
}

const char *local_endpoint(const struct local *local)
{
    return local->endpoint;
}

int local_start(struct local *local)
{
    static const struct supervise_callbacks callbacks = {.on_line = on_line, .on_exit = on_exit_of};
    const struct config *config = local->crawl->config;
    char slots[16];
    snprintf(slots, sizeof slots, "%d", config->slots);
    const char *format = config->log_format == LOG_JSON ? "json" : "text";
    const char *argv[] = {"trawl-worker", "--connect", local->endpoint, "-w",   "1",
                          "-c",           slots,       "--log-format",  format, NULL};
    local->supervise = supervise_create(local->crawl->loop, (unsigned)config->workers, local->program, argv,
                                        LOCAL_NAME, &callbacks, local);
    if (supervise_start(local->supervise) == 0)
        return 0;
    log_error("%s: cannot be started: %s", local->program, strerror(errno));
    return -1;
}

unsigned local_alive(const struct local *local)
{
    return local->supervise ? supervise_alive(local->supervise) : 0;
}

void local_stop(struct local *local)
{
    if (local->supervise)
        supervise_release(local->supervise);
}

void local_destroy(struct local **at)
{
    struct local *local = *at;
    if (!local)
        return;
    supervise_destroy(&local->supervise);
    if (*local->directory) {
        unlink(local->endpoint + strlen("ipc://"));
        rmdir(local->directory);
    }
    free(local);
    *at = NULL;
}
