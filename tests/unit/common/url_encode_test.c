/* Goal: the percent-encode sets are the standard's, and UTF-8 is decoded as its decoder does (H57). */
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

static void decodes_utf8(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint32_t code_point;
        size_t took;
    } examples[] = {
        {"a", 'a', 1},
        {"\xc3\xa9", 0xe9, 2},
        {"\xe2\x82\xac", 0x20ac, 3},
        {"\xf0\x9f\x92\xa9", 0x1f4a9, 4},
        {"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
        {"\xc0\xaf", 0xfffd, 1},
        {"\xe0\x80\x80", 0xfffd, 1},
        {"\xe2\x82", 0xfffd, 2},
        {"\xe2\x82x", 0xfffd, 2},
        {"\xed\xa0\x80", 0xfffd, 1},
        {"\xf0\x80\x80\x80", 0xfffd, 1},
        {"\xf0\x9f\x92", 0xfffd, 3},
        {"\xf4\x90\x80\x80", 0xfffd, 1},
        {"\xf5\x80", 0xfffd, 1},
        {"\x80", 0xfffd, 1},
        {"\xff", 0xfffd, 1},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        uint32_t code_point;
        assert_int_equal(url_decode_utf8(examples[i].text, strlen(examples[i].text), &code_point),
                         examples[i].took);
        assert_int_equal(code_point, examples[i].code_point);
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
        cmocka_unit_test(decodes_utf8),
        cmocka_unit_test(a_full_writer_takes_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
