/* Goal: the tokenizer agrees with html5lib's cases on every tag and attribute, however the bytes arrive. */
#include "tests/unit/corpus.h"
#include "tests/unit/worker/tags.h"
#include "worker/tokenizer_internal.h"

static const struct {
    const char *name;
    enum state state;
    int is_script;
} initial_states[] = {
    {"Data state", STATE_DATA, 0},       {"PLAINTEXT state", STATE_PLAINTEXT, 0},
    {"RCDATA state", STATE_RAW, 0},      {"RAWTEXT state", STATE_RAW, 0},
    {"Script data state", STATE_RAW, 1}, {"CDATA section state", STATE_CDATA, 0},
};

struct tally {
    int runs;      /* cases, once for each initial state */
    int with_tags; /* that expect a tag, or whose input holds a `<` */
};

static int hex4(const char *text)
{
    char digits[5] = {text[0], text[1], text[2], text[3], 0};
    return (int)strtol(digits, NULL, 16);
}

static void append_utf8(struct buf *out, unsigned code)
{
    char bytes[4];
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(lead[size] | code);
    buf_append(out, bytes, size);
}

/* Appends a string of a case; in those marked doubleEscaped, \uXXXX stands for itself once more. A lone
 * surrogate, which UTF-8 does not have, becomes its three bytes: to the tokenizer they are bytes like others.
 */
static void append_string(struct buf *out, const json_t *string, int is_escaped)
{
    const char *p = json_string_value(string);
    const char *end = p + json_string_length(string);
    while (p < end) {
        if (!is_escaped || end - p < 6 || p[0] != '\\' || p[1] != 'u') {
            buf_append_byte(out, *p++);
            continue;
        }
        unsigned code = (unsigned)hex4(p + 2);
        p += 6;
        if (code >= 0xd800 && code < 0xdc00 && end - p >= 6 && p[0] == '\\') {
            code = 0x10000 + ((code - 0xd800) << 10) + ((unsigned)hex4(p + 2) - 0xdc00);
            p += 6;
        }
        append_utf8(out, code);
    }
}

static void append_start_tag(struct buf *out, const json_t *token, int is_escaped)
{
    buf_append_byte(out, '<');
    append_string(out, json_array_get(token, 1), is_escaped);
    const char *name;
    json_t *value;
    json_object_foreach(json_array_get(token, 2), name, value)
    {
        json_t *key = json_string(name);
        buf_append_byte(out, ' ');
        append_string(out, key, is_escaped);
        buf_append_string(out, "=\"");
        append_string(out, value, is_escaped);
        buf_append_byte(out, '"');
        json_decref(key);
    }
    buf_append_string(out, json_is_true(json_array_get(token, 3)) ? "/>" : ">");
}

/* The tags among the tokens a case expects, as tags_write writes them. Attributes stand in the order of the
 * JSON object, which jansson keeps and the corpus writes as in the input. */
static void append_expected(struct buf *out, const json_t *test, int is_escaped)
{
    size_t i;
    json_t *token;
    json_array_foreach(json_object_get(test, "output"), i, token)
    {
        const char *kind = json_string_value(json_array_get(token, 0));
        if (strcmp(kind, "StartTag") == 0) {
            append_start_tag(out, token, is_escaped);
        } else if (strcmp(kind, "EndTag") == 0) {
            buf_append_string(out, "</");
            append_string(out, json_array_get(token, 1), is_escaped);
            buf_append_byte(out, '>');
        }
    }
}

/* Self-closing end tags are told as such by us, and not by the corpus. */
static void write_tag(void *context, const struct tag *tag)
{
    struct tag copy = *tag;
    copy.self_closing = tag->self_closing && !tag->is_end;
    tags_write(context, &copy);
}

static int has_error(const json_t *test, const char *code)
{
    size_t i;
    json_t *error;
    json_array_foreach(json_object_get(test, "errors"), i, error)
    {
        if (strcmp(json_string_value(json_object_get(error, "code")), code) == 0)
            return 1;
    }
    return 0;
}

/* The corpus tells by an error what was open at the end; bogus comments end there without one. */
static int ends_where_it_should(const json_t *test, enum tokenizer_place place)
{
    if (has_error(test, "eof-in-comment"))
        return place == TOKENIZER_IN_COMMENT;
    if (has_error(test, "eof-in-tag"))
        return place == TOKENIZER_IN_TAG || place == TOKENIZER_IN_QUOTE;
    if (has_error(test, "eof-in-cdata"))
        return place == TOKENIZER_IN_CDATA;
    if (has_error(test, "eof-in-doctype"))
        return place == TOKENIZER_IN_BOGUS_COMMENT;
    return place == TOKENIZER_IN_TEXT || place == TOKENIZER_IN_BOGUS_COMMENT;
}

static void check_case(const json_t *test, const struct buf *input, const char *expected, size_t entry,
                       const char *last_start_tag)
{
    int tells_place = initial_states[entry].state == STATE_DATA || initial_states[entry].state == STATE_CDATA;
    for (unsigned seed = 0; seed < TAGS_SEEDS; seed++) {
        struct buf out;
        buf_init(&out, TAGS_LIMIT);
        struct tokenizer *tokenizer = tokenizer_create(NULL, 0, TAGS_LIMIT, write_tag, &out);
        tokenizer_enter(tokenizer, initial_states[entry].state, initial_states[entry].is_script,
                        last_start_tag);
        tags_feed(tokenizer, input->data, input->size, seed);
        tags_compare(input->data, input->size, &out, expected, seed);
        enum tokenizer_place place = tokenizer_rest(tokenizer).place;
        if (tells_place && !ends_where_it_should(test, place))
            fail_msg("%.*s ends in place %d", (int)input->size, input->data, (int)place);
        tokenizer_destroy(&tokenizer);
        buf_clear(&out);
    }
}

static size_t find_initial_state(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(initial_states); i++)
        if (strcmp(initial_states[i].name, name) == 0)
            return i;
    fail_msg("unknown state %s", name);
    return 0;
}

static void check_test(const json_t *test, struct tally *tally)
{
    int is_escaped = json_is_true(json_object_get(test, "doubleEscaped"));
    const char *last = json_string_value(json_object_get(test, "lastStartTag"));
    struct buf input;
    struct buf expected;
    buf_init(&input, TAGS_LIMIT);
    buf_init(&expected, TAGS_LIMIT);
    append_string(&input, json_object_get(test, "input"), is_escaped);
    append_expected(&expected, test, is_escaped);
    int has_tags = expected.size > 0 || (input.size && memchr(input.data, '<', input.size));
    buf_append_byte(&expected, 0);
    const json_t *states = json_object_get(test, "initialStates");
    size_t count = states ? json_array_size(states) : 1;
    for (size_t i = 0; i < count; i++) {
        const char *state = states ? json_string_value(json_array_get(states, i)) : "Data state";
        check_case(test, &input, expected.data, find_initial_state(state), last ? last : "");
        tally->runs++;
        tally->with_tags += has_tags;
    }
    buf_clear(&input);
    buf_clear(&expected);
}

static void agrees_with_html5lib(void **state)
{
    (void)state;
    static const char *const files[] = {"domjs", "entities", "namedEntities", "numericEntities",
                                        "test1", "test2",    "test3",         "test4"};
    struct tally all = {0, 0};
    size_t cases = 0;
    for (size_t f = 0; f < COUNT_OF(files); f++) {
        char path[128];
        snprintf(path, sizeof path, "html5lib/tokenizer/%s.test", files[f]);
        json_t *file = corpus_json(path);
        const json_t *tests = json_object_get(file, "tests");
        for (size_t i = 0; i < json_array_size(tests); i++)
            check_test(json_array_get(tests, i), &all);
        cases += json_array_size(tests);
        json_decref(file);
    }
    corpus_agrees("html5lib tokenizer", cases, cases);
    print_message(
        "%d runs (a case for each of its initial states), %d of them about tags, each %d ways of chunking\n",
        all.runs, all.with_tags, TAGS_SEEDS);
    assert_true(all.runs >= 6670);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_html5lib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
