/* The world's hosts behind one listening socket: every address of 127.0.0.0/8 on one port, loopback and
 * nothing else.
 *
 * The socket is bound to no address but to the interface lo, so that a host costs nothing and whoever is not
 * on this machine is refused by the kernel. Needs Linux 5.7, or CAP_NET_RAW before it.
 */
#ifndef TRAWL_BENCH_ORIGIN_LISTEN_H
#define TRAWL_BENCH_ORIGIN_LISTEN_H

#include <netinet/in.h>
#include <stdint.h>

/* Returns a non-blocking listening socket, the caller's to close, or -1 (logged). *port 0 picks a free port
 * and sets it. */
int origin_listen_open(int64_t *port);

/* Takes the next connection that waits: non-blocking, closed on exec, the caller's to close; *peer and *host
 * (from 0, 127.0.0.1 + host) say whose and whither. Connections to other hosts than the first `hosts` are
 * reset on the way. Returns -1 when none waits, or on an error (logged). */
int origin_listen_accept(int socket, int64_t hosts, int64_t *host, struct sockaddr_in *peer);

#endif
