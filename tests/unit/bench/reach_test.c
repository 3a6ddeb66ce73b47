/* Goal: depths are those of a breadth-first walk along the links that pages show, redirects free, and end
 * where scope and robots.txt do. */
#include "bench/reach.h"
#include "bench/world_robots.h"
#include "tests/unit/check.h"

static const struct world usual = {.seed = 3,
                                   .pages = 900,
                                   .links = 2,
                                   .size = 500,
                                   .hosts = 9,
                                   .errors = 8,
                                   .redirects = 12,
                                   .others = 5,
                                   .port = 81,
                                   .linked = true,
                                   .starts = 9,
                                   .across = 20,
                                   .branch = 3};

/* All of one host, undisturbed: the tree alone says how deep a page lies. */
static void without_random_links_depths_are_the_trees(void **state)
{
    (void)state;
    struct world world = {
        .seed = 1, .pages = 400, .hosts = 1, .linked = true, .starts = 1, .branch = 3, .size = 100};
    struct reach *reach = reach_create(&world, PAGE_LINKS_A, REACH_HOST);
    for (int64_t page = 0; page < world.pages; page++) {
        int64_t depth = 0;
        for (int64_t at = page; at > 0; at = (at - 1) / 3)
            depth++;
        assert_int_equal(reach_depth(reach, (struct world_place){page, 0}), depth);
    }
    reach_destroy(&reach);
}

struct look {
    const struct reach *reach;
    int64_t from;
};

/* No link leads more than one deeper; out of scope it leads nowhere. */
static void look_at(void *arg, int64_t target)
{
    struct look *look = arg;
    int64_t depth = reach_depth(look->reach, (struct world_place){target, 0});
    if (depth >= 0)
        assert_true(depth <= look->from + 1);
}

/* What the page redirects to has its depth, or a smaller one. */
static void check_chain(const struct world *world, const struct reach *reach, int64_t page, bool all)
{
    struct world_place place = {page, 0}, next;
    while (strcmp(reach_fate(reach, place).outcome, "redirected") == 0) {
        assert_true(world_next(world, place, &next));
        int64_t depth = reach_depth(reach, next);
        assert_true(depth <= reach_depth(reach, place) && (depth >= 0 || !all));
        if (depth < 0 || next.hop == 0)
            break;
        place = next;
    }
}

static void check_depths(const struct world *world, enum reach_scope scope)
{
    struct reach *reach = reach_create(world, PAGE_LINKS_HREF, scope);
    for (int64_t page = 0; page < world->pages; page++) {
        struct look look = {reach, reach_depth(reach, (struct world_place){page, 0})};
        if (page < world->starts)
            assert_int_equal(look.from, 0);
        if (scope == REACH_HOST && page % world->hosts >= world->starts)
            assert_int_equal(look.from, -1);
        if (look.from < 0)
            continue;
        if (strcmp(reach_fate(reach, (struct world_place){page, 0}).outcome, "ok") == 0)
            page_each_target(world, page, PAGE_LINKS_HREF, look_at, &look);
        check_chain(world, reach, page, scope == REACH_ANY);
    }
    reach_destroy(&reach);
}

static void check_all_found(const struct world *world, enum reach_scope scope)
{
    struct reach *reach = reach_create(world, PAGE_LINKS_HREF, scope);
    for (int64_t page = 0; page < world->pages; page++)
        if (page % world->hosts < world->starts)
            assert_true(reach_depth(reach, (struct world_place){page, 0}) >= 0);
    reach_destroy(&reach);
}

static void everything_is_found_and_nothing_skips_a_depth(void **state)
{
    (void)state;
    for (int64_t starts = 2; starts <= usual.hosts; starts += 7) {
        struct world world = usual;
        world.starts = starts;
        for (int scope = REACH_HOST; scope <= REACH_ANY; scope++) {
            check_depths(&world, (enum reach_scope)scope);
            check_all_found(&world, (enum reach_scope)scope);
        }
    }
}

static void robots_end_the_walk(void **state)
{
    (void)state;
    struct world world = usual;
    world.across = 0;
    world.silent_hosts = 1;
    for (world.robots = 0; world.robots <= WORLD_ROBOTS_MIXED; world.robots++) {
        struct reach *reach = reach_create(&world, PAGE_LINKS_HREF, REACH_HOST);
        check_depths(&world, REACH_HOST);
        for (int64_t page = 0; page < world.pages; page++) {
            struct world_place place = {page, 0};
            int64_t host = page % world.hosts;
            const char *refused = world_robots_refuse(&world, place);
            const char *whole = world_robots_refuse(&world, (struct world_place){host, 0});
            /* Nothing is known of a host that refuses its first page; else all is, whatever is forbidden. */
            assert_int_equal(reach_depth(reach, place) >= 0, !whole || page == host);
            if (refused)
                assert_string_equal(reach_fate(reach, place).outcome, refused);
            else
                assert_int_not_equal(strncmp(reach_fate(reach, place).outcome, "robots", 6), 0);
        }
        reach_destroy(&reach);
    }
}

static void each_place_ends_for_itself(void **state)
{
    (void)state;
    struct reach *reach = reach_create(&usual, PAGE_LINKS_HREF, REACH_ANY);
    int redirected = 0;
    for (int64_t page = 0; page < usual.pages; page++) {
        struct world_page what;
        struct world_fate fate = reach_fate(reach, (struct world_place){page, 0});
        const struct world_row *row = (world_page(&usual, page, &what), &world_kinds[what.kind]);
        assert_int_equal(fate.place.page, page);
        assert_int_equal(fate.place.hop, 0);
        assert_true(what.kind != WORLD_BUSY && what.kind != WORLD_ENDLESS);
        if (row->group != WORLD_CHAIN) {
            assert_string_equal(fate.outcome, row->outcome);
            assert_int_equal(fate.status, row->status);
            continue;
        }
        struct world_place next = {-1, 0};
        world_next(&usual, (struct world_place){page, 0}, &next);
        assert_string_equal(fate.outcome, what.kind == WORLD_ASTRAY            ? "redirect_bad"
                                          : next.page == page && next.hop == 0 ? "redirect_loop"
                                                                               : "redirected");
        assert_in_range(fate.status, 301, 308);
        redirected++;
    }
    assert_true(redirected > 50);
    reach_destroy(&reach);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_random_links_depths_are_the_trees),
        cmocka_unit_test(everything_is_found_and_nothing_skips_a_depth),
        cmocka_unit_test(robots_end_the_walk),
        cmocka_unit_test(each_place_ends_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
