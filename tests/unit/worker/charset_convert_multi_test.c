/* Goal: East Asian encodings are read as the Encoding Standard says, in chunks of any size, and a broken
 * sequence never hides an ASCII byte (H56, H57). */
#include "tests/unit/worker/decoded.h"

static const struct decoded rows[] = {
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
};

static void decodes_in_chunks_of_any_size(void **state)
{
    (void)state;
    check_all_decoded(rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_in_chunks_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
