/* Goal: workers are told all that the user asked for, and credentials reach no origin but those he listed. */
#include "coordinator/settings.h"
#include "tests/unit/coordinator/rig.h"

static void a_worker_is_told_what_the_user_asked_for(void **state)
{
    (void)state;
    const char *words[] = {"Accept-Language: de", "X: 1", "Cookie: a=b"};
    struct config config = {
        .timeout = 1.5,
        .max_body = 1234,
        .parser = TRAWL__PARSER__PARSER_NONE,
        .links = TRAWL__LINK_KINDS__LINKS_ALL,
        .all_schemes = true,
        .format = CONFIG_JSONL,
        .headers = {.words = words, .count = 3},
        .credentials = 1,
        .proxy = "http://proxy.example:3128",
        .no_verify = true,
        .user_agent_text = "trawl/test",
    };
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    settings_fill(&config, &settings);
    assert_int_equal(settings.timeout_ms, 1500);
    assert_int_equal(settings.max_body, 1234);
    assert_int_equal(settings.parser, TRAWL__PARSER__PARSER_NONE);
    assert_int_equal(settings.links, TRAWL__LINK_KINDS__LINKS_ALL);
    assert_true(settings.all_schemes);
    assert_true(settings.want_rels);
    assert_string_equal(settings.user_agent, "trawl/test");
    assert_int_equal(settings.n_headers, 2);
    assert_string_equal(settings.headers[1], "X: 1");
    assert_int_equal(settings.n_credentials, 1);
    assert_string_equal(settings.credentials[0], "Cookie: a=b");
    assert_string_equal(settings.proxy, "http://proxy.example:3128");
    assert_true(settings.no_verify);
}

static void nothing_asked_for_is_nothing_told(void **state)
{
    (void)state;
    struct config config = {.timeout = 1};
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    settings_fill(&config, &settings);
    assert_int_equal(settings.n_headers + settings.n_credentials, 0);
    assert_string_equal(settings.proxy, "");
    assert_false(settings.no_verify);
}

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    rig.config.credentials = 1;
    rig.crawl.scope = scope_create(SCOPE_ANY, rig.crawl.store, rig.crawl.record.hash_seed);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scope_destroy(&rig.crawl.scope);
    rig_break(&rig);
    return 0;
}

/* A chain of redirects: with them as long as it stays where it began, also when it comes back there. */
static void credentials_do_not_follow_a_redirect_to_another_origin(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        int allowed;
    } hops[] = {
        {"http://a.example/2", 1},     {"https://a.example/", 0}, {"http://a.example:8080/", 0},
        {"http://www.a.example/", 0},  {"http://b.example/", 0},  {"http://a.example/again", 1},
        {"http://a.example.evil/", 0},
    };
    struct session *session = rig_join(&rig, "one");
    scope_list(rig.crawl.scope, "http://a.example/", 17);
    scope_list(rig.crawl.scope, "http://b.example/", 17);
    rig_admit(&rig, "http://a.example/1", "http://a.example/1");
    rig_admit(&rig, "http://b.example/", "http://b.example/own");
    struct lease *other, *lease = rig_grant(&rig, session);
    if (strcmp(lease->entry->url, "http://a.example/1") != 0) {
        other = lease;
        lease = rig_grant(&rig, session);
    } else {
        other = rig_grant(&rig, session);
    }
    assert_true(settings_allow_credentials(&rig.crawl, lease->entry));
    assert_true(settings_allow_credentials(&rig.crawl, other->entry));
    for (size_t i = 0; i < COUNT_OF(hops); i++) {
        struct entry *entry = lease_close(rig.crawl.leases, lease);
        frontier_redirect(rig.crawl.frontier, entry, hops[i].url, strlen(hops[i].url));
        lease = rig_grant(&rig, session);
        assert_string_equal(lease->entry->url, hops[i].url);
        if (settings_allow_credentials(&rig.crawl, lease->entry) != hops[i].allowed)
            fail_msg("%s", hops[i].url);
    }
    rig.config.credentials = 0;
    assert_false(settings_allow_credentials(&rig.crawl, other->entry));
}

/* What links lead to is another matter: the origin must have been listed. */
static void a_followed_page_has_them_only_where_one_was_listed(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        int allowed;
    } cases[] = {
        {"http://a.example/deep/page", 1}, {"https://a.example/", 0}, {"http://a.example:81/", 0},
        {"http://sub.a.example/", 0},      {"http://b.example/", 0},
    };
    scope_list(rig.crawl.scope, "http://a.example/", 17);
    scope_add(rig.crawl.scope, "http://b.example/", 17); /* in scope is not listed */
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct entry *entry = rig_admit(&rig, cases[i].url, cases[i].url);
        if (settings_allow_credentials(&rig.crawl, entry) != cases[i].allowed)
            fail_msg("%s", cases[i].url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_is_told_what_the_user_asked_for),
        cmocka_unit_test(nothing_asked_for_is_nothing_told),
        cmocka_unit_test_setup_teardown(credentials_do_not_follow_a_redirect_to_another_origin, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_followed_page_has_them_only_where_one_was_listed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
