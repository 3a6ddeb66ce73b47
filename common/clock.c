#include "common/clock.h"

#include <time.h>

static const double longest_step = 1.0;

double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double patience_turn(struct patience *patience, double now)
{
    double step = patience->seen > 0 ? now - patience->seen : 0;
    patience->seen = now;
    if (step > 0)
        patience->seconds += step < longest_step ? step : longest_step;
    return patience->seconds;
}
