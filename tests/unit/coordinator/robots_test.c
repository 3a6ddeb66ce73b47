/* Goal: what a robots.txt says to us is read as RFC 9309 has it, whatever bytes it holds (H84, H86); the
 * cases of other parsers agree, except where docs/politeness.md says why not. */
#include "coordinator/robots.h"
#include "tests/unit/corpus.h"

/* ---- our own tables ------------------------------------------------------------------------------------ */

static struct buf block;

static void compile(const char *body, size_t size, const char *token)
{
    buf_clear(&block);
    buf_init(&block, ROBOTS_COMPILED_MAX);
    assert_int_equal(robots_compile(&block, body, size, token), 0);
    assert_true(robots_is_compiled(block.data, block.size));
}

static bool permits(const char *path)
{
    return robots_permits(block.data, block.size, path, strlen(path));
}

/* Paths that `trawl` may and may not fetch, by files that say one thing each. */
static void files_say_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *body, *allowed, *disallowed;
    } table[] = {
        /* 2.2.1: which group */
        {"", "/a", NULL},
        {"user-agent: trawl\ndisallow: /a", "/b", "/a"},
        {"User-Agent: TRAWL\ndisallow: /a", "/b", "/a"},
        {"user-agent: trawl/1.0\ndisallow: /a", "/b", "/a"},
        {"user-agent: trawl the web\ndisallow: /a", "/b", "/a"},
        {"user-agent: trawler\ndisallow: /a", "/a", NULL},
        {"user-agent: traw\ndisallow: /a", "/a", NULL},
        {"user-agent: xtrawl\ndisallow: /a", "/a", NULL},
        {"user-agent: *\ndisallow: /a", "/b", "/a"},
        {"user-agent: * all\ndisallow: /a", "/b", "/a"},
        {"user-agent: *trawl\ndisallow: /a", "/a", NULL},
        {"user-agent:\ndisallow: /a", "/a", NULL},
        {"user-agent: *\ndisallow: /a\nuser-agent: trawl\ndisallow: /b", "/a", "/b"},
        {"user-agent: trawl\ndisallow: /b\nuser-agent: *\ndisallow: /a", "/a", "/b"},
        {"user-agent: trawl\n\nuser-agent: *\ndisallow: /a", "/b", "/a"},
        {"user-agent: *\ndisallow: /a\nuser-agent: trawl", "/a", NULL},
        {"user-agent: *\ndisallow: /a\nuser-agent: trawl\ndisallow:", "/a", NULL},
        {"disallow: /a", "/a", NULL},
        /* several groups for one agent are one */
        {"user-agent: trawl\ndisallow: /a\n\nuser-agent: o\ndisallow: /b\n\nuser-agent: trawl\ndisallow: /c",
         "/b", "/a"},
        {"user-agent: trawl\ndisallow: /a\n\nuser-agent: o\ndisallow: /b\n\nuser-agent: trawl\ndisallow: /c",
         "/b", "/c"},
        {"user-agent: o\nuser-agent: trawl\ndisallow: /a\nuser-agent: p\ndisallow: /b", "/b", "/a"},
        {"user-agent: *\ndisallow: /a\nuser-agent: *\ndisallow: /b", "/c", "/a"},
        {"user-agent: *\ndisallow: /a\nuser-agent: *\ndisallow: /b", "/c", "/b"},
        /* 2.2.4: other records neither end nor open a group */
        {"user-agent: o\nsitemap: x\nuser-agent: trawl\nfoo: bar\ndisallow: /a", "/b", "/a"},
        {"user-agent: trawl\ncrawl-delay: 1\nuser-agent: o\ndisallow: /a", "/b", "/a"},
        {"user-agent: trawl\ndisallow: /a\nsitemap: x\ndisallow: /b", "/c", "/b"},
        {"user-agent: trawl\n<br/>\nHost: x\ndisallow: /a", "/b", "/a"},
        /* lines */
        {"user-agent:trawl\rdisallow:/a\r", "/b", "/a"},
        {"user-agent:trawl\r\ndisallow:/a\r\n", "/b", "/a"},
        {" \t user-agent \t :\v trawl \f\n\tdisallow : /a \t ", "/b", "/a"},
        {"\xef\xbb\xbfuser-agent: trawl\ndisallow: /a", "/b", "/a"},
        {"\xefuser-agent: trawl\ndisallow: /a", "/b", "/a"},
        {"x\xef\xbb\xbfuser-agent: trawl\ndisallow: /a", "/a", NULL},
        {"user-agent: trawl # us\n#disallow: /b\ndisallow: /a#b", "/b", "/a"},
        {"user-agent: trawl#\ndisallow: /#", "/robots.txt", "/a"},
        {"user-agent trawl\ndisallow /a", "/b", "/a"},
        {"user-agent: trawl\ndisallow /a b", "/a", NULL},
        {"useragent: trawl\ndissallow: /a", "/b", "/a"},
        {"user agent: trawl\ndisalow: /a", "/b", "/a"},
        {"user-agent: trawl\ndisallowed: /a\ndisallow-: /a\nxdisallow: /a\n: /a\n:\n", "/a", NULL},
        {"<!DOCTYPE html>\n<p>user-agent: trawl\n<p>disallow: /a", "/a", NULL},
        /* 2.2.2: which rule */
        {"user-agent: *\ndisallow: /a\nallow: /a/b", "/a/b", "/a/"},
        {"user-agent: *\nallow: /a\ndisallow: /a/b", "/a/", "/a/b"},
        {"user-agent: *\nallow: /a\ndisallow: /a", "/a", NULL},
        {"user-agent: *\ndisallow: /a\nallow: /a", "/a", NULL},
        {"user-agent: *\ndisallow: /A", "/a", "/A"},
        {"user-agent: *\ndisallow: a", "/a", NULL},
        {"user-agent: *\ndisallow: /\nallow:", "/robots.txt", "/a"},
        {"user-agent: *\nallow: /p\ndisallow: /*.htm", "/p", "/p.htm"},
        {"user-agent: *\ndisallow: /a\nallow: /a$", "/a", "/ab"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        compile(table[i].body, strlen(table[i].body), "trawl");
        if (!permits(table[i].allowed))
            fail_msg("%s: %s is not allowed", table[i].body, table[i].allowed);
        if (table[i].disallowed && permits(table[i].disallowed))
            fail_msg("%s: %s is allowed", table[i].body, table[i].disallowed);
    }
}

/* H86 */
static void a_crawl_delay_is_clamped(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int ms;
    } table[] = {
        {"", -1},
        {"user-agent: *\ndisallow: /", -1},
        {"user-agent: *\ncrawl-delay: 0", 0},
        {"user-agent: *\ncrawl-delay: 1", 1000},
        {"user-agent: *\ncrawl-delay: 0.25", 250},
        {"user-agent: *\ncrawl-delay: 10 seconds", 10000},
        {"user-agent: *\ncrawl-delay: 30", 30000},
        {"user-agent: *\ncrawl-delay: 31", 30000},
        {"user-agent: *\ncrawl-delay: 1e9", 30000},
        {"user-agent: *\ncrawl-delay: 1e999", 30000},
        {"user-agent: *\ncrawl-delay: inf", 30000},
        {"user-agent: *\ncrawl-delay: 99999999999999999999999999999999999999999999999999999999999999999999",
         30000},
        {"user-agent: *\ncrawl-delay: -1", 0},
        {"user-agent: *\ncrawl-delay: -1e999", 0},
        {"user-agent: *\ncrawl-delay: nan", -1},
        {"user-agent: *\ncrawl-delay: -nan", -1},
        {"user-agent: *\ncrawl-delay: soon", -1},
        {"user-agent: *\ncrawl-delay:", -1},
        {"crawl-delay: 1", -1},
        {"user-agent: o\ncrawl-delay: 1", -1},
        /* whose it is */
        {"user-agent: *\ncrawl-delay: 5\nuser-agent: trawl\ncrawl-delay: 2\ndisallow: /a", 2000},
        {"user-agent: *\ncrawl-delay: 5\ndisallow: /a\nuser-agent: trawl\ncrawl-delay: 2", 2000},
        {"user-agent: *\ncrawl-delay: 5\ndisallow: /a\nuser-agent: trawl\ndisallow: /a", -1},
        {"user-agent: trawl\ncrawl-delay: 2\ndisallow: /\nuser-agent: trawl\ncrawl-delay: 4\ncrawl-delay: 3",
         4000},
        {"user-agent: trawl\ndisallow: /\ncrawl-delay: 2", 2000},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        compile(table[i].body, strlen(table[i].body), "trawl");
        if (robots_delay_ms(block.data, block.size) != table[i].ms)
            fail_msg("%s: %d", table[i].body, robots_delay_ms(block.data, block.size));
    }
}

/* ---- the limits ---------------------------------------------------------------------------------------- */

/* A body that says `line`, seven digits of a number and a newline again and again up to `size`, the caller's.
 */
static char *repeat(const char *head, const char *line, size_t size)
{
    char *body = malloc(size + 1);
    size_t at = (size_t)snprintf(body, size, "%s", head);
    for (unsigned i = 0; at < size; i++) {
        char next[200];
        int length = snprintf(next, sizeof next, "%s%07u\n", line, i);
        size_t room = size - at < (size_t)length ? size - at : (size_t)length;
        memcpy(body + at, next, room);
        at += room;
    }
    return body;
}

static void nothing_is_read_beyond_half_a_mebibyte(void **state)
{
    (void)state;
    char *body = repeat("user-agent: *\n#ends in a /\n", "disallow: /", 2 << 20);
    const char *last = body + ROBOTS_BODY_MAX;
    while (*--last != '\n')
        ;
    char path[20];
    snprintf(path, sizeof path, "%.8s", last - strlen("/0000000")); /* the last whole line before the cut */
    compile(body, 2 << 20, "trawl");
    assert_false(permits("/0000000"));
    assert_false(permits(path));
    snprintf(path, sizeof path, "%.8s", last + 1 + strlen("disallow: "));
    assert_true(permits(path));
    assert_true(permits("/x")); /* no rule was cut short */
    assert_true(block.size < ROBOTS_BODY_MAX);
    /* 500 KiB are the least (2.5). */
    memcpy(body + 500 * 1024 - 16, "\ndisallow: /last\n", 17);
    compile(body, 2 << 20, "trawl");
    assert_false(permits("/last"));
    free(body);
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    enum { SIZE = 20000 };
    char *body = malloc(SIZE), *path = malloc(SIZE);
    memset(body, 'a', SIZE);
    memcpy(body, "user-agent: *\ndisallow: /", 25);
    compile(body, SIZE, "trawl");
    memset(path, 'a', SIZE);
    path[0] = '/';
    size_t kept = ROBOTS_LINE_MAX - 1 - strlen("disallow: ");
    assert_false(robots_permits(block.data, block.size, path, kept));
    assert_true(robots_permits(block.data, block.size, path, kept - 1));
    assert_false(robots_permits(block.data, block.size, path, SIZE));
    free(path);
    free(body);
}

/* Octets beyond ASCII take three each: the largest block there is. */
static void the_largest_block_fits(void **state)
{
    (void)state;
    static const char *const lines[] = {"allow:", "disallow: /", "allow:\xff\xff\xff\xff\xff\xff\xff\xff"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        char *body = repeat("user-agent: *\n", lines[i], ROBOTS_BODY_MAX);
        compile(body, ROBOTS_BODY_MAX, "trawl");
        free(body);
    }
    char *body = malloc(ROBOTS_BODY_MAX);
    memset(body, 0xff, ROBOTS_BODY_MAX);
    for (size_t at = 0; at + 20000 < ROBOTS_BODY_MAX; at += 16666)
        memcpy(body + at, at ? "\nallow:" : "user-agent:*\nallow:", at ? 7 : 19);
    for (size_t i = 0, at = 16666; at + 20000 < ROBOTS_BODY_MAX; at += 16666)
        body[at + 10] = (char)('a' + i++ % 26), body[at + 11] = (char)('a' + i / 26);
    compile(body, ROBOTS_BODY_MAX, "trawl");
    assert_true(block.size > 1500000);
    struct buf tight;
    buf_init(&tight, block.size - 1);
    buf_append_byte(&tight, 'x');
    assert_int_equal(robots_compile(&tight, body, ROBOTS_BODY_MAX, "trawl"), -1);
    assert_int_equal(tight.size, 1); /* what stood before stands */
    buf_clear(&tight);
    free(body);
}

static void what_is_said_twice_is_kept_once(void **state)
{
    (void)state;
    static const char single[] = "user-agent: *\nallow: /a\ndisallow: /b*";
    compile(single, strlen(single), "trawl");
    size_t once = block.size;
    static const char twice[] = "user-agent: *\nallow: /a\ndisallow: /b*\nallow: /a\nallow: %2fa\nallow: "
                                "/%61\nuser-agent: o\ndisallow: /c\n"
                                "user-agent: *\ndisallow: /b*";
    compile(twice, strlen(twice), "trawl");
    assert_true(block.size < once + 2 * 20);
    static const char plain[] = "user-agent: *\ndisallow: /b*\nallow: /a\nallow: /a\ndisallow: /b*";
    compile(plain, strlen(plain), "trawl");
    assert_int_equal(block.size, once);
}

static void any_bytes_will_do(void **state)
{
    (void)state;
    char body[5000];
    unsigned seed = 9309;
    for (int turn = 0; turn < 200; turn++) {
        for (size_t i = 0; i < sizeof body; i++)
            body[i] = (char)(rand_r(&seed) >> 5);
        compile(body, sizeof body, "trawl");
        assert_true(permits("/"));
    }
    static const char nul[] = "user-agent: trawl\0\n\0disallow: /a\ndisallow: /b\0c\n";
    compile(nul, sizeof nul - 1, "trawl");
    assert_true(permits("/a"));
    assert_true(permits("/b"));
    assert_false(permits("/b%00c"));
}

/* ---- the cases of others ------------------------------------------------------------------------------- */

static int digit(char byte)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = byte ? strchr(digits, byte) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* In place. Returns the size. */
static size_t decode(char *text)
{
    char *out = text;
    unsigned bits = 0, held = 0;
    for (const char *at = text; digit(*at) >= 0; at++) {
        held = held << 6 | (unsigned)digit(*at);
        bits += 6;
        if (bits >= 8)
            *out++ = (char)(held >> (bits -= 8));
    }
    return (size_t)(out - text);
}

struct verdicts {
    unsigned cases, agree, agree_meant;
};

/* Where the crawler's question is answered otherwise than the bare one, by the RFC's own words. */
static const char *const differ_by_meaning[] = {
    "google-robotstxt-064", "google-robotstxt-066", "google-robotstxt-067",
    "google-spec-test-111", "google-spec-test-113", "google-spec-test-114", /* 2.2.2: escapes */
    "google-spec-test-194", "google-spec-test-200", "google-spec-test-204",
    "google-spec-test-345", /* /robots.txt */
};

/* Google's ways that we do not follow: "x/index.html" is "x/" for them. */
static const char *const declined[] = {"google-robotstxt-079", "google-spec-test-038"};

static bool is_among(const char *id, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(id, list[i]))
            return true;
    return false;
}

static void judge(char *line, struct verdicts *rfc, struct verdicts *google, struct verdicts *others)
{
    char *field[7];
    for (size_t i = 0; i < COUNT_OF(field); i++)
        field[i] = strsep(&line, "\t\n");
    char *id = field[0], *agent = field[3], *url = field[4], *body = field[5];
    bool expected = *field[2] == '1';
    struct verdicts *verdicts = !strcmp(field[1], "rfc9309")  ? rfc
                                : !strcmp(field[1], "google") ? google
                                                              : others;
    compile(body, strcmp(body, "-") ? decode(body) : 0, strcmp(agent, "-") ? agent : "");
    struct buf path;
    buf_init(&path, 1 << 20);
    assert_int_equal(robots_path(&path, url, strcmp(url, "-") ? strlen(url) : 0), 0);
    bool allowed = robots_allows(block.data, block.size, path.data, path.size);
    bool permitted = robots_permits(block.data, block.size, path.data, path.size);
    buf_clear(&path);
    verdicts->cases++;
    verdicts->agree += allowed == expected;
    verdicts->agree_meant += permitted == expected;
    if (verdicts == others)
        return;
    if ((allowed == expected) == is_among(id, declined, COUNT_OF(declined)))
        fail_msg("%s: %s for %s: %s", id, url, agent, allowed ? "allowed" : "disallowed");
    if ((permitted == allowed) == is_among(id, differ_by_meaning, COUNT_OF(differ_by_meaning)))
        fail_msg("%s: %s for %s: the crawler's answer is %s", id, url, agent, permitted ? "yes" : "no");
}

static void the_cases_of_others(void **state)
{
    (void)state;
    FILE *file = corpus_open("robots/cases.tsv");
    struct verdicts rfc = {0}, google = {0}, others = {0};
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0)
        if (*line != '#')
            judge(line, &rfc, &google, &others);
    free(line);
    fclose(file);
    print_message("rfc9309: %u of %u, google: %u of %u, other parsers: %u of %u\n", rfc.agree, rfc.cases,
                  google.agree, google.cases, others.agree, others.cases);
    assert_int_equal(rfc.cases, 449);
    assert_int_equal(rfc.agree, rfc.cases);
    assert_int_equal(google.cases, 96);
    assert_int_equal(google.agree, google.cases - COUNT_OF(declined));
    assert_int_equal(rfc.cases + google.cases + others.cases, 1455);
}

static int forget(void **state)
{
    (void)state;
    buf_clear(&block);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_say_what_they_say),
        cmocka_unit_test(a_crawl_delay_is_clamped),
        cmocka_unit_test(nothing_is_read_beyond_half_a_mebibyte),
        cmocka_unit_test(a_long_line_is_cut),
        cmocka_unit_test(the_largest_block_fits),
        cmocka_unit_test(what_is_said_twice_is_kept_once),
        cmocka_unit_test(any_bytes_will_do),
        cmocka_unit_test(the_cases_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
