/* Goal: paths, rules and tokens are spelt as the matcher compares them; the examples of Google's parser hold.
 */
#include "coordinator/robots_internal.h"
#include "tests/unit/corpus.h"

static void octets_are_of_one_alphabet(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rule, *written, *meant;
    } table[] = {
        {"", "", "", ""},
        {"/a", "/a", "/a", "/a"},
        {"%41", "\xc1", "\xc1", "A"},
        {"%2f%2F", "%2F%2F", "%2F%2F", "%2F%2F"},
        {"%aa", "%AA", "%AA", "%AA"},
        {"\xaa", "%AA", "\xff", "%AA"},
        {"\x7f", "%7F", "\xff", "%7F"},
        {"%7f", "%7F", "%7F", "%7F"},
        {"* %20%2a", "* \xa0\xaa", "* \xa0\xaa", "*  *"},
        {"%%4%4g%", "%%4%4g%", "%%4%4g%", "%%4%4g%"},
        {"%25%32", "%25\xb2", "%25\xb2", "%252"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const char *const expected[] = {table[i].rule, table[i].written, table[i].meant};
        for (int side = ROBOTS_RULE; side <= ROBOTS_PATH_MEANT; side++) {
            uint8_t out[100];
            size_t size = robots_spell(out, table[i].text, strlen(table[i].text), (enum robots_side)side);
            if (size != strlen(expected[side]) || memcmp(out, expected[side], size))
                fail_msg("%s, side %d: %.*s", table[i].text, side, (int)size, (char *)out);
        }
    }
}

/* No octet is lost, whatever it is; one that a rule may hold is never that of a raw one beyond ASCII. */
static void every_octet_has_its_place(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char raw = (char)byte, escaped[4];
        uint8_t rule[3], out[3], other[3];
        snprintf(escaped, sizeof escaped, "%%%02x", (unsigned)byte);
        size_t size = robots_spell(rule, escaped, 3, ROBOTS_RULE);
        assert_true(memchr(rule, ROBOTS_NEVER, size) == NULL);
        size = robots_spell(rule, &raw, 1, ROBOTS_RULE);
        assert_true(memchr(rule, ROBOTS_NEVER, size) == NULL);
        size_t one = robots_spell(out, &raw, 1, ROBOTS_PATH_MEANT),
               two = robots_spell(other, escaped, 3, ROBOTS_PATH_MEANT);
        bool reserved = byte && strchr(":/?#[]@!&'()+,;=%", byte);
        assert_int_equal(one == two && !memcmp(out, other, one), !reserved);
    }
}

static void too_small_a_buffer_is_an_error(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 3);
    assert_int_equal(robots_path(&out, "x?abc", 5), -1);
    static const struct {
        struct robots_rule head;
        char octets[3];
    } __attribute__((packed)) rule = {{3, 3, ROBOTS_ALLOW}, "/ab"};
    buf_reset(&out, 3);
    assert_int_equal(robots_rule_text(&out, &rule), -1);
    buf_clear(&out);
}

/* The escaped rule as the matcher reports it. */
static void write_escaped(struct buf *out, const char *rule)
{
    char body[200];
    struct buf block;
    buf_init(&block, ROBOTS_COMPILED_MAX);
    snprintf(body, sizeof body, "user-agent: *\nallow: %s", rule);
    assert_int_equal(robots_compile(&block, body, strlen(body), "trawl"), 0);
    assert_int_equal(robots_rule_text(out, block.data + sizeof(struct robots_head)), 0);
    buf_consume(out, strlen("Allow: "));
    buf_clear(&block);
}

static void the_examples_of_google(void **state)
{
    (void)state;
    FILE *file = corpus_open("robots/google-path-extraction.tsv");
    char *line = NULL;
    size_t room = 0;
    unsigned count = 0;
    while (getline(&line, &room, file) > 0) {
        char *rest = line, *kind = strsep(&rest, "\t"), *input = strsep(&rest, "\t"),
             *expected = strsep(&rest, "\n");
        struct buf out;
        if (*kind == '#')
            continue;
        buf_init(&out, 1000);
        if (!strcmp(kind, "path"))
            assert_int_equal(robots_path(&out, input, strlen(input)), 0);
        else if (!strcmp(kind, "escape"))
            write_escaped(&out, input);
        else
            buf_append_string(&out, robots_is_token(input) ? "1" : "0");
        if (out.size != strlen(expected) || memcmp(out.data, expected, out.size))
            fail_msg("%s %s: %.*s", kind, input, (int)out.size, out.data);
        buf_clear(&out);
        count++;
    }
    free(line);
    fclose(file);
    print_message("%u examples\n", count);
    assert_int_equal(count, 32);
}

/* More of the same. */
static void paths_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *url, *path;
    } table[] = {
        {"http://a", "/"},
        {"http://a?b", "/?b"},
        {"http://a/b#c?d", "/b"},
        {"http://a#/b", "/"},
        {"a?b://c/d", "/?b://c/d"},
        {"//", "/"},
        {"/", "/"},
        {"?", "/?"},
        {"#", "/"},
        {"http://", "/"},
        {"://a/b", "/b"},
        {"http:///b", "/b"},
        {"http://a;b", "/;b"},
        {"/http://a/b", "/http://a/b"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct buf out;
        buf_init(&out, 100);
        assert_int_equal(robots_path(&out, table[i].url, strlen(table[i].url)), 0);
        if (out.size != strlen(table[i].path) || memcmp(out.data, table[i].path, out.size))
            fail_msg("%s: %.*s", table[i].url, (int)out.size, out.data);
        buf_clear(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octets_are_of_one_alphabet),
        cmocka_unit_test(every_octet_has_its_place),
        cmocka_unit_test(too_small_a_buffer_is_an_error),
        cmocka_unit_test(the_examples_of_google),
        cmocka_unit_test(paths_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
