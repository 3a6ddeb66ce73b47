/* Decoding as the tests of charset_convert's files do it: rows of label, bytes and the UTF-8 expected, in
 * chunks of every size. */
#ifndef TRAWL_TESTS_DECODED_H
#define TRAWL_TESTS_DECODED_H

#include "tests/unit/check.h"
#include "worker/charset_convert.h"

#define FFFD "\357\277\275"

struct decoded {
    const char *label;
    const char *bytes;
    const char *expected;
};

static inline const struct charset *labelled(const char *label)
{
    const struct charset *charset = charset_by_label(label, strlen(label));
    assert_non_null(charset);
    return charset;
}

static inline void check_decoded(const char *label, const char *bytes, size_t size, const char *expected,
                                 size_t chunk)
{
    struct charset_convert *convert = charset_convert_create(labelled(label));
    struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t at = 0; at < size; at += chunk) {
        size_t part = size - at < chunk ? size - at : chunk;
        assert_int_equal(charset_convert_feed(convert, &out, bytes + at, part, 0), 0);
    }
    assert_int_equal(charset_convert_feed(convert, &out, "", 0, 1), 0);
    buf_append_byte(&out, 0);
    if (strcmp(out.data, expected) != 0)
        fail_msg("%s by %zu: %s, not %s", label, chunk, out.data, expected);
    buf_clear(&out);
    charset_convert_destroy(&convert);
}

static inline void check_all_decoded(const struct decoded *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t chunk = 1; chunk < 8; chunk++)
            check_decoded(rows[i].label, rows[i].bytes, strlen(rows[i].bytes), rows[i].expected, chunk);
}

#endif
