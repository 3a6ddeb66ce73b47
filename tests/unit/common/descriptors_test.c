/* Goal: a standard descriptor that is closed is filled, and using it still fails; one that is open is left
 * alone; a lock is had as soon as its holder is gone (D5). */
#include "common/descriptors.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a child, whose descriptors can be spared: 0, or the number of the line that found something wrong. */
static int look_at(int closed)
{
    char byte = 0;
    int pipes[2];
    if (pipe(pipes) || pipes[0] < 3)
        return __LINE__;
    for (int fd = 0; fd < 3; fd++) {
        if (closed & 1 << fd)
            close(fd);
        else
            dup2(pipes[fd > 0], fd);
    }
    descriptors_fill_standard();
    int next = open("/dev/null", O_RDONLY);
    if (next < 3)
        return __LINE__;
    if (closed & 1 && (read(0, &byte, 1) != -1 || errno != EBADF))
        return __LINE__;
    if (closed & 2 && (write(1, &byte, 1) != -1 || errno != EBADF))
        return __LINE__;
    if (write(2, &byte, 1) != 1)
        return __LINE__;
    if (!(closed & 5) && read(0, &byte, 1) != 1)
        return __LINE__;
    return 0;
}

static void closed_ones_are_filled_and_open_ones_stay(void **state)
{
    (void)state;
    for (int closed = 0; closed < 8; closed++) {
        pid_t child = fork();
        if (child == 0)
            _exit(look_at(closed));
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

/* D29. In a child, whose limit can be lowered. */
static int look_at_the_last(void)
{
    struct rlimit limit = {40, 50};
    if (setrlimit(RLIMIT_NOFILE, &limit) || descriptors_raise() != 50)
        return __LINE__;
    int first = open("/dev/null", O_RDONLY), last = first;
    while (last >= 0 && last < 39)
        last = open("/dev/null", O_RDONLY);
    if (last != 39 || !descriptors_left(1) || !descriptors_left(10) || descriptors_left(11))
        return __LINE__;
    return open("/dev/null", O_RDONLY) == 40 ? 0 : __LINE__;
}

static void the_last_ones_can_be_told(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(look_at_the_last());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A process that has the file locked, ready when this returns; it ends soon after it is sent a byte. */
static pid_t start_holder(const char *path, int *end)
{
    int ready[2], wish[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(wish), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (descriptors_lock(open(path, O_RDWR)) == 0 && write(ready[1], "", 1) == 1 &&
            read(wish[0], &byte, 1) == 1)
            usleep(300000);
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    close(wish[0]);
    *end = wish[1];
    return pid;
}

static void a_lock_is_waited_for_only_while_its_holder_may_be_ending(void **state)
{
    (void)state;
    int end, status;
    char path[] = "/tmp/trawl-descriptors-XXXXXX";
    int fd = mkstemp(path);
    pid_t holder = start_holder(path, &end);
    assert_int_equal(descriptors_lock(fd), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    assert_int_equal(write(end, "", 1), 1);
    assert_int_equal(descriptors_lock(fd), 0);
    assert_int_equal(waitpid(holder, &status, 0), holder);
    assert_int_equal(descriptors_lock(fd), 0);
    close(end);
    close(fd);
    unlink(path);
    assert_int_equal(descriptors_lock(fd), -1);
    assert_int_equal(errno, EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_ones_are_filled_and_open_ones_stay),
        cmocka_unit_test(the_last_ones_can_be_told),
        cmocka_unit_test(a_lock_is_waited_for_only_while_its_holder_may_be_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
