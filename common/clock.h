/* What time it is, and how long a peer has been silent.
 *
 * Waiting uses the monotonic clock. Silence is judged on a patience clock, which advances by at most one
 * second per turn of the event loop: a program that was itself stopped (SIGSTOP, a slow disk, a suspended
 * machine) wakes up with its patience hardly shorter and blames nobody for its own absence.
 */
#ifndef TRAWL_COMMON_CLOCK_H
#define TRAWL_COMMON_CLOCK_H

/* Seconds of CLOCK_MONOTONIC. */
double clock_now(void);

struct patience {
    double seconds; /* patience time; read it, do not write it */
    double seen;    /* monotonic time of the last turn, 0 before the first */
};

/* Tells the clock that a turn of the loop took place at monotonic time `now`, with everything that had
 * arrived taken in. Returns the patience time. */
double patience_turn(struct patience *patience, double now);

/* As patience_turn, for a turn that left something to be taken in. A word from anyone may be among it, so
 * that such a turn counts a fifth of a second at most; that it counts at all keeps a flood from stopping the
 * clock. */
double patience_busy_turn(struct patience *patience, double now);

#endif
