#include "worker/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct range {
    uint8_t network[16]; /* its bytes; what is not written is 0 */
    unsigned bits;
};

/* IANA special-purpose address registries. */
static const struct range ranges4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4},
    {{240}, 4},
};

static const struct range ranges6[] = {
    {{0}, 128},                        /* :: */
    {{[15] = 1}, 128},                 /* ::1 */
    {{0x01}, 64},                      /* 100:: */
    {{0x20, 0x01}, 23},                /* 2001:: */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},    /* 2001:db8:: */
    {{0x3f, 0xff}, 20},                /* 3fff:: */
    {{0x5f}, 16},                      /* 5f00:: */
    {{0xfc}, 7},                       /* fc00:: */
    {{0xfe, 0x80}, 10},                /* fe80:: */
    {{0xfe, 0xc0}, 10},                /* fec0:: */
    {{0xff}, 8},                       /* ff00:: */
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48}, /* 64:ff9b:1:: */
    {{0}, 96},                         /* :: */
};

static int in_range(const uint8_t *address, const struct range *range)
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    if (memcmp(address, range->network, whole))
        return 0;
    return !rest || (address[whole] ^ range->network[whole]) >> (8 - rest) == 0;
}

static int in_any(const uint8_t *address, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (in_range(address, &ranges[i]))
            return 1;
    return 0;
}

static int is_public4(const uint8_t *address)
{
    return !in_any(address, ranges4, sizeof ranges4 / sizeof *ranges4);
}

/* Where an IPv6 address carries an IPv4 one: prefix, and the byte at which the inner address begins. Teredo
 * (2001::/32) lies within 2001::/23 and is refused whole. */
static const struct {
    struct range range;
    unsigned at;
} carriers[] = {
    {{{[10] = 0xff, 0xff}, 96}, 12},   /* ::ffff:0:0 */
    {{{0, 0x64, 0xff, 0x9b}, 96}, 12}, /* 64:ff9b:: */
    {{{0x20, 0x02}, 16}, 2},           /* 2002:: */
};

static int is_public6(const uint8_t *address)
{
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
        if (in_range(address, &carriers[i].range))
            return is_public4(address + carriers[i].at);
    return !in_any(address, ranges6, sizeof ranges6 / sizeof *ranges6);
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
