/* Goal: every outcome has its documented spelling and counts in its documented column. */
#include "common/outcome.h"
#include "tests/unit/check.h"

static const struct {
    const char *class;
    const char *names;
} documented[] = {
    {"done", "ok not_html parse_aborted redirected"},
    {"failed",
     "http_status dns dns_temporary connect tls timeout_connect timeout_first_byte timeout_total stall reset "
     "empty_reply bad_http headers_too_big bad_encoding redirect_loop redirect_limit redirect_bad host_down"},
    {"refused", "robots robots_unreachable address port"},
    {"quarantined", "crashes_worker stalls_worker"},
};

static void spellings_and_columns_are_as_documented(void **state)
{
    (void)state;
    enum outcome outcome = 0;
    for (size_t row = 0; row < COUNT_OF(documented); row++) {
        char names[1000];
        snprintf(names, sizeof names, "%s", documented[row].names);
        for (char *name = strtok(names, " "); name; name = strtok(NULL, " "), outcome++) {
            assert_string_equal(outcome_name(outcome), name);
            assert_string_equal(outcome_class_name(outcome_class(outcome)), documented[row].class);
        }
    }
    assert_int_equal(outcome, OUTCOMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(spellings_and_columns_are_as_documented)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
