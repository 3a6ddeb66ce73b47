#include "worker/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct range {
    const char *network;
    unsigned bits;
};

/* IANA special-purpose address registries. */
static const struct range ranges4[] = {
    {"0.0.0.0", 8},     {"10.0.0.0", 8},      {"100.64.0.0", 10},  {"127.0.0.0", 8},    {"169.254.0.0", 16},
    {"172.16.0.0", 12}, {"192.0.0.0", 24},    {"192.0.2.0", 24},   {"192.88.99.0", 24}, {"192.168.0.0", 16},
    {"198.18.0.0", 15}, {"198.51.100.0", 24}, {"203.0.113.0", 24}, {"224.0.0.0", 4},    {"240.0.0.0", 4},
};

static const struct range ranges6[] = {
    {"::", 128},    {"::1", 128},        {"100::", 64}, {"2001::", 23}, {"2001:db8::", 32},
    {"3fff::", 20}, {"5f00::", 16},      {"fc00::", 7}, {"fe80::", 10}, {"fec0::", 10},
    {"ff00::", 8},  {"64:ff9b:1::", 48}, {"::", 96},
};

static int in_range(const uint8_t *address, const uint8_t *network, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(address, network, whole))
        return 0;
    return !rest || (address[whole] ^ network[whole]) >> (8 - rest) == 0;
}

static int in_any(int family, const uint8_t *address, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t network[16];
        inet_pton(family, ranges[i].network, network);
        if (in_range(address, network, ranges[i].bits))
            return 1;
    }
    return 0;
}

static int is_public4(const uint8_t *address)
{
    return !in_any(AF_INET, address, ranges4, sizeof ranges4 / sizeof *ranges4);
}

/* Where an IPv6 address carries an IPv4 one: prefix, and the byte at which the inner address begins. Teredo
 * (2001::/32) lies within 2001::/23 and is refused whole. */
static const struct {
    struct range range;
    unsigned at;
} carriers[] = {{{"::ffff:0:0", 96}, 12}, {{"64:ff9b::", 96}, 12}, {{"2002::", 16}, 2}};

static int is_public6(const uint8_t *address)
{
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
        if (in_any(AF_INET6, address, &carriers[i].range, 1))
            return is_public4(address + carriers[i].at);
    return !in_any(AF_INET6, address, ranges6, sizeof ranges6 / sizeof *ranges6);
}

int address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public4((const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr);
    if (address->sa_family == AF_INET6)
        return is_public6((const uint8_t *)&((const struct sockaddr_in6 *)address)->sin6_addr);
    return 0;
}

int address_text_is_public(const char *text)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return is_public4(bytes);
    return inet_pton(AF_INET6, text, bytes) == 1 && is_public6(bytes);
}
