/* Shared by the tokenizer's tests: runs it over a text and writes the tags it reports as a line, `<a
 * href="x"/></a>`, values decoded. */
#ifndef TRAWL_TESTS_TAGS_H
#define TRAWL_TESTS_TAGS_H

#include "common/buf.h"
#include "tests/unit/check.h"
#include "worker/tokenizer.h"

enum { TAGS_LIMIT = 1 << 20, TAGS_SEEDS = 4 };

/* Duplicate attributes are left out, as the standard does. */
static inline int tags_is_duplicate(const struct tag *tag, size_t which)
{
    const struct tag_attribute *attribute = &tag->attributes[which];
    for (size_t i = 0; i < which; i++)
        if (tag->attributes[i].name_size == attribute->name_size &&
            memcmp(tag->attributes[i].name, attribute->name, attribute->name_size) == 0)
            return 1;
    return 0;
}

/* An on_tag callback; the context is the buf written to. */
static inline void tags_write(void *context, const struct tag *tag)
{
    struct buf *out = context;
    buf_append_string(out, tag->is_end ? "</" : "<");
    buf_append(out, tag->name, tag->name_size);
    for (size_t i = 0; i < tag->attribute_count; i++) {
        if (tags_is_duplicate(tag, i))
            continue;
        buf_append_byte(out, ' ');
        buf_append(out, tag->attributes[i].name, tag->attributes[i].name_size);
        buf_append_string(out, "=\"");
        assert_int_equal(tokenizer_decode(out, tag->attributes[i].value, tag->attributes[i].value_size), 0);
        buf_append_byte(out, '"');
    }
    buf_append_string(out, tag->self_closing ? "/>" : tag->overlong ? "...>" : ">");
}

/* Feeds the text in chunks: whole (0), byte by byte (1), or of 1 to 7 bytes by that seed. Each chunk is a
 * copy of its own size, so that a sanitizer sees a read beyond it. */
static inline void tags_feed(struct tokenizer *tokenizer, const char *text, size_t size, unsigned seed)
{
    while (size) {
        size_t most = seed == 0 ? size : seed == 1 ? 1 : 1 + (size_t)rand_r(&seed) % 7;
        size_t part = most < size ? most : size;
        char *chunk = malloc(part);
        assert_non_null(chunk);
        memcpy(chunk, text, part);
        tokenizer_feed(tokenizer, chunk, part);
        free(chunk);
        text += part;
        size -= part;
    }
}

static inline void tags_compare(const char *text, size_t size, const struct buf *out, const char *expected,
                                unsigned seed)
{
    if (out->size != strlen(expected) || (out->size && memcmp(out->data, expected, out->size) != 0))
        fail_msg("%.*s\n  gives (chunks %u) %.*s\n  not %s", (int)size, text, seed, (int)out->size,
                 out->size ? out->data : "", expected);
}

/* Every tag of the text, whatever the chunks, and where it ends. */
static inline void tags_check_at(const char *text, size_t size, const char *expected,
                                 enum tokenizer_place place, int opener)
{
    for (unsigned seed = 0; seed < TAGS_SEEDS; seed++) {
        struct buf out;
        buf_init(&out, 8 * TAGS_LIMIT);
        struct tokenizer *tokenizer = tokenizer_create(NULL, 0, TAGS_LIMIT, tags_write, &out);
        tags_feed(tokenizer, text, size, seed);
        struct tokenizer_rest rest = tokenizer_rest(tokenizer);
        tags_compare(text, size, &out, expected, seed);
        if (opener >= 0 && (rest.place != place || rest.opener != (uint64_t)opener))
            fail_msg("%.*s\n  ends in place %d opened at %d, not %d at %d", (int)size, text, (int)rest.place,
                     (int)rest.opener, (int)place, opener);
        tokenizer_destroy(&tokenizer);
        buf_clear(&out);
    }
}

static inline void tags_check(const char *text, const char *expected)
{
    tags_check_at(text, strlen(text), expected, TOKENIZER_IN_TEXT, -1);
}

#endif
