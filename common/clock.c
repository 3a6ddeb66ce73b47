#include "common/clock.h"

#include <time.h>

static const double longest_step = 1.0, longest_busy_step = 0.2;

double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double advance(struct patience *patience, double now, double longest)
{
    double step = patience->seen > 0 ? now - patience->seen : 0;
    patience->seen = now;
    if (step > 0)
        patience->seconds += step < longest ? step : longest;
    return patience->seconds;
}

double patience_turn(struct patience *patience, double now)
{
    return advance(patience, now, longest_step);
}

double patience_busy_turn(struct patience *patience, double now)
{
    return advance(patience, now, longest_busy_step);
}
