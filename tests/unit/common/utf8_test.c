/* Goal: UTF-8 is decoded as the Encoding Standard's decoder does, whatever is broken in it (H57). */
#include "common/utf8.h"
#include "tests/unit/check.h"

static void examples_of_all_kinds(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint32_t code_point;
        size_t took;
    } examples[] = {
        {"a", 'a', 1},
        {"\xc3\xa9", 0xe9, 2},
        {"\xe2\x82\xac", 0x20ac, 3},
        {"\xf0\x9f\x92\xa9", 0x1f4a9, 4},
        {"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
        {"\xc0\xaf", 0xfffd, 1},
        {"\xe0\x80\x80", 0xfffd, 1},
        {"\xe2\x82", 0xfffd, 2},
        {"\xe2\x82x", 0xfffd, 2},
        {"\xed\xa0\x80", 0xfffd, 1},
        {"\xf0\x80\x80\x80", 0xfffd, 1},
        {"\xf0\x9f\x92", 0xfffd, 3},
        {"\xf4\x90\x80\x80", 0xfffd, 1},
        {"\xf5\x80", 0xfffd, 1},
        {"\x80", 0xfffd, 1},
        {"\xff", 0xfffd, 1},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        uint32_t code_point;
        assert_int_equal(utf8_decode(examples[i].text, strlen(examples[i].text), &code_point),
                         examples[i].took);
        assert_int_equal(code_point, examples[i].code_point);
    }
}

static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0x80; c < 0x110000; c++) {
        char text[4];
        size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = size - 1; i > 0; i--)
            text[i] = (char)(0x80 | ((c >> (6 * (size - 1 - i))) & 0x3f));
        text[0] = (char)((0xf00 >> size) | (c >> (6 * (size - 1))));
        uint32_t code_point;
        int surrogate = c >= 0xd800 && c < 0xe000;
        assert_int_equal(utf8_decode(text, size, &code_point), surrogate ? 1 : size);
        assert_int_equal(code_point, surrogate ? 0xfffd : c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_all_kinds),
        cmocka_unit_test(every_code_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
