/* Goal: URLs that a site makes without end are told from those that people make (H77, H83). */
#include "common/url.h"
#include "coordinator/trap.h"
#include "tests/unit/check.h"

static enum trap check(const char *path)
{
    char text[2 * URL_LONGEST], url[URL_LONGEST];
    snprintf(text, sizeof text, "http://example.com%s", path);
    ssize_t size = url_resolve(NULL, text, strlen(text), url, sizeof url, NULL);
    assert_true(size > 0);
    return trap_check(url, (size_t)size);
}

static void paths_that_repeat_themselves(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum trap expected;
    } cases[] = {
        {"", TRAP_NONE},
        {"/", TRAP_NONE},
        {"/a/a", TRAP_NONE},
        {"/a/a/", TRAP_NONE},
        {"/a/a/a", TRAP_REPEATED},
        {"/a/a/a/", TRAP_REPEATED},
        {"/a/a/aa", TRAP_NONE},
        {"/a/a/A", TRAP_NONE},
        {"/a/b/a/b", TRAP_NONE},
        {"/a/b/a/b/a", TRAP_NONE},
        {"/a/b/a/b/a/c", TRAP_NONE},
        {"/a/b/a/b/a/b", TRAP_REPEATED},
        {"/a/b/a/b/a/b/c.html", TRAP_REPEATED},
        {"/x/y/a/b/a/b/a/b", TRAP_REPEATED},
        {"/b/a/b/a/b/a", TRAP_REPEATED},
        {"/a/b/c/d/a/b/c/d/a/b/c/d", TRAP_REPEATED},
        {"/a/b/c/d/a/b/c/d/a/b/c/e", TRAP_NONE},
        {"/a/x/a/y/a/z/a", TRAP_NONE}, /* three times, but not in a row */
        {"/a/a/b/a/a/b/a/a/c", TRAP_NONE},
        {"/ab/c/a/bc/ab/c/a/bc", TRAP_NONE},
        {"//", TRAP_NONE},
        {"///", TRAP_NONE},
        {"////", TRAP_REPEATED}, /* three empty segments */
        {"/a//b//c//d", TRAP_NONE},
        {"/2011/11/11/x", TRAP_NONE},
        {"/a/a?q=/a/a/a", TRAP_NONE},
        {"/a/a#/a/a/a", TRAP_NONE},
        {"/?a/a/a", TRAP_NONE},
        {"/web/20200101/http://example.com/", TRAP_NONE},
        {"/1/2/3/4/5/6/7/8/9/10/1/2/3/4/5/6/7/8/9/10/1/2/3/4/5/6/7/8/9/10", TRAP_REPEATED},
        {"/1/2/3/4/5/6/7/8/9/10/1/2/3/4/5/6/7/8/9/10/1/2/3/4/5/6/7/8/9/11", TRAP_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (check(cases[i].path) != cases[i].expected)
            fail_msg("%s: %d", cases[i].path, check(cases[i].path));
}

static void depth_is_counted_in_segments(void **state)
{
    (void)state;
    char path[500] = "";
    size_t size = 0;
    for (int segments = 1; segments <= 60; segments++) {
        size += (size_t)snprintf(path + size, sizeof path - size, "/s%d", segments);
        assert_int_equal(check(path), segments > TRAP_DEEPEST ? TRAP_DEEP : TRAP_NONE);
        strcpy(path + size, "/"); /* nothing behind the last slash: no segment */
        assert_int_equal(check(path), segments > TRAP_DEEPEST ? TRAP_DEEP : TRAP_NONE);
        strcpy(path + size, "?/1/2/3/4/5/6/7/8/9");
        assert_int_equal(check(path), segments > TRAP_DEEPEST ? TRAP_DEEP : TRAP_NONE);
    }
}

static void length_is_that_of_all(void **state)
{
    (void)state;
    static const char *const beginnings[] = {"http://example.com/", "http://example.com/?",
                                             "http://a/a/a/a/"};
    char url[TRAP_LONGEST + 1];
    for (size_t i = 0; i < COUNT_OF(beginnings); i++) {
        size_t begun = strlen(beginnings[i]);
        memcpy(url, beginnings[i], begun);
        memset(url + begun, 'x', sizeof url - begun);
        assert_int_equal(trap_check(url, sizeof url), TRAP_LONG);
        assert_int_equal(trap_check(url, sizeof url - 1), i < 2 ? TRAP_NONE : TRAP_REPEATED);
    }
}

/* The other ways of saying it are the same. */
static void a_port_a_user_and_an_address_are_no_path(void **state)
{
    (void)state;
    static const char *const urls[] = {"https://a:81/b/b", "http://u:p@a/b/b", "http://[::]/b/b"};
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        char more[100];
        assert_int_equal(trap_check(urls[i], strlen(urls[i])), TRAP_NONE);
        snprintf(more, sizeof more, "%s/b", urls[i]);
        assert_int_equal(trap_check(more, strlen(more)), TRAP_REPEATED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_that_repeat_themselves),
        cmocka_unit_test(depth_is_counted_in_segments),
        cmocka_unit_test(length_is_that_of_all),
        cmocka_unit_test(a_port_a_user_and_an_address_are_no_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
