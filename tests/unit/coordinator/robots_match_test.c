/* Goal: rules match paths as RFC 9309 2.2.2 and 2.2.3 have it, in time linear in what is compared, whoever
 * wrote them (H85), and a stored block that is damaged allows nothing and harms nothing. */
#include "coordinator/robots_internal.h"
#include "tests/unit/check.h"

static struct buf block;

static void compile(const char *body)
{
    buf_clear(&block);
    buf_init(&block, ROBOTS_COMPILED_MAX);
    assert_int_equal(robots_compile(&block, body, strlen(body), "trawl"), 0);
}

/* A file of that one Disallow. */
static void compile_rule(const char *rule)
{
    char body[4096];
    snprintf(body, sizeof body, "user-agent: *\ndisallow: %s\n", rule);
    compile(body);
}

static int forget(void **state)
{
    (void)state;
    buf_clear(&block);
    return 0;
}

/* ---- what matches -------------------------------------------------------------------------------------- */

static void rules_match_paths(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *path;
        bool written, meant; /* whether the rule matches: in the bare matcher, in the crawler's */
    } table[] = {
        {"/", "/", 1, 1},
        {"/", "/a?b", 1, 1},
        {"/a", "/a", 1, 1},
        {"/a", "/abc", 1, 1},
        {"/a", "/b/a", 0, 0},
        {"/a/", "/a", 0, 0},
        {"/a?b=c", "/a?b=cd", 1, 1},
        /* * and $ */
        {"*", "/", 1, 1},
        {"/*", "/", 1, 1},
        {"/a*", "/a", 1, 1},
        {"/a**b", "/axb", 1, 1},
        {"/*b", "/aab", 1, 1},
        {"/*b", "/aac", 0, 0},
        {"/*ab*ab", "/ab", 0, 0},
        {"/*ab*ab", "/abab", 1, 1},
        {"/*aba*aba", "/ababa", 0, 0},
        {"/*aab", "/aaab", 1, 1},
        {"/*ababac", "/abababac", 1, 1},
        {"/$", "/", 1, 1},
        {"/$", "/a", 0, 0},
        {"/*a$", "/aba", 1, 1},
        {"/*a$", "/abab", 0, 0},
        {"/*a*$", "/ab", 1, 1},
        {"/a*a$", "/a", 0, 0},
        {"/a*bc$", "/abcbc", 1, 1},
        {"/a*b*c$", "/acbc", 1, 1},
        {"/a*b*c$", "/acb", 0, 0},
        {"/a$b", "/a$b", 1, 1},
        {"/a$b", "/a", 0, 0},
        {"/a$$", "/a$", 1, 1},
        {"/a$$", "/a", 0, 0},
        {"$", "/", 0, 0},
        {"*$", "/a", 1, 1},
        {"/*/b/*/d", "/a/b/c/d", 1, 1},
        {"/*/b/*/d", "/a/b/d", 0, 0},
        {"/a*", "/A", 0, 0},
        /* 2.2.2: an escaped unreserved character is that character */
        {"/%61", "/a", 0, 1},
        {"/a", "/%61", 0, 1},
        {"/%61", "/%61", 1, 1},
        {"/%7E", "/%7e", 1, 1},
        {"/~", "/%7E", 0, 1},
        {"/%2d%2E%5f", "/-._", 0, 1},
        {"/*%61$", "/xa", 0, 1},
        {"/x*%61b", "/xaab", 0, 1},
        /* a reserved one is not */
        {"/a%2Fb", "/a/b", 0, 0},
        {"/a%2Fb", "/a%2fb", 1, 1},
        {"/a%3Fb", "/a?b", 0, 0},
        {"/%25", "/%25", 1, 1},
        {"/%2561", "/a", 0, 0},
        {"/%2561", "/%61", 0, 0},
        {"/%2561", "/%2561", 1, 1},
        /* beyond ASCII, raw is escaped */
        {"/\xe3\x83\x84", "/%E3%83%84", 1, 1},
        {"/\xe3\x83\x84", "/%e3%83%84", 1, 1},
        {"/%E3%83%84", "/\xe3\x83\x84", 0, 1},
        {"/\xe3\x83\x84", "/\xe3\x83\x84", 0, 1},
        {"/*", "/\xe3", 1, 1},
        {"/\xff", "/%7f", 0, 0},
        /* what no URL holds raw */
        {"/a b", "/a%20b", 0, 1},
        {"/a\"b", "/a%22b", 0, 1},
        {"/\x7f", "/%7F", 1, 1},
        /* 2.2.3: rules name the special ones by escapes */
        {"/%2A", "/*", 0, 1},
        {"/%2a", "/%2A", 1, 1},
        {"/%2A", "/a", 0, 0},
        {"/a%24", "/a$", 0, 1},
        {"/a%24", "/a%24b", 1, 1},
        {"/a%24", "/a", 0, 0},
        {"/*", "/*", 1, 1},
        {"/%23", "/%23", 1, 1},
        /* no escapes at all */
        {"/%", "/%", 1, 1},
        {"/%6", "/%6", 1, 1},
        {"/%zz", "/%zz", 1, 1},
        {"/%zz", "/%ZZ", 0, 0},
        {"/%%61", "/%a", 0, 1},
        {"/%25zz", "/%zz", 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const char *path = table[i].path;
        compile_rule(table[i].rule);
        if (robots_allows(block.data, block.size, path, strlen(path)) == table[i].written)
            fail_msg("%s, %s as written: %d", table[i].rule, path, !table[i].written);
        if (robots_permits(block.data, block.size, path, strlen(path)) == table[i].meant)
            fail_msg("%s, %s as meant: %d", table[i].rule, path, !table[i].meant);
    }
}

/* Against a matcher by a table of beginnings, which has nothing to be wrong about. */
static bool matches_slowly(const char *rule, size_t size, bool at_end, const char *path)
{
    size_t length = strlen(path);
    bool row[64] = {true}, any = false;
    for (size_t i = 0; i < size; i++) {
        bool diagonal = row[0];
        row[0] = row[0] && rule[i] == '*';
        for (size_t at = 1; at <= length; at++) {
            bool above = row[at];
            row[at] = rule[i] == '*' ? above || row[at - 1] : diagonal && rule[i] == path[at - 1];
            diagonal = above;
        }
    }
    for (size_t at = 0; at <= length; at++)
        any = any || (row[at] && (!at_end || at == length));
    return any;
}

static void the_matcher_agrees_with_a_slow_one(void **state)
{
    (void)state;
    unsigned seed = 2, matched = 0;
    for (int turn = 0; turn < 20000; turn++) {
        char rule[16] = "/", path[32] = "/";
        size_t rule_size = 1 + (size_t)rand_r(&seed) % 10, path_size = 1 + (size_t)rand_r(&seed) % 24;
        for (size_t i = 1; i < rule_size; i++)
            rule[i] = "aab**"[rand_r(&seed) % 5];
        for (size_t i = 1; i < path_size; i++)
            path[i] = "aab"[rand_r(&seed) % 3];
        bool at_end = rand_r(&seed) % 3 == 0;
        rule[rule_size] = at_end ? '$' : 0;
        bool expected = matches_slowly(rule, rule_size, at_end, path);
        matched += expected;
        compile_rule(rule);
        if (robots_allows(block.data, block.size, path, path_size) == expected)
            fail_msg("%s, %s: %d", rule, path, !expected);
    }
    assert_in_range(matched, 4000, 16000);
}

/* ---- which rule decides -------------------------------------------------------------------------------- */

static void the_verdict_names_its_rule(void **state)
{
    (void)state;
    static const struct {
        const char *path, *rule;
    } table[] = {
        {"/", NULL},
        {"/a", "Disallow: /a"},
        {"/abc", "Allow: /ab"},
        {"/abcd", "Allow: /*bcd"},
        {"/zbcd", "Allow: /*bcd"},
        {"/e%CC", "Disallow: /e%CC$"},
        {"/e%CCf", NULL},
        {"/f/g%2A", "Disallow: /f*g%2A"},
    };
    compile("user-agent: trawl\ndisallow: /a\nallow: /ab\ndisallow: /abc\nallow: /*bcd\nallow:/abc\n"
            "disallow: /e\xcc$\ndisallow: /f*g%2a\n");
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct buf text;
        buf_init(&text, 100);
        struct robots_verdict verdict =
            robots_ask(block.data, block.size, table[i].path, strlen(table[i].path), true);
        if (verdict.rule)
            assert_int_equal(robots_rule_text(&text, verdict.rule), 0);
        const char *expected = table[i].rule ? table[i].rule : "";
        if (!strcmp(table[i].path, "/abc"))
            expected = "Allow: /abc";
        assert_int_equal(verdict.allowed, strncmp(expected, "Disallow", 8) != 0);
        assert_int_equal(text.size, strlen(expected));
        if (text.size)
            assert_memory_equal(text.data, expected, text.size);
        buf_clear(&text);
    }
}

static void robots_txt_itself_is_permitted(void **state)
{
    (void)state;
    compile_rule("/");
    static const char own[] = "/robots.txt", not_own[] = "/robots.txt?x", other[] = "/a/robots.txt";
    assert_true(robots_permits(block.data, block.size, own, strlen(own)));
    assert_false(robots_permits(block.data, block.size, not_own, strlen(not_own)));
    assert_false(robots_permits(block.data, block.size, other, strlen(other)));
    assert_false(robots_allows(block.data, block.size, own, strlen(own)));
}

/* ---- what it costs ------------------------------------------------------------------------------------- */

static uint64_t steps_of(const char *path, size_t size)
{
    struct robots_verdict verdict = robots_ask(block.data, block.size, path, size, true);
    assert_false(verdict.exhausted);
    return verdict.steps;
}

/* H85: rules made to be gone back for, on paths of 1, 2 and 4 thousand octets: each doubling doubles the
 * steps. */
static void steps_grow_as_the_path_does(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "/*a*a*a*a*a*b",         "/*a*a*a*a*a*b$",     "/*aaaaaaaaaaaaaaaaaaaaaaaab",
        "/*baaaaaaaaaaaaaaaaaa", "/*aaaaaaaabaaaaaaa", "/*aaaaaaaa*aaaaaaaaaaa*aaaaaaaaab",
        "/aaaaaaaaa*aaaaaaaab$",
    };
    static char path[8192];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        compile_rule(rules[i]);
        uint64_t last = 0;
        for (size_t size = 1024; size <= sizeof path; size *= 2) {
            uint64_t steps = steps_of(path, size);
            assert_true(steps <= 2 * (size + strlen(rules[i])) + 2);
            assert_true(!last || steps <= 2 * last + 100);
            last = steps;
        }
    }
}

/* A rule as long as half the path. */
static void a_long_piece_is_found_in_linear_time(void **state)
{
    (void)state;
    static char rule[4001], path[8192];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    memset(rule, 'a', 4000);
    memcpy(rule, "/*", 2);
    rule[3999] = 'b';
    compile_rule(rule);
    assert_true(steps_of(path, sizeof path) < 4 * sizeof path);
    rule[2] = 'b';
    rule[3999] = 'a';
    compile_rule(rule);
    assert_true(steps_of(path, sizeof path) < 4 * sizeof path);
}

/* The largest files there are, of 2 MB: twice the rules cost twice the steps, and there is an end. */
static void monsters_cost_what_they_weigh(void **state)
{
    (void)state;
    enum { SIZE = 2000000 };
    static const char *const lines[] = {"/%07u", "/*%07u", "/*aaaaaaaaaaaab%07u", "/*a*a*a*a*a*b%07u$",
                                        "/aaaaaaaaaaaaaaaaaaaaaaaaaaaa%07u"};
    char *body = malloc(SIZE + 100);
    static char path[400];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        uint64_t last = 0;
        const char *percent = strchr(lines[i], '%');
        for (size_t size = 125000; size <= SIZE; size *= 2) {
            size_t at = (size_t)sprintf(body, "user-agent: *\n");
            for (unsigned n = 0; at < size; n++)
                at += (size_t)sprintf(body + at, "disallow: %.*s%07u%s\n", (int)(percent - lines[i]),
                                      lines[i], n, percent + strlen("%07u"));
            buf_clear(&block);
            buf_init(&block, ROBOTS_COMPILED_MAX);
            assert_int_equal(robots_compile(&block, body, at, "trawl"), 0);
            assert_true(block.size <= ROBOTS_BODY_MAX);
            struct robots_verdict verdict = robots_ask(block.data, block.size, path, sizeof path, true);
            assert_true(verdict.steps <= ROBOTS_STEPS_MAX + 3 * sizeof path);
            assert_int_equal(verdict.allowed, !verdict.exhausted); /* in doubt it is not ours */
            if (last && !verdict.exhausted && size <= ROBOTS_BODY_MAX)
                assert_true(verdict.steps < 2 * last + last / 10);
            last = verdict.steps;
            if (i == 2 && size == SIZE)
                assert_true(verdict.exhausted); /* 16,000 searches of 400 octets */
        }
    }
    free(body);
}

/* ---- stored blocks ------------------------------------------------------------------------------------- */

static void a_damaged_block_allows_nothing(void **state)
{
    (void)state;
    compile("user-agent: *\nallow: /a\ndisallow: /*b$\ncrawl-delay: 3\n");
    assert_true(robots_is_compiled(block.data, block.size));
    assert_true(robots_permits(block.data, block.size, "/c", 2));
    for (size_t size = 0; size < block.size; size++) {
        char *part = malloc(size ? size : 1); /* of its own size, so that a read beyond it is seen */
        memcpy(part, block.data, size);
        assert_false(robots_is_compiled(part, size));
        assert_false(robots_permits(part, size, "/c", 2));
        assert_int_equal(robots_delay_ms(part, size), -1);
        free(part);
    }
    unsigned seed = 1;
    for (int turn = 0; turn < 20000; turn++) {
        char *copy = malloc(block.size);
        memcpy(copy, block.data, block.size);
        copy[(size_t)rand_r(&seed) % block.size] ^= (char)(1 << rand_r(&seed) % 8);
        robots_permits(copy, block.size, "/abab", 5);
        int delay = robots_delay_ms(copy, block.size);
        assert_in_range(delay + 1, 0, ROBOTS_DELAY_MAX + 1);
        free(copy);
    }
    assert_false(robots_is_compiled(NULL, 0));
    assert_false(robots_permits(NULL, 0, "/", 1));
}

static void an_empty_path_is_one_that_has_not_begun(void **state)
{
    (void)state;
    compile_rule("/");
    assert_true(robots_allows(block.data, block.size, "", 0));
    compile_rule("*");
    assert_false(robots_allows(block.data, block.size, "", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_match_paths),
        cmocka_unit_test(the_matcher_agrees_with_a_slow_one),
        cmocka_unit_test(the_verdict_names_its_rule),
        cmocka_unit_test(robots_txt_itself_is_permitted),
        cmocka_unit_test(steps_grow_as_the_path_does),
        cmocka_unit_test(a_long_piece_is_found_in_linear_time),
        cmocka_unit_test(monsters_cost_what_they_weigh),
        cmocka_unit_test(a_damaged_block_allows_nothing),
        cmocka_unit_test(an_empty_path_is_one_that_has_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
