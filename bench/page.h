/* What a page of the world says, and which links a browser finds in it.
 *
 * Both come out of one walk. A link is taken from a table whose rows say side by side how a link is spelled
 * in the page and what it means once resolved, so the truth is known by construction: no HTML is parsed and
 * no URL resolved here, and a mistake in trawl's own code cannot hide in it. The pages also hold what looks
 * like a link and is none: in comments, scripts, styles and other attributes, under other schemes, and what
 * is no URL.
 */
#ifndef TRAWL_BENCH_PAGE_H
#define TRAWL_BENCH_PAGE_H

#include "bench/world.h"

/* Which elements' links count, as trawl's --links. */
enum page_links {
    PAGE_LINKS_HREF, /* a, area, link */
    PAGE_LINKS_A,    /* a, area */
};

/* Appends the body of a page of any kind that has one (world_row.type) to `body`, whose limit must allow for
 * it (roughly size + links x 400 bytes). */
void page_write(const struct world *world, int64_t number, struct buf *body);

/* Appends the http(s) links of a page that is HTML, resolved, each once and ended by \n, in document order.
 * Other pages have none. */
void page_write_links(const struct world *world, int64_t number, enum page_links count, struct buf *links);

/* Calls `take` with the page that each of these links leads to, where it is one and the URL is its only one;
 * the same page may come again. */
typedef void page_take(void *arg, int64_t target);
void page_each_target(const struct world *world, int64_t number, enum page_links count, page_take *take,
                      void *arg);

/* The charset that the page's Content-Type names, or NULL where it names none; not yours. */
const char *page_charset(const struct world_page *page);

#endif
