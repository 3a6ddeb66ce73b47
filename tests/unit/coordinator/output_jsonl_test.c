/* Goal: a page is one line that jansson reads, whatever a stranger sent (H57, H88), and what is unknown is
 * null. */
#include "coordinator/output_jsonl.h"
#include "tests/unit/check.h"

#include <jansson.h>

static struct entry entry = {
    .source = "http://a/listed \303\266", .url = "http://b/final", .hop = 2, .attempt = 3};

/* The one line a page becomes, as it stands; the caller's. */
static char *line(const struct pages_row *row, const Trawl__Links *links)
{
    struct buf out;
    buf_init(&out, 1 << 24);
    output_jsonl_write(&out, &entry, row, links);
    assert_int_equal(out.data[out.size - 1], '\n');
    out.data[out.size - 1] = 0;
    assert_int_equal(strlen(out.data), out.size - 1);
    return out.data;
}

static json_t *read_back(const struct pages_row *row, const Trawl__Links *links)
{
    json_error_t error;
    char *text = line(row, links);
    json_t *page = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!page)
        fail_msg("%s: %s", error.text, text);
    free(text);
    return page;
}

static void a_fetched_page(void **state)
{
    (void)state;
    static uint8_t kinds[] = {0}, flags[] = {1, 0x80};
    Trawl__Timings timings = TRAWL__TIMINGS__INIT;
    timings.dns = 210;
    timings.first_byte = 1204;
    timings.total = 4294967295u;
    Trawl__Links links = TRAWL__LINKS__INIT;
    links.count = 1;
    links.urls = (ProtobufCBinaryData){9, (uint8_t *)"http://c/"};
    links.kinds = (ProtobufCBinaryData){1, kinds};
    links.flags = (ProtobufCBinaryData){2, flags};
    links.rels = (ProtobufCBinaryData){12, (uint8_t *)"nofollow me!"};
    const struct pages_row row = {
        .outcome = OUTCOME_OK,
        .status = 200,
        .type = "text/html; charset=\"utf-8\"",
        .type_size = 26,
        .charset = "UTF-8",
        .bytes = (uint64_t)1 << 40,
        .links = 1,
        .worker = "w1",
        .timings = &timings,
        .truncated = true,
        .fetched = true,
    };
    char *text = line(&row, &links);
    assert_string_equal(
        text,
        "{\"url\":\"http://a/listed "
        "\303\266\",\"final_url\":\"http://b/final\",\"redirects\":2,\"status\":200,"
        "\"outcome\":\"ok\",\"error\":null,\"depth\":0,\"attempts\":3,"
        "\"type\":\"text/html; charset=\\\"utf-8\\\"\",\"charset\":\"UTF-8\",\"bytes\":1099511627776,"
        "\"truncated\":true,\"times\":{\"dns\":0.210,\"connect\":0.000,\"tls\":0.000,\"first_byte\":1.204,"
        "\"total\":4294967.295,\"parse\":0.000},\"worker\":\"w1\",\"links\":[{\"url\":\"http://c/"
        "\",\"tag\":\"a\","
        "\"attr\":\"href\",\"rel\":[\"nofollow\",\"me!\"],\"repaired\":true}]}");
    free(text);
}

static void what_is_unknown_is_null(void **state)
{
    (void)state;
    static const char *const unknown[] = {"status", "error", "type", "charset", "bytes", "worker"};
    static const char *const times[] = {"dns", "connect", "tls", "first_byte", "total", "parse"};
    json_t *page = read_back(&(struct pages_row){.outcome = OUTCOME_PORT}, NULL);
    assert_int_equal(json_object_size(page), 15);
    for (size_t i = 0; i < COUNT_OF(unknown); i++)
        assert_true(json_is_null(json_object_get(page, unknown[i])));
    for (size_t i = 0; i < COUNT_OF(times); i++)
        assert_true(json_is_null(json_object_get(json_object_get(page, "times"), times[i])));
    assert_string_equal(json_string_value(json_object_get(page, "outcome")), "port");
    assert_true(json_is_false(json_object_get(page, "truncated")));
    assert_int_equal(json_array_size(json_object_get(page, "links")), 0);
    json_decref(page);
}

static void whatever_a_stranger_sent(void **state)
{
    (void)state;
    static const char text[] = "a\"\\\n\r\t\0\x1b[2J\302\205\342\200\250\377\300\257z";
    static const char expected[] =
        "a\"\\\n\r\t\0\x1b[2J\302\205\342\200\250\357\277\275\357\277\275\357\277\275z";
    const struct pages_row row = {.outcome = OUTCOME_BAD_HTTP,
                                  .type = text,
                                  .type_size = sizeof text - 1,
                                  .charset = "\"",
                                  .worker = "w",
                                  .error = text,
                                  .error_size = sizeof text - 1,
                                  .fetched = true};
    json_t *page = read_back(&row, NULL);
    static const char *const names[] = {"type", "error"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *value = json_object_get(page, names[i]);
        assert_int_equal(json_string_length(value), sizeof expected - 1);
        assert_memory_equal(json_string_value(value), expected, sizeof expected - 1);
    }
    json_decref(page);
}

static void every_outcome_by_its_name(void **state)
{
    (void)state;
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++) {
        json_t *page = read_back(&(struct pages_row){.outcome = outcome}, NULL);
        assert_string_equal(json_string_value(json_object_get(page, "outcome")), outcome_name(outcome));
        json_decref(page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fetched_page),
        cmocka_unit_test(what_is_unknown_is_null),
        cmocka_unit_test(whatever_a_stranger_sent),
        cmocka_unit_test(every_outcome_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
