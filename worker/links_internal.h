/* Shared by links*.c only: which attributes are looked at, and what one of them says. */
#ifndef TRAWL_WORKER_LINKS_INTERNAL_H
#define TRAWL_WORKER_LINKS_INTERNAL_H

#include "common/buf.h"
#include "worker/charset_convert.h"
#include "worker/links.h"

enum {
    LINKS_ELEMENTS_MOST = 32,               /* that can hold links */
    LINKS_ROWS_MOST = 6,                    /* of one element */
    LINKS_VALUE_LONGEST = 32 * 1024 * 1024, /* decoded; more than any body that is accepted gives */
    LINKS_VALUE_KEPT = 64 * 1024,           /* bytes of memory kept for the next value */
};

/* ---- links_wanted.c -------------------------------------------------------------------------------- */

/* An element of which rows of the table are wanted; <base> has none. */
struct links_element {
    const char *name;
    uint8_t rows[LINKS_ROWS_MOST];
    unsigned row_count;
    const char *attributes[LINKS_ROWS_MOST + 2]; /* of the rows, and what is read with them; NULL behind the
                                                    last */
    unsigned attribute_count;
};

/* All of them. It points into itself: it must stay where it is. */
struct links_wanted {
    struct links_element elements[LINKS_ELEMENTS_MOST];
    struct tokenizer_want wants[LINKS_ELEMENTS_MOST]; /* the same, for a tokenizer */
    unsigned count;
};

/* Chooses the elements and attributes that count as links of that kind, and <base>. */
void links_wanted_init(struct links_wanted *wanted, enum link_kind kind);

/* The element that a tag is: by its want, or by its name when it has none. NULL for any other. */
const struct links_element *links_wanted_find(const struct links_wanted *wanted, const struct tag *tag);

/* ---- links_value.c --------------------------------------------------------------------------------- */

/* Reads values one after another. */
struct links_value {
    struct charset_convert *converter; /* of raw values, borrowed; NULL when they are UTF-8 */
    struct buf utf8;
    struct buf decoded;
};

void links_value_init(struct links_value *value);
void links_value_clear(struct links_value *value);

/* What an attribute says, in UTF-8 and with its character references decoded, in *text and *size: where it
 * stands in the page when that is the same, else the reader's until the next. Returns 0, or -1 when it is too
 * long to be worth it. */
int links_value_read(struct links_value *value, const struct tag_attribute *attribute, const char **text,
                     size_t *size);

#endif
