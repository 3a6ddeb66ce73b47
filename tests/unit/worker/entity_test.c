/* Goal: attribute values are decoded as the HTML standard says, byte for byte, and never beyond the buf's
 * limit (H74). */
#include "tests/unit/corpus.h"
#include "worker/entity.h"

static void check(const char *text, size_t size, const char *expected, size_t expected_size)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    assert_int_equal(entity_decode(&out, text, size), 0);
    if (out.size != expected_size || memcmp(out.data, expected, expected_size) != 0)
        fail_msg("%.*s -> %.*s, not %.*s", (int)size, text, (int)out.size, out.data, (int)expected_size,
                 expected);
    buf_clear(&out);
}

static void decodes_by_the_attribute_rule(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"x", "x"},
        {"&amp;", "&"},
        {"&AMP", "&"},
        {"a&amp;b&amp;c", "a&b&c"},
        {"?a=1&copy=2&reg=4", "?a=1&copy=2&reg=4"}, /* H74 */
        {"?a&copy", "?a\302\251"},
        {"&copy&copy;", "\302\251\302\251"},
        {"&copy/", "\302\251/"},
        {"&notit;", "&notit;"},
        {"&notin;", "\342\210\211"},
        {"&notin", "&notin"},
        {"&not-", "\302\254-"},
        {"&nosuch;", "&nosuch;"},
        {"&;", "&;"},
        {"& &", "& &"},
        {"&&amp;", "&&"},
        {"&amp;amp;", "&amp;"},
        {"&fjlig;", "fj"},
        {"&NotEqualTilde;", "\342\211\202\314\270"},
        {"&CounterClockwiseContourIntegral;", "\342\210\263"},
        {"&Aopf;", "\360\235\224\270"},
        {"&#", "&#"},
        {"&#;", "&#;"},
        {"&#x", "&#x"},
        {"&#x;", "&#x;"},
        {"&#xg", "&#xg"},
        {"&#65", "A"},
        {"&#65=", "A="},
        {"&#65B", "AB"},
        {"&#X41;", "A"},
        {"&#x80;", "\342\202\254"},
        {"&#x81;", "\302\201"},
        {"&#0;", "\357\277\275"},
        {"&#xd800;", "\357\277\275"},
        {"&#x110000;", "\357\277\275"},
        {"&#99999999999999999999999999999999;", "\357\277\275"},
        {"&#x10ffff;", "\364\217\277\277"},
        {"&#00000000000000000000000000000000000065;", "A"},
        {"\377\376&lt;\200", "\377\376<\200"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check(rows[i].text, strlen(rows[i].text), rows[i].expected, strlen(rows[i].expected));
    check("a\0&amp;\0", 8, "a\0&\0", 4); /* H75 */
    check("", 0, "", 0);
    check("&amp;", 4, "&", 1); /* the bound is the size, not a NUL */
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 6);
    assert_int_equal(entity_decode(&out, "ab", 2), 0);
    assert_int_equal(entity_decode(&out, "cd&euro;e", 9), -1);
    assert_int_equal(out.size, 2);
    assert_int_equal(entity_decode(&out, "c&euro;", 7), 0);
    assert_memory_equal(out.data, "abc\342\202\254", 6);
    buf_clear(&out);
}

/* The one test of a file that the attribute rule reads otherwise than the rule for text, which the corpus
 * holds. */
static int differs_in_attributes(const char *input, const char *output)
{
    return strncmp(input, "&not", 4) == 0 && strncmp(output, "\302\254", 2) == 0 && input[4] == 'i';
}

/* Tests whose one output token is text apply to attributes too; a start tag holds its value between quotes.
 */
static int check_corpus_case(const json_t *test)
{
    const char *input = json_string_value(json_object_get(test, "input"));
    size_t size = json_string_length(json_object_get(test, "input"));
    const json_t *outputs = json_object_get(test, "output");
    const json_t *token = json_array_get(outputs, 0);
    const char *kind = json_string_value(json_array_get(token, 0));
    const json_t *value = json_array_get(token, 1);
    if (json_array_size(outputs) != 1)
        return 0;
    if (strcmp(kind, "StartTag") == 0) {
        value = json_object_get(json_array_get(token, 2), "a");
        int quoted = strncmp(input, "<h a=&", 6) != 0;
        input += 5 + quoted;
        size -= (size_t)(5 + quoted + quoted + 1);
    } else if (strcmp(kind, "Character") != 0 || differs_in_attributes(input, json_string_value(value))) {
        return 0;
    }
    check(input, size, json_string_value(value), json_string_length(value));
    return 1;
}

static void check_corpus(const char *name, int at_least)
{
    json_t *file = corpus_json(name);
    const json_t *tests = json_object_get(file, "tests");
    int checked = 0;
    for (size_t i = 0; i < json_array_size(tests); i++)
        checked += check_corpus_case(json_array_get(tests, i));
    print_message("%s: %d of %zu tests concern attribute values\n", name, checked, json_array_size(tests));
    assert_true(checked >= at_least);
    json_decref(file);
}

static void agrees_with_html5lib_on_names(void **state)
{
    (void)state;
    check_corpus("html5lib/tokenizer/namedEntities.test", 4210);
}

static void agrees_with_html5lib_on_numbers(void **state)
{
    (void)state;
    check_corpus("html5lib/tokenizer/numericEntities.test", 336);
}

static void agrees_with_html5lib_on_the_rest(void **state)
{
    (void)state;
    check_corpus("html5lib/tokenizer/entities.test", 79);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_by_the_attribute_rule),    cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(agrees_with_html5lib_on_names),    cmocka_unit_test(agrees_with_html5lib_on_numbers),
        cmocka_unit_test(agrees_with_html5lib_on_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
