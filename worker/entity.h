/* Character references in attribute values.
 *
 * Decodes `&amp;`, `&#38;`, `&#x26;` and the 2,231 names of the HTML standard (13.2.5.72 to 13.2.5.80, 13.5)
 * by the rule for attributes: a name without its semicolon that is followed by `=` or an ASCII letter or
 * digit is left as it stands, so that
 * `?a=1&copy=2` keeps its parameter. Not for text between tags, where such a name is decoded.
 */
#ifndef TRAWL_WORKER_ENTITY_H
#define TRAWL_WORKER_ENTITY_H

#include "common/buf.h"

#include <stddef.h>

/* Appends `size` bytes of `text` to `out` with every character reference replaced by what it stands for, in
 * UTF-8; all other bytes are copied as they are, whatever their encoding, as long as it is ASCII-compatible.
 * Numbers are mapped as the standard says: 0, surrogates and what lies beyond U+10FFFF become U+FFFD, 0x80 to
 * 0x9F the characters of windows-1252.
 *
 * The value is taken as whole: a reference at its end is one followed by nothing. A text without `&` costs a
 * memchr and a copy. Returns 0, or -1 when the result does not fit below the limit of `out`, which is then as
 * it was. */
int entity_decode(struct buf *out, const char *text, size_t size);

#endif
