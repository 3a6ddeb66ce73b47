/* Goal: a value says what the standard says, wherever in it the byte stands that makes it other than plain
 * text (H74, H88). */
#include "tests/unit/check.h"
#include "worker/links_internal.h"

enum { LONGEST = 70 };

static void assert_says(struct links_value *value, const char *raw, size_t size, const char *expected)
{
    /* In memory of its own size, so that a read beyond it is seen. */
    char *own = malloc(size ? size : 1);
    const struct tag_attribute attribute = {.value = memcpy(own, raw, size), .value_size = size};
    const char *text;
    size_t length;
    assert_int_equal(links_value_read(value, &attribute, &text, &length), 0);
    if (length != strlen(expected) || memcmp(text, expected, length) != 0)
        fail_msg("%.*s: %.*s, not %s", (int)size, raw, (int)length, text, expected);
    free(own);
}

/* The piece stands at every place of values of every length, between x's. */
static void assert_found(struct links_value *value, const char *piece, size_t piece_size, const char *says)
{
    char raw[LONGEST], expected[2 * LONGEST];
    for (size_t size = piece_size; size <= LONGEST; size++) {
        for (size_t at = 0; at + piece_size <= size; at++) {
            memset(raw, 'x', size);
            memcpy(raw + at, piece, piece_size);
            memset(expected, 'x', sizeof expected);
            memcpy(expected + at, says, strlen(says));
            expected[size - piece_size + strlen(says)] = 0;
            assert_says(value, raw, size, expected);
        }
    }
}

static void finds_what_is_not_plain_anywhere(void **state)
{
    (void)state;
    struct links_value value;
    links_value_init(&value);
    assert_says(&value, "", 0, "");
    assert_found(&value, "x", 1, "x");
    assert_found(&value, "&lt;", 4, "<");
    assert_found(&value, "\r", 1, "\n");
    assert_found(&value, "", 1, "\357\277\275"); /* a NUL */
    assert_found(&value, "\343\202\275", 3, "\343\202\275");
    links_value_clear(&value);
}

static void converts_what_the_page_is_written_in(void **state)
{
    (void)state;
    struct links_value value;
    links_value_init(&value);
    value.converter = charset_convert_create(charset_by_label("shift_jis", 9));
    assert_found(&value, "\203\134", 2, "\343\202\275");
    assert_found(&value, "&gt;", 4, ">");
    charset_convert_destroy(&value.converter);
    links_value_clear(&value);
}

/* Most values are not copied. */
static void leaves_plain_text_where_it_stands(void **state)
{
    (void)state;
    static const char plain[] = "../page.html?a=1#b";
    const struct tag_attribute attribute = {.value = plain, .value_size = strlen(plain)};
    struct links_value value;
    const char *text;
    size_t size;
    links_value_init(&value);
    assert_int_equal(links_value_read(&value, &attribute, &text, &size), 0);
    assert_ptr_equal(text, plain);
    assert_int_equal(size, strlen(plain));
    links_value_clear(&value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_not_plain_anywhere),
        cmocka_unit_test(converts_what_the_page_is_written_in),
        cmocka_unit_test(leaves_plain_text_where_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
