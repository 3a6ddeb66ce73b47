/* Goal: hosts are decoded, mapped and refused as the standard says, special and opaque ones (H59). */
#include "common/url_internal.h"
#include "tests/unit/check.h"

struct example {
    const char *text;
    const char *expected; /* NULL for failure */
};

static void check(const struct example *examples, size_t count, bool special)
{
    for (size_t i = 0; i < count; i++) {
        char out[URL_LONGEST + 1];
        struct url_writer to = {.out = out, .room = URL_LONGEST};
        int result = url_put_host(&to, examples[i].text, strlen(examples[i].text), special);
        out[to.size] = 0;
        if ((result < 0) != !examples[i].expected || (result == 0 && strcmp(out, examples[i].expected) != 0))
            fail_msg("%s: got %s", examples[i].text, result < 0 ? "failure" : out);
    }
}

static void domains(void **state)
{
    (void)state;
    const struct example examples[] = {
        {"ExAmple.COM", "example.com"},
        {"example.com.", "example.com."},
        {"a_b-c", "a_b-c"},
        {"-", "-"},
        {"%65x%41mple", "example"},
        {"", NULL},
        {"a b", NULL},
        {"a%20b", NULL},
        {"a%00b", NULL},
        {"a%zz", NULL},
        {"a%", NULL},
        {"a|b", NULL},
        {"a^b", NULL},
        {"a@b", NULL},
        {"a\x7f", NULL},
        {"b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example"},
        {"B\xc3\x9c"
         "CHER.example",
         "xn--bcher-kva.example"},
        {"b%C3%BCcher", "xn--bcher-kva"},
        {"fa\xc3\x9f.example", "xn--fa-hia.example"},
        {"a\xe3\x80\x82"
         "b",
         "a.b"},
        {"xn--bcher-kva", "xn--bcher-kva"},
        {"XN--a", "xn--a"},
        {"xn--\xc3\xa9", NULL},
        {"\xc2\xad", NULL},
        {"a\xef\xbf\xbd", NULL},
        {"a\xff", NULL},
        {"\xef\xbc\x85"
         "41",
         NULL},
    };
    check(examples, COUNT_OF(examples), true);
}

static void addresses(void **state)
{
    (void)state;
    const struct example examples[] = {
        {"127.1", "127.0.0.1"},
        {"0x7f.1", "127.0.0.1"},
        {"%30x7F000001", "127.0.0.1"},
        {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1", "127.0.0.1"},
        {"\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.\xe2\x93\xaa.\xe2\x93\xaa.\xe2\x91\xa0", "127.0.0.1"},
        {"1.2.3.4.", "1.2.3.4"},
        {"1.2.3.4..", "1.2.3.4.."},
        {"1.2.3.09", NULL},
        {"a.1", NULL},
        {"a.0x", NULL},
        {"1.a", "1.a"},
        {"[::1]", "[::1]"},
        {"[::1", NULL},
        {"::1]", NULL},
        {"[::1]x", NULL},
        {"[", NULL},
        {"[]", NULL},
    };
    check(examples, COUNT_OF(examples), true);
}

static void opaque_hosts(void **state)
{
    (void)state;
    const struct example examples[] = {
        {"ExAmple", "ExAmple"}, {"\xc3\xa9", "%C3%A9"}, {"127.1", "127.1"}, {"%zz", "%zz"}, {"a\x01", "a%01"},
        {"a b", NULL},          {"a|b", NULL},          {"[::1]", "[::1]"}, {"", ""},
    };
    check(examples, COUNT_OF(examples), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains),
        cmocka_unit_test(addresses),
        cmocka_unit_test(opaque_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
