/* Goal: a refresh's URL is found, or not, exactly where WPT finds it (H47). */
#include "tests/unit/corpus.h"
#include "worker/refresh.h"

static void finds_the_url(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        int result;
        const char *url;
    } rows[] = {
        {"0", 0, ""},          {"0;url=x", 1, "x"}, {"5 , URL = 'a\"b' c", 1, "a\"b"},
        {"0;ur'l", 1, "ur'l"}, {"0;url=", 0, ""},   {"x", -1, ""},
        {"", -1, ""},          {"0;url='", 0, ""},  {"0;url'x'", 1, "url'x'"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *url = "";
        size_t size = 0;
        assert_int_equal(refresh_parse(rows[i].content, strlen(rows[i].content), &url, &size),
                         rows[i].result);
        if (rows[i].result == 1 && (size != strlen(rows[i].url) || memcmp(url, rows[i].url, size) != 0))
            fail_msg("%s: %.*s", rows[i].content, (int)size, url);
    }
}

/* The corpus gives URLs as resolved: without the tabs and newlines that the URL parser drops, and without
 * blanks at the ends. */
static void as_resolved(const char *url, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++)
        if (!strchr("\t\n\r", url[i]))
            *out++ = url[i];
    *out = 0;
    while (out[-1] == ' ')
        *--out = 0;
}

static void agrees_with_wpt(void **state)
{
    (void)state;
    json_t *cases = corpus_json("wpt-html-links/meta-refresh.json");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *row = json_array_get(cases, i);
        const json_t *content = json_object_get(row, "content");
        const char *expected = json_string_value(json_object_get(row, "url"));
        int parses = json_is_true(json_object_get(row, "parses"));
        const char *url = NULL;
        size_t size = 0;
        char resolved[256] = "";
        int result = refresh_parse(json_string_value(content), json_string_length(content), &url, &size);
        if (result == 1)
            as_resolved(url, size, resolved);
        if (result != (parses ? expected != NULL : -1) || strcmp(resolved, expected ? expected : "") != 0)
            fail_msg("%s: %d %s, not %s", json_string_value(content), result, resolved, expected);
    }
    corpus_agrees("WPT meta refresh", json_array_size(cases), json_array_size(cases));
    assert_int_equal(json_array_size(cases), 69);
    json_decref(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_url),
        cmocka_unit_test(agrees_with_wpt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
