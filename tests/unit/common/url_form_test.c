/* Goal: the spellings that are compared, sent and logged, and what is asked of a URL, are as the header says
 * (H15, H81). */
#include "common/url.h"
#include "tests/unit/check.h"

typedef ssize_t spell(const char *serialised, size_t size, char *out, size_t room);

struct example {
    const char *url;
    const char *expected;
};

static void check(spell *form, const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char url[URL_LONGEST], out[URL_LONGEST + 3];
        ssize_t size = url_resolve(NULL, examples[i].url, strlen(examples[i].url), url, sizeof url, NULL);
        assert_true(size > 0);
        ssize_t length = form(url, (size_t)size, out, sizeof out - 1);
        assert_true(length > 0);
        out[length] = 0;
        assert_string_equal(out, examples[i].expected);
        assert_int_equal(form(url, (size_t)size, out, (size_t)length), length);
        assert_int_equal(form(url, (size_t)size, out, (size_t)length - 1), -1);
    }
}

static void canonical_spellings(void **state) /* H81 */
{
    (void)state;
    const struct example examples[] = {
        {"http://h/", "http://h/"},
        {"http://u:p@h:81/a?b#c", "http://h:81/a?b"},
        {"http://h/%7Ea%2D%2e%5f%41%7a%30", "http://h/~a-._Az0"},
        {"http://h/%2fx%3a%c3%a9", "http://h/%2Fx%3A%C3%A9"},
        {"http://h/?%7e%26#x", "http://h/?~%26"},
        {"http://h/?#", "http://h/?"},
        {"http://h./a", "http://h/a"},
        {"http://h.:81/a", "http://h:81/a"},
        {"http://h../a", "http://h../a"},
        {"http://./", "http://./"},
        {"http://h/%", "http://h/%"},
        {"http://h/%4", "http://h/%4"},
        {"http://h/%zz%41", "http://h/%zzA"},
        {"http://h/%z%41", "http://h/%z%41"},
        {"http://h/%%34%31", "http://h/%%341"},
        {"http://h/%4%31", "http://h/%4%31"},
        {"http://h/%2541", "http://h/%2541"},
        {"http://h/a//b", "http://h/a//b"},
        {"http://h/A?B=%41", "http://h/A?B=A"},
        {"mailto:%41@b#c", "mailto:%41@b"},
        {"x://u@h./%41", "x://h./A"},
        {"x:/.//%41", "x:/.//A"},
    };
    check(url_canonicalise, examples, COUNT_OF(examples));
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        char out[URL_LONGEST];
        size_t size = strlen(examples[i].expected);
        assert_int_equal(url_canonicalise(examples[i].expected, size, out, sizeof out), size);
        assert_memory_equal(out, examples[i].expected, size);
    }
}

static void what_is_sent(void **state)
{
    (void)state;
    const struct example examples[] = {
        {"http://u:p@h./%7e?b#c", "http://h./%7e?b"},
        {"http://:p@h/", "http://h/"},
        {"http://h/#", "http://h/"},
        {"https://[::1]:81/?#?", "https://[::1]:81/?"},
        {"x:y#z", "x:y"},
    };
    check(url_request, examples, COUNT_OF(examples));
}

static void what_is_logged(void **state)
{
    (void)state;
    const struct example examples[] = {
        {"http://u:p@h/a#b", "http://***@h/a#b"},
        {"http://u@h/", "http://***@h/"},
        {"http://:p@h/", "http://***@h/"},
        {"http://h/@", "http://h/@"},
        {"mailto:a@b", "mailto:a@b"},
        {"x:/.//y@z", "x:/.//y@z"},
    };
    check(url_mask, examples, COUNT_OF(examples));
}

static void parse(const char *text, char out[URL_LONGEST], struct url_parts *parts)
{
    assert_true(url_resolve(NULL, text, strlen(text), out, URL_LONGEST, parts) > 0);
}

static void origins(void **state)
{
    (void)state;
    const struct {
        const char *url;
        const char *expected; /* NULL for an opaque origin */
        int port;
    } examples[] = {
        {"http://u@h/", "http h 80", 80},
        {"https://h:8443/", "https h 8443", 8443},
        {"https://[::1]/", "https [::1] 443", 443},
        {"ws://h", "ws h 80", 80},
        {"ftp://h", "ftp h 21", 21},
        {"file://h/", NULL, 0},
        {"x://h:1/", NULL, 1},
        {"mailto:a@b", NULL, 0},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        char url[URL_LONGEST], text[256];
        struct url_parts parts;
        struct url_origin origin;
        parse(examples[i].url, url, &parts);
        assert_int_equal(url_port(&parts), examples[i].port);
        if (url_origin(url, &parts, &origin) < 0) {
            assert_null(examples[i].expected);
            continue;
        }
        snprintf(text, sizeof text, "%.*s %.*s %d", (int)origin.scheme_size, origin.scheme,
                 (int)origin.host_size, origin.host, origin.port);
        assert_string_equal(text, examples[i].expected);
    }
}

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool web, special, opaque;
    } examples[] = {
        {"http://h", true, true, false},    {"HTTPS://h", true, true, false}, {"ftp://h", false, true, false},
        {"file:///", false, true, false},   {"x:/y", false, false, false},    {"x:y", false, false, true},
        {"httpx://h", false, false, false}, {"x:", false, false, true},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        char url[URL_LONGEST];
        struct url_parts parts;
        parse(examples[i].url, url, &parts);
        assert_int_equal(url_is_web(&parts), examples[i].web);
        assert_int_equal(url_is_special(&parts), examples[i].special);
        assert_int_equal(parts.opaque, examples[i].opaque);
    }
}

static void bad_ports(void **state) /* H15 */
{
    (void)state;
    static const int bad[] = {0, 1, 22, 25, 6000, 6665, 6667, 10080},
                     good[] = {2, 80, 443, 8080, 8088, 65535};
    char text[64], url[URL_LONGEST];
    struct url_parts parts;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        snprintf(text, sizeof text, "http://h:%d/", bad[i]);
        parse(text, url, &parts);
        assert_true(url_has_bad_port(&parts));
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        snprintf(text, sizeof text, "https://h:%d/", good[i]);
        parse(text, url, &parts);
        assert_false(url_has_bad_port(&parts));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_spellings),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(what_is_logged),
        cmocka_unit_test(origins),
        cmocka_unit_test(kinds),
        cmocka_unit_test(bad_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
