#include "worker/charset_convert.h"

#include "common/memory.h"
#include "worker/charset_convert_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 16 * 1024, /* converted at a time, so that room for the worst case stays small */
    SLACK = 32
};

/* Where the standard's single-byte tables differ from glibc's; bytes that glibc lacks are C1 controls below
 * 0xa0, where windows encodings have them, and nothing above. */
static const struct {
    const char *name;
    unsigned char byte;
    uint16_t code;
} corrections[] = {
    {"KOI8-U", 0xae, 0x045e},         {"KOI8-U", 0xbe, 0x040e},    {"macintosh", 0xdb, 0x20ac},
    {"macintosh", 0xc6, 0x2206},      {"macintosh", 0xf0, 0xf8ff}, {"windows-1255", 0xca, 0x05ba},
    {"x-mac-cyrillic", 0xff, 0x20ac},
};

static void fill_table(struct charset_convert *convert)
{
    for (unsigned i = 0; i < 128; i++) {
        char bytes[8];
        char byte = (char)(0x80 + i);
        struct buf out = {.data = bytes, .capacity = sizeof bytes, .limit = sizeof bytes};
        const unsigned char *utf8 = (const unsigned char *)bytes;
        uint16_t code = i < 0x20 ? (uint16_t)(0x80 + i) : REPLACEMENT;
        if (charset_convert_iconv(convert, &out, &byte, 1) == 1 && out.size == 2)
            code = (uint16_t)((utf8[0] & 0x1f) << 6 | (utf8[1] & 0x3f));
        else if (out.size == 3)
            code = (uint16_t)((utf8[0] & 0xf) << 12 | (utf8[1] & 0x3f) << 6 | (utf8[2] & 0x3f));
        convert->high[i] = code;
    }
    for (size_t i = 0; i < sizeof corrections / sizeof corrections[0]; i++)
        if (strcmp(corrections[i].name, charset_name(convert->charset)) == 0)
            convert->high[corrections[i].byte - 0x80] = corrections[i].code;
}

struct charset_convert *charset_convert_create(const struct charset *charset)
{
    struct charset_convert *convert = memory_new(sizeof *convert);
    convert->charset = charset;
    convert->kind = charset_kind(charset);
    convert->shift_jis = strcmp(charset_name(charset), "Shift_JIS") == 0;
    const char *name = charset_iconv_name(charset);
    convert->decoder = name ? iconv_open("UTF-8", name) : (iconv_t)-1;
    if (convert->kind == CHARSET_SINGLE)
        fill_table(convert);
    for (unsigned i = 0; convert->kind == CHARSET_USER_DEFINED && i < 128; i++)
        convert->high[i] = (uint16_t)(0xf780 + i);
    return convert;
}

void charset_convert_destroy(struct charset_convert **convert)
{
    if (!*convert)
        return;
    if ((*convert)->decoder != (iconv_t)-1)
        iconv_close((*convert)->decoder);
    free(*convert);
    *convert = NULL;
}

void charset_convert_reset(struct charset_convert *convert)
{
    convert->carry_size = 0;
    convert->iso_state = ISO_ASCII;
    convert->iso_escaped = 0;
    convert->replaced = 0;
}

static size_t decode_single(const struct charset_convert *convert, struct buf *out, const char *in,
                            size_t size)
{
    size_t at = 0;
    while ((at += charset_convert_put_ascii(out, in + at, size - at)) < size)
        charset_convert_put(out, convert->high[(unsigned char)in[at++] - 0x80]);
    return at;
}

/* Decodes up to PIECE bytes for which there is room. Returns how many were taken: all, or all but a sequence
 * that the bytes break off. */
static size_t decode(struct charset_convert *convert, struct buf *out, const char *in, size_t size, int last)
{
    switch (convert->kind) {
    case CHARSET_UTF8:
        return charset_convert_utf8(out, in, size, last);
    case CHARSET_UTF16BE:
    case CHARSET_UTF16LE:
        return charset_convert_utf16(out, in, size, last, convert->kind == CHARSET_UTF16BE);
    case CHARSET_SINGLE:
    case CHARSET_USER_DEFINED:
        return decode_single(convert, out, in, size);
    case CHARSET_DOUBLE:
    case CHARSET_GB18030:
    case CHARSET_EUC_JP:
        return charset_convert_multi(convert, out, in, size, last);
    case CHARSET_ISO_2022_JP:
        return charset_convert_iso2022(convert, out, in, size, last);
    case CHARSET_REPLACEMENT:
        if (size && !convert->replaced)
            charset_convert_put(out, REPLACEMENT);
        convert->replaced = 1;
        return size;
    }
    return size;
}

/* Moves bytes from the input behind the broken-off sequence until nothing of that is left. What was moved too
 * many stays input: in a run of lead bytes each breaks a sequence off. Returns 0 and how many were taken, or
 * -1 when `out` is full. */
static int finish_carry(struct charset_convert *convert, struct buf *out, const char *bytes, size_t size,
                        int last, size_t *count)
{
    size_t taken = 0, left = convert->carry_size;
    while (left) {
        int ended = taken == size;
        if (ended && !last)
            break;
        if (!buf_reserve(out, SLACK))
            return -1;
        if (!ended)
            convert->carry[convert->carry_size++] = bytes[taken++];
        size_t used = decode(convert, out, convert->carry, convert->carry_size, ended);
        convert->carry_size -= used;
        memmove(convert->carry, convert->carry + used, convert->carry_size);
        if (used >= left) {
            taken -= convert->carry_size;
            convert->carry_size = 0;
        }
        left -= used < left ? used : left;
    }
    *count = taken;
    return 0;
}

int charset_convert_feed(struct charset_convert *convert, struct buf *out, const char *bytes, size_t size,
                         int last)
{
    size_t at;
    if (!buf_reserve(out, SLACK) || finish_carry(convert, out, bytes, size, last, &at))
        goto full;
    while (at < size) {
        size_t piece = size - at < PIECE ? size - at : PIECE;
        int ends = at + piece == size;
        if (!buf_reserve(out, piece * 3 + SLACK))
            goto full;
        at += decode(convert, out, bytes + at, piece, last && ends);
        if (ends)
            break;
    }
    if (at < size) {
        convert->carry_size = size - at;
        memcpy(convert->carry, bytes + at, convert->carry_size);
    }
    if (last)
        charset_convert_reset(convert);
    return 0;
full:
    charset_convert_reset(convert);
    return -1;
}
