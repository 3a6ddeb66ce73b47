#include "bench/world_tree.h"

#include "bench/world_robots.h"

/* A purpose of its own, as world_robots.c's. */
enum { ROLL_PICK = 901 };

static const char *refuse(const struct world *world, int64_t number)
{
    return world_robots_refuse(world, (struct world_place){number, 0});
}

/* Whether the links of a page are there to be found. (A host that refuses all is asked by nobody, or by
 * somebody who reads no robots.txt.) */
static bool leads_on(const struct world *world, int64_t number)
{
    struct world_page page;
    world_page(world, number, &page);
    return page.kind == WORLD_HTML && (!refuse(world, number) || refuse(world, number % world->hosts));
}

void world_tree_each_below(const struct world *world, int64_t number, void (*take)(void *arg, int64_t below),
                           void *arg)
{
    int64_t host = number % world->hosts, first = number / world->hosts * world->branch + 1;
    for (int64_t nth = first; nth < first + world->branch; nth++) {
        int64_t below = host + nth * world->hosts;
        if (below >= world->pages)
            return;
        take(arg, below);
        if (!leads_on(world, below))
            world_tree_each_below(world, below, take, arg);
    }
}

int64_t world_tree_pick(const struct world *world, int64_t host, uint64_t roll)
{
    int64_t pages = world_host_pages(world, host);
    uint64_t which = world_roll(world, (int64_t)(roll >> 1), ROLL_PICK);
    if (pages == 0 || (int64_t)(roll % 100) < world->across)
        return (int64_t)(which % (uint64_t)world->pages);
    return host + world->hosts * (int64_t)(which % (uint64_t)pages);
}
