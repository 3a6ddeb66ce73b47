/* Goal: a list that an earlier process has read is gone on with behind that, however it ends; one that begins
 * otherwise is read again from where it stood; of a pipe nothing is taken. */
#include "coordinator/seed_known.h"
#include "tests/unit/check.h"

#include <sys/mman.h>

static int put(const char *text)
{
    int fd = memfd_create("list", MFD_CLOEXEC);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* Behind the first `size` bytes of `text`. */
static struct seed_cursor read_up_to(const char *text, size_t size)
{
    return (struct seed_cursor){.bytes = size, .prefix = XXH3_64bits(text, size)};
}

static void what_was_read_is_found_again(void **state)
{
    (void)state;
    static const struct {
        const char *then, *now;
        enum seed_known found;
        unsigned bytes; /* the cursor's, and where the file stands if it was found */
        int has_more;
    } cases[] = {
        {"", "", SEED_KNOWN_PREFIX, 0, 0},
        {"", "a\n", SEED_KNOWN_PREFIX, 0, 1},
        {"a\n", "a\n", SEED_KNOWN_PREFIX, 2, 0},
        {"a\n", "a\nb\n", SEED_KNOWN_PREFIX, 2, 1},
        {"a\n", "a\nb", SEED_KNOWN_PREFIX, 2, 1},
        {"a\nb\n", "b\na\n", SEED_KNOWN_OTHER, 4, 1},
        {"a\nb\n", "a\n", SEED_KNOWN_OTHER, 4, 1},
        {"a\nb\n", "", SEED_KNOWN_OTHER, 4, 0},
        /* Its last line had no newline. */
        {"a", "a", SEED_KNOWN_PREFIX, 1, 0},
        {"a", "a\n", SEED_KNOWN_PREFIX, 2, 0},
        {"a", "a\nb\n", SEED_KNOWN_PREFIX, 2, 1},
        {"a", "ab\n", SEED_KNOWN_OTHER, 1, 1},
    };
    XXH3_state_t *hash = XXH3_createState();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct seed_cursor cursor = read_up_to(cases[i].then, strlen(cases[i].then));
        int fd = put(cases[i].now);
        XXH3_64bits_reset(hash);
        assert_int_equal(seed_known_skip(fd, &cursor, hash), cases[i].found);
        unsigned at = cases[i].found == SEED_KNOWN_PREFIX ? cases[i].bytes : 0;
        assert_int_equal(cursor.bytes, cases[i].bytes);
        if (cases[i].found == SEED_KNOWN_PREFIX)
            assert_true(cursor.prefix == XXH3_64bits(cases[i].now, at));
        assert_int_equal(lseek(fd, 0, SEEK_CUR), at);
        assert_true(XXH3_64bits_digest(hash) == XXH3_64bits(cases[i].now, at));
        assert_int_equal(seed_known_has_more(fd), cases[i].has_more);
        close(fd);
    }
    XXH3_freeState(hash);
}

static void a_long_list_is_hashed_in_pieces(void **state)
{
    (void)state;
    enum { LONG = 300001 };
    char *list = malloc(LONG + 1);
    memset(list, 'x', LONG);
    list[LONG - 1] = '\n';
    list[LONG] = 0;
    XXH3_state_t *hash = XXH3_createState();
    XXH3_64bits_reset(hash);
    int fd = put(list);
    struct seed_cursor cursor = read_up_to(list, LONG);
    assert_int_equal(seed_known_skip(fd, &cursor, hash), SEED_KNOWN_PREFIX);
    assert_false(seed_known_has_more(fd));
    close(fd);
    list[LONG / 2] = 'y';
    fd = put(list);
    assert_int_equal(seed_known_skip(fd, &cursor, hash), SEED_KNOWN_OTHER);
    close(fd);
    free(list);
    XXH3_freeState(hash);
}

/* A shell may have taken some lines of it before us. */
static void a_file_that_does_not_stand_at_its_beginning(void **state)
{
    (void)state;
    XXH3_state_t *hash = XXH3_createState();
    int fd = put("taken\na\nb\n");
    struct seed_cursor cursor = read_up_to("a\n", 2), other = read_up_to("c\n", 2);
    XXH3_64bits_reset(hash);
    lseek(fd, 6, SEEK_SET);
    assert_int_equal(seed_known_skip(fd, &other, hash), SEED_KNOWN_OTHER);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 6);
    assert_int_equal(seed_known_skip(fd, &cursor, hash), SEED_KNOWN_PREFIX);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 8);
    close(fd);
    XXH3_freeState(hash);
}

static void a_pipe_is_left_alone(void **state)
{
    (void)state;
    int ends[2];
    char bytes[8];
    struct seed_cursor cursor = read_up_to("a\n", 2);
    XXH3_state_t *hash = XXH3_createState();
    XXH3_64bits_reset(hash);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "a\nb\n", 4), 4);
    assert_int_equal(seed_known_skip(ends[0], &cursor, hash), SEED_KNOWN_PIPE);
    assert_true(seed_known_has_more(ends[0]));
    assert_int_equal(read(ends[0], bytes, sizeof bytes), 4);
    close(ends[0]);
    close(ends[1]);
    XXH3_freeState(hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_is_found_again),
        cmocka_unit_test(a_long_list_is_hashed_in_pieces),
        cmocka_unit_test(a_file_that_does_not_stand_at_its_beginning),
        cmocka_unit_test(a_pipe_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
