/* JSON text (RFC 8259) for rows that are written by the hundred thousand a second.
 *
 * Only what those rows need: strings out of whatever bytes there are, and numbers. Objects, arrays and commas
 * are the caller's. Everything else in JSON (the summary, tests) is jansson's.
 */
#ifndef TRAWL_COMMON_JSON_H
#define TRAWL_COMMON_JSON_H

#include "common/buf.h"

#include <stdint.h>

/* Appends a JSON string, quotes included, of `size` bytes meant as UTF-8: U+FFFD stands for each maximal part
 * that is not. Control characters and line and paragraph separators (U+0000 to U+001F, U+007F to U+009F,
 * U+2028, U+2029) are escaped, so that no reader's notion of a line breaks the string in two; other
 * characters stand as they are. Returns 0, or -1 when it does not fit below the buf's limit (nothing is
 * appended then). */
int json_append_string(struct buf *out, const char *bytes, size_t size);

/* As json_append_string; `null` for no text, that is, NULL or no bytes. */
int json_append_text(struct buf *out, const char *bytes, size_t size);

/* Appends a number in decimal. Returns 0, or -1 as json_append_string does. */
int json_append_number(struct buf *out, uint64_t value);

/* Appends thousandths as a number with three decimals, e.g. microseconds as milliseconds: 1500 is 1.500. */
int json_append_thousandths(struct buf *out, uint64_t value);

#endif
