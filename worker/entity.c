#include "worker/entity.h"

#include <stdint.h>
#include <string.h>

static const struct name {
    char name[33]; /* without the `&`; with the `;` where the standard lists it so */
    char text[7];
} names[] = {
#include "worker/entity_names.inc"
};

enum { NAME_COUNT = sizeof names / sizeof names[0], BEYOND_UNICODE = 0x110000, REPLACEMENT = 0xfffd };

static int is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Value of a digit in base 10 or 16, -1 for any other byte. */
static int digit_value(char c, int base)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return base == 16 && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* First of the names in [low, high) whose byte at `at` is not below `c` (with `past`: above it). All of them
 * share the first `at` bytes, so these bytes stand in order. */
static size_t bound(size_t low, size_t high, size_t at, unsigned char c, int past)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        unsigned char there = (unsigned char)names[middle].name[at];
        if (there < c || (past && there == c))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The longest name that `text` begins with, its length in *length; NULL if none. */
static const struct name *longest_name(const char *text, size_t size, size_t *length)
{
    const struct name *found = NULL;
    size_t low = 0;
    size_t high = NAME_COUNT;
    for (size_t at = 0; at < size; at++) {
        unsigned char c = (unsigned char)text[at];
        if (!is_alphanumeric(text[at]) && c != ';')
            break;
        low = bound(low, high, at, c, 0);
        high = bound(low, high, at, c, 1);
        if (low == high)
            break;
        if (!names[low].name[at + 1]) { /* a name that ends here sorts before those that go on */
            found = &names[low];
            *length = at + 1;
        }
    }
    return found;
}

static size_t put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[length] | code);
    return length;
}

/* HTML 13.2.5.80, "numeric character reference end state". */
static uint32_t remapped(uint32_t code)
{
    static const uint16_t c1[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
        0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178,
    };
    if (code == 0 || code >= BEYOND_UNICODE || (code >= 0xd800 && code <= 0xdfff))
        return REPLACEMENT;
    return code >= 0x80 && code <= 0x9f ? c1[code - 0x80] : code;
}

/* What a `&#` at `text` stands for, into *code. Returns the bytes it takes, 0 if there is no digit. */
static size_t number(const char *text, size_t size, uint32_t *code)
{
    int base = size > 2 && (text[2] | 0x20) == 'x' ? 16 : 10;
    size_t first = base == 16 ? 3 : 2;
    size_t at = first;
    int digit;
    *code = 0;
    for (; at < size && (digit = digit_value(text[at], base)) >= 0; at++)
        if (*code < BEYOND_UNICODE)
            *code = *code * (uint32_t)base + (uint32_t)digit;
    if (at == first)
        return 0;
    *code = remapped(*code);
    return at < size && text[at] == ';' ? at + 1 : at;
}

/* Appends what the `&` at `text` begins and says in *taken how many bytes that were: the `&` alone if no
 * reference. */
static int decode_one(struct buf *out, const char *text, size_t size, size_t *taken)
{
    *taken = 1;
    if (size > 1 && text[1] == '#') {
        uint32_t code;
        char utf8[4];
        size_t used = number(text, size, &code);
        if (!used)
            return buf_append_byte(out, '&');
        *taken = used;
        return buf_append(out, utf8, put_utf8(utf8, code));
    }
    size_t length = 0;
    const struct name *name = longest_name(text + 1, size - 1, &length);
    if (!name)
        return buf_append_byte(out, '&');
    size_t end = length + 1;
    if (text[length] != ';' && end < size && (text[end] == '=' || is_alphanumeric(text[end])))
        return buf_append_byte(out, '&');
    *taken = end;
    return buf_append_string(out, name->text);
}

int entity_decode(struct buf *out, const char *text, size_t size)
{
    size_t before = out->size;
    const char *end = text + size;
    const char *amp;
    while (text < end && (amp = memchr(text, '&', (size_t)(end - text)))) {
        size_t taken;
        if (buf_append(out, text, (size_t)(amp - text)) || decode_one(out, amp, (size_t)(end - amp), &taken))
            goto full;
        text = amp + taken;
    }
    if (!buf_append(out, text, (size_t)(end - text)))
        return 0;
full:
    out->size = before;
    return -1;
}
