/* What frontier*.c share; for them alone. */
#ifndef TRAWL_COORDINATOR_FRONTIER_INTERNAL_H
#define TRAWL_COORDINATOR_FRONTIER_INTERNAL_H

#include "coordinator/frontier.h"

#include <uthash.h>

enum {
    WINDOW = 65536,     /* queued URLs in memory, and one a host beyond */
    HOST_WINDOW = 256,  /* of one host; more only by redirects and lost leases */
    HOSTS_MOST = 65536, /* hosts in memory, and those redirected to beyond */
};

enum host_place { HOST_IDLE, HOST_READY, HOST_FULL };

struct host {
    UT_hash_handle hh;
    TAILQ_ENTRY(host) in_turns;
    TAILQ_HEAD(, entry) queue;
    uint64_t key;  /* hash of the origin */
    uint64_t mark; /* the store holds URLs of it from this id on that are not in memory... */
    int more;      /* ...perhaps */
    unsigned held; /* in the queue */
    unsigned
        away; /* URLs of it that were redirected to other hosts: they stand in the store under this one */
    unsigned in_flight;
    enum host_place place;
    uint64_t holders;
};

struct frontier {
    unsigned per_host;
    struct store *store;
    uint64_t next_id;
    uint64_t hash_seed;
    struct host *hosts;
    TAILQ_HEAD(, host) turns; /* ready hosts */
    size_t ready;
    size_t queued; /* in memory or not */
    size_t held;   /* in memory */
    /* Hosts of which nothing is in memory are found by walking over the store, once round at a time. */
    int walking;
    int missed; /* such a host came up, perhaps behind the walk */
    uint64_t walked_to;
};

/* Makes an entry from what frontier_window_write wrote, or would have. */
struct entry *frontier_entry_create(struct host *home, uint64_t id, const char *source, size_t source_size,
                                    const char *url, size_t size);

/* The host of that key, made if new; with `more` set when the store may hold URLs of it. */
struct host *frontier_host_create(struct frontier *frontier, uint64_t key);

/* Moves a host to where it belongs; a host with nothing to do is forgotten. */
void frontier_place_host(struct frontier *frontier, struct host *host);

/* Writes an entry's record into the store. */
void frontier_window_write(struct frontier *frontier, uint64_t key, uint64_t id, const char *source,
                           size_t source_size, const char *url, size_t size);

/* Reads URLs of a host into its queue: at least one, if there is one. */
void frontier_window_fill(struct frontier *frontier, struct host *host);

/* Whether the store holds URLs of that host. */
int frontier_window_knows(struct frontier *frontier, uint64_t key);

/* Walks on until some hosts came into memory, or round. */
void frontier_window_walk(struct frontier *frontier);

#endif
