/* Which encoding a page is written in.
 *
 * The order of the HTML standard (13.2.3.1): byte order mark, what HTTP said, what the page says of itself
 * near its start, windows-1252. Nothing is guessed from the text.
 */
#ifndef TRAWL_WORKER_CHARSET_PRESCAN_H
#define TRAWL_WORKER_CHARSET_PRESCAN_H

#include "worker/charset.h"

#include <stddef.h>

enum { CHARSET_PRESCAN_LIMIT = 1024 }; /* bytes that the standard advises to search */

/* What the page's own <meta> or XML declaration says ("prescan a byte stream to determine its encoding",
 * HTML 13.2.3.2), NULL if nothing valid. Looks at all `size` bytes: the caller cuts them at
 * CHARSET_PRESCAN_LIMIT. */
const struct charset *charset_prescan(const char *bytes, size_t size);

/* The encoding of a page that begins with `bytes`, of which at most the first `limit` are searched for its
 * own word: fewer given than the limit decide for good only when they are the whole page. `http` is what its
 * Content-Type named, or NULL. Never NULL. */
const struct charset *charset_prescan_page(const char *bytes, size_t size, const struct charset *http,
                                           size_t limit);

#endif
