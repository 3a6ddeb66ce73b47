/* Goal: dot segments, drive letters and opaque paths come out as the standard says. */
#include "common/url.h"
#include "common/url_internal.h"
#include "tests/unit/check.h"

static void check(const char *const (*examples)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char out[URL_LONGEST + 1];
        ssize_t size = url_resolve(NULL, examples[i][0], strlen(examples[i][0]), out, URL_LONGEST, NULL);
        if (size < 0)
            fail_msg("%s fails", examples[i][0]);
        out[size] = 0;
        assert_string_equal(out, examples[i][1]);
    }
}

static void dot_segments(void **state)
{
    (void)state;
    static const char *const examples[][2] = {
        {"http://h/a/./b", "http://h/a/b"},     {"http://h/a/../b", "http://h/b"},
        {"http://h/a/b/..", "http://h/a/"},     {"http://h/a/b/.", "http://h/a/b/"},
        {"http://h/..", "http://h/"},           {"http://h/../../a", "http://h/a"},
        {"http://h/a//../b", "http://h/a/b"},   {"http://h/%2e", "http://h/"},
        {"http://h/a/.%2E/b", "http://h/b"},    {"http://h/a/%2e%2e", "http://h/"},
        {"http://h/...", "http://h/..."},       {"http://h/.a/..b", "http://h/.a/..b"},
        {"http://h/%2f..", "http://h/%2f.."},   {"http://h/a\\..\\b", "http://h/b"},
        {"x://h/a\\..\\b", "x://h/a\\..\\b"},   {"x://h/..", "x://h/"},
        {"http://h/a/.x/../b", "http://h/a/b"}, {"http://h/a/..?..#..", "http://h/?..#.."},
        {"http://h/%2e%2", "http://h/%2e%2"},   {"http://h/%2e%2e%2e", "http://h/%2e%2e%2e"},
    };
    check(examples, COUNT_OF(examples));
}

static void drives(void **state)
{
    (void)state;
    static const char *const examples[][2] = {
        {"file:///C|/x", "file:///C:/x"},    {"file:///C:/../x", "file:///C:/x"},
        {"file://C:/x", "file:///C:/x"},     {"file:c:\\x", "file:///c:/x"},
        {"file:///C:a/../x", "file:///x"},   {"file:///a/C|", "file:///a/C|"},
        {"file:///a/../C|", "file:///C:"},   {"http://h/C|/..", "http://h/"},
        {"file://localhost/x", "file:///x"}, {"file:", "file:///"},
    };
    check(examples, COUNT_OF(examples));
}

static void opaque_and_hostless_paths(void **state)
{
    (void)state;
    static const char *const examples[][2] = {
        {"mailto:a b@c", "mailto:a b@c"},
        {"x:a ?b", "x:a%20?b"},
        {"x:a  #b", "x:a %20#b"},
        {"x:\xc3\xa9", "x:%C3%A9"},
        {"x:/.//y", "x:/.//y"},
        {"x:/a/..//y", "x:/.//y"},
        {"x:/..", "x:/"},
        {"x:", "x:"},
        {"x:../y", "x:../y"},
        {"x:?y", "x:?y"},
    };
    check(examples, COUNT_OF(examples));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dot_segments),
        cmocka_unit_test(drives),
        cmocka_unit_test(opaque_and_hostless_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
