/* Goal: a page's encoding is found as the HTML standard finds it, in the right order of authority (H55, H56).
 */
#include "tests/unit/corpus.h"
#include "worker/charset_prescan.h"

#include <strings.h>

static void takes_the_strongest_word(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *http;
        const char *name;
    } rows[] = {
        {"<p>", NULL, "windows-1252"},
        {"<meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<meta charset=koi8-r>", "utf-8", "UTF-8"},
        {"\357\273\277<meta charset=koi8-r>", "big5", "UTF-8"},
        {"\376\377", "utf-8", "UTF-16BE"},
        {"<meta charset=utf-16>", NULL, "UTF-8"},
        {"<meta charset=utf-16>", "utf-16", "UTF-16LE"},
        {"<meta charset=x-user-defined>", NULL, "windows-1252"},
        {"<meta charset=nonsense><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<meta charset=\"koi8-r", NULL, "windows-1252"},
        {"<meta charset=koi8-r", NULL, "windows-1252"},
        {"<meta charset=utf-7>", NULL, "windows-1252"},
        {"<!-- <meta charset=koi8-r> --><meta/charset=big5>", NULL, "Big5"},
        {"<!--><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<a title='<meta charset=koi8-r>'><meta charset=big5>", NULL, "Big5"},
        {"<meta content='text/html; charset=koi8-r'>", NULL, "windows-1252"},
        {"<meta http-equiv=content-type content='charset charset = \"koi8-r\"'>", NULL, "KOI8-R"},
        {"<meta charset=none content='charset=big5' http-equiv=content-type>", NULL, "windows-1252"},
        {"<meta charset=big5 charset=koi8-r>", NULL, "Big5"},
        {"<?xml version='1.0' encoding='koi8-r'?><p>", NULL, "KOI8-R"},
        {"<?xml version='1.0' encoding='utf-16'?><meta charset=big5>", NULL, "Big5"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *http = rows[i].http;
        const struct charset *said = http ? charset_by_label(http, strlen(http)) : NULL;
        const struct charset *found =
            charset_prescan_page(rows[i].bytes, strlen(rows[i].bytes), said, CHARSET_PRESCAN_LIMIT);
        if (strcmp(charset_name(found), rows[i].name) != 0)
            fail_msg("%s is %s, not %s", rows[i].bytes, charset_name(found), rows[i].name);
    }
    assert_string_equal(charset_name(charset_prescan_page("<\0?\0x\0", 6, NULL, 1024)), "UTF-16LE");
}

static void looks_no_further_than_the_limit(void **state)
{
    (void)state;
    char page[CHARSET_PRESCAN_LIMIT + 64];
    static const char meta[] = "<meta charset=koi8-r>";
    size_t length = sizeof meta - 1;
    for (int within = 0; within < 2; within++) {
        size_t at = CHARSET_PRESCAN_LIMIT - length + !within;
        memset(page, ' ', sizeof page);
        memcpy(page + at, meta, length);
        const struct charset *found = charset_prescan_page(page, sizeof page, NULL, CHARSET_PRESCAN_LIMIT);
        assert_string_equal(charset_name(found), within ? "KOI8-R" : "windows-1252");
    }
}

/* Each case of the corpus: #data, the bytes, #encoding, the name, an empty line. With `limited`, only those
 * whose answer lies in the first bytes count. */
static void check_file(const char *name, int *all, int *right, int *early, int *early_right)
{
    size_t size;
    char *text = corpus_read(name, &size);
    char *end = text + size;
    for (char *at = text; (at = memmem(at, (size_t)(end - at), "#data\n", 6));) {
        char *data = at + 6;
        char *mark = memmem(data, (size_t)(end - data), "\n#encoding\n", 11);
        char *expected = mark + 11;
        char *line_end = memchr(expected, '\n', (size_t)(end - expected));
        size_t data_size = (size_t)(mark - data);
        *(line_end ? line_end : end) = 0;
        const struct charset *wanted = charset_by_label(expected, strlen(expected));
        const struct charset *found = charset_prescan_page(data, data_size, NULL, SIZE_MAX);
        const struct charset *found_early =
            charset_prescan_page(data, data_size, NULL, CHARSET_PRESCAN_LIMIT);
        ++*all;
        *right += found == wanted;
        if (found == found_early || found_early != charset_windows1252()) {
            ++*early;
            *early_right += found_early == wanted;
        }
        at = line_end ? line_end + 1 : end;
    }
    free(text);
}

static void agrees_with_html5lib(void **state)
{
    (void)state;
    int all = 0;
    int right = 0;
    int early = 0;
    int early_right = 0;
    check_file("html5lib/encoding/tests1.dat", &all, &right, &early, &early_right);
    check_file("html5lib/encoding/tests2.dat", &all, &right, &early, &early_right);
    check_file("html5lib/encoding/test-yahoo-jp.dat", &all, &right, &early, &early_right);
    corpus_agrees("html5lib encoding, without a limit", (size_t)right, (size_t)all);
    corpus_agrees("html5lib encoding, within 1,024 bytes", (size_t)early_right, (size_t)early);
    assert_int_equal(right, 82);
    assert_int_equal(all, 82);
    assert_int_equal(early_right, early);
    assert_true(early >= 75);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_strongest_word),
        cmocka_unit_test(looks_no_further_than_the_limit),
        cmocka_unit_test(agrees_with_html5lib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
