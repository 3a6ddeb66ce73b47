/* Goal: a world follows from its numbers alone, has the shares asked for, and every place in it can be asked
 * for and leads where its fate says (H12, H13, H41). */
#include "bench/world.h"
#include "tests/unit/check.h"

#include <xxhash.h>

static const struct world usual = {
    .seed = 1,
    .pages = 20000,
    .links = 20,
    .size = 6000,
    .hosts = 200,
    .errors = 5,
    .redirects = 5,
    .others = 3,
    .compress = 30,
    .chunked = 10,
    .jitter = 10,
    .port = 8000,
};

static uint64_t print_of(const struct world *world)
{
    struct buf all;
    buf_init(&all, 1 << 26);
    for (int64_t n = 0; n < world->pages; n++) {
        struct world_fate fate = world_fate(world, n);
        struct world_page page;
        world_page(world, n, &page);
        world_put_url(world, fate.place, &all);
        buf_append_format(&all, " %s %d %d %d %lld %lld\n", fate.outcome, fate.status, (int)page.charset,
                          page.gzip + page.chunked, (long long)page.size, (long long)page.links);
    }
    uint64_t print = XXH3_64bits(all.data, all.size);
    buf_clear(&all);
    return print;
}

static void the_same_numbers_give_the_same_world(void **state)
{
    (void)state;
    struct world other = usual;
    assert_true(print_of(&usual) == print_of(&other));
    assert_true(print_of(&usual) == 0x25c6717bd6362010); /* another: old measurements no longer compare */
    other.seed = 2;
    assert_true(print_of(&usual) != print_of(&other));
}

/* Counts pages by kind, and sums of size and links. */
struct census {
    int64_t kinds[WORLD_KINDS], groups[WORLD_CHAIN + 1], size, links, gzip, chunked;
};

static struct census take_census(const struct world *world)
{
    struct census census = {0};
    for (int64_t n = 0; n < world->pages; n++) {
        struct world_page page;
        world_page(world, n, &page);
        census.kinds[page.kind]++;
        census.groups[world_kinds[page.kind].group]++;
        census.size += page.size;
        census.links += page.links;
        census.gzip += page.gzip;
        census.chunked += page.chunked;
    }
    return census;
}

static void assert_about(int64_t count, int64_t expected)
{
    assert_in_range(count, expected - expected / 8, expected + expected / 8);
}

static void shares_are_those_asked_for(void **state)
{
    (void)state;
    struct census census = take_census(&usual);
    assert_about(census.groups[WORLD_STATUS] + census.groups[WORLD_FAULT], 1000);
    assert_about(census.groups[WORLD_CHAIN], 1000);
    assert_about(census.groups[WORLD_OTHER], 600);
    assert_about(census.size, 6000 * usual.pages);
    assert_about(census.links, 20 * usual.pages);
    assert_about(census.gzip, 6000);
    assert_about(census.chunked, 2000);
    for (int kind = 0; kind < WORLD_KINDS; kind++)
        assert_true(census.kinds[kind] > 0);
}

static void a_calm_world_has_pages_only(void **state)
{
    (void)state;
    struct world calm = usual;
    calm.errors = calm.redirects = calm.others = 0;
    assert_int_equal(take_census(&calm).kinds[WORLD_HTML], calm.pages);
    struct world wild = calm;
    wild.errors = 100;
    struct census census = take_census(&wild);
    assert_int_equal(census.groups[WORLD_STATUS] + census.groups[WORLD_FAULT], wild.pages);
}

static void a_host_has_at_most_one_fault(void **state)
{
    (void)state;
    for (int64_t hosts = 1; hosts <= 200; hosts += 199) {
        struct world world = usual;
        int faults[200] = {0};
        world.hosts = hosts;
        for (int64_t n = 0; n < world.pages; n++) {
            struct world_page page;
            world_page(&world, n, &page);
            faults[n % hosts] += world_kinds[page.kind].group == WORLD_FAULT;
        }
        for (int64_t host = 0; host < hosts; host++)
            assert_in_range(faults[host], 0, 1);
    }
}

static int find(const struct world *world, int64_t host, const char *path)
{
    struct world_place place;
    return world_find(world, host, path, strlen(path), &place);
}

static void assert_found(const struct world *world, struct world_place place)
{
    struct world_place found;
    struct buf path;
    int64_t host = world_host(world, place);
    buf_init(&path, 1000);
    world_put_path(world, place, &path);
    assert_int_equal(world_find(world, host, path.data, path.size, &found), 0);
    assert_int_equal(found.page, place.page);
    assert_int_equal(found.hop, place.hop);
    if (world->hosts > 1)
        assert_int_equal(world_find(world, (host + 1) % world->hosts, path.data, path.size, &found), -1);
    buf_clear(&path);
}

/* What a browser makes of a Location, as far as this world uses it. */
static void resolve(const struct world *world, struct world_place place, const char *location,
                    struct buf *out)
{
    char base[64];
    int length = snprintf(base, sizeof base, "http://127.0.0.%d:%d", (int)world_host(world, place) + 1,
                          (int)world->port);
    if (strncmp(location, "//", 2) == 0)
        length = 5;
    else if (strncmp(location, "http:", 5) == 0)
        length = 0;
    else if (strncmp(location, "../../", 6) == 0)
        location += 5;
    buf_append(out, base, (size_t)length);
    buf_append_string(out, location);
}

static void every_step_of_a_chain_is_found_and_leads_on(void **state)
{
    (void)state;
    struct buf location, resolved, expected;
    buf_init(&location, 1000);
    buf_init(&resolved, 1000);
    buf_init(&expected, 1000);
    for (int64_t n = 0; n < usual.pages; n++) {
        struct world_fate fate = world_fate(&usual, n);
        struct world_place place = {n, 0}, next;
        for (int step = 0; step < 20; step++, place = next) {
            assert_found(&usual, place);
            if (!world_next(&usual, place, &next))
                break;
            buf_reset(&location, 1000);
            buf_reset(&resolved, 1000);
            buf_reset(&expected, 1000);
            world_put_location(&usual, place, &location);
            buf_append_byte(&location, 0);
            resolve(&usual, place, location.data, &resolved);
            world_put_url(&usual, next, &expected);
            assert_int_equal(resolved.size, expected.size);
            assert_memory_equal(resolved.data, expected.data, expected.size);
        }
        if (strncmp(fate.outcome, "redirect_l", 10) != 0)
            assert_true(place.page == fate.place.page && place.hop == fate.place.hop);
    }
    buf_clear(&location);
    buf_clear(&resolved);
    buf_clear(&expected);
}

static void a_fate_has_its_kinds_outcome(void **state)
{
    (void)state;
    for (int64_t n = 0; n < usual.pages; n++) {
        struct world_page page, last;
        struct world_fate fate = world_fate(&usual, n);
        world_page(&usual, n, &page);
        world_page(&usual, fate.place.page, &last);
        if (page.kind == WORLD_REDIRECT)
            assert_string_equal(fate.outcome, world_kinds[last.kind].outcome);
        else
            assert_string_equal(fate.outcome, world_kinds[page.kind].outcome);
        if (page.kind == WORLD_ENDLESS)
            assert_int_equal(fate.place.hop, WORLD_REDIRECTS_MOST);
        if (world_kinds[page.kind].group != WORLD_CHAIN)
            assert_int_equal(fate.place.page, n);
    }
}

static void nothing_else_is_there(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "",
        "/",
        "/robots.txt",
        "/a0/b0/0.htm",
        "/a0/b0/00.html",
        "/a0/b1/0.html",
        "/a0/b0/.html",
        ".html",
        "/0.html",
        "/hop/0/0",
        "/hop/0/1",
        "/hop/0/",
        "/hop//1",
        "/hop/",
        "/hop/1",
        "x/a0/b0/0.html",
        "/a0/b0/0.html/",
        "/a0/b0/99999999999999999999.html",
    };
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_int_equal(find(&usual, 0, paths[i]), -1);
    assert_int_equal(find(&usual, 0, "/a0/b0/0.html"), 0);
    assert_int_equal(find(&usual, 1, "/a0/b0/0.html"), -1);
    assert_int_equal(find(&usual, 0, "/a0/b3/20000.html"), 0); /* the landing page of 0 */
    assert_int_equal(find(&usual, 0, "/a0/b6/40000.html"), -1);
}

static void latency_stays_between_its_bounds(void **state)
{
    (void)state;
    struct world slow = usual;
    slow.latency = 50;
    int64_t least = 1000, most = 0;
    for (int64_t n = 0; n < 1000; n++) {
        int64_t ms = world_latency(&slow, (struct world_place){n, 0});
        least = ms < least ? ms : least;
        most = ms > most ? ms : most;
    }
    assert_int_equal(least, 50);
    assert_int_equal(most, 60);
}

static void hosts_have_addresses_of_loopback(void **state)
{
    (void)state;
    static const struct {
        int64_t host;
        const char *address;
    } cases[] = {
        {0, "127.0.0.1"},   {254, "127.0.0.255"}, {255, "127.0.1.0"},
        {256, "127.0.1.1"}, {65535, "127.1.0.0"}, {WORLD_HOSTS_MOST - 1, "127.15.66.64"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf address;
        buf_init(&address, 16);
        world_put_host(cases[i].host, &address);
        buf_append_byte(&address, 0);
        assert_string_equal(address.data, cases[i].address);
        buf_clear(&address);
    }
}

static void hosts_share_the_pages(void **state)
{
    (void)state;
    for (int64_t hosts = 1; hosts <= 250; hosts += 83) {
        struct world world = usual;
        int64_t sum = 0;
        world.hosts = hosts;
        world.pages = 101;
        for (int64_t host = 0; host < hosts; host++)
            sum += world_host_pages(&world, host);
        assert_int_equal(sum, 101);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_numbers_give_the_same_world),
        cmocka_unit_test(shares_are_those_asked_for),
        cmocka_unit_test(a_calm_world_has_pages_only),
        cmocka_unit_test(a_host_has_at_most_one_fault),
        cmocka_unit_test(every_step_of_a_chain_is_found_and_leads_on),
        cmocka_unit_test(a_fate_has_its_kinds_outcome),
        cmocka_unit_test(nothing_else_is_there),
        cmocka_unit_test(latency_stays_between_its_bounds),
        cmocka_unit_test(hosts_have_addresses_of_loopback),
        cmocka_unit_test(hosts_share_the_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
