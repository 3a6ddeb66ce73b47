/* The Content-Type header (WHATWG MIME Sniffing 4.4, "parse a MIME type"). */
#ifndef TRAWL_WORKER_CONTENT_TYPE_H
#define TRAWL_WORKER_CONTENT_TYPE_H

#include "worker/charset.h"

#include <stddef.h>

struct content_type {
    char essence[64]; /* "text/html": lower case, NUL-terminated; "" when the value is no type, or a longer
                         one */
    const struct charset *charset; /* NULL when it names none that is known */
};

/* Reads a header's value, without its name. Returns 0, or -1 when it is no MIME type at all; *type is filled
 * in any case. */
int content_type_parse(struct content_type *type, const char *value, size_t size);

#endif
