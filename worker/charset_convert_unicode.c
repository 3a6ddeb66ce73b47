#include "worker/charset_convert_internal.h"

#include <string.h>

void charset_convert_put(struct buf *out, uint32_t code)
{
    char *to = out->data + out->size;
    if (code < 0x80) {
        *to = (char)code;
        out->size += 1;
        return;
    }
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3f));
    to[0] = (char)(lead[length] | code);
    out->size += length;
}

static size_t ascii_run(const char *in, size_t size)
{
    size_t at = 0;
    for (uint64_t word; size - at >= sizeof word; at += sizeof word) {
        memcpy(&word, in + at, sizeof word);
        if (word & 0x8080808080808080ULL)
            break;
    }
    while (at < size && !(in[at] & 0x80))
        at++;
    return at;
}

size_t charset_convert_put_ascii(struct buf *out, const char *in, size_t size)
{
    size_t run = ascii_run(in, size);
    if (run)
        memcpy(out->data + out->size, in, run);
    out->size += run;
    return run;
}

/* Length of the UTF-8 sequence at `in`, negative when it is broken: then -n is what one U+FFFD stands for. 0:
 * the bytes end inside it (Encoding Standard 8.1.1). */
static int utf8_sequence(const unsigned char *in, size_t size)
{
    unsigned char lead = in[0];
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    int length = lead >= 0xc2 && lead <= 0xdf   ? 2
                 : (lead & 0xf0) == 0xe0        ? 3
                 : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                : 0;
    if (!length)
        return -1;
    for (int i = 1; i < length; i++) {
        if ((size_t)i == size)
            return 0;
        if (in[i] < low || in[i] > high)
            return -i;
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

size_t charset_convert_utf8(struct buf *out, const char *in, size_t size, int last)
{
    size_t at = 0;
    while ((at += charset_convert_put_ascii(out, in + at, size - at)) < size) {
        int length = utf8_sequence((const unsigned char *)in + at, size - at);
        if (length > 0) {
            memcpy(out->data + out->size, in + at, (size_t)length);
            out->size += (size_t)length;
            at += (size_t)length;
            continue;
        }
        if (!length && !last)
            break;
        charset_convert_put(out, REPLACEMENT);
        at += length ? (size_t)-length : size - at;
    }
    return at;
}

static unsigned utf16_unit(const char *in, int big)
{
    unsigned char first = (unsigned char)in[0];
    unsigned char second = (unsigned char)in[1];
    return big ? (unsigned)first << 8 | second : (unsigned)second << 8 | first;
}

size_t charset_convert_utf16(struct buf *out, const char *in, size_t size, int last, int big)
{
    size_t at = 0;
    while (size - at >= 2) {
        unsigned unit = utf16_unit(in + at, big);
        if (unit >= 0xd800 && unit <= 0xdbff) {
            if (size - at < 4 && !last)
                return at;
            unsigned low = size - at >= 4 ? utf16_unit(in + at + 2, big) : 0;
            if (low >= 0xdc00 && low <= 0xdfff) {
                charset_convert_put(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
                at += 4;
                continue;
            }
        }
        charset_convert_put(out, unit >= 0xd800 && unit <= 0xdfff ? REPLACEMENT : unit);
        at += 2;
    }
    if (last && at < size) {
        /* A lone last byte; with an open high surrogate before it the two are one error, already said. */
        if (at < 2 || (utf16_unit(in + at - 2, big) & 0xfc00) != 0xd800)
            charset_convert_put(out, REPLACEMENT);
        at = size;
    }
    return at;
}
