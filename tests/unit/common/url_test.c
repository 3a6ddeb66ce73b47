/* Goal: references resolve as in browsers: by hand-made tables, by the web platform tests, by the SSRF
 * vectors (H59, H81). */
#include "common/url.h"
#include "tests/unit/corpus.h"

/* ---- tables ---------------------------------------------------------------------------------------- */

struct example {
    const char *base; /* NULL for none */
    const char *ref;
    const char *expected; /* NULL for failure */
};

static struct url_base base;

/* Resolves into out, a string then. Returns NULL for failure. */
static const char *resolve(const char *base_text, const char *ref, size_t size, char out[URL_LONGEST + 1],
                           struct url_parts *parts)
{
    if (base_text && url_parse_base(&base, base_text, strlen(base_text)) < 0)
        return NULL;
    ssize_t length = url_resolve(base_text ? &base : NULL, ref, size, out, URL_LONGEST, parts);
    if (length < 0)
        return NULL;
    out[length] = 0;
    return out;
}

static void check_examples(const struct example *examples, size_t count)
{
    char out[URL_LONGEST + 1];
    for (size_t i = 0; i < count; i++) {
        const struct example *e = &examples[i];
        const char *got = resolve(e->base, e->ref, strlen(e->ref), out, NULL);
        if (!got != !e->expected || (got && strcmp(got, e->expected) != 0))
            fail_msg("%s on %s: got %s, expected %s", e->ref, e->base ? e->base : "nothing",
                     got ? got : "failure", e->expected ? e->expected : "failure");
    }
}

static void relative_references_join_the_base(void **state)
{
    (void)state;
    static const char b[] = "http://h.example:8080/a/b/c.html?q=1#f";
    const struct example examples[] = {
        {b, "foo.html", "http://h.example:8080/a/b/foo.html"},
        {b, "../x/y.html#frag", "http://h.example:8080/a/x/y.html#frag"},
        {b, "/abs", "http://h.example:8080/abs"},
        {b, "http://host/p", "http://host/p"},
        {b, "http://host", "http://host/"},
        {b, "http://h.example:8080/z?y", "http://h.example:8080/z?y"},
        {b, "//host/p", "http://host/p"},
        {b, "", "http://h.example:8080/a/b/c.html?q=1"},
        {b, "?x", "http://h.example:8080/a/b/c.html?x"},
        {b, "?", "http://h.example:8080/a/b/c.html?"},
        {b, "#f", "http://h.example:8080/a/b/c.html?q=1#f"},
        {b, "#", "http://h.example:8080/a/b/c.html?q=1#"},
        {b, ".", "http://h.example:8080/a/b/"},
        {b, "..", "http://h.example:8080/a/"},
        {b, "./", "http://h.example:8080/a/b/"},
        {b, "../../../../up", "http://h.example:8080/up"},
        {b, "../?q", "http://h.example:8080/a/?q"},
        {b, "..//x", "http://h.example:8080/a//x"},
        {b, "x/./y/../z", "http://h.example:8080/a/b/x/z"},
        {b, "%2e%2E/x", "http://h.example:8080/a/x"},
        {b, "../%2e./x", "http://h.example:8080/x"},
        {b, "/.well-known/x", "http://h.example:8080/.well-known/x"},
        {b, "x:y", "x:y"},
        {b, "./x:y", "http://h.example:8080/a/b/x:y"},
        {b, "http:x", "http://h.example:8080/a/b/x"},
        {b, "https:x", "https://x/"},
        {b, "http:/x", "http://h.example:8080/x"},
        {b, "///host/p", "http://host/p"},
        {"http://u:p@h/a/b", "c", "http://u:p@h/a/c"},
        {"mailto:a@b", "#f", "mailto:a@b#f"},
        {"mailto:a@b", "x", NULL},
        {NULL, "x", NULL},
        {NULL, "", NULL},
    };
    check_examples(examples, COUNT_OF(examples));
}

static void spelling_is_mended_on_the_way(void **state)
{
    (void)state;
    static const char b[] = "http://h/a/b";
    const struct example examples[] = {
        {b, "  foo.html\n", "http://h/a/foo.html"},
        {b, "fo\to.h\r\ntml", "http://h/a/foo.html"},
        {b, "ht\ntp://x\t/", "http://x/"},
        {b, "a b", "http://h/a/a%20b"},
        {b, "a\\b", "http://h/a/a/b"},
        {b, "\\\\host\\p", "http://host/p"},
        {b, "HTTP://EXAMPLE.COM/Path", "http://example.com/Path"},
        {b, "http://x:80/", "http://x/"},
        {b, "https://x:443/", "https://x/"},
        {b, "http://x:443/", "http://x:443/"},
        {b, "http://x:00080/", "http://x/"},
        {b, "http://x:65536/", NULL},
        {b, "http://x:8a/", NULL},
        {b, "http://x:/", "http://x/"},
        {b, "\xc3\xa9t\xc3\xa9", "http://h/a/%C3%A9t%C3%A9"},
        {b, "?\xc3\xa9'\"", "http://h/a/b?%C3%A9%27%22"},
        {b, "#\xc3\xa9`", "http://h/a/b#%C3%A9%60"},
        {b,
         "a\xff"
         "b\xe2\x82",
         "http://h/a/a%EF%BF%BDb%EF%BF%BD"}, /* H57 */
        {b, "a|b^c", "http://h/a/a|b%5Ec"},
        {b, "%7e%zz%", "http://h/a/%7e%zz%"},
        {b, "http://user@host@x/", "http://user%40host@x/"},
        {b, "http://@x/", "http://x/"},
        {b, "http://:@x/", "http://x/"},
        {b, "http://:p@x/", "http://:p@x/"},
        {b, "http://", NULL},
        {b, "http://a b/", NULL},
        {b, "mailto:A b@c?d", "mailto:A b@c?d"},
        {b, "javascript:alert(1) ", "javascript:alert(1)"},
        {b, "data:text/plain, x ?y", "data:text/plain, x%20?y"},
        {b, "web+x:/.//y", "web+x:/.//y"},
        {b, "file:///C|/x/../..", "file:///C:/"},
    };
    check_examples(examples, COUNT_OF(examples));
}

/* ---- other people's cases -------------------------------------------------------------------------- */

static const char *member(json_t *item, const char *name)
{
    return json_string_value(json_object_get(item, name));
}

/* Whether a part is as WPT has it, where it is with the punctuation `before` unless it is empty. */
static bool same_part(const char *url, struct url_slice part, const char *before, const char *after,
                      const char *expected)
{
    char text[URL_LONGEST + 8] = "";
    if (!expected)
        return true;
    if (part.size)
        snprintf(text, sizeof text, "%s%.*s%s", before, part.size, url + part.at, after);
    return strcmp(text, expected) == 0;
}

static bool same_parts(const char *url, const struct url_parts *parts, json_t *item)
{
    char port[12] = "";
    if (parts->port >= 0)
        snprintf(port, sizeof port, "%d", parts->port);
    struct url_parts again;
    url_split(url, strlen(url), &again);
    return same_part(url, parts->scheme, "", ":", member(item, "protocol")) &&
           same_part(url, parts->username, "", "", member(item, "username")) &&
           same_part(url, parts->password, "", "", member(item, "password")) &&
           same_part(url, parts->host, "", "", member(item, "hostname")) &&
           same_part(url, parts->path, "", "", member(item, "pathname")) &&
           same_part(url, parts->query, "?", "", member(item, "search")) &&
           same_part(url, parts->fragment, "#", "", member(item, "hash")) &&
           (!member(item, "port") || strcmp(member(item, "port"), port) == 0) &&
           memcmp(&again, parts, offsetof(struct url_parts, opaque) + 1) == 0;
}

static bool passes(json_t *item, char out[URL_LONGEST + 1], const char **got)
{
    struct url_parts parts;
    json_t *input = json_object_get(item, "input");
    *got = resolve(member(item, "base"), json_string_value(input), json_string_length(input), out, &parts);
    if (json_is_true(json_object_get(item, "failure")))
        return !*got;
    return *got && strcmp(*got, member(item, "href")) == 0 && same_parts(*got, &parts, item);
}

static void check_cases(const char *name)
{
    json_t *cases = corpus_json(name), *item;
    size_t i, good = 0, bad = 0, count = 0;
    char out[URL_LONGEST + 1];
    json_array_foreach(cases, i, item)
    {
        const char *got;
        if (!json_is_object(item))
            continue;
        count++;
        if (passes(item, out, &got)) {
            good++;
        } else {
            bad++;
            print_message("%s on %s: got %s\n", member(item, "input"), member(item, "base"),
                          got ? got : "failure");
        }
    }
    corpus_agrees(name, good, count);
    json_decref(cases);
    assert_int_equal(bad, 0);
}

static void web_platform_tests(void **state)
{
    (void)state;
    check_cases("wpt-url/urltestdata.json");
}

static void tests_of_another_parser(void **state)
{
    (void)state;
    check_cases("wpt-url/ada_extra_urltestdata.json");
    check_cases("wpt-url/ada_long_urltestdata.json");
}

/* Checks one line of the vectors: url, parses, scheme, canonical host, verdict. Its `\t` stands for a tab. */
static void check_vector(char *line)
{
    char out[URL_LONGEST + 1];
    struct url_parts parts;
    char *fields[5] = {0}, *rest = line;
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        fields[i] = strsep(&rest, "\t");
    assert_non_null(fields[4]);
    const char *url = resolve(NULL, fields[0], strlen(fields[0]), out, &parts);
    if (!url != (*fields[1] == '0'))
        fail_msg("%s: %s", fields[0], url ? url : "failure");
    if (!url)
        return;
    char scheme[64], host[URL_LONGEST];
    snprintf(scheme, sizeof scheme, "%.*s", parts.scheme.size, url);
    snprintf(host, sizeof host, "%.*s", parts.host.size, url + parts.host.at);
    assert_string_equal(scheme, fields[2]);
    assert_string_equal(*host ? host : "-", fields[3]);
}

static void hosts_are_seen_through(void **state) /* H59, H67 */
{
    (void)state;
    FILE *file = corpus_open("ssrf-vectors/url-vectors.tsv");
    char *line = NULL;
    size_t room = 0, count = 0;
    while (getline(&line, &room, file) > 0) {
        if (*line == '#')
            continue;
        line[strcspn(line, "\n")] = 0;
        check_vector(line);
        count++;
    }
    free(line);
    fclose(file);
    corpus_agrees("SSRF vectors, as URLs", count, count);
}

/* ---- bytes and sizes ------------------------------------------------------------------------------- */

static void nul_is_a_byte_like_any_other(void **state) /* H75 */
{
    (void)state;
    char out[URL_LONGEST + 1];
    assert_string_equal(resolve("http://h/a/b", "x\0y", 3, out, NULL), "http://h/a/x%00y");
    assert_string_equal(resolve("http://h/a/b", "\0x\0", 3, out, NULL), "http://h/a/x");
    assert_null(resolve(NULL, "http://a\0b/", 11, out, NULL));
}

static void invalid_bytes_become_replacement_characters(void **state) /* H57 */
{
    (void)state;
    const struct example examples[] = {
        {NULL, "http://h/\xc0\xaf", "http://h/%EF%BF%BD%EF%BF%BD"},
        {NULL, "http://h/\xed\xa0\x80", "http://h/%EF%BF%BD%EF%BF%BD%EF%BF%BD"},
        {NULL, "http://h/\xf0\x9f\x92", "http://h/%EF%BF%BD"},
        {NULL, "http://h/\xf4\x90\x80\x80?\xe2\x82#\x80",
         "http://h/%EF%BF%BD%EF%BF%BD%EF%BF%BD%EF%BF%BD?%EF%BF%BD#%EF%BF%BD"},
        {NULL, "http://h\xff/", NULL},
        {NULL, "http://h%ff/", NULL},
        {NULL, "x://h\xff/", "x://h%EF%BF%BD/"},
    };
    check_examples(examples, COUNT_OF(examples));
}

static void too_long_is_failure(void **state)
{
    (void)state;
    static char ref[4 << 20], out[URL_LONGEST];
    memset(ref, 'a', sizeof ref);
    memcpy(ref, "http://h/", 9);
    assert_int_equal(url_resolve(NULL, ref, URL_LONGEST, out, sizeof out, NULL), URL_LONGEST);
    assert_int_equal(url_resolve(NULL, ref, URL_LONGEST + 1, out, sizeof out, NULL), -1);
    assert_int_equal(url_resolve(NULL, ref, sizeof ref, out, sizeof out, NULL), -1);
    ref[20] = ' ';
    assert_int_equal(url_resolve(NULL, ref, URL_LONGEST - 2, out, sizeof out, NULL), URL_LONGEST);
    assert_int_equal(url_resolve(NULL, ref, URL_LONGEST - 1, out, sizeof out, NULL), -1);
    memset(ref, '\t', sizeof ref);
    memcpy(ref + sizeof ref - 9, "http://h/", 9);
    assert_int_equal(url_resolve(NULL, ref, sizeof ref, out, sizeof out, NULL), 9);
    ref[0] = 'h';
    memcpy(ref + sizeof ref - 9, "ttp://h/a", 9);
    assert_int_equal(url_resolve(NULL, ref, sizeof ref, out, sizeof out, NULL), 10);
}

static void never_writes_beyond_the_room(void **state)
{
    (void)state;
    static const char *const refs[] = {
        "x/y?z#f", "http://\xc3\xa9.h:81/\xc3\xa9", "//u:p@[::1]/", "", "http://h", "x:/..//y"};
    assert_int_equal(url_parse_base(&base, "http://h/a/b?c", 14), 0);
    for (size_t i = 0; i < COUNT_OF(refs); i++) {
        char whole[URL_LONGEST];
        size_t size = strlen(refs[i]);
        ssize_t length = url_resolve(&base, refs[i], size, whole, sizeof whole, NULL);
        assert_true(length > 0);
        for (ssize_t room = 0; room <= length; room++) {
            char *out = malloc((size_t)room + 1); /* exact, for the sanitizer to watch */
            out[room] = 'x';
            assert_int_equal(url_resolve(&base, refs[i], size, out, (size_t)room, NULL),
                             room < length ? -1 : length);
            assert_int_equal(out[room], 'x');
            free(out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relative_references_join_the_base),
        cmocka_unit_test(spelling_is_mended_on_the_way),
        cmocka_unit_test(web_platform_tests),
        cmocka_unit_test(tests_of_another_parser),
        cmocka_unit_test(hosts_are_seen_through),
        cmocka_unit_test(nul_is_a_byte_like_any_other),
        cmocka_unit_test(invalid_bytes_become_replacement_characters),
        cmocka_unit_test(too_long_is_failure),
        cmocka_unit_test(never_writes_beyond_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
