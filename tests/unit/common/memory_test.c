/* Goal: allocations are zeroed and sized, and one that cannot be had ends the process with one line and exit
 * code 1. */
#include "common/memory.h"
#include "tests/unit/check.h"

#include <sys/wait.h>

static void new_memory_is_zeroed(void **state)
{
    (void)state;
    unsigned char *bytes = memory_new(1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(bytes[i], 0);
    free(bytes);
    free(memory_new(0));
}

static void a_copy_ends_in_nul(void **state)
{
    (void)state;
    char *copy = memory_copy("ab\0cd", 5);
    assert_memory_equal(copy, "ab\0cd", 6);
    free(copy);
    copy = memory_copy(NULL, 0);
    assert_string_equal(copy, "");
    free(copy);
}

static void an_impossible_size_ends_the_process(void **state)
{
    (void)state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(pipes[1], STDERR_FILENO);
        memory_resize(NULL, SIZE_MAX / 2, 3);
        _exit(0);
    }
    close(pipes[1]);
    char line[200] = "";
    assert_true(read(pipes[0], line, sizeof line - 1) > 0);
    close(pipes[0]);
    assert_non_null(strstr(line, "out of memory"));
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_memory_is_zeroed),
        cmocka_unit_test(a_copy_ends_in_nul),
        cmocka_unit_test(an_impossible_size_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
