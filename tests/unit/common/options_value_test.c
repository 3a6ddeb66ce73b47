/* Goal: each kind of option reads the values it documents, refuses all others without storing, and says what
 * it takes. */
#include "common/options_value.h"
#include "tests/unit/check.h"

struct settings {
    bool flag;
    int number;
    int64_t large;
    double time;
    size_t size;
    const char *text;
    enum scope { HOST, DOMAIN, ANY } scope;
    struct options_list list;
};

static const struct options_row flag = {.name = "flag", OPTIONS_FLAG(struct settings, flag)};
static const struct options_row number = {.name = "number",
                                          OPTIONS_INTEGER(struct settings, number, -3, 1024)};
static const struct options_row large = {.name = "large",
                                         OPTIONS_INTEGER(struct settings, large, 1, OPTIONS_NO_LIMIT)};
static const struct options_row seconds = {.name = "time",
                                           OPTIONS_SECONDS(struct settings, time, 0.1, 172800)};
static const struct options_row size = {.name = "size", OPTIONS_BYTES(struct settings, size, 1024, 3u << 30)};
static const struct options_row hour = {.name = "hour", OPTIONS_SECONDS(struct settings, time, 0.1, 3600)};
static const struct options_row moment = {.name = "moment", OPTIONS_SECONDS(struct settings, time, 20, 30)};
static const struct options_row little = {.name = "little", OPTIONS_BYTES(struct settings, size, 1, 1024)};
static const struct options_row text = {.name = "text", OPTIONS_STRING(struct settings, text)};
static const struct options_row scope = {.name = "scope",
                                         OPTIONS_CHOICE(struct settings, scope, "host|domain|any")};
static const struct options_row list = {.name = "list", OPTIONS_LIST(struct settings, list)};

static double stored(const struct options_row *row, const struct settings *settings)
{
    if (row == &flag)
        return settings->flag;
    if (row == &number)
        return settings->number;
    if (row == &large)
        return (double)settings->large;
    if (row == &seconds)
        return settings->time;
    return row == &size ? (double)settings->size : (double)settings->scope;
}

static void values_are_read_as_documented(void **state)
{
    (void)state;
    static const struct {
        const struct options_row *row;
        const char *text;
        double expected;
    } cases[] = {
        {&flag, "1", 1},           {&flag, "yes", 1},        {&flag, "true", 1},
        {&flag, "0", 0},           {&flag, "no", 0},         {&flag, "false", 0},
        {&number, "0", 0},         {&number, "1024", 1024},  {&number, "-3", -3},
        {&number, "007", 7},       {&large, "1", 1},         {&large, "9007199254740992", 9007199254740992.0},
        {&seconds, "30", 30},      {&seconds, "0.5", 0.5},   {&seconds, "90s", 90},
        {&seconds, "10m", 600},    {&seconds, "1.5h", 5400}, {&seconds, "2d", 172800},
        {&size, "1024", 1024},     {&size, "64K", 65536},    {&size, "8M", 8388608},
        {&size, "3G", 3221225472}, {&scope, "host", HOST},   {&scope, "domain", DOMAIN},
        {&scope, "any", ANY},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct settings settings = {.flag = cases[i].expected == 0, .scope = HOST};
        if (options_value_store(cases[i].row, cases[i].text, &settings) < 0)
            fail_msg("--%s %s is refused", cases[i].row->name, cases[i].text);
        if (stored(cases[i].row, &settings) != cases[i].expected)
            fail_msg("--%s %s stores %g", cases[i].row->name, cases[i].text, stored(cases[i].row, &settings));
    }
}

static void all_else_is_refused_and_stores_nothing(void **state)
{
    (void)state;
    static const struct {
        const struct options_row *row;
        const char *texts[24];
    } cases[] = {
        {&flag, {"", "2", "YES", "y", "on", "1 "}},
        {&number,
         {"", "-", "-4", "1025", "+5", " 5", "5 ", "5x", "0x5", "1e2", "5.0", "5K", "nine",
          "99999999999999999999"}},
        {&large, {"0", "9007199254740993999", "1K"}},
        {&seconds,
         {"", ".", ".5", "5.", "0.09", "-1", "inf", "nan", "1e1", "5 m", "5ms", "5mm", "5M", "3d", "1.2.3",
          "0x1"}},
        {&size, {"", "1023", "0K", "4G", "1.5M", "8MB", "8m", "-1", "M", "99999999999999999999G"}},
        {&scope, {"", "hosts", "hos", "host|domain", "|", "Host"}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t j = 0; cases[i].texts[j]; j++) {
            struct settings settings, before;
            memset(&settings, 0, sizeof settings);
            memcpy(&before, &settings, sizeof before);
            if (options_value_store(cases[i].row, cases[i].texts[j], &settings) == 0)
                fail_msg("--%s '%s' is accepted", cases[i].row->name, cases[i].texts[j]);
            assert_memory_equal(&settings, &before, sizeof before);
        }
}

static void texts_and_lists_keep_what_they_are_given(void **state)
{
    (void)state;
    struct settings settings = {0};
    const char *word = "any = text";
    assert_int_equal(options_value_store(&text, word, &settings), 0);
    assert_ptr_equal(settings.text, word);
    assert_int_equal(options_value_store(&list, word, &settings), 0);
    assert_int_equal(options_value_store(&list, "", &settings), 0);
    assert_int_equal(settings.list.count, 2);
    assert_ptr_equal(settings.list.words[0], word);
    assert_string_equal(settings.list.words[1], "");
    assert_string_equal(settings.list.options[1], "list");
    options_list_clear(&settings.list);
    assert_int_equal(settings.list.count, 0);
    assert_null(settings.list.words);
}

static void what_is_allowed_is_told(void **state)
{
    (void)state;
    static const struct {
        const struct options_row *row;
        const char *expected;
    } cases[] = {
        {&number, "a whole number from -3 to 1024"},
        {&large, "a whole number of at least 1"},
        {&seconds, "a time in seconds from 0.1 to 2d, such as 0.5, 30, 10m, 2h or 1d"},
        {&hour, "a time in seconds from 0.1 to 1h, such as 0.5, 30 or 10m"},
        {&moment, "a time in seconds from 20 to 30, such as 30"},
        {&little, "a size in bytes from 1 to 1K"},
        {&size, "a size in bytes from 1K to 3G, such as 65536, 64K, 8M or 1G"},
        {&scope, "one of host, domain, any"},
        {&flag, "1, yes, true, 0, no or false"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char allowed[200];
        options_value_allowed(cases[i].row, allowed, sizeof allowed);
        assert_string_equal(allowed, cases[i].expected);
        options_value_allowed(cases[i].row, allowed, 12);
        assert_true(strlen(allowed) < 12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_as_documented),
        cmocka_unit_test(all_else_is_refused_and_stores_nothing),
        cmocka_unit_test(texts_and_lists_keep_what_they_are_given),
        cmocka_unit_test(what_is_allowed_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
