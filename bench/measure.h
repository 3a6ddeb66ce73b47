/* What the programs that measure share: CPU time, the middle one of several figures, files in memory. */
#ifndef TRAWL_BENCH_MEASURE_H
#define TRAWL_BENCH_MEASURE_H

#include "common/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Seconds of CPU that this process has used, user and system: others may be at work on the machine. */
static inline double measure_cpu(void)
{
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static inline int measure_compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Sorts the figures and returns the middle one. */
static inline double measure_median(double *figures, size_t count)
{
    qsort(figures, count, sizeof *figures, measure_compare);
    return figures[count / 2];
}

/* Appends a file to `bytes`. Returns 0, or -1 when it cannot be opened. */
static inline int measure_read(struct buf *bytes, const char *path)
{
    char part[65536];
    size_t size;
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    while ((size = fread(part, 1, sizeof part, file)) > 0)
        buf_append(bytes, part, size);
    fclose(file);
    return 0;
}

#endif
