/* What the hosts of a world say in their robots.txt, and what that means for trawl.
 *
 * As in page_link.h both sides come from one place: the file that is served and the answer to "may this page
 * be fetched" follow from the same choice, so nothing is parsed here.
 */
#ifndef TRAWL_BENCH_WORLD_ROBOTS_H
#define TRAWL_BENCH_WORLD_ROBOTS_H

#include "bench/world.h"

/* What is found at a host's /robots.txt. An option's words in this order: WORLD_ROBOTS_WORDS. */
enum world_robots {
    WORLD_ROBOTS_NONE,     /* 404 */
    WORLD_ROBOTS_ALLOW,    /* a file that forbids nothing */
    WORLD_ROBOTS_DENY,     /* everything */
    WORLD_ROBOTS_PART,     /* everything to others, to trawl one page in eight of the first thousand */
    WORLD_ROBOTS_DELAY,    /* as WORLD_ROBOTS_PART, with a Crawl-delay */
    WORLD_ROBOTS_ERROR,    /* 500 */
    WORLD_ROBOTS_REDIRECT, /* as WORLD_ROBOTS_PART, three redirects away and partly on another host */
    WORLD_ROBOTS_HUGE,     /* as WORLD_ROBOTS_PART, and beyond the first 512 KiB everything is forbidden */
    WORLD_ROBOTS_HTML,     /* a page of HTML, 200: forbids nothing */
    WORLD_ROBOTS_MIXED     /* each of the above on every ninth host */
};
#define WORLD_ROBOTS_WORDS "none|allow|deny|part|delay|error|redirect|huge|html|mixed"

/* What stands on that host; never WORLD_ROBOTS_MIXED. */
enum world_robots world_robots_of(const struct world *world, int64_t host);

/* The outcome that its robots.txt decides for a place: NULL where it may be fetched, else the word. */
const char *world_robots_refuse(const struct world *world, struct world_place place);

struct world_robots_answer {
    int status;        /* 200 where `body` was filled */
    const char *type;  /* Content-Type of the body */
    struct buf *body;  /* appended to; its limit must allow for 1 MiB */
    struct buf *moved; /* the Location where the status is 301; its limit must allow for 100 bytes */
};

/* Says what is answered to `path` on a host, where it is /robots.txt or one that this redirects to. Returns
 * 0, or -1: this is about something else. */
int world_robots_find(const struct world *world, int64_t host, const char *path, size_t size,
                      struct world_robots_answer *answer);

#endif
