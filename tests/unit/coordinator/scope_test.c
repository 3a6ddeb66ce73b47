/* Goal: what is followed into are the hosts of the seeds or their domains, as the public suffix list draws
 * the line (H80), whatever was asked before and across processes. */
#include "common/url.h"
#include "coordinator/scope.h"
#include "tests/unit/corpus.h"

static struct store *store;
static struct scope *scope;

static int setup(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scope_destroy(&scope);
    assert_null(scope);
    scope_destroy(&scope);
    store_close(&store);
    return 0;
}

static void begin(enum scope_kind kind)
{
    static uint64_t seed; /* a new one makes what the store holds strange */
    scope_destroy(&scope);
    scope = scope_create(kind, store, ++seed);
}

static size_t serialise(const char *text, char *url)
{
    ssize_t size = url_resolve(NULL, text, strlen(text), url, URL_LONGEST, NULL);
    if (size < 0)
        fail_msg("%s is no URL", text);
    return (size_t)size;
}

static void add(const char *text)
{
    char url[URL_LONGEST];
    size_t size = serialise(text, url);
    scope_add(scope, url, size);
}

static int holds(const char *text)
{
    char url[URL_LONGEST];
    size_t size = serialise(text, url);
    return scope_holds(scope, url, size);
}

/* By scope: the host, its domain, any. */
static void each_kind_draws_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *seed, *link, *in;
    } cases[] = {
        {"http://example.com/", "http://example.com/x?y#z", "111"},
        {"http://example.com/", "https://example.com:8443/", "111"},
        {"http://example.com/", "http://u:p@EXAMPLE.com/", "111"},
        {"http://example.com/", "http://example.com./", "111"},
        {"http://example.com./", "http://example.com/", "111"},
        {"http://example.com/", "http://example.com../", "001"},
        {"http://example.com/", "http://www.example.com/", "011"},
        {"http://a.b.example.com/", "http://c.example.com/", "011"},
        {"http://example.com/", "http://example.org/", "001"},
        {"http://example.com/", "http://com/", "001"},
        {"http://example.com/", "http://notexample.com/", "001"},
        {"http://example.com/", "http://example.com.evil.net/", "001"},
        {"http://example.com/", "http://other.net/example.com/", "001"},
        {"http://a.co.uk/", "http://b.co.uk/", "001"},
        {"http://a.co.uk/", "http://www.a.co.uk/", "011"},
        {"http://co.uk/", "http://co.uk/", "111"},
        {"http://co.uk/", "http://a.co.uk/", "001"},
        {"http://me.github.io/", "http://you.github.io/", "001"},
        {"http://bare.test/", "http://www.bare.test/", "011"},
        {"http://localhost/", "http://localhost:8080/", "111"},
        {"http://localhost/", "http://a.localhost/", "001"},
        {"http://127.0.0.1:1/", "http://127.0.0.1:2/", "111"},
        {"http://127.0.0.1/", "http://1.0.0.1/", "001"},
        {"http://[::1]:80/", "http://[::1]/", "111"},
        {"http://[::1]/", "http://[::2]/", "001"},
        {"http://b\xc3\xbc"
         "cher.example.com/",
         "http://xn--bcher-kva.example.com/", "111"},
        {"http://x.\xe5\x85\xac\xe5\x8f\xb8.cn/", "http://y.x.xn--55qx5d.cn/", "011"},
        {"http://x.\xe5\x85\xac\xe5\x8f\xb8.cn/", "http://y.xn--55qx5d.cn/", "001"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (enum scope_kind kind = SCOPE_HOST; kind <= SCOPE_ANY; kind++) {
            begin(kind);
            add(cases[i].seed);
            if (holds(cases[i].link) != (cases[i].in[kind] == '1'))
                fail_msg("from %s to %s in scope %d", cases[i].seed, cases[i].link, kind);
        }
}

/* Nobody's second answer may differ from the first, unless a host has joined. */
static void a_host_that_joins_changes_answers_given_before(void **state)
{
    (void)state;
    begin(SCOPE_DOMAIN);
    for (int again = 0; again < 2; again++) {
        assert_false(holds("http://www.example.com/"));
        assert_false(holds("http://www.example.org/"));
    }
    add("http://example.com/");
    add("http://static.example.com/");
    for (int again = 0; again < 2; again++) {
        assert_true(holds("http://www.example.com/"));
        assert_false(holds("http://www.example.org/"));
    }
    add("http://example.org/");
    assert_true(holds("http://www.example.com/"));
    assert_true(holds("http://www.example.org/"));
}

/* More hosts than answers are remembered. */
static void many_hosts_are_kept_apart(void **state)
{
    (void)state;
    enum { MANY = 30000 };
    char url[100];
    begin(SCOPE_HOST);
    for (int i = 0; i < MANY; i += 2) {
        int size = snprintf(url, sizeof url, "http://host%d.example/", i);
        scope_add(scope, url, (size_t)size);
    }
    for (int again = 0; again < 2; again++)
        for (int i = 0; i < MANY; i++) {
            int size = snprintf(url, sizeof url, "https://host%d.example:99/page", i);
            if (scope_holds(scope, url, (size_t)size) != (i % 2 == 0))
                fail_msg("%s", url);
        }
}

static void the_next_process_knows_who_joined(void **state)
{
    (void)state;
    char url[URL_LONGEST];
    size_t size = serialise("http://www.bare.test/", url);
    scope = scope_create(SCOPE_HOST, store, 9);
    scope_add(scope, url, size);
    scope_destroy(&scope);
    assert_int_equal(store_commit(store, 0), 0);
    scope = scope_create(SCOPE_HOST, store, 9);
    assert_true(scope_holds(scope, url, size));
    assert_false(holds("http://bare.test/"));
}

/* A name longer than DNS has room for, and one without end, count whole. */
static void overlong_names_count_whole(void **state)
{
    (void)state;
    char url[600];
    begin(SCOPE_DOMAIN);
    memcpy(url, "http://", 7);
    memset(url + 7, 'a', 300);
    strcpy(url + 307, ".example.com/");
    scope_add(scope, url, strlen(url));
    assert_true(scope_holds(scope, url, strlen(url)));
    assert_false(holds("http://example.com/"));
}

static int is_listed(const char *url)
{
    return scope_is_listed(scope, url, strlen(url));
}

static void origins_are_listed_apart_from_names(void **state)
{
    (void)state;
    begin(SCOPE_HOST);
    add("http://a.example/");
    assert_false(is_listed("http://a.example/"));
    scope_list(scope, "https://b.example:8443/x?y", 26);
    assert_false(holds("https://b.example:8443/x?y"));
    assert_true(is_listed("https://b.example:8443/"));
    assert_false(is_listed("https://b.example/"));
    assert_false(is_listed("http://b.example:8443/"));
    assert_false(is_listed("https://www.b.example:8443/"));
}

/* ---- the list's own tests: NAME and its registrable domain, or null, a line */

static void check_domain(const char *name, const char *domain)
{
    char text[300], url[URL_LONGEST];
    snprintf(text, sizeof text, "http://%s/", name);
    if (url_resolve(NULL, text, strlen(text), url, sizeof url, NULL) < 0)
        return;
    begin(SCOPE_DOMAIN);
    add(text);
    assert_true(holds(text));
    int whole = !strcmp(domain, "null");
    snprintf(text, sizeof text, "http://sister.%s/", whole ? name : domain);
    if (holds(text) == whole)
        fail_msg("%s: %s", name, domain);
    const char *above = strchr(domain, '.');
    snprintf(text, sizeof text, "http://sister%s/", above ? above : ".example.net");
    if (holds(text))
        fail_msg("%s: %s is too much", name, domain);
}

static void the_lists_own_cases(void **state)
{
    (void)state;
    char line[300], name[150], domain[150];
    unsigned cases = 0;
    FILE *file = corpus_open("psl/tests.txt");
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%149s %149s", name, domain) == 2 && strncmp(line, "//", 2) != 0 &&
            strcmp(name, "null") != 0 && name[0] != '.') {
            check_domain(name, domain);
            cases++;
        }
    fclose(file);
    print_message("%u cases\n", cases);
    assert_true(cases > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_kind_draws_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_host_that_joins_changes_answers_given_before, setup, teardown),
        cmocka_unit_test_setup_teardown(many_hosts_are_kept_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_process_knows_who_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(overlong_names_count_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(origins_are_listed_apart_from_names, setup, teardown),
        cmocka_unit_test_setup_teardown(the_lists_own_cases, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
