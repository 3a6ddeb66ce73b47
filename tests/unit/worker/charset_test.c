/* Goal: every label means what the Encoding Standard says, and nothing else is a label (H56). */
#include "tests/unit/corpus.h"
#include "worker/charset.h"

#include <strings.h>

static const char *named(const char *label)
{
    const struct charset *charset = charset_by_label(label, strlen(label));
    return charset ? charset_name(charset) : "none";
}

static void knows_labels_in_any_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        const char *name;
    } rows[] = {
        {"utf-8", "UTF-8"},
        {" \t\n\f\rUTF8\r\f\n\t ", "UTF-8"},
        {"latin1", "windows-1252"},
        {"us-ascii", "windows-1252"},
        {"gb2312", "GBK"},
        {"ms932", "Shift_JIS"},
        {"koi8-ru", "KOI8-U"},
        {"unicodefffe", "UTF-16BE"},
        {"iso-2022-cn-ext", "replacement"},
        {"utf-7", "none"},
        {"", "none"},
        {"utf 8", "none"},
        {"a-label-that-is-longer-than-every-label", "none"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(named(rows[i].label), rows[i].name);
    assert_null(charset_by_label("utf-8\0", 6));
}

static void agrees_with_the_table_of_labels(void **state)
{
    (void)state;
    FILE *file = corpus_open("encoding-labels/labels.tsv");
    char line[128];
    char label[64];
    char name[64];
    int count = 0;
    while (fgets(line, sizeof line, file)) {
        if (*line == '#' || sscanf(line, "%63s %63s", label, name) != 2)
            continue;
        /* The table is older than the standard, which has since put these where nothing can be read. */
        int gone = strcmp(name, "hz-gb-2312") == 0 || strcmp(name, "iso-2022-kr") == 0;
        if (strcasecmp(named(label), gone ? "replacement" : name) != 0)
            fail_msg("%s is %s, not %s", label, named(label), name);
        count++;
    }
    fclose(file);
    corpus_agrees("labels of encodings", (size_t)count, (size_t)count);
    assert_int_equal(count, 214);
}

static void sees_byte_order_marks(void **state)
{
    (void)state;
    size_t mark;
    assert_string_equal(charset_name(charset_by_mark("\357\273\277x", 4, &mark)), "UTF-8");
    assert_int_equal(mark, 3);
    assert_string_equal(charset_name(charset_by_mark("\377\376", 2, &mark)), "UTF-16LE");
    assert_string_equal(charset_name(charset_by_mark("\376\377", 2, NULL)), "UTF-16BE");
    assert_null(charset_by_mark("\357\273", 2, &mark));
    assert_int_equal(mark, 0);
    assert_null(charset_by_mark("", 0, &mark));
}

static void tells_where_markup_can_be_read_raw(void **state)
{
    (void)state;
    assert_true(charset_is_ascii_compatible(charset_utf8()));
    assert_true(charset_is_ascii_compatible(charset_by_label("gb18030", 7)));
    assert_true(charset_is_ascii_compatible(charset_by_label("x-user-defined", 14)));
    assert_false(charset_is_ascii_compatible(charset_by_label("utf-16", 6)));
    assert_false(charset_is_ascii_compatible(charset_by_label("iso-2022-jp", 11)));
    assert_false(charset_is_ascii_compatible(charset_by_label("replacement", 11)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_labels_in_any_spelling),
        cmocka_unit_test(agrees_with_the_table_of_labels),
        cmocka_unit_test(sees_byte_order_marks),
        cmocka_unit_test(tells_where_markup_can_be_read_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
