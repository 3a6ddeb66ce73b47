/* Goal: whatever is written as JSON, jansson reads the same again.
 *
 * An input is a string, and the rel column of as many links as it has lines.
 */
#include "common/json.h"
#include "common/link_json.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <jansson.h>

enum { MOST_LINKS = 200 };

/* With U+FFFD for what is no UTF-8. */
static void repair(struct buf *out, const char *text, size_t size)
{
    buf_init(out, 3 * size + 1);
    for (size_t at = 0; at < size;) {
        uint32_t code_point;
        size_t took = utf8_decode(text + at, size - at, &code_point);
        if (code_point == 0xfffd)
            buf_append(out, "\357\277\275", 3);
        else
            buf_append(out, text + at, took);
        at += took;
    }
}

static json_t *read_back(const struct buf *out)
{
    json_t *value =
        json_loadb(out->data, out->size, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    FUZZ_MUST(value);
    return value;
}

static void write_string(const char *text, size_t size)
{
    struct buf out, expected;
    buf_init(&out, 6 * size + 2);
    FUZZ_MUST(json_append_string(&out, text, size) == 0);
    json_t *value = read_back(&out);
    repair(&expected, text, size);
    fuzz_must_equal(expected.data, expected.size, json_string_value(value), json_string_length(value));
    json_decref(value);
    buf_clear(&expected);
    buf_clear(&out);
}

static void write_links(const char *rels, size_t size)
{
    static const uint8_t columns[2 * MOST_LINKS] = {0};
    struct buf out, urls;
    size_t count = 1;
    for (size_t i = 0; i < size; i++)
        count += rels[i] == '\n';
    if (count > MOST_LINKS)
        return;
    buf_init(&urls, (size_t)2 * MOST_LINKS);
    for (size_t i = 0; i < count; i++)
        buf_append(&urls, "u\n", 2);
    const struct link_json links = {count, urls.data, urls.size - 1, columns, columns, rels, size};
    buf_init(&out, 6 * size + 100 * count);
    size_t tokens = 0, expected = 0;
    for (size_t i = 0; i < size; i++)
        expected +=
            rels[i] != ' ' && rels[i] != '\n' && (i == 0 || rels[i - 1] == ' ' || rels[i - 1] == '\n');
    FUZZ_MUST(link_json_append(&out, &links) == 0);
    json_t *array = read_back(&out);
    FUZZ_MUST(json_array_size(array) == count);
    for (size_t i = 0; i < count; i++)
        tokens += json_array_size(json_object_get(json_array_get(array, i), "rel"));
    FUZZ_MUST(tokens == expected);
    json_decref(array);
    buf_clear(&urls);
    buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    write_string((const char *)bytes, size);
    write_links((const char *)bytes, size);
    return 0;
}
