/* Goal: the columns of a page's links become the array that jansson reads as those links. */
#include "common/link_json.h"
#include "common/link_kind.h"
#include "tests/unit/check.h"

#include <jansson.h>

enum { A_HREF, A_PING, AREA_HREF, AREA_PING, LINK_HREF, IMG_SRC = 6 };

static json_t *written(const struct link_json *links)
{
    struct buf out;
    json_error_t error;
    buf_init(&out, 1 << 20);
    assert_int_equal(link_json_append(&out, links), 0);
    json_t *array = json_loadb(out.data, out.size, 0, &error);
    if (!array)
        fail_msg("%s: %.*s", error.text, (int)out.size, out.data);
    buf_clear(&out);
    return array;
}

static void check_written(const struct link_json *links, const char *expected)
{
    json_t *array = written(links), *wanted = json_loads(expected, 0, NULL);
    assert_non_null(wanted);
    if (!json_equal(array, wanted))
        fail_msg("%s", json_dumps(array, 0));
    json_decref(array);
    json_decref(wanted);
}

static void columns_become_objects(void **state)
{
    (void)state;
    static const char urls[] = "http://h/\nmailto:\"a\\b\"\nhttp://h/i",
                      rels[] = "\nnofollow UGC x\342\200\250y\n";
    const uint8_t kinds[] = {A_HREF, LINK_HREF, IMG_SRC}, flags[] = {0, 0, 3, 0, 0, LINK_KIND_REPAIRED >> 8};
    check_written(&(struct link_json){3, urls, sizeof urls - 1, kinds, flags, rels, sizeof rels - 1},
                  "[{\"url\":\"http://h/\",\"tag\":\"a\",\"attr\":\"href\",\"rel\":[],\"repaired\":false},"
                  "{\"url\":\"mailto:\\\"a\\\\b\\\"\",\"tag\":\"link\",\"attr\":\"href\","
                  "\"rel\":[\"nofollow\",\"UGC\",\"x\\u2028y\"],\"repaired\":false},"
                  "{\"url\":\"http://h/i\",\"tag\":\"img\",\"attr\":\"src\",\"rel\":[],\"repaired\":true}]");
}

static void no_links_are_an_empty_array(void **state)
{
    (void)state;
    check_written(&(struct link_json){0}, "[]");
}

/* A worker of a later version may know more rows; one that sends no rels sends none. */
static void a_column_that_says_less(void **state)
{
    (void)state;
    const uint8_t kinds[] = {255, A_HREF}, flags[4] = {0};
    check_written(
        &(struct link_json){2, "http://a/\nhttp://b/", 19, kinds, flags, "x  y ", 5},
        "[{\"url\":\"http://a/\",\"tag\":null,\"attr\":null,\"rel\":[\"x\",\"y\"],\"repaired\":false},"
        "{\"url\":\"http://b/\",\"tag\":\"a\",\"attr\":\"href\",\"rel\":[],\"repaired\":false}]");
}

static void every_row_is_named(void **state)
{
    (void)state;
    const struct link_kind_row *row;
    for (unsigned i = 0; (row = link_kind_row(i)); i++) {
        uint8_t kind = (uint8_t)i, flags[2] = {0};
        json_t *array = written(&(struct link_json){1, "http://h/", 9, &kind, flags, NULL, 0});
        const json_t *link = json_array_get(array, 0);
        assert_string_equal(json_string_value(json_object_get(link, "tag")), row->element);
        assert_string_equal(json_string_value(json_object_get(link, "attr")), row->attribute);
        json_decref(array);
    }
}

static void what_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    const uint8_t kind = 0, flags[2] = {0};
    const struct link_json links = {1, "http://h/", 9, &kind, flags, "a", 1};
    struct buf out;
    buf_init(&out, 1000);
    assert_int_equal(link_json_append(&out, &links), 0);
    size_t needed = out.size;
    buf_clear(&out);
    for (size_t limit = 0; limit < needed; limit++) {
        buf_init(&out, limit);
        assert_int_equal(link_json_append(&out, &links), -1);
        assert_int_equal(out.size, 0);
        buf_clear(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_become_objects),         cmocka_unit_test(no_links_are_an_empty_array),
        cmocka_unit_test(a_column_that_says_less),        cmocka_unit_test(every_row_is_named),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
