/* Goal: the first expression that matches a link decides, an expression that is wrong is said to be at once,
 * and no URL makes one that is right take long (H85). */
#include "coordinator/filter.h"
#include "tests/unit/check.h"

/* Makes a filter of words that begin with + (include) or - (exclude), parted by spaces. */
static struct filter *make(const char *line, char *why, size_t room)
{
    static char words[1000];
    char reason[300] = "";
    const char *list[20], *options[20];
    struct options_list expressions = {list, options, 0};
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        list[expressions.count] = word + 1;
        options[expressions.count++] = *word == '+' ? "include" : "exclude";
    }
    const char *option = "";
    struct filter *filter = filter_create(&expressions, &option, reason, sizeof reason);
    if (!filter)
        snprintf(why, room, "--%s %s", option, reason);
    return filter;
}

static void the_first_that_matches_decides(void **state)
{
    (void)state;
    static const struct {
        const char *expressions, *url;
        bool allowed;
    } cases[] = {
        {"", "http://a/", true},
        {"+x", "http://a/", false},
        {"+x", "http://a/x", true},
        {"-x", "http://a/", true},
        {"-x", "http://a/x", false},
        {"+x -y", "http://a/xy", true},
        {"-y +x", "http://a/xy", false},
        {"-y +x", "http://a/x", true},
        {"-y +x", "http://a/", false},
        {"+keep/ -\\.png$ +/docs/", "http://a/keep/1.png", true},
        {"+keep/ -\\.png$ +/docs/", "http://a/docs/1.png", false},
        {"+keep/ -\\.png$ +/docs/", "http://a/docs/1.html", true},
        {"+keep/ -\\.png$ +/docs/", "http://a/else.html", false},
        {"+^http://a/", "http://a/", true},
        {"+^http://a/", "https://b/?http://a/", false},
        {"+^a", "http://a/", false},
        {"-(^https:|/x$)", "https://a/", false},
        {"-(^https:|/x$)", "http://a/x", false},
        {"-(^https:|/x$)", "http://a/x/y", true},
        {"+^http://[^/]*/$|q", "http://a/", true}, /* | reaches as far as if it stood alone */
        {"+^http://[^/]*/$|q", "http://a/bq", true},
        {"+^http://[^/]*/$|q", "http://a/b", false},
        {"-page=[0-9]{3,}", "http://a/?page=99", true},
        {"-page=[0-9]{3,}", "http://a/?page=100", false},
        {"-[[:upper:]]", "http://a/X", false},
        {"-[[:upper:]]", "http://a/x", true},
        {"-[)(]", "http://a/(", false},
        {"-[])]", "http://a/)", false},
        {"-[^]):/htpa.]", "http://a/x", false},
        {"-[^]):/htpa.]", "http://a/", true},
        {"-[[.).]]", "http://a/)", false},
        {"-[[:digit:])]", "http://a/)", false},
        {"-\\)", "http://a/)", false},
        {"-\\(", "http://a/", true},
        {"-[\\1]", "http://a/1", false}, /* no back-reference */
        {"-a\\\\1", "http://a/1", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char why[300] = "";
        struct filter *filter = make(cases[i].expressions, why, sizeof why);
        if (!filter)
            fail_msg("%s", why);
        if (filter_allows(filter, cases[i].url, strlen(cases[i].url)) != cases[i].allowed)
            fail_msg("%s: %s", cases[i].expressions, cases[i].url);
        filter_destroy(&filter);
        assert_null(filter);
    }
    assert_true(filter_allows(NULL, "http://a/", 9));
}

/* What stands behind the URL is none of the filter's. */
static void the_url_ends_where_its_size_says(void **state)
{
    (void)state;
    struct filter *filter = make("+a/$", NULL, 0);
    assert_true(filter_allows(filter, "http://a/xyz", 9));
    assert_false(filter_allows(filter, "http://a/xyz", 10));
    filter_destroy(&filter);
    filter = make("-x", NULL, 0);
    assert_true(filter_allows(filter, "http://a/xyz", 9));
    filter_destroy(&filter);
}

static void what_is_wrong_is_said_with_the_expression(void **state)
{
    (void)state;
    static const struct {
        const char *expressions, *why;
    } cases[] = {
        {"+a -(b", "--exclude '(b': Unmatched ( or \\(; escape it as \\("},
        {"+[a", "--include '[a': Unmatched [, [^, [:, [., or [=; escape it as \\["},
        {"+a[", "--include 'a[': Unmatched [, [^, [:, [., or [=; escape it as \\["},
        {"+*a", "--include '*a': Invalid preceding regular expression; escape it as \\*"},
        {"+a|?", "--include 'a|?': Invalid preceding regular expression; escape it as \\?"},
        {"-a{2,1}", "--exclude 'a{2,1}': Invalid content of \\{\\}"},
        {"-[z-a]", "--exclude '[z-a]': Invalid range end"},
        {"-a\\", "--exclude 'a\\': Trailing backslash"},
        {"-[[:foo:]]", "--exclude '[[:foo:]]': Invalid character class name"},
        {"-a)", "--exclude 'a)': Unmatched ); escape it as \\)"},
        {"-(a))|(b)", "--exclude '(a))|(b)': Unmatched ); escape it as \\)"},
        {"-", "--exclude '': it is empty and would match every URL"},
        {"+(a)\\1", "--include '(a)\\1': back-references are not supported"},
        {"-\xc3\xa4", "--exclude '\xc3\xa4': it holds a byte that no URL does: they are printable ASCII"},
        {"+a\n", "--include 'a\n': it holds a byte that no URL does: they are printable ASCII"},
        {"+[(]\\9", "--include '[(]\\9': Invalid back reference"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char why[300] = "";
        struct filter *filter = make(cases[i].expressions, why, sizeof why);
        assert_null(filter);
        assert_string_equal(why, cases[i].why);
    }
}

/* H85: tried from every beginning the worst of these takes 15 ms a URL, that is 30 s for a page full of them.
 */
static void the_longest_hostile_url_is_judged_at_once(void **state)
{
    (void)state;
    static const char *const expressions[] = {
        "-a*a*a*a*a*a*a*a*b$",    "-(a|aa)+$.",  "-(a*)*b",    "-(a+a+)+b",
        "-[a-z]*x[a-z]*y[a-z]*z", "-(.*a){20}b", "-(a|b|ab)*Z"};
    char url[FILTER_LONGEST + 1] = "http://example.com/";
    size_t begun = strlen(url);
    memset(url + begun, 'a', sizeof url - begun);
    for (size_t i = 0; i < COUNT_OF(expressions); i++) {
        struct filter *filter = make(expressions[i], NULL, 0);
        assert_non_null(filter);
        for (int again = 0; again < 100; again++)
            assert_true(filter_allows(filter, url, FILTER_LONGEST));
        assert_false(filter_allows(filter, url, FILTER_LONGEST + 1)); /* is not tried */
        filter_destroy(&filter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_matches_decides),
        cmocka_unit_test(the_url_ends_where_its_size_says),
        cmocka_unit_test(what_is_wrong_is_said_with_the_expression),
        cmocka_unit_test(the_longest_hostile_url_is_judged_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
