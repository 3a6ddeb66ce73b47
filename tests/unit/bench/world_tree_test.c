/* Goal: whatever fails or is forbidden, every page of a host hangs below its first page, and random links
 * stay on their host as often as asked. */
#include "bench/world_robots.h"
#include "bench/world_tree.h"
#include "tests/unit/check.h"

static const struct world usual = {.seed = 1,
                                   .pages = 3000,
                                   .hosts = 30,
                                   .errors = 15,
                                   .redirects = 15,
                                   .others = 15,
                                   .linked = true,
                                   .starts = 30,
                                   .branch = 4};

struct walk {
    const struct world *world;
    int from[3000]; /* how many pages that can be read lead there */
};

static void count(void *arg, int64_t below)
{
    struct walk *walk = arg;
    walk->from[below]++;
}

static void every_page_has_a_page_above_it_that_can_be_read(void **state)
{
    (void)state;
    static const int64_t branches[] = {1, 4, 1000};
    for (size_t i = 0; i < COUNT_OF(branches) * 2; i++) {
        struct world world = usual;
        struct walk walk = {.world = &world};
        world.branch = branches[i / 2];
        world.robots = i % 2 ? WORLD_ROBOTS_PART : WORLD_ROBOTS_NONE;
        for (int64_t n = 0; n < world.pages; n++) {
            struct world_page page;
            world_page(&world, n, &page);
            if (page.kind == WORLD_HTML && !world_robots_refuse(&world, (struct world_place){n, 0}))
                world_tree_each_below(&world, n, count, &walk);
        }
        for (int64_t n = 0; n < world.pages; n++)
            assert_int_equal(walk.from[n], n < world.hosts ? 0 : 1);
    }
}

/* Only arithmetic: a page leads to its own host's, further on. */
static void check_below(void *arg, int64_t below)
{
    const int64_t *above = arg;
    assert_true(below > *above);
    assert_int_equal(below % usual.hosts, *above % usual.hosts);
}

static void trees_stay_on_their_host(void **state)
{
    (void)state;
    for (int64_t n = 0; n < usual.pages; n++)
        world_tree_each_below(&usual, n, check_below, &n);
}

static void random_links_leave_as_often_as_asked(void **state)
{
    (void)state;
    for (int64_t across = 0; across <= 100; across += 25) {
        struct world world = usual;
        int64_t away = 0;
        world.across = across;
        for (int64_t i = 0; i < 3000; i++) {
            int64_t page = world_tree_pick(&world, i % world.hosts, world_roll(&world, i, 2000));
            assert_in_range(page, 0, world.pages - 1);
            away += page % world.hosts != i % world.hosts;
        }
        assert_in_range(away, across * 26, across * 32); /* of 3,000, and one in thirty comes back */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_has_a_page_above_it_that_can_be_read),
        cmocka_unit_test(trees_stay_on_their_host),
        cmocka_unit_test(random_links_leave_as_often_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
