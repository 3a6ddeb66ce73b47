/* Goal: text of single-byte encodings becomes the UTF-8 that the Encoding Standard's decoders give; a
 * converter is as new after a reset and keeps to the limit of its buf (H57). */
#include "tests/unit/worker/decoded.h"

static const struct decoded rows[] = {
    {"windows-1252", "\200\201\215\217\220\235\377",
     "\342\202\254\302\201\302\215\302\217\302\220\302\235\303\277"},
    {"windows-1253", "\252a", FFFD "a"},
    {"iso-8859-8-i", "\340", "\327\220"},
    {"koi8-u", "\256\276", "\321\236\320\216"},
    {"macintosh", "\333", "\342\202\254"},
    {"x-user-defined", "a\200\377", "a\357\236\200\357\237\277"},
    {"replacement", "<a href=x>", FFFD},
};

static void decodes_in_chunks_of_any_size(void **state)
{
    (void)state;
    check_all_decoded(rows, COUNT_OF(rows));
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

/* Each byte breaks the sequence that the last one began, and begins one: what a call left open is never done.
 */
static void a_run_of_lead_bytes_has_room_for_all_that_becomes_of_it(void **state)
{
    (void)state;
    static char run[5000];
    memset(run, 0xcc, sizeof run);
    struct charset_convert *convert = charset_convert_create(charset_utf8());
    struct buf out;
    buf_init(&out, 1 << 20);
    assert_int_equal(charset_convert_feed(convert, &out, run, 1, 0), 0);
    assert_int_equal(charset_convert_feed(convert, &out, run, sizeof run, 1), 0);
    assert_int_equal(out.size, 3 * (sizeof run + 1));
    assert_true(out.capacity >= out.size);
    for (size_t i = 0; i < out.size; i += 3)
        assert_memory_equal(out.data + i, FFFD, 3);
    buf_clear(&out);
    buf_init(&out, 1000);
    assert_int_equal(charset_convert_feed(convert, &out, run, 1, 0), 0);
    assert_int_equal(charset_convert_feed(convert, &out, run, sizeof run, 1), -1);
    buf_clear(&out);
    charset_convert_destroy(&convert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_in_chunks_of_any_size),
        cmocka_unit_test(begins_anew_after_a_reset),
        cmocka_unit_test(refuses_what_might_not_fit),
        cmocka_unit_test(a_run_of_lead_bytes_has_room_for_all_that_becomes_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
