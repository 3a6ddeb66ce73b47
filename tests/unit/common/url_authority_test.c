/* Goal: userinfo, host and port are told apart as browsers do, whatever stands between them (H67). */
#include "common/url.h"
#include "common/url_internal.h"
#include "tests/unit/check.h"

static void splits(void **state)
{
    (void)state;
    const struct {
        const char *url;
        const char *expected; /* NULL for failure */
        int port;
    } examples[] = {
        {"http://u:p@h:81/", "http://u:p@h:81/", 81},
        {"http://u@h/", "http://u@h/", -1},
        {"http://u:@h/", "http://u@h/", -1},
        {"http://:@h/", "http://h/", -1},
        {"http://a:b:c@h/", "http://a:b%3Ac@h/", -1},
        {"http://a@b@h/", "http://a%40b@h/", -1},
        {"http://h\\@x/", "http://h/@x/", -1},
        {"http://h#@x/", "http://h/#@x/", -1},
        {"http://h?@x/", "http://h/?@x/", -1},
        {"http://u/v@h/", "http://u/v@h/", -1},
        {"http://u@/", NULL, 0},
        {"http://@/", NULL, 0},
        {"http://:80/", NULL, 0},
        {"http://u@:80/", NULL, 0},
        {"x://u@/", NULL, 0},
        {"x://:80/", NULL, 0},
        {"x:///", "x:///", -1},
        {"http://h:0/", "http://h:0/", 0},
        {"x://h:0/", "x://h:0/", 0},
        {"x://h:80/", "x://h:80/", 80},
        {"http://[::1]:8080/", "http://[::1]:8080/", 8080},
        {"http://[::1]8080/", NULL, 0},
        {"http://h:1:2/", NULL, 0},
        {"http://h:65535/", "http://h:65535/", 65535},
        {"http://h:65536/", NULL, 0},
        {"http://h:00000000000000000000081/", "http://h:81/", 81},
        {"http://h:99999999999999999999/", NULL, 0},
        {"http://h:+1/", NULL, 0},
        {"ws://h:80/", "ws://h/", -1},
        {"wss://h:443/", "wss://h/", -1},
        {"ftp://h:21/", "ftp://h/", -1},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        char out[URL_LONGEST + 1];
        struct url_parts parts;
        ssize_t size = url_resolve(NULL, examples[i].url, strlen(examples[i].url), out, URL_LONGEST, &parts);
        if ((size < 0) != !examples[i].expected)
            fail_msg("%s", examples[i].url);
        if (size < 0)
            continue;
        out[size] = 0;
        assert_string_equal(out, examples[i].expected);
        assert_int_equal(parts.port, examples[i].port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(splits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
