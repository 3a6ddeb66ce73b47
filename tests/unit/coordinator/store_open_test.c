/* Goal: a state has one user, who is named (D36); one that is damaged, cut, empty or of another version is
 * one clear line and never a crash (D32); a temporary one leaves nothing behind. */
#include "coordinator/store_internal.h"
#include "tests/unit/coordinator/rig.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char directory[] = "/tmp/trawl-state-XXXXXX", file[64];

static int setup(void **state)
{
    (void)state;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(file, sizeof file, "%s/data.mdb", directory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char lock[64];
    snprintf(lock, sizeof lock, "%s/lock", directory);
    unlink(file);
    unlink(lock);
    return rmdir(directory);
}

/* A state with a thousand URLs. */
static void fill(void)
{
    struct store *store = store_open(directory, 0);
    assert_non_null(store);
    for (uint64_t i = 1; i <= 1000; i++) {
        struct store_item item = {i % 10, i, "http://example.com/some/path", 28};
        store_queue_add(store, &item);
        store_seen_add(store, i * 0x9e3779b97f4a7c15u, NULL);
        store_scope_add(store, i * 0x9e3779b97f4a7c15u);
        store_host_put(store, i, "what it said", 12);
        store_host_count_page(store, i % 10);
    }
    assert_int_equal(store_commit(store, 1), 0);
    store_close(&store);
}

/* What opening says; whether it worked in *opened. */
static const char *try_to_open(int fresh, int *opened)
{
    rig_listen();
    struct store *store = store_open(directory, fresh);
    *opened = store != NULL;
    store_close(&store);
    return rig_heard();
}

static void a_state_is_private_and_made_where_it_is_missing(void **state)
{
    (void)state;
    struct stat is;
    assert_int_equal(rmdir(directory), 0);
    fill();
    stat(directory, &is);
    assert_int_equal(is.st_mode & 0777, 0700);
    stat(file, &is);
    assert_int_equal(is.st_mode & 0777, 0600);
}

static void no_directory_is_one_line(void **state)
{
    (void)state;
    static const char *const paths[] = {"/no/such/parent", "/dev/null", "/proc/1/nothing"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        rig_listen();
        struct store *store = store_open(paths[i], 0);
        const char *heard = rig_heard();
        assert_null(store);
        assert_int_equal(rig_times(heard, "\n"), 1);
        assert_non_null(strstr(heard, paths[i]));
    }
}

/* D36 */
static void a_second_user_is_told_who_the_first_is(void **state)
{
    (void)state;
    int opened;
    char expected[60];
    struct store *first = store_open(directory, 0);
    snprintf(expected, sizeof expected, "process %d is using this state", getpid());
    const char *heard = try_to_open(1, &opened);
    assert_false(opened);
    assert_non_null(strstr(heard, expected));
    assert_int_equal(rig_times(heard, "\n"), 1);
    store_close(&first);
    try_to_open(0, &opened);
    assert_true(opened);
}

/* A lock ends with its process, however that ended. */
static void a_dead_user_holds_nothing(void **state)
{
    (void)state;
    int opened;
    pid_t child = fork();
    if (child == 0) {
        store_open(directory, 0);
        raise(SIGKILL);
    }
    waitpid(child, NULL, 0);
    try_to_open(0, &opened);
    assert_true(opened);
}

static unsigned files_in(const char *path)
{
    unsigned count = 0;
    DIR *entries = opendir(path);
    while (readdir(entries))
        count++;
    closedir(entries);
    return count - 2;
}

static void expect_count(size_t count)
{
    struct store *store = store_open(directory, 0);
    assert_int_equal(store_queue_count(store), count);
    assert_int_equal(store_seen_count(store), count);
    store_close(&store);
}

static void fresh_forgets_with_the_first_commit(void **state)
{
    (void)state;
    fill();
    for (int commits = 0; commits < 3; commits++) {
        struct store *store = store_open(directory, 1);
        assert_int_equal(store_queue_count(store), 0);
        assert_int_equal(store_seen_count(store), 0);
        for (int i = 0; i < commits; i++)
            assert_int_equal(store_commit(store, 0), 0);
        store_close(&store);
        assert_int_equal(files_in(directory), 2);
        expect_count(commits ? 0 : 1000);
    }
}

static void a_new_one_in_which_nothing_was_kept_leaves_the_lock_only(void **state)
{
    (void)state;
    int opened;
    try_to_open(0, &opened);
    assert_true(opened);
    assert_int_equal(files_in(directory), 1);
}

/* ---- damage (D32) */

static void overwrite(off_t at, const char *bytes, size_t size)
{
    FILE *out = fopen(file, "r+");
    fseek(out, at, SEEK_SET);
    fwrite(bytes, 1, size, out);
    fclose(out);
}

static void expect_damaged(void)
{
    int opened;
    const char *heard = try_to_open(0, &opened);
    assert_false(opened);
    assert_int_equal(rig_times(heard, "\n"), 1);
    if (!strstr(heard, "this state is damaged and cannot be resumed; --fresh starts again"))
        fail_msg("%s", heard);
    try_to_open(1, &opened);
    assert_true(opened);
}

static void a_cut_file_is_named_damaged(void **state)
{
    (void)state;
    struct stat whole;
    fill();
    stat(file, &whole);
    const off_t lengths[] = {0, 1, 4096, 8192, whole.st_size / 2, whole.st_size - 4096};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        unlink(file);
        fill();
        assert_int_equal(truncate(file, lengths[i]), 0);
        expect_damaged();
    }
}

static void a_file_of_something_else_is_named_damaged(void **state)
{
    (void)state;
    char page[8192];
    static const int bytes[] = {0, 0xff, 'x'};
    for (size_t i = 0; i < COUNT_OF(bytes); i++) {
        unlink(file);
        fill();
        memset(page, bytes[i], sizeof page);
        overwrite(0, page, sizeof page);
        expect_damaged();
    }
}

/* Where one bit of the newest tree differs it is found out, or it was in no use; and nobody dies of it. */
static void a_flipped_bit_does_no_harm(void **state)
{
    (void)state;
    struct stat whole;
    unsigned damaged = 0;
    fill();
    stat(file, &whole);
    for (off_t at = 8192; at < whole.st_size; at += 1999) {
        char byte;
        int opened;
        FILE *in = fopen(file, "r");
        fseek(in, at, SEEK_SET);
        byte = (char)fgetc(in);
        fclose(in);
        char flipped = (char)(byte ^ 1 << at % 8);
        overwrite(at, &flipped, 1);
        rig_listen();
        struct store *store = store_open(directory, 0);
        opened = store != NULL;
        if (opened) {
            assert_int_equal(store_queue_count(store), 1000);
            assert_int_equal(store_seen_count(store), 1000);
            for (uint64_t i = 1; i <= 1000; i++)
                assert_true(store_scope_holds(store, i * 0x9e3779b97f4a7c15u));
        }
        store_close(&store);
        rig_heard();
        damaged += !opened;
        overwrite(at, &byte, 1);
    }
    assert_true(damaged > 10);
}

static void another_version_is_named(void **state)
{
    (void)state;
    int opened;
    struct store *store = store_open(directory, 0);
    store_run_put(store, "version", "trawl state 0", 13);
    store_commit(store, 1);
    store_close(&store);
    const char *heard = try_to_open(0, &opened);
    assert_false(opened);
    assert_non_null(strstr(heard, "made by another version of trawl; --fresh starts again"));
}

/* ---- temporary ones */

static void a_temporary_one_has_no_name(void **state)
{
    (void)state;
    static const char *const places[] = {NULL, "/no/such", directory};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct store *store = store_open_temporary(places[i]);
        assert_non_null(store);
        assert_false(store_is_lasting(store));
        assert_int_equal(files_in(directory), 0);
        assert_true(store_seen_add(store, 1, NULL));
        assert_int_equal(store_commit(store, 1), 0);
        assert_false(store_seen_add(store, 1, NULL));
        store_close(&store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_state_is_private_and_made_where_it_is_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(no_directory_is_one_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_user_is_told_who_the_first_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dead_user_holds_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(fresh_forgets_with_the_first_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_one_in_which_nothing_was_kept_leaves_the_lock_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_cut_file_is_named_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_of_something_else_is_named_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flipped_bit_does_no_harm, setup, teardown),
        cmocka_unit_test_setup_teardown(another_version_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_temporary_one_has_no_name, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
