/* Goal: a process without a parent has a black box of its own; what the parent's side sees is tested in
 * supervise_test. */
#include "common/supervised.h"
#include "tests/unit/check.h"

static void without_a_parent_the_page_is_private(void **state)
{
    (void)state;
    unsetenv(SUPERVISED_ENVIRONMENT);
    struct supervised_page *page = supervised_join(ev_default_loop(0), NULL, NULL), *other;
    other = supervised_join(ev_default_loop(0), NULL, NULL);
    assert_ptr_not_equal(page, other);
    assert_memory_not_equal(page->instance, other->instance, SUPERVISED_ID_SIZE);
    assert_int_equal(page->death_count, 0);
    free(page);
    free(other);
}

static void a_promise_of_a_page_that_is_not_there_is_ignored(void **state)
{
    (void)state;
    setenv(SUPERVISED_ENVIRONMENT, "1", 1);
    close(SUPERVISED_PAGE_FD);
    struct supervised_page *page = supervised_join(ev_default_loop(0), NULL, NULL);
    assert_non_null(page);
    assert_null(getenv(SUPERVISED_ENVIRONMENT));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_promise_of_a_page_that_is_not_there_is_ignored),
        cmocka_unit_test(without_a_parent_the_page_is_private),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
