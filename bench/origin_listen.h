/* The world's hosts as listening sockets: 127.0.0.1, 127.0.0.2, ... on one port, loopback and nothing else.
 */
#ifndef TRAWL_BENCH_ORIGIN_LISTEN_H
#define TRAWL_BENCH_ORIGIN_LISTEN_H

#include <stdint.h>

/* Opens one non-blocking listening socket for each of `count` hosts into sockets[], the caller's to close.
 * *port 0 picks a port that is free on all of them and sets it. Returns 0, or -1 (logged; nothing stays
 * open). */
int origin_listen_open(int *sockets, int64_t count, int64_t *port);

/* Closes them. */
void origin_listen_close(const int *sockets, int64_t count);

#endif
