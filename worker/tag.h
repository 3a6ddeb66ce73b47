/* A start tag with its attributes: what every parser finds and extraction takes. */
#ifndef TRAWL_WORKER_TAG_H
#define TRAWL_WORKER_TAG_H

#include <stddef.h>

/* The value is raw: between the quotes as it stands in the page, character references and all. No string here
 * ends with a NUL. */
struct tag_attribute {
    const char *name; /* lower case */
    size_t name_size;
    const char *value; /* never NULL; of size 0 for an attribute without one */
    size_t value_size;
};

/* All of it is the parser's and lasts until the callback that brought it returns. */
struct tag {
    const char *name; /* lower case */
    size_t name_size;
    const struct tag_attribute *attributes; /* in the order of the page */
    size_t attribute_count;
    int inert; /* it stands inside a <template> */
};

#endif
