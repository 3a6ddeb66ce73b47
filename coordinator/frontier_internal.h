/* What frontier*.c share; for them alone. */
#ifndef TRAWL_COORDINATOR_FRONTIER_INTERNAL_H
#define TRAWL_COORDINATOR_FRONTIER_INTERNAL_H

#include "coordinator/frontier.h"

#include <uthash.h>

enum {
    WINDOW = 65536,       /* queued URLs in memory, and one a host beyond */
    HOST_WINDOW = 256,    /* of one host */
    RETURNING_MOST = 256, /* of one host: with more that come back it gives nothing new */
    HOSTS_MOST = 65536,   /* hosts in memory, and those redirected to beyond */
};

enum host_place {
    HOST_IDLE,    /* nothing of it may be fetched before something else ends or is found */
    HOST_WAITING, /* in the heap, for its time */
    HOST_READY,   /* in its turn; it has answered before */
    HOST_NEW,     /* in the turn of those that never did */
};

TAILQ_HEAD(entry_list, entry);
TAILQ_HEAD(host_list, host);
LIST_HEAD(out_list, entry);

struct host {
    UT_hash_handle hh;
    TAILQ_ENTRY(host) in_turns;
    struct entry_list queue;     /* by rank, straight from the store */
    struct entry_list returning; /* by not_before: put back or off, redirected here; robots.txt */
    unsigned held;               /* in the queue */
    unsigned returned;           /* in the other list */
    uint64_t key;                /* hash of the origin */
    struct out_list outs;        /* of the store's, those that left the queue and are not finished... */
    uint64_t outs_end;           /* ...all of a smaller rank than this */
    uint64_t mark;               /* the store holds URLs of it from this rank on that are not in memory... */
    int more;                    /* ...perhaps */
    unsigned away;  /* URLs of it that are at other hosts: they stand in the store under this one */
    unsigned out;   /* pages at this host that left the queue and are not finished... */
    unsigned depth; /* ...none of them of a smaller depth than this */
    enum host_place place;
    size_t at;   /* in the heap */
    double time; /* and for when */
    uint64_t holders;

    /* politeness */
    unsigned in_flight; /* slots taken */
    unsigned kept;      /* of these, by leases that were lost */
    double next_grant;  /* not before */
    double last_grant;  /* 0: none yet */
    double delay;       /* what its robots.txt asks for */
    double ill_since;   /* the last pause or parking began; what was granted before tells nothing new */
    uint64_t pages;     /* fetched, when they are limited */
    unsigned failures;  /* in a row */
    unsigned parkings;  /* in a row */
    unsigned pauses;
    unsigned pauses_in_row;
    uint8_t answered;
    uint8_t verdict; /* enum outcome; OUTCOMES: none */
    uint8_t robots;  /* enum frontier_robots */
    double robots_until;
};

struct frontier {
    struct frontier_rules rules;
    struct store *store;
    uint64_t next_number;
    uint64_t hash_seed;
    double now;
    uint64_t random;
    uint64_t slots;   /* 0: not known */
    unsigned probing; /* requests in flight to hosts that never answered */
    struct host *hosts;
    struct host_list turns, new_turns; /* HOST_READY, HOST_NEW */
    int turn;                          /* whose is next when both have someone */
    size_t ready;                      /* in both */
    struct host **heap;                /* HOST_WAITING, the earliest first */
    size_t waiting, heap_room;
    size_t queued;   /* in memory or not */
    size_t held;     /* of these in memory, in the order of the store */
    size_t returned; /* and those that come back */
    /* Hosts of which nothing is in memory are found by walking over the store, once round at a time. */
    int walking;
    int missed; /* such a host came up, perhaps behind the walk */
    uint64_t walked_to;
};

/* ---- frontier.c */

/* Makes an entry, of a host or of none yet. */
struct entry *frontier_entry_create(struct host *home, uint64_t rank, const struct frontier_url *url);

void frontier_entry_destroy(struct entry *entry);

/* Pages that come back to a host of which nothing may be fetched any more leave memory: they are in the
 * store. */
void frontier_drop_returning(struct frontier *frontier, struct host *host);

/* ---- frontier_host.c */

/* The name of a URL's host. */
uint64_t frontier_key(const struct frontier *frontier, const char *url, size_t size);

/* The host of that key, made if new; with `more` set when the store may hold URLs of it. */
struct host *frontier_host_create(struct frontier *frontier, uint64_t key);

/* The host of that key, or NULL. */
struct host *frontier_host_find(const struct frontier *frontier, uint64_t key);

/* Moves a host to where it belongs; a host with nothing to do is forgotten. */
void frontier_place_host(struct frontier *frontier, struct host *host);

/* The same for two hosts, which may be one: placing the first may be the end of the second. */
void frontier_place_hosts(struct frontier *frontier, struct host *one, struct host *other);

/* A ready host's turn is over. */
void frontier_host_go_last(struct frontier *frontier, struct host *host);

/* The entry that a host would give now, whatever its slots, or NULL; then *at may become earlier: the time
 * when it would. */
struct entry *frontier_candidate(const struct frontier *frontier, const struct host *host, double *at);

/* ---- frontier_politeness.c */

/* Whether one more request of that host may be in flight. */
int frontier_host_has_slot(const struct frontier *frontier, const struct host *host);

/* A slot is taken; stays taken though its lease was lost; is free. The caller places the host then. */
void frontier_host_take_slot(struct frontier *frontier, struct host *host);
void frontier_host_keep_slot(struct frontier *frontier, struct host *host);
void frontier_host_free_slot(struct frontier *frontier, struct host *host, int kept, int granted);

/* ---- frontier_heap.c */

void frontier_heap_add(struct frontier *frontier, struct host *host, double time);
void frontier_heap_remove(struct frontier *frontier, struct host *host);

/* ---- frontier_window.c */

/* Writes a URL's record into the store. */
void frontier_window_write(struct frontier *frontier, uint64_t key, uint64_t rank,
                           const struct frontier_url *url);

/* Puts a new entry in its place in its host's queue; the last one may have to leave memory for it. Returns
 * the entry, or NULL when it was the last one. */
struct entry *frontier_window_insert(struct frontier *frontier, struct entry *entry);

/* Puts the URL of that rank, which is in the store, in its place in the queue. */
void frontier_window_load(struct frontier *frontier, struct host *host, uint64_t rank);

/* Removes the URL of that rank from the queue in memory. Returns whether it was there. */
int frontier_window_remove(struct frontier *frontier, struct host *host, uint64_t rank);

/* Whether the URL of that rank left the queue of its home and is not finished. */
int frontier_window_is_out(const struct host *host, uint64_t rank);

/* Reads URLs of a host into its queue, but those that are out: at least one, if there is one. */
void frontier_window_fill(struct frontier *frontier, struct host *host);

/* What is queued of a host leaves memory. */
void frontier_window_empty(struct frontier *frontier, struct host *host);

/* Whether the store holds URLs of that host. */
int frontier_window_knows(struct frontier *frontier, uint64_t key);

/* Walks on until some hosts came into memory, or round. */
void frontier_window_walk(struct frontier *frontier);

#endif
