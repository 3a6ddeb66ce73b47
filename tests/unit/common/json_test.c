/* Goal: whatever bytes go into a JSON string, jansson reads the same text back, and nothing breaks the line
 * (H57, H88). */
#include "common/json.h"
#include "common/utf8.h"
#include "tests/unit/check.h"

#include <jansson.h>

static struct buf out;

static int make(void **state)
{
    (void)state;
    buf_init(&out, 1 << 24);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    buf_clear(&out);
    return 0;
}

/* Bytes with U+FFFD for what is no UTF-8, the caller's. */
static char *repaired(const char *bytes, size_t size, size_t *length)
{
    struct buf text;
    buf_init(&text, 1 << 24);
    for (size_t at = 0; at < size;) {
        uint32_t code_point;
        size_t took = utf8_decode(bytes + at, size - at, &code_point);
        if (code_point == 0xfffd)
            buf_append(&text, "\357\277\275", 3);
        else
            buf_append(&text, bytes + at, took);
        at += took;
    }
    *length = text.size;
    buf_append_byte(&text, 0);
    return text.data;
}

/* Writes a string and has jansson read it, behind what stands in `out` already. */
static void check_round_trip(const char *bytes, size_t size)
{
    size_t start = out.size, length;
    assert_int_equal(json_append_string(&out, bytes, size), 0);
    json_error_t error;
    json_t *read = json_loadb(out.data + start, out.size - start, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!read)
        fail_msg("%s: %.*s", error.text, (int)(out.size - start), out.data + start);
    char *expected = repaired(bytes, size, &length);
    assert_int_equal(json_string_length(read), length);
    assert_memory_equal(json_string_value(read), expected, length);
    for (size_t i = start; i < out.size; i++)
        assert_true((unsigned char)out.data[i] >= 0x20 && out.data[i] != 0x7f);
    free(expected);
    json_decref(read);
    out.size = start;
}

static void spellings(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *json;
    } rows[] = {
        {"", "\"\""},
        {"http://h/p?a=1&b=%20#f", "\"http://h/p?a=1&b=%20#f\""},
        {"say \"\\\"/", "\"say \\\"\\\\\\\"/\""},
        {"\b\t\n\f\r\v\x1b\x7f", "\"\\b\\t\\n\\f\\r\\u000b\\u001b\\u007f\""},
        {"\302\200\302\205\302\237\302\240", "\"\\u0080\\u0085\\u009f\302\240\""},
        {"\342\200\247\342\200\250\342\200\251\342\200\252", "\"\342\200\247\\u2028\\u2029\342\200\252\""},
        {"\303\251\360\237\222\251", "\"\303\251\360\237\222\251\""},
        {"a\377b\300\257\355\240\200\342\202",
         "\"a\357\277\275b\357\277\275\357\277\275\357\277\275\357\277\275"
         "\357\277\275\357\277\275\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        out.size = 0;
        assert_int_equal(json_append_string(&out, rows[i].text, strlen(rows[i].text)), 0);
        buf_append_byte(&out, 0);
        assert_string_equal(out.data, rows[i].json);
    }
}

/* At every place of a word, since eight bytes are looked at together. */
static void every_byte_at_every_place(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++)
        for (size_t size = 1; size <= 18; size++)
            for (size_t at = 0; at < size; at++) {
                char text[18];
                memset(text, 'x', sizeof text);
                text[at] = (char)byte;
                check_round_trip(text, size);
            }
}

static void every_pair_of_bytes(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 65536; pair++)
        check_round_trip((char[]){'<', (char)(pair >> 8), (char)pair, '>'}, 4);
}

static void every_code_point(void **state)
{
    (void)state;
    char text[5];
    for (unsigned c = 0x80; c < 0x110000; c += c < 0x3000 ? 1 : 61) {
        size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = size - 1; i > 0; i--)
            text[i] = (char)(0x80 | ((c >> (6 * (size - 1 - i))) & 0x3f));
        text[0] = (char)((0xf00 >> size) | (c >> (6 * (size - 1))));
        text[size] = '"';
        check_round_trip(text, size + 1);
    }
}

static void random_strings(void **state)
{
    (void)state;
    static const char awkward[] =
        "\"\\\n\x7f\200\237\302\342\200\250\251\355\240\357\277\275\276\360\237\364\220\377";
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[64];
        size_t size = (size_t)rand_r(&seed) % sizeof text;
        for (size_t i = 0; i < size; i++)
            text[i] = (char)(rand_r(&seed) % 3 ? awkward[(size_t)rand_r(&seed) % sizeof awkward]
                                               : rand_r(&seed) % 256);
        check_round_trip(text, size);
    }
}

static void what_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    static const char text[] = "a\n\377\"b";
    struct buf small;
    for (size_t limit = 0; limit < 13; limit++) {
        buf_init(&small, limit);
        buf_append(&small, ":", 1);
        size_t before = small.size;
        int result = json_append_string(&small, text, 5);
        assert_int_equal(result, limit >= 1 + 11 ? 0 : -1);
        assert_int_equal(small.size, result ? before : before + 11);
        buf_clear(&small);
    }
}

static void no_text_is_null(void **state)
{
    (void)state;
    assert_int_equal(json_append_text(&out, NULL, 0), 0);
    assert_int_equal(json_append_text(&out, "n", 1), 0);
    assert_int_equal(json_append_string(&out, NULL, 0), 0);
    assert_int_equal(out.size, 9);
    assert_memory_equal(out.data, "null\"n\"\"\"", 9);
}

static void numbers(void **state)
{
    (void)state;
    static const uint64_t values[] = {0, 7, 10, 999, 1000, 1001, 4294967295u, UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        char expected[64];
        out.size = 0;
        json_append_number(&out, values[i]);
        buf_append_byte(&out, ' ');
        json_append_thousandths(&out, values[i]);
        buf_append_byte(&out, 0);
        snprintf(expected, sizeof expected, "%llu %llu.%03llu", (unsigned long long)values[i],
                 (unsigned long long)values[i] / 1000, (unsigned long long)values[i] % 1000);
        assert_string_equal(out.data, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(spellings, make, clear),
        cmocka_unit_test_setup_teardown(every_byte_at_every_place, make, clear),
        cmocka_unit_test_setup_teardown(every_pair_of_bytes, make, clear),
        cmocka_unit_test_setup_teardown(every_code_point, make, clear),
        cmocka_unit_test_setup_teardown(random_strings, make, clear),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
        cmocka_unit_test_setup_teardown(no_text_is_null, make, clear),
        cmocka_unit_test_setup_teardown(numbers, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
