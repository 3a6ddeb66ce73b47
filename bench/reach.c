#include "bench/reach.h"

#include "bench/world_robots.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

enum { UNKNOWN = -1 };

struct reach {
    const struct world *world;
    enum reach_scope scope;
    int32_t *depths; /* of each page, UNKNOWN until it is found */
    int64_t *queue;  /* pages whose links are still to be seen, in the order of their depths */
    int64_t end;     /* of the queue */
    int32_t depth;   /* that pages found now have */
};

static bool in_scope(const struct reach *reach, struct world_place place)
{
    return reach->scope == REACH_ANY || world_host(reach->world, place) < reach->world->starts;
}

/* Follows where the page redirects to, since all of it has the depth of the page. */
static void find(void *arg, int64_t page)
{
    struct reach *reach = arg;
    struct world_place place = {page, 0};
    while (in_scope(reach, place)) {
        if (place.hop == 0) {
            if (reach->depths[place.page] != UNKNOWN)
                return;
            reach->depths[place.page] = reach->depth;
            reach->queue[reach->end++] = place.page;
        }
        if (world_robots_refuse(reach->world, place) || !world_next(reach->world, place, &place))
            return;
    }
}

static bool is_read(const struct reach *reach, int64_t page)
{
    return strcmp(reach_fate(reach, (struct world_place){page, 0}).outcome, "ok") == 0;
}

struct reach *reach_create(const struct world *world, enum page_links count, enum reach_scope scope)
{
    struct reach *reach = memory_new(sizeof *reach);
    *reach = (struct reach){.world = world, .scope = scope};
    reach->depths = memory_resize(NULL, (size_t)world->pages, sizeof *reach->depths);
    reach->queue = memory_resize(NULL, (size_t)world->pages, sizeof *reach->queue);
    for (int64_t page = 0; page < world->pages; page++)
        reach->depths[page] = UNKNOWN;
    for (int64_t start = 0; start < world->starts; start++)
        find(reach, start);
    for (int64_t at = 0; at < reach->end; at++) {
        reach->depth = reach->depths[reach->queue[at]] + 1;
        if (is_read(reach, reach->queue[at]))
            page_each_target(world, reach->queue[at], count, find, reach);
    }
    free(reach->queue);
    reach->queue = NULL;
    return reach;
}

void reach_destroy(struct reach **reach)
{
    if (*reach)
        free((*reach)->depths);
    free(*reach);
    *reach = NULL;
}

/* A hop is found where all before it were, and were asked for. */
int64_t reach_depth(const struct reach *reach, struct world_place place)
{
    for (int64_t hop = 0; hop < place.hop; hop++)
        if (!in_scope(reach, (struct world_place){place.page, hop + 1}) ||
            world_robots_refuse(reach->world, (struct world_place){place.page, hop}))
            return UNKNOWN;
    return reach->depths[place.page];
}

struct world_fate reach_fate(const struct reach *reach, struct world_place place)
{
    const struct world *world = reach->world;
    struct world_place next;
    struct world_page page;
    const char *refused = world_robots_refuse(world, place);
    if (refused)
        return (struct world_fate){refused, 0, place};
    if (world_next(world, place, &next)) {
        bool itself = next.page == place.page && next.hop == place.hop;
        return (struct world_fate){itself ? "redirect_loop" : "redirected",
                                   world_redirect_status(world, place), place};
    }
    world_page(world, place.page, &page);
    const struct world_row *row = &world_kinds[page.kind];
    int status = row->group == WORLD_CHAIN ? world_redirect_status(world, place) : row->status;
    return (struct world_fate){row->outcome, status, place};
}
