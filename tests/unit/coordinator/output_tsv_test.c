/* Goal: a line for each link, under the URL as it was listed. */
#include "coordinator/output_tsv.h"
#include "tests/unit/check.h"

static void lines(void **state)
{
    (void)state;
    static const struct {
        const char *urls;
        uint32_t count;
        const char *expected;
    } rows[] = {
        {"", 0, ""},
        {"http://b/", 1, "HTTP://A/ x\thttp://b/\n"},
        {"http://b/\nmailto:c d", 2, "HTTP://A/ x\thttp://b/\nHTTP://A/ x\tmailto:c d\n"},
    };
    const struct entry entry = {.source = "HTTP://A/ x", .url = "http://a/x"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Trawl__Links links = TRAWL__LINKS__INIT;
        links.count = rows[i].count;
        links.urls = (ProtobufCBinaryData){strlen(rows[i].urls), (uint8_t *)rows[i].urls};
        struct buf out;
        buf_init(&out, 1000);
        buf_append_string(&out, output_tsv_header);
        output_tsv_write(&out, &entry, NULL);
        output_tsv_write(&out, &entry, &links);
        buf_append_byte(&out, 0);
        assert_memory_equal(out.data, "source_url\tparsed_url\n", 22);
        assert_string_equal(out.data + 22, rows[i].expected);
        buf_clear(&out);
    }
}

static void all_of_a_page_or_none_of_it(void **state)
{
    (void)state;
    const struct entry entry = {.source = "http://a/", .url = "http://a/"};
    Trawl__Links links = TRAWL__LINKS__INIT;
    links.count = 2;
    links.urls = (ProtobufCBinaryData){19, (uint8_t *)"http://b/\nhttp://c/"};
    struct buf out;
    buf_init(&out, 2 * 20 - 1);
    output_tsv_write(&out, &entry, &links);
    assert_int_equal(out.size, 0);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(all_of_a_page_or_none_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
