/* A page's links as a JSON array, out of the columns in which they travel.
 *
 *   [{"url":"http://h/","tag":"a","attr":"href","rel":["nofollow"],"repaired":false}, ...]
 *
 * `tag` and `attr` are the row of link_kind's table, `rel` the tokens of the element's rel attribute as they
 * are written there, `repaired` says that the link was found by repairing a page that swallowed its own tail.
 */
#ifndef TRAWL_COMMON_LINK_JSON_H
#define TRAWL_COMMON_LINK_JSON_H

#include "common/buf.h"

#include <stdint.h>

/* `count` entries in each column; all borrowed. */
struct link_json {
    size_t count;
    const char *urls; /* joined by '\n' */
    size_t urls_size;
    const uint8_t *kinds; /* a row each; null, null stand for one that this version's table does not have */
    const uint8_t *flags; /* 16 bits each, little-endian: link_kind_flag */
    const char *rels; /* values joined by '\n', their tokens by blanks; what is missing at the end is empty */
    size_t rels_size;
};

/* Appends the array. Returns 0, or -1 when it does not fit below the buf's limit (nothing is appended then).
 */
int link_json_append(struct buf *out, const struct link_json *links);

#endif
