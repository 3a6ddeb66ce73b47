/* Goal: srcset gives the URLs of the candidates that a browser would consider, as WPT expects them. */
#include "tests/unit/corpus.h"
#include "worker/srcset.h"

static void check(const char *value, const char *expected)
{
    char found[256] = "";
    struct srcset srcset;
    srcset_init(&srcset, value, strlen(value));
    while (srcset_next(&srcset))
        snprintf(found + strlen(found), sizeof found - strlen(found), "[%.*s]", (int)srcset.url_size,
                 srcset.url);
    if (strcmp(found, expected) != 0)
        fail_msg("%s: %s, not %s", value, found, expected);
}

static void finds_every_candidate(void **state)
{
    (void)state;
    check("", "");
    check("a", "[a]");
    check("a.png, b.png 2x, c.png 3.5e0x", "[a.png][b.png][c.png]");
    check("a,b 1x,c", "[a,b][c]");
    check("a,, b", "[a][b]");
    check("a 100w 50h, b 200w", "[a][b]");
    check("a 50h, b 200w", "[b]");
    check("a (x, y) 1x, b", "[a][b]");
    check("a 1x 2x (x, y, b", "");
    check("a 1x\f,\tb\n2x", "[a][b]");
    check("data:,x 1x, y", "[data:,x][y]");
}

static int holds(const char *value, size_t size, const char *expected)
{
    struct srcset srcset;
    srcset_init(&srcset, value, size);
    int any = 0;
    while (srcset_next(&srcset)) {
        any = 1;
        if (expected && strlen(expected) == srcset.url_size &&
            memcmp(expected, srcset.url, srcset.url_size) == 0)
            return 1;
    }
    return !expected && !any;
}

static void agrees_with_wpt(void **state)
{
    (void)state;
    json_t *cases = corpus_json("wpt-html-links/srcset.json");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *value = json_object_get(json_array_get(cases, i), "srcset");
        const char *expected = json_string_value(json_object_get(json_array_get(cases, i), "expect"));
        if (!holds(json_string_value(value), json_string_length(value), expected))
            fail_msg("%s: not %s", json_string_value(value), expected ? expected : "empty");
    }
    corpus_agrees("WPT srcset", json_array_size(cases), json_array_size(cases));
    assert_int_equal(json_array_size(cases), 105);
    json_decref(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_candidate),
        cmocka_unit_test(agrees_with_wpt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
