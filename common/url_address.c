#include "common/url_internal.h"

#include <stdio.h>

/* ---- IPv4 ------------------------------------------------------------------------------------------ */

/* A number with more bits fits nowhere in an address, however many digits follow. */
enum { PAST_IPV4 = 33 };

/* URL 3.5 "IPv4 number parser": decimal, octal after 0, hexadecimal after 0x. Returns 0 or -1. */
static int number(const char *text, size_t size, uint64_t *value)
{
    unsigned base = 10;
    if (!size)
        return -1;
    if (size >= 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        text += 2;
        size -= 2;
    } else if (size >= 2 && text[0] == '0') {
        base = 8;
    }
    *value = 0;
    for (size_t i = 0; i < size; i++) {
        int digit = url_hex(text[i]);
        if (digit < 0 || (unsigned)digit >= base)
            return -1;
        if (*value >> PAST_IPV4 == 0)
            *value = *value * base + (unsigned)digit;
    }
    return 0;
}

bool url_ends_in_number(const char *domain, size_t size)
{
    if (size && domain[size - 1] == '.')
        size--;
    size_t start = size;
    while (start && domain[start - 1] != '.')
        start--;
    if (start == size || domain[start] < '0' || domain[start] > '9')
        return false;
    uint64_t value;
    if (number(domain + start, size - start, &value) == 0)
        return true;
    for (; start < size; start++)
        if (domain[start] < '0' || domain[start] > '9')
            return false;
    return true;
}

int url_parse_ipv4(const char *text, size_t size, uint32_t *address)
{
    uint64_t parts[4] = {0};
    int count = 0;
    if (size && text[size - 1] == '.')
        size--;
    for (const char *end = text + size; text <= end; text++) {
        const char *dot = memchr(text, '.', (size_t)(end - text));
        if (!dot)
            dot = end;
        if (count == 4 || number(text, (size_t)(dot - text), &parts[count]) < 0)
            return -1;
        count++;
        text = dot;
    }
    uint64_t sum = parts[count - 1];
    if (sum >> (8 * (5 - count)))
        return -1;
    for (int i = 0; i < count - 1; i++) {
        if (parts[i] > 255)
            return -1;
        sum |= parts[i] << (8 * (3 - i));
    }
    *address = (uint32_t)sum;
    return 0;
}

void url_put_ipv4(struct url_writer *to, uint32_t address)
{
    char text[16];
    int size = snprintf(text, sizeof text, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
                        address >> 8 & 255, address & 255);
    url_put(to, text, (size_t)size);
}

/* ---- IPv6 ------------------------------------------------------------------------------------------ */

/* Reads the dotted end of an address strictly: four decimal numbers up to 255 without leading zeros. */
static int dotted(const char *text, const char *end, uint16_t out[2])
{
    for (int i = 0; i < 4; i++) {
        if (i && (text == end || *text++ != '.'))
            return -1;
        if (text == end || *text < '0' || *text > '9')
            return -1;
        int value = *text++ - '0';
        while (text < end && *text >= '0' && *text <= '9') {
            if (value == 0)
                return -1;
            value = value * 10 + (*text++ - '0');
            if (value > 255)
                return -1;
        }
        out[i / 2] = (uint16_t)(out[i / 2] << 8 | value);
    }
    return text == end ? 0 : -1;
}

/* Reads up to four hexadecimal digits. Returns how many. */
static int hextet(const char *text, const char *end, uint16_t *value)
{
    int digits = 0;
    *value = 0;
    while (digits < 4 && text + digits < end && url_hex(text[digits]) >= 0)
        *value = (uint16_t)(*value << 4 | url_hex(text[digits++]));
    return digits;
}

/* Moves the pieces behind the `::` to the end of the address. */
static void spread(uint16_t address[8], int pieces, int gap)
{
    int tail = pieces - gap;
    memmove(address + 8 - tail, address + gap, sizeof *address * (size_t)tail);
    memset(address + gap, 0, sizeof *address * (size_t)(8 - pieces));
}

int url_parse_ipv6(const char *text, size_t size, uint16_t address[8])
{
    const char *end = text + size;
    int pieces = 0, gap = -1;
    memset(address, 0, sizeof *address * 8);
    if (text < end && *text == ':') {
        if (++text == end || *text++ != ':')
            return -1;
        gap = 0;
    }
    while (text < end) {
        if (pieces == 8)
            return -1;
        if (*text == ':') {
            if (gap >= 0)
                return -1;
            text++;
            gap = pieces;
            continue;
        }
        int digits = hextet(text, end, &address[pieces]);
        if (digits && text + digits < end && text[digits] == '.') {
            address[pieces] = 0;
            if (pieces > 6 || dotted(text, end, address + pieces) < 0)
                return -1;
            pieces += 2;
            break;
        }
        text += digits;
        pieces++;
        /* A colon is only a separator when something follows; `1::` ends in the gap. */
        if (text < end && (*text++ != ':' || text == end))
            return -1;
    }
    if (gap < 0)
        return pieces == 8 ? 0 : -1;
    if (pieces == 8)
        return -1;
    spread(address, pieces, gap);
    return 0;
}

/* Finds the first longest run of at least two zeros: what `::` stands for. Returns its start, or -1. */
static int longest_zeros(const uint16_t address[8], int *length)
{
    int best = -1;
    *length = 1;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && address[i + run] == 0)
            run++;
        if (run > *length) {
            *length = run;
            best = i;
        }
        i += run;
    }
    return best;
}

void url_put_ipv6(struct url_writer *to, const uint16_t address[8])
{
    int length;
    int gap = longest_zeros(address, &length);
    url_put_byte(to, '[');
    for (int i = 0; i < 8; i++) {
        if (i == gap) {
            url_put(to, i ? ":" : "::", i ? 1 : 2);
            i += length - 1;
            continue;
        }
        char text[8];
        int size = snprintf(text, sizeof text, i < 7 ? "%x:" : "%x", address[i]);
        url_put(to, text, (size_t)size);
    }
    url_put_byte(to, ']');
}
