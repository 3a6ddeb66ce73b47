/* Goal: a buf holds exactly what was appended, refuses what would pass its limit whole, and gives memory
 * back. */
#include "common/buf.h"
#include "tests/unit/check.h"

static void appends_up_to_the_limit_and_not_beyond(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    assert_int_equal(buf_append(&buf, "01234", 5), 0);
    assert_int_equal(buf_append(&buf, "567890", 6), -1);
    assert_int_equal(buf.size, 5);
    assert_int_equal(buf_append_string(&buf, "56789"), 0);
    assert_int_equal(buf_append_byte(&buf, 'x'), -1);
    assert_memory_equal(buf.data, "0123456789", 10);
    buf_clear(&buf);
    assert_int_equal(buf_append(&buf, "0123456789", 10), 0);
    buf_clear(&buf);
}

static void grows_over_many_appends(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1 << 20);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf_append_format(&buf, "%05d", i), 0);
    assert_int_equal(buf.size, 50000);
    assert_memory_equal(buf.data + 49995, "09999", 5);
    buf_clear(&buf);
}

static void consumes_from_the_front(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    buf_append_string(&buf, "abcdef");
    buf_consume(&buf, 2);
    assert_int_equal(buf.size, 4);
    assert_memory_equal(buf.data, "cdef", 4);
    buf_consume(&buf, 100);
    assert_int_equal(buf.size, 0);
    buf_clear(&buf);
}

static void reset_gives_back_what_is_large(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1 << 20);
    buf_reserve(&buf, 100000);
    buf_reset(&buf, 200000);
    assert_non_null(buf.data);
    buf_reset(&buf, 1000);
    assert_null(buf.data);
    assert_non_null(buf_reserve(&buf, 0));
    buf_clear(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_up_to_the_limit_and_not_beyond),
        cmocka_unit_test(grows_over_many_appends),
        cmocka_unit_test(consumes_from_the_front),
        cmocka_unit_test(reset_gives_back_what_is_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
