/* Goal: a set that forgets nothing and invents nothing while it grows, and one fingerprint for all spellings
 * of a URL (H81). */
#include "common/url.h"
#include "coordinator/seen.h"
#include "tests/unit/check.h"

static struct store *store;
static struct seen *seen;

static int setup(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    seen = seen_create(store, 7, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    seen_destroy(&seen);
    assert_null(seen);
    seen_destroy(&seen);
    store_close(&store);
    return 0;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 31) * 0x7fb5d329728ea185u;
    return x ^ x >> 27;
}

static void what_was_added_is_known(void **state)
{
    (void)state;
    enum { MANY = 300000 };
    for (uint64_t i = 1; i <= MANY; i++)
        assert_int_equal(seen_add(seen, mix(i), &(uint64_t){1}), SEEN_NEW);
    assert_int_equal(seen_count(seen), MANY);
    for (uint64_t i = 1; i <= MANY; i++)
        assert_int_equal(seen_add(seen, mix(i), &(uint64_t){1}), SEEN_BEFORE);
    assert_int_equal(seen_count(seen), MANY);
    for (uint64_t i = MANY + 1; i <= 2 * MANY; i++)
        assert_int_equal(seen_add(seen, mix(i), &(uint64_t){1}), SEEN_NEW);
}

/* Places among the recent are chosen by the low bits: all of these share one. */
static void fingerprints_that_meet_are_kept_apart(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 2000; i++)
        assert_int_equal(seen_add(seen, i << 40 | 0xfffff, &(uint64_t){1}), SEEN_NEW);
    for (uint64_t i = 1; i <= 2000; i++)
        assert_int_equal(seen_add(seen, i << 40 | 0xfffff, &(uint64_t){1}), SEEN_BEFORE);
    assert_int_equal(seen_add(seen, UINT64_MAX, &(uint64_t){1}), SEEN_NEW);
    assert_int_equal(seen_add(seen, 1, &(uint64_t){1}), SEEN_NEW);
    assert_int_equal(seen_count(seen), 2002);
}

static uint64_t fingerprint(const char *text)
{
    char url[URL_LONGEST];
    ssize_t size = url_resolve(NULL, text, strlen(text), url, sizeof url, NULL);
    assert_true(size > 0);
    return seen_fingerprint(seen, url, (size_t)size);
}

static void spellings_of_a_url_share_a_fingerprint(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int same;
    } cases[] = {
        {"http://a/", "HTTP://A:80", 1},       {"http://a/", "http://a/#f", 1},
        {"http://a/", "http://u:p@a/", 1},     {"http://a/", "http://a./", 1},
        {"http://a/~x", "http://a/%7ex", 1},   {"http://a/x", "http://a/y/../x", 1},
        {"http://a/", "https://a/", 0},        {"http://a/", "http://a/?", 0},
        {"http://a/x", "http://a/x/", 0},      {"http://a/x", "http://a/X", 0},
        {"http://a/b/c", "http://a/b%2Fc", 0}, {"http://a/", "http://a:81/", 0},
        {"http://a/?x&y", "http://a/?y&x", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(fingerprint(cases[i].a) == fingerprint(cases[i].b), cases[i].same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_added_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(fingerprints_that_meet_are_kept_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(spellings_of_a_url_share_a_fingerprint, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
