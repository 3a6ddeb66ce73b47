/* Goal: the short way gives what the long way gives, parts included, or gives up. */
#include "common/url_internal.h"
#include "tests/unit/check.h"

static const char *const bases[] = {
    "http://h.example/",
    "http://h.example:8080/a/b/c.html?q=1#f",
    "https://u:p@h.example/a//b/../c/",
    "http://h.example/a/b?c/d#e/",
    "ftp://h/x",
    "http://[::1]/a/",
    "file:///C:/a/b",
    "x:/a/b",
    "mailto:a@b",
};

/* Pieces that references are put together from, so that each borders on each. */
static const char *const pieces[] = {
    "/",
    "//",
    "\\",
    ".",
    "..",
    "./",
    "../",
    "%2e",
    "%41",
    "?",
    "#",
    ":",
    "@",
    "a",
    "B",
    "http:",
    "http://",
    "https://",
    "http://h.example",
    "http://h.example:8080",
    "x.y",
    "1",
    "xn--a",
    " ",
    "\t",
    "\"",
    "'",
    "\xc3\xa9",
    "^",
    "`",
};

static struct url_base base;
static size_t short_ways;

static void check_same(const char *ref, bool based)
{
    char quick[URL_LONGEST], slow[URL_LONGEST], detour[64];
    struct url_parts quick_parts, slow_parts;
    const struct url_base *on = based ? &base : NULL;
    ssize_t size = url_resolve_plain(on, ref, strlen(ref), quick, sizeof quick, &quick_parts);
    if (size < 0)
        return;
    short_ways++;
    /* A newline before it is dropped, but not by the short way. */
    snprintf(detour, sizeof detour, "\n%s", ref);
    ssize_t expected = url_resolve(on, detour, strlen(detour), slow, sizeof slow, &slow_parts);
    if (size != expected || memcmp(quick, slow, (size_t)size) != 0)
        fail_msg("%s on %s: %.*s, not %.*s", ref, base.text, (int)size, quick,
                 (int)(expected < 0 ? 0 : expected), slow);
    assert_memory_equal(&quick_parts, &slow_parts, offsetof(struct url_parts, opaque) + 1);
}

static void both_ways_agree(void **state)
{
    (void)state;
    char ref[64];
    for (size_t b = 0; b < COUNT_OF(bases); b++) {
        assert_int_equal(url_parse_base(&base, bases[b], strlen(bases[b])), 0);
        for (size_t i = 0; i < COUNT_OF(pieces); i++)
            for (size_t j = 0; j < COUNT_OF(pieces); j++)
                for (size_t k = 0; k < COUNT_OF(pieces); k++) {
                    snprintf(ref, sizeof ref, "%s%s%s", pieces[i], pieces[j], pieces[k]);
                    check_same(ref, true);
                    check_same(ref, false);
                }
    }
    print_message("the short way was taken %zu times\n", short_ways);
    assert_true(short_ways > 10000);
}

static void common_references_take_it(void **state)
{
    (void)state;
    static const char *const refs[] = {"foo.html",
                                       "../x/y.html#frag",
                                       "/abs?a=b&c",
                                       "http://host/p",
                                       "?x",
                                       "#f",
                                       "https://a.b.c",
                                       "./x",
                                       "../",
                                       "a/b:c",
                                       "http://h.example:8080/x"};
    char out[URL_LONGEST];
    assert_int_equal(url_parse_base(&base, bases[1], strlen(bases[1])), 0);
    for (size_t i = 0; i < COUNT_OF(refs); i++)
        if (url_resolve_plain(&base, refs[i], strlen(refs[i]), out, sizeof out, NULL) < 0)
            fail_msg("%s takes the long way", refs[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_agree),
        cmocka_unit_test(common_references_take_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
