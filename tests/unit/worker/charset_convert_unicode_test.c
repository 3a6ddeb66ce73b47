/* Goal: broken UTF-8 and UTF-16 become U+FFFD as the Encoding Standard counts them, in chunks of any size
 * (H57). */
#include "tests/unit/worker/decoded.h"

static const struct decoded rows[] = {
    {"utf-8", "abc\303\244\342\202\254\360\237\230\200", "abc\303\244\342\202\254\360\237\230\200"},
    {"utf-8", "\300\257<", FFFD FFFD "<"},
    {"utf-8", "\355\240\200", FFFD FFFD FFFD},
    {"utf-8", "\360\237\230<", FFFD "<"},
    {"utf-8", "\364\220\200\200", FFFD FFFD FFFD FFFD},
    {"utf-8", "a\342\202", "a" FFFD},
};

static void decodes_in_chunks_of_any_size(void **state)
{
    (void)state;
    check_all_decoded(rows, COUNT_OF(rows));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_in_chunks_of_any_size),
        cmocka_unit_test(decodes_utf16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
