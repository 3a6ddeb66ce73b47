/* Goal: a line has as many columns as the header whatever a stranger sent (H88, H89), and what is unknown is
 * empty. */
#include "coordinator/pages_table.h"
#include "tests/unit/check.h"

static struct buf out;

static int setup(void **state)
{
    (void)state;
    buf_init(&out, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_clear(&out);
    return 0;
}

static const char *line(const struct entry *entry, const struct pages_row *row)
{
    out.size = 0;
    pages_table_write(&out, entry, row);
    buf_append_byte(&out, 0);
    return out.data;
}

static unsigned columns(const char *text)
{
    unsigned count = 1;
    for (; *text; text++)
        count += *text == '\t';
    return count;
}

static struct entry entry = {.source = "http://a/listed", .url = "http://b/final", .hop = 2, .attempt = 3};

static void a_fetched_page_fills_its_columns(void **state)
{
    (void)state;
    struct pages_row row = {
        .outcome = OUTCOME_OK,
        .status = 200,
        .type = "text/html; charset=\"utf-8\"",
        .type_size = 26,
        .charset = "UTF-8",
        .bytes = 1ull << 40,
        .links = 12,
        .worker = "w1",
        .started_ms = 1500.4,
        .total_ms = 99.6,
        .truncated = true,
        .fetched = true,
    };
    assert_string_equal(line(&entry, &row),
                        "http://a/listed\tok\t200\thttp://b/final\t2\ttext/html; charset=\"utf-8\"\tUTF-8\t"
                        "1099511627776\t12\t0\t3\tw1\t1500\t100\t1\t\n");
    assert_int_equal(columns(out.data), columns(pages_table_header));
}

static void what_is_unknown_is_empty(void **state)
{
    (void)state;
    struct pages_row row = {.outcome = OUTCOME_PORT};
    assert_string_equal(line(&entry, &row),
                        "http://a/listed\tport\t\thttp://b/final\t2\t\t\t\t\t0\t3\t\t\t\t0\t\n");
    assert_int_equal(columns(out.data), columns(pages_table_header));
}

static void bytes_of_strangers_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *expected;
    } cases[] = {
        {"a b", 3, "a b"},
        {"a\tb\nc\rd", 7, "a\\x09b\\x0ac\\x0dd"},
        {"a\0b", 3, "a\\x00b"}, /* H75 */
        {"\x1b[31m\x7f\x9b", 7, "\\x1b[31m\\x7f\\x9b"},
        {"C:\\x41", 6, "C:\\\\x41"}, /* so that it can be read back */
        {"\xc3\xa4\xe2\x80\xae", 5, "\\xc3\\xa4\\xe2\\x80\\xae"},
        {"%s%n", 4, "%s%n"}, /* H92 */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char expected[300];
        struct pages_row row = {
            .outcome = OUTCOME_RESET,
            .type = cases[i].bytes,
            .type_size = cases[i].size,
            .error = cases[i].bytes,
            .error_size = cases[i].size,
        };
        snprintf(expected, sizeof expected,
                 "http://a/listed\treset\t\thttp://b/final\t2\t%s\t\t\t\t0\t3\t\t\t\t0\t%s\n",
                 cases[i].expected, cases[i].expected);
        assert_string_equal(line(&entry, &row), expected);
    }
}

static void all_outcomes_have_a_name(void **state)
{
    (void)state;
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++) {
        struct pages_row row = {.outcome = outcome, .fetched = true};
        assert_non_null(strstr(line(&entry, &row), outcome_name(outcome)));
        assert_int_equal(columns(out.data), columns(pages_table_header));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fetched_page_fills_its_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_unknown_is_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_of_strangers_are_escaped, setup, teardown),
        cmocka_unit_test_setup_teardown(all_outcomes_have_a_name, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
