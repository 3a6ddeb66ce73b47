#include "worker/charset_convert_internal.h"

#include <string.h>

static int within(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

/* How the bytes at `in`, whose first is not ASCII, divide: the length of a sequence that may stand for a
 * character; negative when it cannot (-n bytes are one U+FFFD); 0 when they end inside it. */
static int double_sequence(const unsigned char *in, size_t size, int shift_jis)
{
    if (shift_jis && (in[0] == 0x80 || within(in[0], 0xa1, 0xdf)))
        return 1;
    if (shift_jis ? in[0] == 0xa0 || in[0] > 0xfc : in[0] == 0x80 || in[0] == 0xff)
        return -1;
    if (size < 2)
        return 0;
    if (shift_jis ? within(in[1], 0x40, 0xfc) && in[1] != 0x7f : in[1] >= 0x40 && in[1] != 0xff)
        return 2;
    return in[1] < 0x80 ? -1 : -2;
}

static int gb18030_sequence(const unsigned char *in, size_t size)
{
    if (in[0] == 0x80)
        return 1;
    if (in[0] == 0xff)
        return -1;
    if (size < 2)
        return 0;
    if (!within(in[1], 0x30, 0x39))
        return within(in[1], 0x40, 0xfe) && in[1] != 0x7f ? 2 : in[1] < 0x80 ? -1 : -2;
    if (size < 3)
        return 0;
    if (!within(in[2], 0x81, 0xfe))
        return -1;
    if (size < 4)
        return 0;
    return within(in[3], 0x30, 0x39) ? 4 : -1;
}

static int euc_jp_sequence(const unsigned char *in, size_t size)
{
    if (in[0] != 0x8e && in[0] != 0x8f && !within(in[0], 0xa1, 0xfe))
        return -1;
    if (size < 2)
        return 0;
    if (in[0] == 0x8f && within(in[1], 0xa1, 0xfe)) {
        if (size < 3)
            return 0;
        return within(in[2], 0xa1, 0xfe) ? 3 : in[2] < 0x80 ? -2 : -3;
    }
    if (in[0] != 0x8f && within(in[1], 0xa1, in[0] == 0x8e ? 0xdf : 0xfe))
        return 2;
    return in[1] < 0x80 ? -1 : -2;
}

static int sequence(const struct charset_convert *convert, const char *in, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)in;
    switch (convert->kind) {
    case CHARSET_GB18030:
        return gb18030_sequence(bytes, size);
    case CHARSET_EUC_JP:
        return euc_jp_sequence(bytes, size);
    default:
        return double_sequence(bytes, size, convert->shift_jis);
    }
}

/* Lone bytes whose character iconv does not know; 0 for any other. */
static uint32_t exception(const struct charset_convert *convert, const char *in)
{
    if ((unsigned char)in[0] != 0x80)
        return 0;
    return convert->kind == CHARSET_GB18030 ? 0x20ac : convert->shift_jis ? 0x80 : 0;
}

size_t charset_convert_iconv(struct charset_convert *convert, struct buf *out, const char *in, size_t size)
{
    char *from = (char *)(uintptr_t)in;
    size_t left = size;
    char *to = out->data + out->size;
    size_t room = out->capacity - out->size;
    size_t before = room;
    iconv(convert->decoder, &from, &left, &to, &room);
    /* Some decoders hold a character back in case a combining one follows. */
    iconv(convert->decoder, NULL, NULL, &to, &room);
    out->size += before - room;
    return size - left;
}

/* What stands for nothing: U+FFFD, and an ASCII byte at its end lives on by itself. */
static size_t put_unmapped(struct buf *out, const char *in, size_t length)
{
    charset_convert_put(out, REPLACEMENT);
    return length > 1 && !(in[length - 1] & 0x80) && length < 4 ? length - 1 : length;
}

size_t charset_convert_multi(struct charset_convert *convert, struct buf *out, const char *in, size_t size,
                             int last)
{
    size_t at = 0;
    while ((at += charset_convert_put_ascii(out, in + at, size - at)) < size) {
        size_t run = 0;
        int length = 0;
        while (at + run < size && (in[at + run] & 0x80) && !exception(convert, in + at + run) &&
               (length = sequence(convert, in + at + run, size - at - run)) > 0)
            run += (size_t)length;
        if (run) {
            size_t used = charset_convert_iconv(convert, out, in + at, run);
            at += used;
            if (used < run)
                at += put_unmapped(out, in + at, (size_t)sequence(convert, in + at, size - at));
        } else if (exception(convert, in + at)) {
            charset_convert_put(out, exception(convert, in + at++));
        } else if (length < 0 || last) {
            charset_convert_put(out, REPLACEMENT);
            at += length < 0 ? (size_t)-length : size - at;
        } else {
            break;
        }
    }
    return at;
}

/* ---- ISO-2022-JP ----------------------------------------------------------------------------------- */

/* Takes in the escape sequence at `in`, whose first byte is ESC. Returns its length, 1 for an ESC that begins
 * none (an error), 0 when the bytes end inside it. */
static size_t iso_escape(struct charset_convert *convert, struct buf *out, const char *in, size_t size,
                         int last)
{
    static const struct {
        char bytes[3];
        enum iso2022 state;
    } escapes[] = {
        {"(B", ISO_ASCII}, {"(J", ISO_ROMAN}, {"(I", ISO_KATAKANA}, {"$@", ISO_DOUBLE}, {"$B", ISO_DOUBLE}};
    if (!last && (size < 2 || (size < 3 && (in[1] == '(' || in[1] == '$'))))
        return 0;
    for (size_t i = 0; size >= 3 && i < sizeof escapes / sizeof escapes[0]; i++) {
        if (memcmp(in + 1, escapes[i].bytes, 2) != 0)
            continue;
        if (convert->iso_escaped)
            charset_convert_put(out, REPLACEMENT);
        convert->iso_escaped = 1;
        convert->iso_state = escapes[i].state;
        return 3;
    }
    convert->iso_escaped = 0;
    charset_convert_put(out, REPLACEMENT);
    return 1;
}

/* Two bytes of JIS X 0208 are those of EUC-JP without the high bit. */
static void iso_double(struct charset_convert *convert, struct buf *out, const char *in)
{
    char euc[2] = {(char)(in[0] | 0x80), (char)(in[1] | 0x80)};
    if (charset_convert_iconv(convert, out, euc, sizeof euc) != sizeof euc)
        charset_convert_put(out, REPLACEMENT);
}

static void iso_single(struct charset_convert *convert, struct buf *out, unsigned char c)
{
    uint32_t code = c;
    if (c >= 0x80 || c == 0x0e || c == 0x0f)
        code = REPLACEMENT;
    else if (convert->iso_state == ISO_ROMAN && c == 0x5c)
        code = 0xa5;
    else if (convert->iso_state == ISO_ROMAN && c == 0x7e)
        code = 0x203e;
    else if (convert->iso_state == ISO_KATAKANA)
        code = within(c, 0x21, 0x5f) ? 0xff61 - 0x21 + c : REPLACEMENT;
    charset_convert_put(out, code);
}

size_t charset_convert_iso2022(struct charset_convert *convert, struct buf *out, const char *in, size_t size,
                               int last)
{
    size_t at = 0;
    while (at < size) {
        unsigned char c = (unsigned char)in[at];
        if (c == 0x1b) {
            size_t used = iso_escape(convert, out, in + at, size - at, last);
            if (!used)
                break;
            at += used;
            continue;
        }
        convert->iso_escaped = 0;
        if (convert->iso_state != ISO_DOUBLE) {
            iso_single(convert, out, c);
            at++;
        } else if (!within(c, 0x21, 0x7e)) {
            charset_convert_put(out, REPLACEMENT);
            at++;
        } else if (size - at < 2) {
            if (!last)
                break;
            charset_convert_put(out, REPLACEMENT);
            at++;
        } else if (within((unsigned char)in[at + 1], 0x21, 0x7e)) {
            iso_double(convert, out, in + at);
            at += 2;
        } else {
            charset_convert_put(out, REPLACEMENT);
            at += in[at + 1] == 0x1b ? 1 : 2;
        }
    }
    return at;
}
