/* Goal: a page and its links are two views of one thing: both follow from the world, links are resolved, each
 * once, and hold none of the fakes. (That a browser finds the same links is checked outside, with parse5 over
 * --dump.) */
#include "bench/page.h"
#include "tests/unit/check.h"

static const struct world usual = {.seed = 1,
                                   .pages = 3000,
                                   .links = 30,
                                   .size = 6000,
                                   .hosts = 20,
                                   .errors = 5,
                                   .redirects = 5,
                                   .others = 10,
                                   .port = 8000};

static struct buf body_of(const struct world *world, int64_t number)
{
    struct buf body;
    buf_init(&body, 1 << 26);
    page_write(world, number, &body);
    return body;
}

static struct buf links_of(const struct world *world, int64_t number, enum page_links count)
{
    struct buf links;
    buf_init(&links, 1 << 26);
    page_write_links(world, number, count, &links);
    buf_append_byte(&links, 0);
    return links;
}

static void bodies_repeat_and_have_their_size(void **state)
{
    (void)state;
    int64_t pages = 0, bytes = 0;
    for (int64_t n = 0; n < usual.pages * 2; n++) {
        struct world_page page;
        world_page(&usual, n, &page);
        struct buf once = body_of(&usual, n), again = body_of(&usual, n);
        assert_int_equal(once.size, again.size);
        assert_int_equal(once.size > 0, world_kinds[page.kind].type != NULL);
        if (once.size) {
            assert_memory_equal(once.data, again.data, once.size);
            bytes += (int64_t)once.size;
            pages++;
        }
        buf_clear(&once);
        buf_clear(&again);
    }
    assert_in_range(bytes / pages, 5500, 7500);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Checks the rows of one page and returns how many there are. */
static size_t check_rows(char *text)
{
    char *rows[1000];
    size_t count = 0;
    for (char *row = strtok(text, "\n"); row; row = strtok(NULL, "\n")) {
        assert_true(strncmp(row, "http://", 7) == 0 || strncmp(row, "https://127.0.0.", 16) == 0);
        assert_null(strstr(row, "fake"));
        assert_int_equal(strcspn(row, " \t\"<>`\\$"), strlen(row));
        for (char *c = row; *c; c++)
            assert_in_range(*c, 0x21, 0x7e);
        rows[count++] = row;
    }
    qsort(rows, count, sizeof *rows, by_text);
    for (size_t i = 1; i < count; i++)
        assert_string_not_equal(rows[i - 1], rows[i]);
    return count;
}

static void links_are_resolved_and_stand_once(void **state)
{
    (void)state;
    size_t rows = 0, anchors = 0;
    for (int64_t n = 0; n < usual.pages; n++) {
        struct buf href = links_of(&usual, n, PAGE_LINKS_HREF), a = links_of(&usual, n, PAGE_LINKS_A);
        rows += check_rows(href.data);
        anchors += check_rows(a.data);
        buf_clear(&href);
        buf_clear(&a);
    }
    assert_in_range(rows, 60000, 90000);
    assert_true(anchors < rows);
}

static void only_html_has_links(void **state)
{
    (void)state;
    for (int64_t n = 0; n < usual.pages; n++) {
        struct world_page page;
        world_page(&usual, n, &page);
        struct buf links = links_of(&usual, n, PAGE_LINKS_HREF);
        if (page.kind != WORLD_HTML || page.links == 0)
            assert_int_equal(links.size, 1);
        else
            assert_true(links.size > 1);
        buf_clear(&links);
    }
}

/* Rows that must occur somewhere: ways of writing a link that are easily got wrong (H57, H59, H67, H73, H74,
 * H81). */
static void all_ways_of_writing_a_link_occur(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "&copy=2&reg=4",
        "?a=1&b=%22",
        "/s/a%20b%20",
        "%7B",
        "/%2Fa%zz",
        "//user:pw@127",
        "/wiki/Z%C3%BCrich-",
        "%E2%82%AC",
        "%E6%97%A5",
        "%F0%9F",
        "?page=",
        "#s",
        ";v=",
        "http://127.0.0.1:8000/x",
        "https://127.0.0.3/",
    };
    static const char *const spelled[] = {
        "\\\\127.0.0.",
        "http:\\\\",
        "HTTP://",
        "ht\ttp://",
        "href=\"../b",
        "%2e%2E/",
        "../../../../../",
        "0x7f.1",
        "2130706433",
        "<A HREF='",
        "title=bare",
        "<area",
        "<base href=\"http",
        "<base href=\"/a",
        "<base href=\"..",
        "Z\xfcrich-",
        "\xef\xbb\xbf<!DOCTYPE",
        "<meta charset=",
        "/fake/comment",
        "/fake/script",
        "/fake/style",
        "/fake/second",
        "mailto:",
    };
    struct buf links, bodies;
    buf_init(&links, 1 << 28);
    buf_init(&bodies, 1 << 28);
    for (int64_t n = 0; n < usual.pages; n++) {
        struct world_page page;
        world_page(&usual, n, &page);
        if (page.kind != WORLD_HTML)
            continue;
        page_write_links(&usual, n, PAGE_LINKS_HREF, &links);
        page_write(&usual, n, &bodies);
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        assert_non_null(memmem(links.data, links.size, parts[i], strlen(parts[i])));
    for (size_t i = 0; i < COUNT_OF(spelled); i++)
        assert_non_null(memmem(bodies.data, bodies.size, spelled[i], strlen(spelled[i])));
    buf_clear(&links);
    buf_clear(&bodies);
}

static void extremes_are_possible(void **state)
{
    (void)state;
    struct world bare = {.seed = 1, .pages = 1, .hosts = 1, .port = 8000};
    struct buf body = body_of(&bare, 0), links = links_of(&bare, 0, PAGE_LINKS_HREF);
    assert_int_equal(links.size, 1);
    assert_in_range(body.size, 1, 1000);
    buf_clear(&body);
    buf_clear(&links);
    struct world large = {
        .seed = 1, .pages = 10, .hosts = 200, .links = 20000, .size = 3 << 20, .port = 8000};
    for (int64_t n = 0; n < large.pages * 2; n++) {
        body = body_of(&large, n);
        links = links_of(&large, n, PAGE_LINKS_A);
        assert_true(body.size >= (size_t)large.size / 2);
        buf_clear(&body);
        buf_clear(&links);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_repeat_and_have_their_size),
        cmocka_unit_test(links_are_resolved_and_stand_once),
        cmocka_unit_test(only_html_has_links),
        cmocka_unit_test(all_ways_of_writing_a_link_occur),
        cmocka_unit_test(extremes_are_possible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
