/* Goal: no address that the registries set aside counts as public, in whatever IPv6 clothes it comes (H8,
 * H59-H63), and the addresses of ordinary sites do. */
#include "common/url.h"
#include "tests/unit/corpus.h"
#include "worker/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

static const struct {
    const char *text;
    int public;
} addresses[] = {
    {"1.1.1.1", 1},
    {"8.8.8.8", 1},
    {"93.184.216.34", 1},
    {"2606:4700::1111", 1},
    {"2a00:1450:4001:80b::200e", 1},
    {"0.0.0.0", 0},
    {"0.255.255.255", 0},
    {"1.0.0.0", 1},
    {"9.255.255.255", 1},
    {"10.0.0.0", 0},
    {"10.255.255.255", 0},
    {"11.0.0.0", 1},
    {"100.63.255.255", 1},
    {"100.64.0.0", 0},
    {"100.100.100.200", 0},
    {"100.127.255.255", 0},
    {"100.128.0.0", 1},
    {"127.0.0.1", 0},
    {"127.255.255.254", 0},
    {"128.0.0.1", 1},
    {"169.254.169.254", 0},
    {"172.15.255.255", 1},
    {"172.16.0.0", 0},
    {"172.31.255.255", 0},
    {"172.32.0.0", 1},
    {"192.0.0.1", 0},
    {"192.0.1.1", 1},
    {"192.0.2.1", 0},
    {"192.168.255.255", 0},
    {"192.169.0.0", 1},
    {"198.17.255.255", 1},
    {"198.18.0.0", 0},
    {"198.19.255.255", 0},
    {"198.20.0.0", 1},
    {"198.51.100.7", 0},
    {"203.0.113.7", 0},
    {"223.255.255.255", 1},
    {"224.0.0.1", 0},
    {"240.0.0.1", 0},
    {"255.255.255.255", 0},
    {"::", 0},
    {"::1", 0},
    {"::127.0.0.1", 0},
    {"::8.8.8.8", 0}, /* IPv4-compatible: long abolished, no site stands there */
    {"::ffff:127.0.0.1", 0},
    {"::ffff:7f00:1", 0},
    {"::ffff:10.1.2.3", 0},
    {"::ffff:8.8.8.8", 1},
    {"64:ff9b::169.254.169.254", 0},
    {"64:ff9b::8.8.8.8", 1},
    {"64:ff9b:1::1", 0},
    {"2002:7f00:1::1", 0},
    {"2002:a00:1::1", 0},
    {"2002:808:808::1", 1},
    {"2001:0:4136:e378::1", 0},
    {"2001:db8::1", 0},
    {"2001:1ff:ffff::1", 0},
    {"2001:200::1", 1},
    {"3fff::1", 0},
    {"100::1", 0},
    {"5f00::1", 0},
    {"fc00::1", 0},
    {"fd00:ec2::254", 0},
    {"fe80::1", 0},
    {"febf::1", 0},
    {"fec0::1", 0},
    {"ff02::1", 0},
    /* What is no address is not public. */
    {"", 0},
    {"localhost", 0},
    {"8.8.8", 0},
    {"[2606:4700::1111]", 0},
    {"8.8.8.8 ", 0},
};

static void every_address_is_what_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(addresses); i++)
        if (address_text_is_public(addresses[i].text) != addresses[i].public)
            fail_msg("%s", addresses[i].text);
}

static int is_public_socket(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return address_is_public((const struct sockaddr *)&four);
    assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return address_is_public((const struct sockaddr *)&six);
}

static void a_socket_address_is_judged_like_its_text(void **state)
{
    (void)state;
    uint8_t bytes[16];
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        const char *text = addresses[i].text;
        if (inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, bytes) == 1)
            assert_int_equal(is_public_socket(text), addresses[i].public);
    }
    struct sockaddr_un other = {.sun_family = AF_UNIX};
    assert_false(address_is_public((const struct sockaddr *)&other));
}

/* The address `step` places behind the network's first (0) or before its last (1). */
static void edge(const uint8_t *network, size_t size, unsigned bits, int last, uint8_t *out)
{
    memcpy(out, network, size);
    for (unsigned bit = bits; last && bit < size * 8; bit++)
        out[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static void every_range_of_the_registries_is_refused_from_end_to_end(void **state)
{
    (void)state;
    FILE *file = corpus_open("ssrf-vectors/blocked-ranges.tsv");
    char line[256], text[INET6_ADDRSTRLEN];
    int ranges = 0;
    while (fgets(line, sizeof line, file)) {
        unsigned bits;
        char network[64];
        if (line[0] == '#' || sscanf(line, "%63[^/]/%u", network, &bits) != 2)
            continue;
        int family = strchr(network, ':') ? AF_INET6 : AF_INET;
        uint8_t first[16], bytes[16];
        assert_int_equal(inet_pton(family, network, first), 1);
        for (int last = 0; last <= 1; last++) {
            edge(first, family == AF_INET ? 4 : 16, bits, last, bytes);
            inet_ntop(family, bytes, text, sizeof text);
            /* The carriers (mapped, NAT64, 6to4) are refused whole there; here by what they carry. Their last
             * address carries 255.255.255.255. */
            if (address_text_is_public(text))
                fail_msg("%s of %s", text, line);
        }
        ranges++;
    }
    fclose(file);
    assert_true(ranges >= 30);
}

/* Hosts that are addresses must be refused as the URL parser spells them: the one parser for check and fetch
 * (H67). */
static void every_address_in_disguise_is_refused(void **state)
{
    (void)state;
    FILE *file = corpus_open("ssrf-vectors/url-vectors.tsv");
    char line[1024], out[URL_LONGEST], host[256];
    int refused = 0;
    while (fgets(line, sizeof line, file)) {
        char *verdict = strrchr(line, '\t');
        if (line[0] == '#' || !verdict || strncmp(verdict + 1, "refuse-address", 14))
            continue;
        struct url_parts parts;
        ssize_t size = url_resolve(NULL, line, strcspn(line, "\t"), out, sizeof out, &parts);
        if (size < 0)
            fail_msg("%s", line);
        const char *at = out + parts.host.at;
        size_t length = parts.host.size;
        if (*at == '[')
            at++, length -= 2;
        snprintf(host, sizeof host, "%.*s", (int)length, at);
        if (address_text_is_public(host))
            fail_msg("%s in %s", host, line);
        refused++;
    }
    fclose(file);
    assert_true(refused >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_address_is_what_the_table_says),
        cmocka_unit_test(a_socket_address_is_judged_like_its_text),
        cmocka_unit_test(every_range_of_the_registries_is_refused_from_end_to_end),
        cmocka_unit_test(every_address_in_disguise_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
