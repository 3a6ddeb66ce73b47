/* Goal: a Content-Type gives the type and the charset that the MIME standard reads in it (H55). */
#include "tests/unit/corpus.h"
#include "worker/content_type.h"

#include <strings.h>

static void reads_types(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int result;
        const char *essence;
        const char *charset;
    } rows[] = {
        {"text/html", 0, "text/html", NULL},
        {" Text/HTML ; Charset=\"koi8-r\" ", 0, "text/html", "KOI8-R"},
        {"text/html;charset=", 0, "text/html", NULL},
        {"text/html;charset=\"\\u\\t\\f-8\"", 0, "text/html", "UTF-8"},
        {"text/html; charset=utf-7", 0, "text/html", NULL},
        {"text/html; charset=\"utf-8", 0, "text/html", "UTF-8"}, /* H56 */
        {"text", -1, "", NULL},
        {"text/", -1, "", NULL},
        {"/html", -1, "", NULL},
        {"", -1, "", NULL},
        {"te xt/html; charset=utf-8", -1, "", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct content_type type;
        assert_int_equal(content_type_parse(&type, rows[i].value, strlen(rows[i].value)), rows[i].result);
        assert_string_equal(type.essence, rows[i].essence);
        assert_string_equal(type.charset ? charset_name(type.charset) : "",
                            rows[i].charset ? rows[i].charset : "");
    }
}

/* The corpus writes a header's bytes as the characters U+0000 to U+00FF. */
static size_t to_bytes(const char *utf8, size_t size, char *bytes)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)utf8[i];
        if (c < 0x80)
            bytes[used++] = (char)c;
        else
            bytes[used++] = (char)((c & 3) << 6 | ((unsigned char)utf8[++i] & 0x3f));
    }
    return used;
}

static void check_corpus(const char *name, int expected_with_charset)
{
    json_t *cases = corpus_json(name);
    int checked = 0;
    int with_charset = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *row = json_array_get(cases, i);
        const json_t *input = json_object_get(row, "input");
        const json_t *output = json_object_get(row, "output");
        const json_t *encoding = json_object_get(row, "encoding");
        const char *wanted = json_is_string(encoding) ? json_string_value(encoding) : "none";
        char bytes[1024];
        struct content_type type;
        if (!json_is_string(input) || json_string_length(input) > sizeof bytes)
            continue;
        size_t size = to_bytes(json_string_value(input), json_string_length(input), bytes);
        int result = content_type_parse(&type, bytes, size);
        const char *found = type.charset ? charset_name(type.charset) : "none";
        if ((result == 0) != json_is_string(output) || (encoding && strcasecmp(found, wanted) != 0))
            fail_msg("%s: %d, %s", json_string_value(input), result, found);
        if (result == 0 && *type.essence)
            assert_memory_equal(json_string_value(output), type.essence, strlen(type.essence));
        checked++;
        with_charset += encoding != NULL;
    }
    corpus_agrees(name, (size_t)checked, (size_t)checked);
    if (with_charset)
        corpus_agrees("WPT MIME types, with a charset", (size_t)with_charset, (size_t)with_charset);
    assert_int_equal(with_charset, expected_with_charset);
    json_decref(cases);
}

static void agrees_with_wpt(void **state)
{
    (void)state;
    check_corpus("wpt-mime/mime-types.json", 40);
    check_corpus("wpt-mime/generated-mime-types.json", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_types),
        cmocka_unit_test(agrees_with_wpt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
