/* A tag with its attributes: what every parser finds and extraction takes. */
#ifndef TRAWL_WORKER_TAG_H
#define TRAWL_WORKER_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The value is raw: between the quotes as it stands in the page, character references and all, and from the
 * tokenizer in the page's encoding (tokenizer_decode). No string here ends with a NUL. */
struct tag_attribute {
    const char *name; /* lower case, NUL replaced by U+FFFD */
    size_t name_size;
    const char *value; /* never NULL; of size 0 for an attribute without one */
    size_t value_size;
};

/* All of it is the parser's and lasts until the callback that brought it returns. */
struct tag {
    const char *name; /* lower case, NUL replaced by U+FFFD */
    size_t name_size;
    int want;                               /* index in the list of wants; -1 without one, and from tidy */
    bool inert;                             /* it stands inside a <template> */
    const struct tag_attribute *attributes; /* in the order of the page */
    size_t attribute_count;

    /* of the tokenizer alone */
    bool is_end;
    bool self_closing;
    bool overlong;   /* longer than the limit: attributes are missing */
    uint64_t offset; /* of its `<`, in bytes since the start of the page */
};

/* The attribute of that name (lower case), the first of them; NULL if the tag has none. Quick for the very
 * string that was wanted. */
static inline const struct tag_attribute *tag_find(const struct tag *tag, const char *name)
{
    for (size_t i = 0; i < tag->attribute_count; i++)
        if (tag->attributes[i].name == name)
            return &tag->attributes[i];
    size_t size = strlen(name);
    for (size_t i = 0; i < tag->attribute_count; i++)
        if (tag->attributes[i].name_size == size && memcmp(tag->attributes[i].name, name, size) == 0)
            return &tag->attributes[i];
    return NULL;
}

#endif
