/* What wire*.c share; for them alone. */
#ifndef TRAWL_COORDINATOR_WIRE_INTERNAL_H
#define TRAWL_COORDINATOR_WIRE_INTERNAL_H

#include "coordinator/wire.h"

struct wire {
    struct crawl *crawl;
    struct zwatch *socket;
    struct arena *arena;
    struct buf out;
    char listening[256];
    int told_shut;
    int shut; /* nobody is let in there for want of descriptors */
    unsigned refused;
    uint64_t dropped;         /* of zwatch_dropped, those that were counted */
    struct zwatch_peer *told; /* Bye, and perhaps still connected */
    unsigned told_count;
};

/* Ends a session: its leases go back at once. */
void wire_end_session(struct wire *wire, struct session *session, const char *why);

/* ---- wire_say.c. A session that cannot be told is over: do not use it after. */

/* Answers a peer that has no session. */
void wire_refuse(struct wire *wire, const struct zwatch_peer *peer, Trawl__Refuse__Reason reason,
                 const char *text);

void wire_welcome(struct wire *wire, struct session *session);

/* The clock of heartbeats, in microseconds. */
uint64_t wire_clock_us(void);

/* To every session. */
void wire_send_heartbeats(struct wire *wire);

#endif
