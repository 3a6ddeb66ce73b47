/* Goal: what /etc/hosts says counts, in any case and order, whatever nonsense stands beside it; localhost is
 * this machine wherever it is written. */
#include "tests/unit/check.h"
#include "worker/resolve_hosts.h"

#include <unistd.h>

static const char text[] = "# a comment\n"
                           "192.0.2.1\tOne.Test  uno.test # both\n"
                           "\n"
                           "2001:DB8:0::7 one.test\n"
                           "  192.0.2.3 last.test other.localhost\r\n"
                           "not-an-address bad.test\n"
                           "192.0.2.4\n"
                           "fe80::1%lo zone.test\n"
                           "192.0.2.9 #gone.test\n"
                           "192.0.2.5 tail.test";

static const struct {
    const char *name;
    unsigned count;
    const char *first, *second;
} cases[] = {
    {"one.test", 2, "192.0.2.1", "2001:db8::7"},
    {"one.test.", 2, "192.0.2.1", "2001:db8::7"},
    {"uno.test", 1, "192.0.2.1", NULL},
    {"last.test", 1, "192.0.2.3", NULL},
    {"tail.test", 1, "192.0.2.5", NULL},
    {"bad.test", 0, NULL, NULL},
    {"zone.test", 0, NULL, NULL},
    {"gone.test", 0, NULL, NULL},
    {"#gone.test", 0, NULL, NULL},
    {"", 0, NULL, NULL},
    {".", 0, NULL, NULL},
    {"test", 0, NULL, NULL},
    {"localhost", 2, "127.0.0.1", "::1"},
    {"localhost.", 2, "127.0.0.1", "::1"},
    {"a.b.localhost", 2, "127.0.0.1", "::1"},
    {"other.localhost", 1, "192.0.2.3", NULL},
    {"notlocalhost", 0, NULL, NULL},
    {"localhost.test", 0, NULL, NULL},
};

static void every_line_that_makes_sense_counts(void **state)
{
    (void)state;
    char path[] = "/tmp/trawl-hosts-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    struct resolve_hosts *hosts = resolve_hosts_read(path);
    unlink(path);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct resolve_answer answer = {.count = 0};
        bool known = resolve_hosts_find(hosts, cases[i].name, &answer);
        if (known != (cases[i].count > 0) || answer.count != cases[i].count)
            fail_msg("%s: %d, %u addresses", cases[i].name, known, answer.count);
        if (!known)
            continue;
        assert_int_equal(answer.outcome, OUTCOME_OK);
        assert_string_equal(answer.error, "");
        assert_string_equal(answer.addresses[0], cases[i].first);
        if (cases[i].second)
            assert_string_equal(answer.addresses[1], cases[i].second);
    }
    resolve_hosts_destroy(&hosts);
    assert_null(hosts);
    resolve_hosts_destroy(&hosts);
}

static void a_missing_file_says_nothing(void **state)
{
    (void)state;
    struct resolve_answer answer;
    struct resolve_hosts *hosts = resolve_hosts_read("/nonexistent/hosts");
    assert_false(resolve_hosts_find(hosts, "one.test", &answer));
    assert_true(resolve_hosts_find(hosts, "localhost", &answer));
    resolve_hosts_destroy(&hosts);
}

static void a_file_without_end_is_kept_within_bounds(void **state)
{
    (void)state;
    char path[] = "/tmp/trawl-hosts-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    for (unsigned i = 0; i < RESOLVE_HOSTS_MAX + 5; i++)
        fprintf(file, "192.0.2.1 n%u.test\n", i);
    for (unsigned i = 0; i < 50; i++)
        fprintf(file, "192.0.2.%u n1.test\n", i);
    fclose(file);
    struct resolve_hosts *hosts = resolve_hosts_read(path);
    unlink(path);
    struct resolve_answer answer;
    assert_true(resolve_hosts_find(hosts, "n9999.test", &answer));
    assert_false(resolve_hosts_find(hosts, "n10000.test", &answer));
    assert_true(resolve_hosts_find(hosts, "n1.test", &answer));
    assert_int_equal(answer.count, RESOLVE_ADDRESSES_MAX);
    resolve_hosts_destroy(&hosts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_that_makes_sense_counts),
        cmocka_unit_test(a_missing_file_says_nothing),
        cmocka_unit_test(a_file_without_end_is_kept_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
