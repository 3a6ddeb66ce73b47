/* Goal: no bytes crash the tokenizer, and how they are cut into chunks changes nothing of what it reports.
 *
 * The first byte of an input says what is wanted and how long a tag may be, the second seeds the chunks; the
 * page is the rest.
 */
#include "common/buf.h"
#include "common/memory.h"
#include "worker/tokenizer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *const link_attributes[] = {"href", "rel", NULL};
static const struct tokenizer_want wants[] = {
    {"a", link_attributes, 1}, {"area", link_attributes, 0}, {"title", NULL, 1}, {"svg", link_attributes, 1}};

static void write_tag(void *context, const struct tag *tag)
{
    struct buf *out = context;
    buf_append_format(out, "%d %zu %d%d%d ", tag->want, (size_t)tag->offset, tag->is_end, tag->self_closing,
                      tag->overlong);
    buf_append(out, tag->name, tag->name_size);
    for (size_t i = 0; i < tag->attribute_count; i++) {
        buf_append_byte(out, ' ');
        buf_append(out, tag->attributes[i].name, tag->attributes[i].name_size);
        buf_append_byte(out, '=');
        tokenizer_decode(out, tag->attributes[i].value, tag->attributes[i].value_size);
    }
    buf_append_byte(out, '\n');
}

/* Chunks are copies of their own size, so that a read beyond one is seen. */
static void feed(struct tokenizer *tokenizer, const char *page, size_t size, unsigned seed, size_t most)
{
    while (size) {
        size_t part = most ? 1 + (size_t)rand_r(&seed) % most : size;
        if (part > size)
            part = size;
        char *chunk = memory_resize(NULL, part, 1);
        memcpy(chunk, page, part);
        tokenizer_feed(tokenizer, chunk, part);
        free(chunk);
        page += part;
        size -= part;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const size_t limits[] = {64, 100, 1 << 20};
    static const size_t most[] = {0, 1, 3, 20};
    if (size < 2)
        return 0;
    int all = bytes[0] & 1;
    size_t limit = limits[(bytes[0] >> 1) % 3];
    struct buf whole;
    struct tokenizer_rest whole_rest = {0};
    for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
        struct buf out;
        buf_init(&out, (size_t)1 << 30);
        struct tokenizer *tokenizer =
            tokenizer_create(all ? NULL : wants, sizeof wants / sizeof wants[0], limit, write_tag, &out);
        feed(tokenizer, (const char *)bytes + 2, size - 2, bytes[1], most[i]);
        struct tokenizer_rest rest = tokenizer_rest(tokenizer);
        tokenizer_destroy(&tokenizer);
        if (i == 0) {
            whole = out;
            whole_rest = rest;
            continue;
        }
        if (out.size != whole.size || (out.size && memcmp(out.data, whole.data, out.size) != 0) ||
            rest.place != whole_rest.place || rest.opener != whole_rest.opener ||
            rest.inside != whole_rest.inside || rest.inside > size - 2)
            abort();
        buf_clear(&out);
    }
    buf_clear(&whole);
    return 0;
}
