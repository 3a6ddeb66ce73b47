/* When a host says that it is asked too much: 429 or 503 instead of a page, for its first requests, for those
 * that come too soon after its last answer, and for those beside too many others.
 *
 * It counts all requests, and refuses those for pages only: who may see robots.txt is not for it to say.
 * Threads may share it. Clocks are passed in.
 */
#ifndef TRAWL_BENCH_ORIGIN_LIMIT_H
#define TRAWL_BENCH_ORIGIN_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* How it says when to come again. An option's words in this order. */
enum origin_limit_after { ORIGIN_LIMIT_NEVER, ORIGIN_LIMIT_SECONDS, ORIGIN_LIMIT_DATE };

struct origin_limit_settings {
    int64_t first;    /* refuses so many page requests of a host */
    int64_t parallel; /* refuses more at once than so many; 0: any number */
    int64_t gap;      /* refuses those sooner than so many ms after an answer ended; 0: none */
    int64_t status;
    int after;
    int64_t seconds; /* that Retry-After names */
};

struct origin_limit;

/* Returns the limit of so many hosts, with the settings copied; the caller's. */
struct origin_limit *origin_limit_create(const struct origin_limit_settings *settings, int64_t hosts);

/* *limit becomes NULL. Accepts NULL. */
void origin_limit_destroy(struct origin_limit **limit);

/* A request has come to a host, `now` in seconds. Returns whether it is refused. In either case
 * origin_limit_leave follows. */
bool origin_limit_enter(struct origin_limit *limit, int64_t host, bool page, double now);

/* Its answer has ended. */
void origin_limit_leave(struct origin_limit *limit, int64_t host, double now);

/* The status of what is refused. */
int origin_limit_status(const struct origin_limit *limit);

/* Writes the value of its Retry-After for the wall clock's time to `out`; returns false where there is none.
 */
bool origin_limit_retry_after(const struct origin_limit *limit, time_t now, char *out, size_t size);

#endif
