/* Goal: queries of pages that are not in UTF-8 are encoded as browsers do it (H58). */
#include "common/url.h"
#include "tests/unit/corpus.h"

static struct url_base base;

/* Resolves "?" and the text in an encoding and returns the query, a string in out. */
static const char *query(const char *page, const char *name, const char *text, size_t size,
                         char out[URL_LONGEST + 1])
{
    char ref[1024] = "?";
    struct url_parts parts;
    assert_true(size < sizeof ref);
    memcpy(ref + 1, text, size);
    assert_int_equal(url_parse_base(&base, page, strlen(page)), 0);
    struct url_encoding *encoding = url_encoding_create(name);
    url_set_encoding(&base, encoding);
    ssize_t length = url_resolve(&base, ref, size + 1, out, URL_LONGEST, &parts);
    url_encoding_destroy(&encoding);
    assert_true(length > 0);
    out[length] = 0;
    return out + parts.query.at;
}

static void web_platform_tests(void **state)
{
    (void)state;
    char out[URL_LONGEST + 1];
    const char *name;
    json_t *cases = corpus_json("wpt-url/percent-encoding.json"), *item, *expected;
    size_t i, count = 0;
    json_array_foreach(cases, i, item)
    {
        if (!json_is_object(item))
            continue;
        count++;
        const char *input = json_string_value(json_object_get(item, "input"));
        json_object_foreach(json_object_get(item, "output"), name, expected)
        {
            const char *got = query("http://h/", name, input, strlen(input), out);
            if (strcmp(got, json_string_value(expected)) != 0)
                fail_msg("%s in %s: got %s, expected %s", input, name, got, json_string_value(expected));
        }
    }
    corpus_agrees("WPT percent-encoding", count, count);
    json_decref(cases);
}

static void what_the_standard_does_apart(void **state)
{
    (void)state;
    const struct {
        const char *encoding, *text, *expected;
    } examples[] = {
        {"windows-1252", "\xe2\x82\xac\xc2\x81\xc2\x80", "%80%81%26%23128%3B"},
        {"WINDOWS-1251", "\xd0\x96 '\"", "%C6%20%27%22"},
        {"iso-8859-2", "\xff", "%26%2365533%3B"},
        {"koi8-r", "\xd0\xb6", "%D6"},
        {"shift_jis", "\xe3\x83\xbd\xc2\xa5\xe2\x80\xbe", "%81R\\~"},
        {"shift_jis", "\xef\xbd\xb1\xc2\xa2\xef\xbf\xa0", "%B1%26%23162%3B%81%91"},
        {"euc-jp", "\xe6\x97\xa5\xc2\xa9\xef\xbd\xb1", "%C6%FC%26%23169%3B%8E%B1"},
        {"iso-2022-jp",
         "a\xe6\x97\xa5\xe6\x9c\xac"
         "b",
         "a%1B$BF|K\\%1B(Bb"},
        {"iso-2022-jp", "\xef\xbd\xb1\xc2\xa9x", "%1B$B%%22%1B(B%26%23169%3Bx"},
        {"iso-2022-jp",
         "\xc2\xa5"
         "a~",
         "%1B(J\\a%1B(B~"},
        {"gbk", "\xe2\x82\xac\xe4\xb8\xad\xc2\xa9", "%80%D6%D0%26%23169%3B"},
        {"gb18030", "\xe2\x82\xac\xc2\xa9", "%A2%E3%810%848"},
        {"big5", "\xe4\xb8\xad\xe2\x82\xac", "%A4%A4%A3%E1"},
        {"euc-kr", "\xed\x95\x9c", "%C7%D1"},
        {"x-user-defined", "\xef\x9e\x80\xc3\xa9", "%80%26%23233%3B"},
        {"macintosh", "\xc3\xa9\xe2\x88\x86\xce\x94", "%8E%C6%26%23916%3B"},
        {"x-mac-cyrillic", "\xe2\x82\xac\xd0\x96", "%FF%86"},
        {"windows-1258", "\xc3\x83", "%26%23195%3B"},
        {"euc-jp", "\xc2\x80\xee\x80\x80", "%26%23128%3B%26%2357344%3B"},
        {"utf-8", "\xc3\xa9", "%C3%A9"},
        {"utf-16le", "\xc3\xa9", "%C3%A9"},
        {"no such thing", "\xc3\xa9", "%C3%A9"},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        char out[URL_LONGEST + 1];
        const char *got =
            query("http://h/", examples[i].encoding, examples[i].text, strlen(examples[i].text), out);
        if (strcmp(got, examples[i].expected) != 0)
            fail_msg("%s in %s: got %s", examples[i].text, examples[i].encoding, got);
    }
}

static void only_queries_and_only_where_the_standard_says(void **state)
{
    (void)state;
    char out[URL_LONGEST + 1];
    struct url_encoding *encoding = url_encoding_create("windows-1252");
    static const char ref[] = "/\xc3\xa9?\xc3\xa9#\xc3\xa9";
    assert_string_equal(query("ws://h/", "windows-1252", "\xc3\xa9", 2, out), "%C3%A9");
    assert_string_equal(query("x://h/", "windows-1252", "\xc3\xa9", 2, out), "%C3%A9");
    assert_int_equal(url_parse_base(&base, "http://h/", 9), 0);
    url_set_encoding(&base, encoding);
    ssize_t length = url_resolve(&base, ref, strlen(ref), out, URL_LONGEST, NULL);
    assert_true(length > 0);
    out[length] = 0;
    assert_string_equal(out, "http://h/%C3%A9?%E9#%C3%A9");
    url_encoding_destroy(&encoding);
    assert_null(encoding);
    url_encoding_destroy(&encoding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(web_platform_tests),
        cmocka_unit_test(what_the_standard_does_apart),
        cmocka_unit_test(only_queries_and_only_where_the_standard_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
