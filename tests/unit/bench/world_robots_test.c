/* Goal: each sort of robots.txt is served as it is meant: who is refused stands in it, and nobody else. (That
 * trawl reads them so is tested with the programs.) (H84) */
#include "bench/world_robots.h"
#include "tests/unit/check.h"

static const struct world usual = {.seed = 1,
                                   .pages = 4000,
                                   .hosts = 18,
                                   .port = 81,
                                   .robots = WORLD_ROBOTS_MIXED,
                                   .crawl_delay = 7,
                                   .silent_hosts = 2,
                                   .linked = true,
                                   .starts = 18,
                                   .branch = 4};

struct asked {
    struct buf body, moved;
    struct world_robots_answer answer;
    int found;
};

static void ask(int64_t host, const char *path, struct asked *asked)
{
    buf_init(&asked->body, 1 << 20);
    buf_init(&asked->moved, 100);
    asked->answer = (struct world_robots_answer){.body = &asked->body, .moved = &asked->moved};
    asked->found = world_robots_find(&usual, host, path, strlen(path), &asked->answer);
    buf_append_byte(&asked->body, 0);
    buf_append_byte(&asked->moved, 0);
}

static void forget(struct asked *asked)
{
    buf_clear(&asked->body);
    buf_clear(&asked->moved);
}

static void each_host_answers_in_its_way(void **state)
{
    (void)state;
    static const struct {
        enum world_robots robots;
        int status;
        const char *holds; /* in the body, or in the Location */
    } cases[] = {
        {WORLD_ROBOTS_NONE, 404, NULL},
        {WORLD_ROBOTS_ALLOW, 200, "User-agent: *\nDisallow:\n"},
        {WORLD_ROBOTS_DENY, 200, "User-agent: *\nDisallow: /\n"},
        {WORLD_ROBOTS_PART, 200, "\n\nUser-agent: trawl\nDisallow: /a0/b"},
        {WORLD_ROBOTS_DELAY, 200, "User-agent: trawl\nCrawl-delay: 7\n"},
        {WORLD_ROBOTS_ERROR, 500, NULL},
        {WORLD_ROBOTS_REDIRECT, 301, "//127.0.0.8:81/robots/6/1"},
        {WORLD_ROBOTS_HUGE, 200, "is not read.\nDisallow: /\n"},
        {WORLD_ROBOTS_HTML, 200, "<title>"},
    };
    assert_int_equal(COUNT_OF(cases), WORLD_ROBOTS_MIXED);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct asked asked;
        assert_int_equal(world_robots_of(&usual, (int64_t)i), cases[i].robots);
        ask((int64_t)i, "/robots.txt", &asked);
        assert_int_equal(asked.found, 0);
        assert_int_equal(asked.answer.status, cases[i].status);
        if (cases[i].holds)
            assert_non_null(
                strstr(cases[i].status == 301 ? asked.moved.data : asked.body.data, cases[i].holds));
        if (cases[i].robots == WORLD_ROBOTS_HUGE)
            assert_true(strstr(asked.body.data, "\nDisallow: /\n\0") < asked.body.data + 512);
        forget(&asked);
    }
}

static void a_redirect_ends_at_the_rules_of_who_redirects(void **state)
{
    (void)state;
    static const char *const steps[] = {"/robots/6/2", "/robots/6/3"};
    struct asked asked;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        char before[] = "/robots/6/1";
        before[10] = (char)('1' + i);
        ask(7, before, &asked);
        assert_int_equal(asked.answer.status, 301);
        assert_string_equal(asked.moved.data, steps[i]);
        forget(&asked);
    }
    ask(7, steps[1], &asked);
    assert_int_equal(asked.answer.status, 200);
    assert_non_null(strstr(asked.body.data, "User-agent: trawl\n"));
    forget(&asked);
    /* The last host that answers sends one to the first. */
    ask(15, "/robots.txt", &asked);
    assert_string_equal(asked.moved.data, "//127.0.0.1:81/robots/15/1");
    forget(&asked);
}

static void nothing_else_is_there(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/robots.tx",  "/robots.txt/", "/robots/",    "/robots/6",   "/robots/6/",      "/robots/6/0",
        "/robots/6/4", "/robots/6/1x", "/robots/5/1", "/robots/x/1", "/robots/99999/1", "/a0/b0/7.html",
    };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct asked asked;
        ask(7, paths[i], &asked);
        assert_int_equal(asked.found, -1);
        forget(&asked);
    }
}

/* What the file says of a page: exactly one line forbids it, or none does. */
static bool is_named(const char *file, int64_t page)
{
    struct buf line;
    buf_init(&line, 200);
    buf_append_string(&line, "\nDisallow: ");
    world_put_path(&usual, (struct world_place){page, 0}, &line);
    buf_append(&line, "$\n", 3);
    bool named = strstr(file, line.data);
    buf_clear(&line);
    return named;
}

static void refusals_follow_from_the_file(void **state)
{
    (void)state;
    int64_t refused = 0, free = 0;
    for (int64_t page = 0; page < usual.pages; page++) {
        struct asked asked;
        int64_t host = page % usual.hosts;
        const char *word = world_robots_refuse(&usual, (struct world_place){page, 0});
        enum world_robots robots = world_robots_of(&usual, host);
        if (robots == WORLD_ROBOTS_ERROR || world_is_silent(&usual, host)) {
            assert_string_equal(word, "robots_unreachable");
            continue;
        }
        ask(host, robots == WORLD_ROBOTS_REDIRECT ? "/none" : "/robots.txt", &asked);
        bool denied = robots == WORLD_ROBOTS_DENY;
        if (robots != WORLD_ROBOTS_REDIRECT)
            assert_int_equal(word != NULL, denied || is_named(asked.body.data, page));
        if (word)
            assert_string_equal(word, "robots");
        refused += word && !denied;
        free += !word;
        forget(&asked);
    }
    assert_in_range(refused, usual.pages * 4 / 18 / 8, usual.pages * 8 / 18 / 8);
    assert_true(free > usual.pages / 2);
}

static void first_pages_are_free_and_hops_only_denied(void **state)
{
    (void)state;
    struct world world = usual;
    world.robots = WORLD_ROBOTS_PART;
    for (int64_t host = 0; host < 16; host++)
        assert_null(world_robots_refuse(&world, (struct world_place){host, 0}));
    for (int64_t page = 0; page < world.pages; page++)
        if (page % world.hosts < 16)
            assert_null(world_robots_refuse(&world, (struct world_place){page, 1}));
    world.robots = WORLD_ROBOTS_DENY;
    assert_string_equal(world_robots_refuse(&world, (struct world_place){0, 1}), "robots");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_host_answers_in_its_way),
        cmocka_unit_test(a_redirect_ends_at_the_rules_of_who_redirects),
        cmocka_unit_test(nothing_else_is_there),
        cmocka_unit_test(refusals_follow_from_the_file),
        cmocka_unit_test(first_pages_are_free_and_hops_only_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
