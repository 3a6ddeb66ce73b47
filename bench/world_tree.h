/* How the pages of a linked world hang together: each host's are a tree below its first page.
 *
 * The nth page of a host leads to those numbered n x branch + 1 and up, so who leads to whom is arithmetic
 * and nothing is stored.
 */
#ifndef TRAWL_BENCH_WORLD_TREE_H
#define TRAWL_BENCH_WORLD_TREE_H

#include "bench/world.h"

/* Calls `take` with each page that a page must link to: those below it, and those below any of them whose
 * links nobody sees, since it fails, redirects, is no HTML or is kept from trawl. */
void world_tree_each_below(const struct world *world, int64_t number, void (*take)(void *arg, int64_t below),
                           void *arg);

/* The page that a random link of `host` leads to, by a random number: on the same host, or, as often as the
 * world says, anywhere. */
int64_t world_tree_pick(const struct world *world, int64_t host, uint64_t roll);

#endif
