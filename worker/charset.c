#include "worker/charset.h"

#include <stdlib.h>
#include <string.h>

struct charset {
    const char *name;
    enum charset_kind kind;
    const char *iconv_name;
};

/* In the order of the standard. */
enum {
    UTF_8,
    IBM866,
    ISO_8859_2,
    ISO_8859_3,
    ISO_8859_4,
    ISO_8859_5,
    ISO_8859_6,
    ISO_8859_7,
    ISO_8859_8,
    ISO_8859_8_I,
    ISO_8859_10,
    ISO_8859_13,
    ISO_8859_14,
    ISO_8859_15,
    ISO_8859_16,
    KOI8_R,
    KOI8_U,
    MACINTOSH,
    WINDOWS_874,
    WINDOWS_1250,
    WINDOWS_1251,
    WINDOWS_1252,
    WINDOWS_1253,
    WINDOWS_1254,
    WINDOWS_1255,
    WINDOWS_1256,
    WINDOWS_1257,
    WINDOWS_1258,
    X_MAC_CYRILLIC,
    GBK,
    GB18030,
    BIG5,
    EUC_JP,
    ISO_2022_JP,
    SHIFT_JIS,
    EUC_KR,
    REPLACEMENT,
    UTF_16BE,
    UTF_16LE,
    X_USER_DEFINED,
    COUNT
};

static const struct charset charsets[COUNT] = {
    [UTF_8] = {"UTF-8", CHARSET_UTF8, NULL},
    [IBM866] = {"IBM866", CHARSET_SINGLE, "IBM866"},
    [ISO_8859_2] = {"ISO-8859-2", CHARSET_SINGLE, "ISO-8859-2"},
    [ISO_8859_3] = {"ISO-8859-3", CHARSET_SINGLE, "ISO-8859-3"},
    [ISO_8859_4] = {"ISO-8859-4", CHARSET_SINGLE, "ISO-8859-4"},
    [ISO_8859_5] = {"ISO-8859-5", CHARSET_SINGLE, "ISO-8859-5"},
    [ISO_8859_6] = {"ISO-8859-6", CHARSET_SINGLE, "ISO-8859-6"},
    [ISO_8859_7] = {"ISO-8859-7", CHARSET_SINGLE, "ISO-8859-7"},
    [ISO_8859_8] = {"ISO-8859-8", CHARSET_SINGLE, "ISO-8859-8"},
    [ISO_8859_8_I] = {"ISO-8859-8-I", CHARSET_SINGLE, "ISO-8859-8"},
    [ISO_8859_10] = {"ISO-8859-10", CHARSET_SINGLE, "ISO-8859-10"},
    [ISO_8859_13] = {"ISO-8859-13", CHARSET_SINGLE, "ISO-8859-13"},
    [ISO_8859_14] = {"ISO-8859-14", CHARSET_SINGLE, "ISO-8859-14"},
    [ISO_8859_15] = {"ISO-8859-15", CHARSET_SINGLE, "ISO-8859-15"},
    [ISO_8859_16] = {"ISO-8859-16", CHARSET_SINGLE, "ISO-8859-16"},
    [KOI8_R] = {"KOI8-R", CHARSET_SINGLE, "KOI8-R"},
    [KOI8_U] = {"KOI8-U", CHARSET_SINGLE, "KOI8-U"},
    [MACINTOSH] = {"macintosh", CHARSET_SINGLE, "MACINTOSH"},
    [WINDOWS_874] = {"windows-874", CHARSET_SINGLE, "CP874"},
    [WINDOWS_1250] = {"windows-1250", CHARSET_SINGLE, "CP1250"},
    [WINDOWS_1251] = {"windows-1251", CHARSET_SINGLE, "CP1251"},
    [WINDOWS_1252] = {"windows-1252", CHARSET_SINGLE, "CP1252"},
    [WINDOWS_1253] = {"windows-1253", CHARSET_SINGLE, "CP1253"},
    [WINDOWS_1254] = {"windows-1254", CHARSET_SINGLE, "CP1254"},
    [WINDOWS_1255] = {"windows-1255", CHARSET_SINGLE, "CP1255"},
    [WINDOWS_1256] = {"windows-1256", CHARSET_SINGLE, "CP1256"},
    [WINDOWS_1257] = {"windows-1257", CHARSET_SINGLE, "CP1257"},
    [WINDOWS_1258] = {"windows-1258", CHARSET_SINGLE, "CP1258"},
    [X_MAC_CYRILLIC] = {"x-mac-cyrillic", CHARSET_SINGLE, "MAC-UK"},
    [GBK] = {"GBK", CHARSET_GB18030, "GB18030"}, /* its decoder is that of gb18030 */
    [GB18030] = {"gb18030", CHARSET_GB18030, "GB18030"},
    [BIG5] = {"Big5", CHARSET_DOUBLE, "BIG5-HKSCS"},
    [EUC_JP] = {"EUC-JP", CHARSET_EUC_JP, "EUC-JP-MS"},
    [ISO_2022_JP] = {"ISO-2022-JP", CHARSET_ISO_2022_JP, "EUC-JP-MS"},
    [SHIFT_JIS] = {"Shift_JIS", CHARSET_DOUBLE, "WINDOWS-31J"},
    [EUC_KR] = {"EUC-KR", CHARSET_DOUBLE, "UHC"},
    [REPLACEMENT] = {"replacement", CHARSET_REPLACEMENT, NULL},
    [UTF_16BE] = {"UTF-16BE", CHARSET_UTF16BE, NULL},
    [UTF_16LE] = {"UTF-16LE", CHARSET_UTF16LE, NULL},
    [X_USER_DEFINED] = {"x-user-defined", CHARSET_USER_DEFINED, NULL},
};

static const struct label {
    char text[20];
    unsigned char number;
} labels[] = {
#include "worker/charset_labels.inc"
};

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static int compare_label(const void *key, const void *row)
{
    return strcmp(key, ((const struct label *)row)->text);
}

const struct charset *charset_by_label(const char *label, size_t size)
{
    char lower[sizeof labels[0].text];
    while (size && is_space(*label)) {
        label++;
        size--;
    }
    while (size && is_space(label[size - 1]))
        size--;
    if (size >= sizeof lower)
        return NULL;
    for (size_t i = 0; i < size; i++)
        lower[i] = (char)(label[i] >= 'A' && label[i] <= 'Z' ? label[i] | 0x20 : label[i]);
    lower[size] = 0;
    if (strlen(lower) != size) /* a NUL inside */
        return NULL;
    const struct label *row =
        bsearch(lower, labels, sizeof labels / sizeof labels[0], sizeof labels[0], compare_label);
    return row ? &charsets[row->number] : NULL;
}

const struct charset *charset_utf8(void)
{
    return &charsets[UTF_8];
}

const struct charset *charset_windows1252(void)
{
    return &charsets[WINDOWS_1252];
}

const struct charset *charset_by_mark(const char *bytes, size_t size, size_t *mark)
{
    const struct charset *found = NULL;
    size_t length = 0;
    if (size >= 3 && memcmp(bytes, "\357\273\277", 3) == 0) {
        found = &charsets[UTF_8];
        length = 3;
    } else if (size >= 2 && memcmp(bytes, "\376\377", 2) == 0) {
        found = &charsets[UTF_16BE];
        length = 2;
    } else if (size >= 2 && memcmp(bytes, "\377\376", 2) == 0) {
        found = &charsets[UTF_16LE];
        length = 2;
    }
    if (mark)
        *mark = length;
    return found;
}

const char *charset_name(const struct charset *charset)
{
    return charset->name;
}

unsigned charset_number(const struct charset *charset)
{
    return (unsigned)(charset - charsets);
}

unsigned charset_count(void)
{
    return COUNT;
}

int charset_is_ascii_compatible(const struct charset *charset)
{
    switch (charset->kind) {
    case CHARSET_UTF16BE:
    case CHARSET_UTF16LE:
    case CHARSET_ISO_2022_JP:
    case CHARSET_REPLACEMENT:
        return 0;
    default:
        return 1;
    }
}

const struct charset *charset_as_declared(const struct charset *charset)
{
    if (charset->kind == CHARSET_UTF16BE || charset->kind == CHARSET_UTF16LE)
        return &charsets[UTF_8];
    return charset->kind == CHARSET_USER_DEFINED ? &charsets[WINDOWS_1252] : charset;
}

enum charset_kind charset_kind(const struct charset *charset)
{
    return charset->kind;
}

const char *charset_iconv_name(const struct charset *charset)
{
    return charset->iconv_name;
}
