#include "worker/links_internal.h"
#include "worker/sixteen.h"

#include <limits.h>

void links_value_init(struct links_value *value)
{
    value->converter = NULL;
    buf_init(&value->utf8, LINKS_VALUE_LONGEST);
    buf_init(&value->decoded, LINKS_VALUE_LONGEST);
}

void links_value_clear(struct links_value *value)
{
    buf_clear(&value->utf8);
    buf_clear(&value->decoded);
}

/* Which of the sixteen bytes are not plain text in ASCII; top bits count as far as `foreign` has them. */
static inline unsigned odd_bytes(sixteen them, unsigned foreign)
{
    return sixteen_equal(them, 0) | sixteen_equal(them, '&') | sixteen_equal(them, '\r') |
           (sixteen_between(them, 0x80, 0xff) & foreign);
}

/* Whether the value says just what it is: no character reference, no CR, no NUL, nothing to convert. Nearly
 * all do, and every link asks. */
static bool is_plain(const char *text, size_t size, unsigned foreign)
{
    unsigned odd = 0;
    if (size >= SIXTEEN) {
        for (size_t at = 0; at + SIXTEEN < size; at += SIXTEEN)
            odd |= odd_bytes(sixteen_at(text + at), foreign);
        return !(odd | odd_bytes(sixteen_at(text + size - SIXTEEN), foreign));
    }
    for (size_t at = 0; at < size; at++)
        odd |=
            !text[at] || text[at] == '&' || text[at] == '\r' || ((unsigned char)text[at] >= 0x80 && foreign);
    return !odd;
}

int links_value_read(struct links_value *value, const struct tag_attribute *attribute, const char **text,
                     size_t *size)
{
    *text = attribute->value;
    *size = attribute->value_size;
    if (is_plain(*text, *size, value->converter ? UINT_MAX : 0))
        return 0;
    buf_reset(&value->decoded, LINKS_VALUE_KEPT);
    if (value->converter) {
        buf_reset(&value->utf8, LINKS_VALUE_KEPT);
        if (charset_convert_feed(value->converter, &value->utf8, *text, *size, 1))
            return -1;
        *text = value->utf8.data;
        *size = value->utf8.size;
    }
    if (tokenizer_decode(&value->decoded, *text, *size))
        return -1;
    *text = value->decoded.data;
    *size = value->decoded.size;
    return 0;
}
