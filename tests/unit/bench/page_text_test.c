/* Goal: elements close what they open, and whatever looks like a link in a fake leads nowhere that is served.
 */
#include "bench/page_text.h"
#include "tests/unit/check.h"

static void check_element(const struct page_element *element)
{
    size_t end = strlen(element->before);
    char last = element->before[end - 1];
    assert_true(element->weight > 0);
    assert_int_equal(element->quoted, last == '"' || last == '\'');
    if (element->quoted)
        assert_int_equal(element->after[0], last);
    assert_int_equal(element->anchor, strcasestr(element->before, "<link") == NULL);
}

static void elements_close_what_they_open(void **state)
{
    (void)state;
    for (int i = 0; i < PAGE_TEXT_BODY; i++)
        check_element(&page_text_body[i]);
    for (int i = 0; i < PAGE_TEXT_HEAD; i++)
        check_element(&page_text_head[i]);
    assert_true(page_text_body[0].quoted && page_text_head[0].quoted);
}

static void fakes_name_nothing_that_is_served(void **state)
{
    (void)state;
    static const char *const prefixes[] = {
        "/fake/", "mailto:", "tel:",         "javascript:",           " javascript:",
        "data:",  "ftp:",    "http://[oops", "http://127.0.0.1:99999"};
    for (int i = 0; i < PAGE_TEXT_FAKES; i++) {
        for (const char *at = page_text_fakes[i]; (at = strstr(at, "href=")); at++) {
            const char *value = at + 5 + strspn(at + 5, "'\"");
            bool known = *value == '>';
            for (size_t p = 0; p < COUNT_OF(prefixes); p++)
                known = known || strncmp(value, prefixes[p], strlen(prefixes[p])) == 0;
            assert_true(known);
        }
    }
}

static void prose_holds_no_links(void **state)
{
    (void)state;
    for (int i = 0; i < PAGE_TEXT_SENTENCES; i++) {
        assert_true(strlen(page_text_sentences[i]) > 0);
        assert_null(strstr(page_text_sentences[i], "href"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_close_what_they_open),
        cmocka_unit_test(fakes_name_nothing_that_is_served),
        cmocka_unit_test(prose_holds_no_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
