#include "worker/charset_convert.h"

#include "common/memory.h"

#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 16 * 1024, /* converted at a time, so that room for the worst case stays small */
    SLACK = 32,
    LONGEST = 4, /* bytes of a sequence */
    REPLACEMENT = 0xfffd
};

/* ISO-2022-JP's states (Encoding Standard 12.2.1). */
enum iso2022 { ISO_ASCII, ISO_ROMAN, ISO_KATAKANA, ISO_DOUBLE };

struct charset_convert {
    const struct charset *charset;
    enum charset_kind kind;
    int shift_jis;
    iconv_t decoder; /* (iconv_t)-1 where unused */
    uint16_t high[128];
    char carry[LONGEST + 1]; /* a sequence that the last call broke off */
    size_t carry_size;
    enum iso2022 iso_state;
    int iso_escaped; /* an escape sequence was the last thing seen */
    int replaced;    /* CHARSET_REPLACEMENT has said its U+FFFD */
};

/* ---- characters out ------------------------------------------------------------------------------------ */

/* The caller has reserved room for the worst case. */
static void put(struct buf *out, uint32_t code)
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

static size_t put_ascii_run(struct buf *out, const char *in, size_t size)
{
    size_t run = ascii_run(in, size);
    if (run)
        memcpy(out->data + out->size, in, run);
    out->size += run;
    return run;
}

/* ---- Unicode's own encodings --------------------------------------------------------------------------- */

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

static size_t decode_utf8(struct buf *out, const char *in, size_t size, int last)
{
    size_t at = 0;
    while ((at += put_ascii_run(out, in + at, size - at)) < size) {
        int length = utf8_sequence((const unsigned char *)in + at, size - at);
        if (length > 0) {
            memcpy(out->data + out->size, in + at, (size_t)length);
            out->size += (size_t)length;
            at += (size_t)length;
            continue;
        }
        if (!length && !last)
            break;
        put(out, REPLACEMENT);
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

static size_t decode_utf16(struct buf *out, const char *in, size_t size, int last, int big)
{
    size_t at = 0;
    while (size - at >= 2) {
        unsigned unit = utf16_unit(in + at, big);
        if (unit >= 0xd800 && unit <= 0xdbff) {
            if (size - at < 4 && !last)
                return at;
            unsigned low = size - at >= 4 ? utf16_unit(in + at + 2, big) : 0;
            if (low >= 0xdc00 && low <= 0xdfff) {
                put(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
                at += 4;
                continue;
            }
        }
        put(out, unit >= 0xd800 && unit <= 0xdfff ? REPLACEMENT : unit);
        at += 2;
    }
    if (last && at < size) {
        /* A lone last byte; with an open high surrogate before it the two are one error, already said. */
        if (at < 2 || (utf16_unit(in + at - 2, big) & 0xfc00) != 0xd800)
            put(out, REPLACEMENT);
        at = size;
    }
    return at;
}

/* ---- one byte a character ------------------------------------------------------------------------------ */

static size_t decode_single(const struct charset_convert *convert, struct buf *out, const char *in,
                            size_t size)
{
    size_t at = 0;
    while ((at += put_ascii_run(out, in + at, size - at)) < size)
        put(out, convert->high[(unsigned char)in[at++] - 0x80]);
    return at;
}

/* ---- several bytes a character, by iconv --------------------------------------------------------------- */

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

/* Converts `size` bytes of whole sequences until one means nothing. Returns how many were converted. */
static size_t iconv_run(struct charset_convert *convert, struct buf *out, const char *in, size_t size)
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
    put(out, REPLACEMENT);
    return length > 1 && !(in[length - 1] & 0x80) && length < 4 ? length - 1 : length;
}

static size_t decode_multi(struct charset_convert *convert, struct buf *out, const char *in, size_t size,
                           int last)
{
    size_t at = 0;
    while ((at += put_ascii_run(out, in + at, size - at)) < size) {
        size_t run = 0;
        int length = 0;
        while (at + run < size && (in[at + run] & 0x80) && !exception(convert, in + at + run) &&
               (length = sequence(convert, in + at + run, size - at - run)) > 0)
            run += (size_t)length;
        if (run) {
            size_t used = iconv_run(convert, out, in + at, run);
            at += used;
            if (used < run)
                at += put_unmapped(out, in + at, (size_t)sequence(convert, in + at, size - at));
        } else if (exception(convert, in + at)) {
            put(out, exception(convert, in + at++));
        } else if (length < 0 || last) {
            put(out, REPLACEMENT);
            at += length < 0 ? (size_t)-length : size - at;
        } else {
            break;
        }
    }
    return at;
}

/* ---- ISO-2022-JP --------------------------------------------------------------------------------------- */

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
            put(out, REPLACEMENT);
        convert->iso_escaped = 1;
        convert->iso_state = escapes[i].state;
        return 3;
    }
    convert->iso_escaped = 0;
    put(out, REPLACEMENT);
    return 1;
}

/* Two bytes of JIS X 0208 are those of EUC-JP without the high bit. */
static void iso_double(struct charset_convert *convert, struct buf *out, const char *in)
{
    char euc[2] = {(char)(in[0] | 0x80), (char)(in[1] | 0x80)};
    if (iconv_run(convert, out, euc, sizeof euc) != sizeof euc)
        put(out, REPLACEMENT);
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
    put(out, code);
}

static size_t decode_iso2022(struct charset_convert *convert, struct buf *out, const char *in, size_t size,
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
            put(out, REPLACEMENT);
            at++;
        } else if (size - at < 2) {
            if (!last)
                break;
            put(out, REPLACEMENT);
            at++;
        } else if (within((unsigned char)in[at + 1], 0x21, 0x7e)) {
            iso_double(convert, out, in + at);
            at += 2;
        } else {
            put(out, REPLACEMENT);
            at += in[at + 1] == 0x1b ? 1 : 2;
        }
    }
    return at;
}

/* ---- a text, in the chunks in which it comes ----------------------------------------------------------- */

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
        if (iconv_run(convert, &out, &byte, 1) == 1 && out.size == 2)
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

/* Decodes up to PIECE bytes for which there is room. Returns how many were taken: all, or all but a sequence
 * that the bytes break off. */
static size_t decode(struct charset_convert *convert, struct buf *out, const char *in, size_t size, int last)
{
    switch (convert->kind) {
    case CHARSET_UTF8:
        return decode_utf8(out, in, size, last);
    case CHARSET_UTF16BE:
    case CHARSET_UTF16LE:
        return decode_utf16(out, in, size, last, convert->kind == CHARSET_UTF16BE);
    case CHARSET_SINGLE:
    case CHARSET_USER_DEFINED:
        return decode_single(convert, out, in, size);
    case CHARSET_DOUBLE:
    case CHARSET_GB18030:
    case CHARSET_EUC_JP:
        return decode_multi(convert, out, in, size, last);
    case CHARSET_ISO_2022_JP:
        return decode_iso2022(convert, out, in, size, last);
    case CHARSET_REPLACEMENT:
        if (size && !convert->replaced)
            put(out, REPLACEMENT);
        convert->replaced = 1;
        return size;
    }
    return size;
}

/* Moves bytes from the input behind the broken-off sequence until nothing of it is left. Returns how many. */
static size_t finish_carry(struct charset_convert *convert, struct buf *out, const char *bytes, size_t size,
                           int last)
{
    size_t taken = 0;
    while (convert->carry_size) {
        int ended = taken == size;
        if (ended && !last)
            break;
        if (!ended)
            convert->carry[convert->carry_size++] = bytes[taken++];
        size_t used = decode(convert, out, convert->carry, convert->carry_size, ended);
        convert->carry_size -= used;
        memmove(convert->carry, convert->carry + used, convert->carry_size);
    }
    return taken;
}

int charset_convert_feed(struct charset_convert *convert, struct buf *out, const char *bytes, size_t size,
                         int last)
{
    if (!buf_reserve(out, SLACK))
        goto full;
    size_t at = finish_carry(convert, out, bytes, size, last);
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
