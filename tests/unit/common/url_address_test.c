/* Goal: IPv4 in all its spellings and IPv6 are read and written as the standard says (H59). */
#include "common/url_internal.h"
#include "tests/unit/check.h"

#include <arpa/inet.h>

static void ipv4_in_all_spellings(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t expected; /* -1 for failure */
    } examples[] = {
        {"127.0.0.1", 0x7f000001},
        {"127.1", 0x7f000001},
        {"127.0.1", 0x7f000001},
        {"2130706433", 0x7f000001},
        {"0x7f000001", 0x7f000001},
        {"0X7F.1", 0x7f000001},
        {"017700000001", 0x7f000001},
        {"0177.0.0.01", 0x7f000001},
        {"0x", 0},
        {"0", 0},
        {"0x.0x.0", 0},
        {"4294967295", 0xffffffff},
        {"4294967296", -1},
        {"256.1", -1},
        {"1.256.1", -1},
        {"1.16777216", -1},
        {"1.16777215", 0x01ffffff},
        {"1.2.3.256", -1},
        {"1.2.3.4.5", -1},
        {"1..2", -1},
        {"09", -1},
        {"1.2.3.", 0x01020003},
        {"0xg", -1},
        {"99999999999999999999999999999999", -1},
        {"0x00000000000000000000000000000001", 1},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        uint32_t address;
        int result = url_parse_ipv4(examples[i].text, strlen(examples[i].text), &address);
        if ((result < 0) != (examples[i].expected < 0) || (result == 0 && address != examples[i].expected))
            fail_msg("%s", examples[i].text);
    }
}

static void numbers_at_the_end(void **state)
{
    (void)state;
    static const char *const yes[] = {"1", "a.1", "a.09", "a.0x", "a.0xF", "1.", "a.0x1."};
    static const char *const no[] = {"", ".", "..", "a", "1.a", "1..", "a.0xg", "a.1x", "a.-1"};
    for (size_t i = 0; i < COUNT_OF(yes); i++)
        assert_true(url_ends_in_number(yes[i], strlen(yes[i])));
    for (size_t i = 0; i < COUNT_OF(no); i++)
        assert_false(url_ends_in_number(no[i], strlen(no[i])));
}

static void ipv6_and_its_short_form(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *expected; /* NULL for failure */
    } examples[] = {
        {"::", "[::]"},
        {"::1", "[::1]"},
        {"1::", "[1::]"},
        {"0:0:0:0:0:0:0:1", "[::1]"},
        {"1:0:0:2:0:0:0:3", "[1:0:0:2::3]"},
        {"1:0:0:2:0:0:3:4", "[1::2:0:0:3:4]"},
        {"1:0:2:3:4:5:6:7", "[1:0:2:3:4:5:6:7]"},
        {"1::3:4:5:6:7:8", "[1:0:3:4:5:6:7:8]"},
        {"1:2:3:4:5:6:7::", "[1:2:3:4:5:6:7:0]"},
        {"1:2:3:4:5:6:7:8::", NULL},
        {"1:2:3:4::5:6:7:8", NULL},
        {"ABCD::EF", "[abcd::ef]"},
        {"::ffff:127.0.0.1", "[::ffff:7f00:1]"},
        {"1:2:3:4:5:6:1.2.3.4", "[1:2:3:4:5:6:102:304]"},
        {"1:2:3:4:5:6:7:1.2.3.4", NULL},
        {"1:2:3:4:5::6:1.2.3.4", NULL},
        {"::1.2.3", NULL},
        {"::1.2.3.4.5", NULL},
        {"::1.2.3.04", NULL},
        {"::1.2.3.256", NULL},
        {"::1.2.3.4:5", NULL},
        {"1.2.3.4", NULL},
        {"", NULL},
        {":", NULL},
        {":1", NULL},
        {"1:", NULL},
        {":::", NULL},
        {"1::2::3", NULL},
        {"12345::", NULL},
        {"::g", NULL},
        {"fe80::1%25eth0", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        uint16_t address[8];
        char out[64];
        struct url_writer to = {.out = out, .room = sizeof out - 1};
        int result = url_parse_ipv6(examples[i].text, strlen(examples[i].text), address);
        if (result == 0)
            url_put_ipv6(&to, address);
        out[to.size] = 0;
        if ((result < 0) != !examples[i].expected || (result == 0 && strcmp(out, examples[i].expected) != 0))
            fail_msg("%s: got %s", examples[i].text, result < 0 ? "failure" : out);
    }
}

/* Every way of having zeros in eight pieces comes back from our form through inet_pton. */
static void ipv6_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (unsigned pattern = 0; pattern < 256; pattern++) {
        uint16_t address[8], again[8];
        char out[64];
        unsigned char bytes[16];
        struct url_writer to = {.out = out, .room = sizeof out - 1};
        for (int i = 0; i < 8; i++)
            address[i] = pattern >> i & 1 ? (uint16_t)(0x1234 + i) : 0;
        url_put_ipv6(&to, address);
        assert_int_equal(url_parse_ipv6(out + 1, to.size - 2, again), 0);
        assert_memory_equal(address, again, sizeof address);
        out[to.size - 1] = 0;
        assert_int_equal(inet_pton(AF_INET6, out + 1, bytes), 1);
        for (int i = 0; i < 8; i++)
            assert_int_equal(bytes[2 * i] << 8 | bytes[2 * i + 1], address[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_in_all_spellings),
        cmocka_unit_test(numbers_at_the_end),
        cmocka_unit_test(ipv6_and_its_short_form),
        cmocka_unit_test(ipv6_agrees_with_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
