/* Goal: one file under two names is refused, whichever options name it and whatever links lead to it. */
#include "coordinator/one_file.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <unistd.h>

static char directory[] = "/tmp/trawl-one-file-XXXXXX";

static int setup(void **state)
{
    (void)state;
    int made = mkdtemp(directory) && chdir(directory) == 0 &&
               close(open("a", O_CREAT | O_WRONLY, 0600)) == 0 &&
               close(open("b", O_CREAT | O_WRONLY, 0600)) == 0;
    return made && symlink("a", "soft") == 0 && link("a", "hard") == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return unlink("a") || unlink("b") || unlink("soft") || unlink("hard") || rmdir(directory) ? -1 : 0;
}

static void names_of_one_file(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        int refused;
    } cases[] = {
        {"a", "b", 0},
        {"a", "a", 1},
        {"a", "./a", 1},
        {"a", "soft", 1},
        {"hard", "soft", 1},
        {"a", "missing", 0},
        {"missing", "missing", 1},
        {"/dev/null", "/dev/null", 0},
        {"a", NULL, 0},
        {NULL, NULL, 0},
        {"-", "a", 0},
        {"-", "-", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct one_file files[] = {{"-o", cases[i].one, STDOUT_FILENO},
                                         {"--pages", cases[i].other, STDOUT_FILENO}};
        assert_int_equal(one_file_refuse(files, 2), -cases[i].refused);
    }
}

static void dashes_of_two_descriptors_are_two_unless_they_lead_to_one_file(void **state)
{
    (void)state;
    const struct one_file files[] = {{"-i", "-", STDIN_FILENO}, {"-o", "-", STDOUT_FILENO}};
    int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO);
    dup2(open("a", O_RDONLY), STDIN_FILENO);
    dup2(open("b", O_WRONLY), STDOUT_FILENO);
    int two = one_file_refuse(files, 2);
    dup2(open("hard", O_WRONLY), STDOUT_FILENO);
    int one = one_file_refuse(files, 2);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    assert_int_equal(two, 0);
    assert_int_equal(one, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_one_file),
        cmocka_unit_test(dashes_of_two_descriptors_are_two_unless_they_lead_to_one_file),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
