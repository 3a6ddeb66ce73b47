/* What stands where in the loopback world that trawl is tested and measured on.
 *
 * A world is a few numbers. Everything about it follows from them and is computed when asked: nothing is
 * stored a page, and the same numbers give the same world on every machine (only the port shows in its URLs).
 * Here is no I/O and no HTML: page.h writes what a page says, origin_serve.h serves it.
 *
 * Pages are numbered. 0 to pages-1 are listed: they make the URL list. pages+K is the landing page of K, an
 * ordinary page that no list names and at which K's redirects may end. Page N lives on host N % hosts, at
 * /aX/bY/N.html; step H of the redirect chain that begins at page N is at /hop/N/H. Hosts are 127.0.0.1,
 * 127.0.0.2, ... 127.0.1.0, ... on one port. Whatever else is asked for, /robots.txt included, is not there
 * (404).
 *
 * A linked world is one to follow links in. Only the first page of some hosts is listed (the starts), and
 * from the first page of a host all its pages can be reached: those of a host are a tree, each linking to
 * `branch` others besides its random links. Where a page has no links, because it fails, redirects, is no
 * HTML or is kept from trawl by robots.txt, the page above it links to those below it. All links lead to
 * pages, under one URL each (fragments aside); redirects end at other pages, so there are no landing pages,
 * none goes on for ever, and no answer is 503 for ever.
 *
 * What a crawler holds against a host is rationed: of 503 answers and of connections that break off, a host
 * has at most one page, so that no host is parked or given up.
 */
#ifndef TRAWL_BENCH_WORLD_H
#define TRAWL_BENCH_WORLD_H

#include "common/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fill it in and pass it around; the functions below only read it. */
struct world {
    int64_t seed;
    int64_t pages;     /* listed pages, at least 1 */
    int64_t links;     /* average of link elements a page */
    int64_t size;      /* average body, bytes before compression */
    int64_t latency;   /* ms before an answer begins */
    int64_t jitter;    /* up to so many ms more, fixed for each place */
    int64_t hosts;     /* 1 to WORLD_HOSTS_MOST */
    int64_t errors;    /* percent of the listed pages; errors + redirects + others is at most 100 */
    int64_t redirects; /* percent */
    int64_t others;    /* percent that are not HTML */
    int64_t compress;  /* percent of bodies sent gzip-encoded to whoever accepts it */
    int64_t chunked;   /* percent of bodies sent without a length */
    int64_t port;
    int robots;           /* enum world_robots (world_robots.h) */
    int64_t crawl_delay;  /* seconds, where a robots.txt names one */
    int64_t silent_hosts; /* so many of the last hosts take connections and never answer; less than hosts */
    bool traps;           /* the first page of each host leads into trap.h's traps */
    bool linked;          /* and then: */
    int64_t starts;       /* hosts whose first page is listed, 1 to hosts, which must be at most pages */
    int64_t across;       /* percent of random links, and of redirects, that may leave their host */
    int64_t branch;       /* pages that a page of the tree leads to, at least 1 */
};

enum { WORLD_HOSTS_MOST = 1000000, WORLD_REDIRECTS_MOST = 10 };

/* Pages of a host in one inner directory, and inner directories in an outer one. */
enum { WORLD_PER_DIRECTORY = 32, WORLD_DIRECTORIES = 32 };

/* What a page is. One table (world_kinds) says the rest; a new kind is a value here, a row there, and where
 * its answer is of a new sort, a case in origin_serve.c. */
enum world_kind {
    WORLD_HTML,
    WORLD_TEXT,
    WORLD_JSON,
    WORLD_IMAGE,
    WORLD_FORBIDDEN,
    WORLD_NOT_FOUND,
    WORLD_GONE,
    WORLD_ERROR,
    WORLD_BAD_GATEWAY,
    WORLD_BUSY,     /* 503 for ever, with Retry-After: 0 */
    WORLD_SILENT,   /* the connection is closed without a byte */
    WORLD_RESET,    /* the connection is reset without a byte */
    WORLD_CUT,      /* the connection is reset in mid-body */
    WORLD_REDIRECT, /* one to three redirects, then a page */
    WORLD_LOOP,     /* one to three redirects, the last back to the first */
    WORLD_ENDLESS,  /* more redirects than WORLD_REDIRECTS_MOST */
    WORLD_ASTRAY,   /* a redirect to what is no URL */
    WORLD_KINDS
};

enum world_group { WORLD_PLAIN, WORLD_OTHER, WORLD_STATUS, WORLD_FAULT, WORLD_CHAIN };

struct world_row {
    enum world_group group;
    int weight;          /* share within its group */
    int status;          /* of its answer; 0: there is none, or (chains) it differs from place to place */
    const char *outcome; /* the word trawl reports; NULL: that of the page at which the chain ends */
    const char *type;    /* Content-Type without charset; NULL: page.h writes no body for it */
};

extern const struct world_row world_kinds[WORLD_KINDS];

enum world_charset {
    WORLD_UTF8_HEADER,
    WORLD_UTF8_META,
    WORLD_UTF8_BOM,
    WORLD_LATIN1_HEADER,
    WORLD_LATIN1_ASSUMED, /* said nowhere: windows-1252 by default */
};

struct world_page {
    enum world_kind kind;
    enum world_charset charset; /* HTML only */
    int64_t size;               /* what page.c fills the body up to */
    int64_t links;              /* link elements */
    bool gzip;
    bool chunked;
};

/* Somewhere a URL leads: a page (hop 0), or a later step of the redirect chain that begins there. */
struct world_place {
    int64_t page;
    int64_t hop;
};

/* How the visit of a listed page ends. */
struct world_fate {
    const char *outcome;
    int status;               /* of the last answer, 0 where its first line never came or it was refused */
    struct world_place place; /* the last one asked for */
};

/* Returns a number that depends on the world's seed, `of` and `purpose` alone, all 64 bits of it random. */
uint64_t world_roll(const struct world *world, int64_t of, unsigned purpose);

/* Says what a page (listed or landing) is. */
void world_page(const struct world *world, int64_t number, struct world_page *page);

/* How many URLs the list has. */
int64_t world_listed(const struct world *world);

/* Whether a host takes connections and never answers. */
bool world_is_silent(const struct world *world, int64_t host);

/* How many pages live on a host (from 0), landing pages not counted. */
int64_t world_host_pages(const struct world *world, int64_t host);

/* The host (from 0) of a place; its address is 127.0.0.1 + host. */
int64_t world_host(const struct world *world, struct world_place place);

/* The X and Y of a page's path, /aX/bY/N.html. */
struct world_directories {
    int64_t outer, inner;
};
struct world_directories world_directories(const struct world *world, int64_t number);

/* Where the place redirects to: returns true and sets *next, or false when it does not (or to no place). */
bool world_next(const struct world *world, struct world_place place, struct world_place *next);

/* The status a redirecting place answers with: 301, 302, 303, 307 or 308. */
int world_redirect_status(const struct world *world, struct world_place place);

/* How long the answer of a place takes to begin, in ms. */
int64_t world_latency(const struct world *world, struct world_place place);

/* How the visit of a listed page ends, for a client that follows up to WORLD_REDIRECTS_MOST redirects, gives
 * up a chain when it leads to a place it has been to, and heeds robots.txt at each step. */
struct world_fate world_fate(const struct world *world, int64_t number);

/* Finds what `path` (a request target's, without query) means on a host. Returns 0 and sets *place, or -1:
 * nothing there. */
int world_find(const struct world *world, int64_t host, const char *path, size_t size,
               struct world_place *place);

/* Append to `out`, whose limit must allow for it: a decimal number; a host's address; the place's path; its
 * whole URL; the value of the Location header of a place that redirects. */
void world_put_number(struct buf *out, int64_t number);
void world_put_host(int64_t host, struct buf *out);
void world_put_path(const struct world *world, struct world_place place, struct buf *out);
void world_put_url(const struct world *world, struct world_place place, struct buf *out);
void world_put_location(const struct world *world, struct world_place place, struct buf *out);

#endif
