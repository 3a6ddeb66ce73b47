/* Goal: what the user adds to requests is a header line and nothing else, and what is a credential is known
 * as one however it is spelled. */
#include "coordinator/header.h"
#include "proto/message.h"
#include "tests/unit/check.h"

static void lines_are_judged_by_their_name(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum header_kind kind;
    } cases[] = {
        {"Accept-Language: de", HEADER_PLAIN},
        {"X-Key:abc", HEADER_PLAIN},
        {"X: a:b", HEADER_PLAIN},
        {"Cookies: a", HEADER_PLAIN},
        {"Authorization: Basic YTpi", HEADER_CREDENTIAL},
        {"aUTHORIZATION:x", HEADER_CREDENTIAL},
        {"Cookie: a=b; c=d", HEADER_CREDENTIAL},
        {"COOKIE: a", HEADER_CREDENTIAL},
        {"Host: other.example", HEADER_REFUSED},
        {"content-length: 5", HEADER_REFUSED},
        {"Transfer-Encoding: chunked", HEADER_REFUSED},
        {"User-Agent: me", HEADER_REFUSED},
        {"Proxy-Authorization: x", HEADER_REFUSED},
        {"", HEADER_REFUSED},
        {"Cookie", HEADER_REFUSED},
        {"Cookie;", HEADER_REFUSED},
        {"Cookie:", HEADER_REFUSED},
        {"Cookie:  ", HEADER_REFUSED},
        {": x", HEADER_REFUSED},
        {" Cookie: x", HEADER_REFUSED},
        {"Cookie : x", HEADER_REFUSED},
        {"A b: x", HEADER_REFUSED},
        {"A: b\r\nCookie: c", HEADER_REFUSED},
        {"A: b\n", HEADER_REFUSED},
        {"A: \x7f", HEADER_REFUSED},
        {"A: \xc3\xa9", HEADER_REFUSED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *why = NULL;
        if (header_judge(cases[i].line, &why) != cases[i].kind)
            fail_msg("%s", cases[i].line);
        assert_non_null(why);
    }
}

static void a_refusal_says_what_to_do_instead(void **state)
{
    (void)state;
    const char *why;
    header_judge("user-agent: me", &why);
    assert_non_null(strstr(why, "--user-agent"));
    header_judge("proxy-authorization: me", &why);
    assert_non_null(strstr(why, "--proxy"));
}

static void a_line_has_8192_bytes_at_most(void **state)
{
    (void)state;
    static char line[MESSAGE_HEADER_MAX + 2];
    const char *why;
    memset(line, 'x', sizeof line - 1);
    line[4] = ':';
    assert_int_equal(header_judge(line, &why), HEADER_REFUSED);
    line[MESSAGE_HEADER_MAX] = 0;
    assert_int_equal(header_judge(line, &why), HEADER_PLAIN);
    assert_int_equal(header_name_size(line), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_judged_by_their_name),
        cmocka_unit_test(a_refusal_says_what_to_do_instead),
        cmocka_unit_test(a_line_has_8192_bytes_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
