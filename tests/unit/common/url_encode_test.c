/* Goal: the percent-encode sets are the standard's. */
#include "common/url_internal.h"
#include "tests/unit/check.h"

/* Which ASCII bytes of 0x20 to 0x7e a set escapes, as a string. */
static void check_set(unsigned set, const char *expected)
{
    for (int byte = 0; byte < 256; byte++) {
        bool escaped = byte < 0x20 || byte > 0x7e || (byte && strchr(expected, byte));
        if (escaped != url_byte_is((char)byte, set))
            fail_msg("set %u, byte %02x", set, (unsigned)byte);
    }
}

static void sets(void **state)
{
    (void)state;
    check_set(URL_SET_C0, "");
    check_set(URL_SET_FRAGMENT, " \"<>`");
    check_set(URL_SET_QUERY, " \"#<>");
    check_set(URL_SET_SPECIAL_QUERY, " \"#<>'");
    check_set(URL_SET_PATH, " \"#<>?^`{}");
    check_set(URL_SET_USERINFO, " \"#<>?^`{}/:;=@[\\]|");
    check_set(URL_PATH_STOP, " \"#<>?^`{}/\\");
}

static void forbidden_code_points(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        bool host = memchr("\0\t\n\r #/:<>?@[\\]^|", byte, 17) != NULL;
        assert_int_equal(url_byte_is((char)byte, URL_FORBIDDEN_HOST), host);
        assert_int_equal(url_byte_is((char)byte, URL_FORBIDDEN_DOMAIN),
                         host || byte < 0x20 || byte == '%' || byte == 0x7f);
    }
}

static void a_full_writer_takes_nothing_more(void **state)
{
    (void)state;
    char out[4];
    struct url_writer to = {.out = out, .room = sizeof out};
    url_put(&to, "abc", 3);
    url_put(&to, "de", 2);
    assert_true(to.full);
    url_put_byte(&to, 'f');
    assert_int_equal(to.size, 3);
    assert_memory_equal(out, "abc", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets),
        cmocka_unit_test(forbidden_code_points),
        cmocka_unit_test(a_full_writer_takes_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
