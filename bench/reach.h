/* Which pages of a linked world a crawl comes to, and at which depth.
 *
 * As trawl counts: a start has depth 0, a link leads one deeper, and what a redirect leads to has the depth
 * of the redirect. Every hop is a place of its own. Where scopes or depths are bounded, a host is exact for
 * itself; a page that can also be reached from other hosts has here its least depth, and in a crawl that of
 * its first finding.
 */
#ifndef TRAWL_BENCH_REACH_H
#define TRAWL_BENCH_REACH_H

#include "bench/page.h"
#include "bench/world.h"

/* Which hosts are followed into: those of the starts, or all. An option's words in this order. */
enum reach_scope { REACH_HOST, REACH_ANY };

struct reach;

/* Walks a linked world (borrowed) breadth first by the links that count; what robots.txt forbids is found and
 * not asked for. Takes 12 bytes a page of the world. Returns the caller's. */
struct reach *reach_create(const struct world *world, enum page_links count, enum reach_scope scope);

/* *reach becomes NULL. Accepts NULL. */
void reach_destroy(struct reach **reach);

/* The depth of a place, or -1: it is never found. */
int64_t reach_depth(const struct reach *reach, struct world_place place);

/* How the visit of a place that is found ends: a redirect as `redirected`, or `redirect_loop` where it leads
 * to itself. The place is its own last one. */
struct world_fate reach_fate(const struct reach *reach, struct world_place place);

#endif
