/* What the files of charset_convert share. */
#ifndef TRAWL_WORKER_CHARSET_CONVERT_INTERNAL_H
#define TRAWL_WORKER_CHARSET_CONVERT_INTERNAL_H

#include "worker/charset_convert.h"

#include <iconv.h>
#include <stdint.h>

enum {
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

/* Every decoder appends to `out`, where there is room for the worst case, and returns how many bytes of the
 * input it took: all, or without `last` all but a sequence that the bytes break off. */
size_t charset_convert_utf8(struct buf *out, const char *in, size_t size, int last);
size_t charset_convert_utf16(struct buf *out, const char *in, size_t size, int last, int big);
size_t charset_convert_multi(struct charset_convert *convert, struct buf *out, const char *in, size_t size,
                             int last);
size_t charset_convert_iso2022(struct charset_convert *convert, struct buf *out, const char *in, size_t size,
                               int last);

/* Converts `size` bytes of whole sequences by iconv until one means nothing. Returns how many were converted.
 */
size_t charset_convert_iconv(struct charset_convert *convert, struct buf *out, const char *in, size_t size);

/* Appends a character. */
void charset_convert_put(struct buf *out, uint32_t code);

/* Appends the ASCII that the input begins with and returns how many bytes that were. */
size_t charset_convert_put_ascii(struct buf *out, const char *in, size_t size);

#endif
