#include "bench/origin_limit.h"

#include "common/memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct host {
    atomic_int_fast64_t asked, under_way;
    atomic_int_fast64_t last; /* when an answer ended last, in microseconds; 0: none has */
};

struct origin_limit {
    struct origin_limit_settings settings;
    struct host *hosts;
};

struct origin_limit *origin_limit_create(const struct origin_limit_settings *settings, int64_t hosts)
{
    struct origin_limit *limit = memory_new(sizeof *limit);
    limit->settings = *settings;
    limit->hosts = memory_new((size_t)hosts * sizeof *limit->hosts); /* zeroes are valid atomics here */
    return limit;
}

void origin_limit_destroy(struct origin_limit **limit)
{
    if (*limit)
        free((*limit)->hosts);
    free(*limit);
    *limit = NULL;
}

bool origin_limit_enter(struct origin_limit *limit, int64_t number, bool page, double now)
{
    const struct origin_limit_settings *settings = &limit->settings;
    struct host *host = &limit->hosts[number];
    int64_t beside = atomic_fetch_add(&host->under_way, 1), last = atomic_load(&host->last);
    bool crowded = settings->parallel > 0 && beside >= settings->parallel;
    bool early = last > 0 && (int64_t)(now * 1e6) - last < settings->gap * 1000;
    return page && (atomic_fetch_add(&host->asked, 1) < settings->first || crowded || early);
}

void origin_limit_leave(struct origin_limit *limit, int64_t number, double now)
{
    atomic_fetch_sub(&limit->hosts[number].under_way, 1);
    atomic_store(&limit->hosts[number].last, (int64_t)(now * 1e6));
}

int origin_limit_status(const struct origin_limit *limit)
{
    return (int)limit->settings.status;
}

bool origin_limit_retry_after(const struct origin_limit *limit, time_t now, char *out, size_t size)
{
    struct tm parts;
    time_t then = now + limit->settings.seconds;
    switch (limit->settings.after) {
    case ORIGIN_LIMIT_SECONDS:
        snprintf(out, size, "%lld", (long long)limit->settings.seconds);
        return true;
    case ORIGIN_LIMIT_DATE: /* no locale is ever set: names are English */
        strftime(out, size, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &parts));
        return true;
    default:
        return false;
    }
}
