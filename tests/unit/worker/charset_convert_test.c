/* Goal: text of every encoding becomes the UTF-8 that the Encoding Standard's decoders give, in chunks of any
 * size; broken text becomes U+FFFD and never hides an ASCII byte (H57). */
#include "tests/unit/check.h"
#include "worker/charset_convert.h"

static const struct charset *labelled(const char *label)
{
    const struct charset *charset = charset_by_label(label, strlen(label));
    assert_non_null(charset);
    return charset;
}

#define FFFD "\357\277\275"

static const struct {
    const char *label;
    const char *bytes;
    const char *expected;
} decoded[] = {
    {"utf-8", "abc\303\244\342\202\254\360\237\230\200", "abc\303\244\342\202\254\360\237\230\200"},
    {"utf-8", "\300\257<", FFFD FFFD "<"},
    {"utf-8", "\355\240\200", FFFD FFFD FFFD},
    {"utf-8", "\360\237\230<", FFFD "<"},
    {"utf-8", "\364\220\200\200", FFFD FFFD FFFD FFFD},
    {"utf-8", "a\342\202", "a" FFFD},
    {"windows-1252", "\200\201\215\217\220\235\377",
     "\342\202\254\302\201\302\215\302\217\302\220\302\235\303\277"},
    {"windows-1253", "\252a", FFFD "a"},
    {"iso-8859-8-i", "\340", "\327\220"},
    {"koi8-u", "\256\276", "\321\236\320\216"},
    {"macintosh", "\333", "\342\202\254"},
    {"x-user-defined", "a\200\377", "a\357\236\200\357\237\277"},
    {"shift_jis", "\203\134\203e", "\343\202\275\343\203\206"},
    {"shift_jis", "\261\200", "\357\275\261\302\200"},
    {"shift_jis", "\203<\377>", FFFD "<" FFFD ">"},
    {"shift_jis", "\201", FFFD},
    {"euc-jp", "\244\242\216\261\217\260\241", "\343\201\202\357\275\261\344\270\202"},
    {"euc-jp", "\217\260<\244<", FFFD "<" FFFD "<"},
    {"euc-kr", "\260\241\201A", "\352\260\200\352\260\202"},
    {"big5", "\244\244\210b", "\344\270\255\303\212\314\204"},
    {"big5", "\377\244<", FFFD FFFD "<"},
    {"gbk", "\326\320\200", "\344\270\255\342\202\254"},
    {"gb18030", "\2010\2010\201\377<", "\302\200" FFFD "<"},
    {"gb18030", "\2010\201<", FFFD "0" FFFD "<"},
    {"iso-2022-jp", "a\033$B$\"\033(Bb", "a\343\201\202b"},
    {"iso-2022-jp", "\033(J\\~\033(I1\033(B", "\302\245\342\200\276\357\275\261"},
    {"iso-2022-jp", "\033$B$\n\033(B<", FFFD "<"},
    {"replacement", "<a href=x>", FFFD},
};

static void check_decoded(const char *label, const char *bytes, size_t size, const char *expected,
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

static void decodes_in_chunks_of_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(decoded); i++)
        for (size_t chunk = 1; chunk < 8; chunk++)
            check_decoded(decoded[i].label, decoded[i].bytes, strlen(decoded[i].bytes), decoded[i].expected,
                          chunk);
}

static void decodes_utf16(void **state)
{
    (void)state;
    for (size_t chunk = 1; chunk < 8; chunk++) {
        check_decoded("utf-16le", "a\0\xac\x20\x3d\xd8\x00\xde", 8, "a\342\202\254\360\237\230\200", chunk);
        check_decoded("utf-16be", "\0a\x20\xac\xd8\x3d\xde\x00", 8, "a\342\202\254\360\237\230\200", chunk);
        check_decoded("utf-16le", "\x3d\xd8<\0\x00\xde", 6, FFFD "<" FFFD, chunk);
        check_decoded("utf-16le", "a\0b", 3, "a" FFFD, chunk);
    }
}

static void begins_anew_after_a_reset(void **state)
{
    (void)state;
    struct charset_convert *convert = charset_convert_create(labelled("iso-2022-jp"));
    struct buf out;
    buf_init(&out, 4096);
    assert_int_equal(charset_convert_feed(convert, &out, "\033$B$", 4, 0), 0);
    charset_convert_reset(convert);
    assert_int_equal(charset_convert_feed(convert, &out, "<a>", 3, 1), 0);
    assert_int_equal(out.size, 3);
    buf_clear(&out);
    charset_convert_destroy(&convert);
}

static void refuses_what_might_not_fit(void **state)
{
    (void)state;
    struct charset_convert *convert = charset_convert_create(charset_windows1252());
    struct buf out;
    buf_init(&out, 100);
    assert_int_equal(charset_convert_feed(convert, &out, "0123456789", 10, 1), 0);
    assert_int_equal(charset_convert_feed(convert, &out, "01234567890123456789", 20, 1), -1);
    buf_clear(&out);
    charset_convert_destroy(&convert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_in_chunks_of_any_size),
        cmocka_unit_test(decodes_utf16),
        cmocka_unit_test(begins_anew_after_a_reset),
        cmocka_unit_test(refuses_what_might_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
