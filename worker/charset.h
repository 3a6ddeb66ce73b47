/* The encodings of the web and their names.
 *
 * One constant object for each encoding of the Encoding Standard; pointers to it are compared, never freed.
 * What a label means, whether markup can be read before it is converted, and what the standard calls it.
 * Finding out which one a page is written in is charset_prescan's, converting is charset_convert's.
 */
#ifndef TRAWL_WORKER_CHARSET_H
#define TRAWL_WORKER_CHARSET_H

#include <stddef.h>

struct charset;

/* The encoding that a label names ("get an encoding", Encoding Standard 4.2: case and the white space around
 * do not matter), NULL for any other text. UTF-7 is no encoding. */
const struct charset *charset_by_label(const char *label, size_t size);

const struct charset *charset_utf8(void);
const struct charset *charset_windows1252(void); /* of pages that do not say */

/* The encoding whose byte order mark the page begins with, NULL if none. Three bytes are enough to tell;
 * *mark, unless NULL, becomes the mark's length. */
const struct charset *charset_by_mark(const char *bytes, size_t size, size_t *mark);

/* The standard's name for it, in its spelling ("UTF-8", "windows-1252"); static. */
const char *charset_name(const struct charset *charset);

/* A number for it from 0 to charset_count() - 1, stable within one build only: for tables. */
unsigned charset_number(const struct charset *charset);
unsigned charset_count(void);

/* Whether bytes below 0x40 stand for their ASCII characters wherever they occur (in gb18030 but for digits),
 * so that tags can be found before conversion and only attribute values need it. Not so UTF-16, ISO-2022-JP
 * and replacement. */
int charset_is_ascii_compatible(const struct charset *charset);

/* What a <meta> or an XML declaration that could be read byte by byte must mean: UTF-8 for UTF-16,
 * windows-1252 for x-user-defined (HTML 13.2.3.2); anything else is itself. */
const struct charset *charset_as_declared(const struct charset *charset);

/* How charset_convert reads it. */
enum charset_kind {
    CHARSET_UTF8,
    CHARSET_UTF16BE,
    CHARSET_UTF16LE,
    CHARSET_SINGLE,       /* 128 characters above ASCII */
    CHARSET_DOUBLE,       /* lead and trail bytes */
    CHARSET_GB18030,      /* two or four bytes */
    CHARSET_EUC_JP,       /* two or three bytes */
    CHARSET_ISO_2022_JP,  /* escape sequences */
    CHARSET_USER_DEFINED, /* U+F780 to U+F7FF */
    CHARSET_REPLACEMENT   /* one U+FFFD for the whole page */
};
enum charset_kind charset_kind(const struct charset *charset);

/* Its name for iconv_open; NULL where we read it ourselves. Static. */
const char *charset_iconv_name(const struct charset *charset);

#endif
