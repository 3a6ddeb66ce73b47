#include "coordinator/frontier_internal.h"

#include <assert.h>
#include <math.h>

enum {
    FAILURES_PARK = 5, /* in a row */
    PARKINGS_MOST = 3,
    PAUSES_MOST = 20,
    DOUBLINGS_MOST = 6, /* of a pause of one second */
};

static const double first_parking = 30, longest_pause = 300;

/* ---- slots ----------------------------------------------------------------------------------------- */

static double delay_of(const struct frontier *frontier, const struct host *host)
{
    return fmax(frontier->rules.delay, host->delay);
}

int frontier_host_has_slot(const struct frontier *frontier, const struct host *host)
{
    unsigned most = delay_of(frontier, host) > 0 ? 1 : frontier->rules.per_host;
    if (host->parkings && !host->answered && most > host->kept + 1)
        most = host->kept + 1;
    return host->verdict != OUTCOMES || host->in_flight < most;
}

static unsigned probes_of(const struct host *host)
{
    return host->answered ? 0 : host->in_flight - host->kept;
}

static void change(struct frontier *frontier, struct host *host, int in_flight, int kept, int answered)
{
    frontier->probing -= probes_of(host);
    host->in_flight += (unsigned)in_flight;
    host->kept += (unsigned)kept;
    host->answered = (uint8_t)answered;
    frontier->probing += probes_of(host);
}

void frontier_host_take_slot(struct frontier *frontier, struct host *host)
{
    change(frontier, host, 1, 0, host->answered);
}

void frontier_host_keep_slot(struct frontier *frontier, struct host *host)
{
    change(frontier, host, 0, 1, host->answered);
}

void frontier_host_free_slot(struct frontier *frontier, struct host *host, int kept, int granted)
{
    assert(host->in_flight > 0);
    change(frontier, host, -1, -kept, host->answered);
    if (granted)
        host->next_grant = fmax(host->next_grant, frontier->now + delay_of(frontier, host));
}

void frontier_release_slot(struct frontier *frontier, struct host *host)
{
    frontier_host_free_slot(frontier, host, 1, 1);
    frontier_place_host(frontier, host);
}

unsigned frontier_in_flight(const struct host *host)
{
    return host->in_flight;
}

double frontier_grant(struct frontier *frontier, struct entry *entry)
{
    struct host *host = entry->host;
    double gap = host->last_grant > 0 ? frontier->now - host->last_grant : INFINITY;
    host->last_grant = entry->granted = frontier->now;
    entry->attempt++;
    return gap;
}

/* ---- how they are ---------------------------------------------------------------------------------- */

double frontier_jitter(struct frontier *frontier, double seconds)
{
    frontier->random ^= frontier->random << 13;
    frontier->random ^= frontier->random >> 7;
    frontier->random ^= frontier->random << 17;
    return seconds * (0.5 + (double)(frontier->random >> 11) * 0x1p-53);
}

static void leave_alone(struct frontier *frontier, struct host *host, double seconds)
{
    host->ill_since = frontier->now;
    host->next_grant = fmax(host->next_grant, frontier->now + seconds);
}

void frontier_host_answered(struct frontier *frontier, const struct entry *entry)
{
    struct host *host = entry->host;
    change(frontier, host, 0, 0, 1);
    host->failures = host->parkings = host->pauses_in_row = 0;
}

double frontier_host_failed(struct frontier *frontier, const struct entry *entry)
{
    struct host *host = entry->host;
    if (entry->granted < host->ill_since || host->verdict != OUTCOMES || ++host->failures < FAILURES_PARK)
        return 0;
    if (host->parkings == PARKINGS_MOST) {
        host->verdict = OUTCOME_HOST_DOWN;
        return 0;
    }
    double seconds = first_parking * (1u << host->parkings++);
    host->failures = FAILURES_PARK - 1; /* one more sends it away again */
    change(frontier, host, 0, 0, 0);
    leave_alone(frontier, host, seconds);
    return seconds;
}

int frontier_host_pause(struct frontier *frontier, const struct entry *entry, double seconds, double *pause)
{
    struct host *host = entry->host;
    change(frontier, host, 0, 0, 1);
    host->failures = host->parkings = 0;
    if (entry->granted >= host->ill_since) {
        if (host->pauses == PAUSES_MOST)
            return -1;
        host->pauses++;
        if (seconds < 0)
            seconds = frontier_jitter(frontier, 1u << host->pauses_in_row);
        host->pauses_in_row += host->pauses_in_row < DOUBLINGS_MOST;
        leave_alone(frontier, host, fmin(seconds, longest_pause));
    }
    *pause = fmax(0, host->next_grant - frontier->now);
    return 0;
}

void frontier_host_condemn(struct host *host, enum outcome outcome)
{
    host->verdict = (uint8_t)outcome;
    host->robots = FRONTIER_ROBOTS_KNOWN;
    host->robots_until = INFINITY;
}

enum outcome frontier_host_verdict(const struct host *host)
{
    return (enum outcome)host->verdict;
}

/* ---- what they forbid ------------------------------------------------------------------------------ */

enum frontier_robots frontier_host_robots(const struct frontier *frontier, const struct host *host)
{
    if (host->robots == FRONTIER_ROBOTS_KNOWN && host->robots_until <= frontier->now)
        return FRONTIER_ROBOTS_UNKNOWN;
    return (enum frontier_robots)host->robots;
}

void frontier_host_learn(struct frontier *frontier, struct host *host, double seconds, double delay)
{
    host->robots = FRONTIER_ROBOTS_KNOWN;
    host->robots_until = frontier->now + seconds;
    host->delay = delay;
}
