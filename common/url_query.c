#include "common/url_internal.h"

#include "common/memory.h"
#include "common/utf8.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* iconv knows the tables; the encoders of the Encoding Standard differ from its converters in the ways named
 * here. */
enum manner {
    MULTIBYTE,    /* as iconv has it */
    SINGLE_BYTE,  /* no character is written as a letter and its mark */
    WINDOWS,      /* the same, and bytes without a character are the C1 controls of the same number */
    MACINTOSH,    /* the increment and the apple are in their places of today */
    MAC_CYRILLIC, /* the last byte is the euro */
    GB18030,      /* U+E5E5 is nothing */
    GBK,          /* the same, the euro is 0x80, and there are no four-byte sequences */
    SHIFT_JIS,    /* a character is one of Microsoft's where JIS and Microsoft disagree */
    EUC_JP,       /* the same, and JIS X 0212 is not written */
    ISO_2022_JP,  /* EUC-JP with seven bits and escapes */
    USER_DEFINED, /* U+F780 and on are the upper half */
};

enum state { ASCII, ROMAN, JIS };

struct url_encoding {
    iconv_t converter; /* from UTF-8; unused by USER_DEFINED */
    enum manner manner;
    uint32_t controls; /* WINDOWS: which bytes from 0x80 on have no character */
};

static const struct {
    const char *name;  /* with a hyphen at its end: any name that begins so */
    const char *iconv; /* NULL for the same name */
    enum manner manner;
} known[] = {
    {"windows-", NULL, WINDOWS},
    {"iso-8859-8-i", "ISO-8859-8", SINGLE_BYTE},
    {"iso-8859-", NULL, SINGLE_BYTE},
    {"koi8-", NULL, SINGLE_BYTE},
    {"ibm866", NULL, SINGLE_BYTE},
    {"macintosh", NULL, MACINTOSH},
    {"x-mac-cyrillic", "MAC-UK", MAC_CYRILLIC},
    {"big5", "BIG5", MULTIBYTE},
    {"euc-kr", "UHC", MULTIBYTE},
    {"gbk", "GB18030", GBK},
    {"gb18030", "GB18030", GB18030},
    {"shift_jis", "CP932", SHIFT_JIS},
    {"euc-jp", "EUC-JP-MS", EUC_JP},
    {"iso-2022-jp", "EUC-JP-MS", ISO_2022_JP},
    {"x-user-defined", "ISO-8859-1", USER_DEFINED},
};

/* ---- making one ------------------------------------------------------------------------------------ */

static uint32_t find_controls(const char *charset)
{
    uint32_t controls = 0;
    iconv_t decoder = iconv_open("UTF-8", charset);
    for (unsigned i = 0; i < 32 && decoder != (iconv_t)-1; i++) {
        char byte = (char)(0x80 + i), out[8], *from = &byte, *to = out;
        size_t left = 1, room = sizeof out;
        if (iconv(decoder, &from, &left, &to, &room) == (size_t)-1)
            controls |= 1u << i;
        iconv(decoder, NULL, NULL, NULL, NULL);
    }
    if (decoder != (iconv_t)-1)
        iconv_close(decoder);
    return controls;
}

static bool is_named(const char *name, const char *pattern)
{
    size_t size = strlen(pattern);
    return pattern[size - 1] == '-' ? strncasecmp(name, pattern, size) == 0 : strcasecmp(name, pattern) == 0;
}

struct url_encoding *url_encoding_create(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!is_named(name, known[i].name))
            continue;
        const char *charset = known[i].iconv ? known[i].iconv : name;
        iconv_t converter = iconv_open(charset, "UTF-8");
        if (converter == (iconv_t)-1)
            return NULL;
        struct url_encoding *encoding = memory_new(sizeof *encoding);
        encoding->converter = converter;
        encoding->manner = known[i].manner;
        if (encoding->manner == WINDOWS)
            encoding->controls = find_controls(charset);
        return encoding;
    }
    return NULL;
}

void url_encoding_destroy(struct url_encoding **encoding)
{
    if (!*encoding)
        return;
    iconv_close((*encoding)->converter);
    free(*encoding);
    *encoding = NULL;
}

/* ---- one character --------------------------------------------------------------------------------- */

/* Converts one character with iconv. Returns how many bytes it has, 0 for none. */
static size_t convert(struct url_encoding *encoding, const char *text, size_t size, char out[8])
{
    char *from = (char *)(uintptr_t)text, *to = out;
    size_t room = 8;
    size_t result = iconv(encoding->converter, &from, &size, &to, &room);
    if (result != 0) {
        iconv(encoding->converter, NULL, NULL, NULL, NULL);
        return 0;
    }
    return 8 - room;
}

/* Characters that iconv finds in JIS X 0208 and the standard does not: it has Microsoft's in their places,
 * and nothing for private use. */
static bool is_rival(uint32_t code_point)
{
    static const uint16_t rivals[] = {0xa2, 0xa3, 0xac, 0x2014, 0x2016, 0x301c};
    for (size_t i = 0; i < sizeof rivals / sizeof *rivals; i++)
        if (rivals[i] == code_point)
            return true;
    return code_point >= 0xe000 && code_point <= 0xf8ff;
}

static size_t convert_japanese(struct url_encoding *encoding, uint32_t code_point, const char *text,
                               size_t size, char out[8])
{
    if (code_point == 0xa5 || code_point == 0x203e) {
        *out = code_point == 0xa5 ? '\\' : '~';
        return 1;
    }
    if (is_rival(code_point))
        return 0;
    if (code_point == 0x2212) {
        text = "\xef\xbc\x8d";
        size = 3;
    }
    size_t count = convert(encoding, text, size, out);
    return encoding->manner == SHIFT_JIS || count == 2 ? count : 0;
}

static size_t convert_chinese(struct url_encoding *encoding, uint32_t code_point, const char *text,
                              size_t size, char out[8])
{
    if (code_point == 0xe5e5)
        return 0;
    if (encoding->manner == GBK && code_point == 0x20ac) {
        *out = (char)0x80;
        return 1;
    }
    size_t count = convert(encoding, text, size, out);
    return encoding->manner == GBK && count > 2 ? 0 : count;
}

static size_t convert_single(struct url_encoding *encoding, uint32_t code_point, const char *text,
                             size_t size, char out[8])
{
    static const struct {
        enum manner manner;
        uint16_t code_point;
        unsigned char byte; /* 0 for none */
    } moved[] = {
        {MACINTOSH, 0x2206, 0xc6}, {MACINTOSH, 0x394, 0},        {MACINTOSH, 0xf8ff, 0xf0},
        {MACINTOSH, 0xe01e, 0},    {MAC_CYRILLIC, 0x20ac, 0xff}, {MAC_CYRILLIC, 0xa4, 0},
    };
    for (size_t i = 0; i < sizeof moved / sizeof *moved; i++) {
        if (moved[i].manner == encoding->manner && moved[i].code_point == code_point) {
            *out = (char)moved[i].byte;
            return moved[i].byte != 0;
        }
    }
    if (code_point < 0xa0 && encoding->controls >> (code_point - 0x80) & 1) {
        *out = (char)code_point;
        return 1;
    }
    return convert(encoding, text, size, out) == 1;
}

/* Converts a character beyond ASCII. Returns how many bytes it has, 0 for none. */
static size_t encode(struct url_encoding *encoding, uint32_t code_point, const char *text, size_t size,
                     char out[8])
{
    switch (encoding->manner) {
    case MULTIBYTE:
        return convert(encoding, text, size, out);
    case SINGLE_BYTE:
    case WINDOWS:
    case MACINTOSH:
    case MAC_CYRILLIC:
        return convert_single(encoding, code_point, text, size, out);
    case GB18030:
    case GBK:
        return convert_chinese(encoding, code_point, text, size, out);
    case SHIFT_JIS:
    case EUC_JP:
    case ISO_2022_JP:
        return convert_japanese(encoding, code_point, text, size, out);
    case USER_DEFINED:
        *out = (char)(code_point - 0xf780 + 0x80);
        return code_point >= 0xf780 && code_point <= 0xf7ff;
    }
    return 0;
}

/* ---- a query --------------------------------------------------------------------------------------- */

static void put_byte(struct url_writer *to, char byte, unsigned set)
{
    if (url_byte_is(byte, set))
        url_put_escape(to, (unsigned char)byte);
    else
        url_put_byte(to, byte);
}

static void put_missing(struct url_writer *to, uint32_t code_point)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%%26%%23%u%%3B", code_point);
    url_put(to, text, (size_t)size);
}

static void shift(struct url_writer *to, enum state *now, enum state wanted)
{
    static const char *const escapes[] = {[ASCII] = "%1B(B", [ROMAN] = "%1B(J", [JIS] = "%1B$B"};
    if (*now != wanted)
        url_put(to, escapes[wanted], 5);
    *now = wanted;
}

/* Half-width katakana have no place among seven bits; the standard widens them. */
static uint32_t widen(uint32_t code_point)
{
    static const uint16_t wide[] = {
        0x3002, 0x300c, 0x300d, 0x3001, 0x30fb, 0x30f2, 0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9,
        0x30e3, 0x30e5, 0x30e7, 0x30c3, 0x30fc, 0x30a2, 0x30a4, 0x30a6, 0x30a8, 0x30aa, 0x30ab,
        0x30ad, 0x30af, 0x30b1, 0x30b3, 0x30b5, 0x30b7, 0x30b9, 0x30bb, 0x30bd, 0x30bf, 0x30c1,
        0x30c4, 0x30c6, 0x30c8, 0x30ca, 0x30cb, 0x30cc, 0x30cd, 0x30ce, 0x30cf, 0x30d2, 0x30d5,
        0x30d8, 0x30db, 0x30de, 0x30df, 0x30e0, 0x30e1, 0x30e2, 0x30e4, 0x30e6, 0x30e8, 0x30e9,
        0x30ea, 0x30eb, 0x30ec, 0x30ed, 0x30ef, 0x30f3, 0x309b, 0x309c,
    };
    return code_point >= 0xff61 && code_point <= 0xff9f ? wide[code_point - 0xff61] : code_point;
}

/* ISO-2022-JP for one character, in the state the last one left. */
static void put_shifted(struct url_writer *to, uint32_t code_point, const char *text, size_t size,
                        unsigned set, struct url_encoding *encoding, enum state *state)
{
    char out[8], wide[3];
    bool roman = code_point == 0xa5 || code_point == 0x203e;
    if (code_point == 0x0e || code_point == 0x0f || code_point == 0x1b) {
        shift(to, state, *state == JIS ? ASCII : *state);
        put_missing(to, 0xfffd);
        return;
    }
    if (code_point < 0x80) {
        bool same = *state == ROMAN && code_point != '\\' && code_point != '~';
        shift(to, state, same ? ROMAN : ASCII);
        put_byte(to, (char)code_point, set);
        return;
    }
    uint32_t widened = widen(code_point);
    if (widened != code_point) {
        wide[0] = (char)(0xe0 | widened >> 12);
        wide[1] = (char)(0x80 | (widened >> 6 & 0x3f));
        wide[2] = (char)(0x80 | (widened & 0x3f));
        text = wide;
    }
    size_t count = encode(encoding, widened, text, size, out);
    if (!count) {
        shift(to, state, *state == JIS ? ASCII : *state);
        put_missing(to, code_point);
        return;
    }
    shift(to, state, roman ? ROMAN : JIS);
    for (size_t i = 0; i < count; i++)
        put_byte(to, out[i] & 0x7f, set);
}

void url_put_converted(struct url_writer *to, const char *text, size_t size, unsigned set,
                       struct url_encoding *encoding)
{
    enum state state = ASCII;
    for (const char *end = text + size; text < end && !to->full;) {
        uint32_t code_point;
        char out[8];
        size_t took = utf8_decode(text, (size_t)(end - text), &code_point);
        /* What was invalid is U+FFFD by now, which the converter must be shown as such. */
        const char *character = code_point == 0xfffd ? "\xef\xbf\xbd" : text;
        size_t length = code_point == 0xfffd ? 3 : took;
        text += took;
        if (encoding->manner == ISO_2022_JP) {
            put_shifted(to, code_point, character, length, set, encoding, &state);
            continue;
        }
        if (code_point < 0x80) {
            put_byte(to, (char)code_point, set);
            continue;
        }
        size_t count = encode(encoding, code_point, character, length, out);
        for (size_t i = 0; i < count; i++)
            put_byte(to, out[i], set);
        if (!count)
            put_missing(to, code_point);
    }
    shift(to, &state, ASCII);
}
