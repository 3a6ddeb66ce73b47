/* Text of any encoding to UTF-8, as the Encoding Standard's decoders do it.
 *
 * What comes out is valid UTF-8 whatever went in: a byte or sequence that means nothing becomes U+FFFD, and
 * an ASCII byte behind a broken lead byte is never swallowed, so markup cannot hide there. glibc's iconv
 * knows the tables of the East Asian encodings, the rules are ours. A few of its characters are not the
 * standard's: a dozen in Big5, seven in gb18030, and private ones where EUC-JP and ISO-2022-JP should have
 * the NEC selection of IBM's extensions or nothing.
 *
 * A byte order mark is text here: whoever knows that the text begins there skips it (charset_by_mark).
 */
#ifndef TRAWL_WORKER_CHARSET_CONVERT_H
#define TRAWL_WORKER_CHARSET_CONVERT_H

#include "common/buf.h"
#include "worker/charset.h"

#include <stddef.h>

struct charset_convert;

/* Returns a converter, the caller's. Expensive for legacy encodings (iconv_open): keep it and use it again.
 */
struct charset_convert *charset_convert_create(const struct charset *charset);

/* Frees it; *convert becomes NULL. Accepts NULL. */
void charset_convert_destroy(struct charset_convert **convert);

/* Begins a new text: forgets a sequence that the last one left open. */
void charset_convert_reset(struct charset_convert *convert);

/* Appends the text's next `size` bytes to `out` in UTF-8. A sequence that the bytes break off is kept for the
 * next call; with `last` it becomes U+FFFD and the text ends. Returns 0, or -1 when `out` might be too small
 * (three bytes for each given, and a few): what was appended then is undefined and the text has ended. */
int charset_convert_feed(struct charset_convert *convert, struct buf *out, const char *bytes, size_t size,
                         int last);

#endif
