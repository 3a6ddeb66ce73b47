/* Goal: each trap has a way in, every page of it leads to pages of it that one has not been to, and the same
 * path is the same page (H77). */
#include "bench/trap.h"
#include "tests/unit/check.h"

static void ways_in_are_plain_paths_of_the_host(void **state)
{
    (void)state;
    for (int i = 0; i < TRAP_KINDS; i++) {
        struct buf body;
        buf_init(&body, 10000);
        assert_int_equal(strncmp(trap_entries[i].spelled, "/trap/", 6), 0);
        assert_string_equal(trap_entries[i].means + 2, trap_entries[i].spelled);
        assert_int_equal(trap_write(trap_entries[i].spelled, strlen(trap_entries[i].spelled), &body), 0);
        assert_true(body.size < 1000);
        buf_clear(&body);
    }
}

/* Follows the first link so many times; returns the path it comes to. */
static char *follow(const char *path, int times)
{
    static char at[4000];
    snprintf(at, sizeof at, "%s", path);
    while (times-- > 0) {
        struct buf body;
        char href[200];
        buf_init(&body, 10000);
        assert_int_equal(trap_write(at, strlen(at), &body), 0);
        buf_append_byte(&body, 0);
        assert_int_equal(sscanf(strstr(body.data, "<a href="), "<a href=\"%199[^\"]", href), 1);
        if (href[0] == '/')
            at[0] = 0;
        strncat(at, href, sizeof at - strlen(at) - 1);
        buf_clear(&body);
    }
    return at;
}

static void paths_never_end(void **state)
{
    (void)state;
    assert_string_equal(follow("/trap/calendar/2000/1", 12), "/trap/calendar/2001/1");
    assert_string_equal(follow("/trap/calendar/2000/1", 1200), "/trap/calendar/2100/1");
    assert_string_equal(follow("/trap/deeper/", 3), "/trap/deeper/a/a/a/");
    assert_int_equal(strlen(follow("/trap/deeper/", 1000)), strlen("/trap/deeper/") + 2000);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void every_session_is_another(void **state)
{
    (void)state;
    static char sessions[100][64];
    for (int i = 0; i < 100; i++)
        snprintf(sessions[i], sizeof sessions[i], "%s", follow("/trap/session/0/a.html", i));
    assert_string_equal(sessions[7], follow("/trap/session/0/a.html", 7));
    qsort(sessions, 100, sizeof sessions[0], by_text);
    for (int i = 1; i < 100; i++)
        assert_string_not_equal(sessions[i - 1], sessions[i]);
}

static void other_paths_are_no_traps(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "", "/", "/trap/", "/trap/calendar", "/a0/b0/0.html", "/x/trap/deeper/"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct buf body;
        buf_init(&body, 1000);
        assert_int_equal(trap_write(paths[i], strlen(paths[i]), &body), -1);
        assert_int_equal(body.size, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_in_are_plain_paths_of_the_host),
        cmocka_unit_test(paths_never_end),
        cmocka_unit_test(every_session_is_another),
        cmocka_unit_test(other_paths_are_no_traps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
