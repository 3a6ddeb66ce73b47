/* Goal: a file only ever holds whole pages, whatever fails and when (D25, D26); it has one writer; its old
 * content is there until the new begins; a reader that leaves is no error (D27), a FIFO that nobody reads no
 * wait (D28). */
#include "coordinator/output.h"
#include "tests/unit/coordinator/rig.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char directory[] = "/tmp/trawl-output-XXXXXX";
static char path[64];

static int setup(void **state)
{
    (void)state;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/rows", directory);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void put_file(const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void expect_file(const char *text)
{
    int fd = open(path, O_RDONLY);
    assert_string_equal(rig_content(fd), text);
    close(fd);
}

/* Returns whether it should be written. */
static int page(struct output *output, const char *rows)
{
    buf_append_string(output_rows(output), rows);
    return output_page_end(output);
}

static void old_content_stays_until_the_new_begins(void **state)
{
    (void)state;
    put_file("a list that took a day\n");
    struct output *output = output_open(path);
    expect_file("a list that took a day\n");
    output_close(&output);
    assert_null(output);
    output_close(&output);
    expect_file("a list that took a day\n");
    output = output_open(path);
    output_begin(output, "header\n");
    expect_file("header\n");
    page(output, "a\tb\n");
    output_close(&output);
    expect_file("header\na\tb\n");
}

static void only_whole_pages_are_written(void **state)
{
    (void)state;
    struct output *output = output_open(path);
    output_begin(output, "");
    page(output, "1\n2\n");
    buf_append_string(output_rows(output), "half a pa");
    output_flush(output);
    expect_file("1\n2\n");
    page(output, "ge\n");
    output_flush(output);
    expect_file("1\n2\nhalf a page\n");
    buf_append_string(output_rows(output), "the rest never came");
    output_close(&output);
    expect_file("1\n2\nhalf a page\n");
}

static void much_asks_to_be_written(void **state)
{
    (void)state;
    int times = 0;
    struct output *output = output_open(path);
    output_begin(output, "");
    for (int i = 0; i < 100000; i++)
        if (page(output, "12345678\n")) {
            output_flush(output);
            assert_int_equal(output_mark(output).length, (i + 1) * 9);
            times++;
        }
    assert_in_range(times, 2, 10);
    output_close(&output);
}

/* D36's little sister: two runs, one file. */
static void a_file_has_one_writer(void **state)
{
    (void)state;
    struct output *one = output_open(path);
    rig_listen();
    struct output *two = output_open(path);
    const char *heard = rig_heard();
    assert_null(two);
    assert_int_equal(rig_times(heard, "another process is writing it"), 1);
    output_close(&one);
    two = output_open(path);
    assert_non_null(two);
    output_close(&two);
}

static void a_file_made_in_vain_is_removed_and_an_old_one_stays(void **state)
{
    (void)state;
    struct output *output = output_open(path);
    assert_int_equal(access(path, F_OK), 0);
    output_close(&output);
    assert_int_equal(access(path, F_OK), -1);
    put_file("");
    output = output_open(path);
    output_close(&output);
    assert_int_equal(access(path, F_OK), 0);
}

static void what_cannot_be_opened_is_one_line(void **state)
{
    (void)state;
    char missing[100], fifo[100];
    snprintf(missing, sizeof missing, "%s/no/such", directory);
    snprintf(fifo, sizeof fifo, "%s/fifo", directory);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    const struct {
        const char *path, *why;
    } cases[] = {
        {missing, "No such file or directory"},
        {directory, "Is a directory"},
        {fifo, "a FIFO that nobody reads"}, /* D28 */
        {"", "No such file or directory"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rig_listen();
        struct output *output = output_open(cases[i].path);
        const char *heard = rig_heard();
        assert_null(output);
        assert_int_equal(rig_times(heard, "\n"), 1);
        assert_non_null(strstr(heard, cases[i].why));
    }
    unlink(fifo);
}

/* ---- failing writes -------------------------------------------------------------------------------- */

/* D26: the write that passes the limit is cut short, the next one fails. */
static void a_file_too_large_is_cut_back_to_its_last_whole_page(void **state)
{
    (void)state;
    struct rlimit limit, small;
    getrlimit(RLIMIT_FSIZE, &limit);
    for (rlim_t most = 12; most <= 25; most++) {
        struct output *output = output_open(path);
        output_begin(output, "header\n");
        page(output, "1\t2\n");
        output_flush(output);
        page(output, "3\t4\n3\t5\n");
        page(output, "5\t6\n");
        small = (struct rlimit){most, limit.rlim_max};
        rig_listen(); /* before the limit, which holds for it too */
        setrlimit(RLIMIT_FSIZE, &small);
        output_flush(output);
        enum output_state got = output_state(output);
        page(output, "7\t8\n");
        output_flush(output);
        setrlimit(RLIMIT_FSIZE, &limit);
        rig_heard();
        if (most < 23) {
            assert_int_equal(got, OUTPUT_BROKEN);
            assert_int_equal(output_state(output), OUTPUT_BROKEN);
            output_close(&output);
            expect_file("header\n1\t2\n");
        } else {
            assert_int_equal(got, OUTPUT_GOOD);
            output_close(&output);
        }
    }
}

/* D25 */
static void a_full_disk_is_said_once_and_ends_the_output(void **state)
{
    (void)state;
    struct output *output = output_open("/dev/full");
    assert_non_null(output);
    rig_listen();
    output_begin(output, "header\n");
    enum output_state got = output_state(output);
    page(output, "1\t2\n");
    output_flush(output);
    output_close(&output);
    const char *heard = rig_heard();
    assert_int_equal(got, OUTPUT_BROKEN);
    assert_int_equal(rig_times(heard, "\n"), 1);
    assert_non_null(strstr(heard, "/dev/full: cannot be written: No space left on device"));
}

/* An output as it stands on a pipe. */
static struct output *open_pipe(int ends[2], int flags)
{
    char name[40];
    static char kept_name[40];
    assert_int_equal(pipe2(ends, flags), 0);
    snprintf(name, sizeof name, "/proc/self/fd/%d", ends[1]);
    strcpy(kept_name, name);
    struct output *output = output_open(kept_name);
    assert_non_null(output);
    close(ends[1]);
    return output;
}

/* D27 */
static void a_reader_that_left_is_no_error(void **state)
{
    (void)state;
    int ends[2];
    struct output *output = open_pipe(ends, 0);
    output_begin(output, "header\n");
    assert_int_equal(output_state(output), OUTPUT_GOOD);
    close(ends[0]);
    rig_listen();
    page(output, "1\t2\n");
    output_flush(output);
    page(output, "1\t2\n");
    output_flush(output);
    enum output_state got = output_state(output);
    output_close(&output);
    assert_string_equal(rig_heard(), "");
    assert_int_equal(got, OUTPUT_CLOSED_PIPE);
}

enum { MUCH = 4 << 20 };

static void *read_slowly(void *arg)
{
    char bytes[64]; /* slower than the writer */
    size_t total = 0;
    ssize_t got;
    while ((got = read(*(int *)arg, bytes, sizeof bytes)) > 0)
        total += (size_t)got;
    return (void *)total;
}

/* D26: another program that shares our stdout may have made it non-blocking. */
static void a_full_pipe_is_waited_for(void **state)
{
    (void)state;
    int ends[2], kept = dup(STDOUT_FILENO);
    void *total;
    pthread_t reader;
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    struct output *output = output_open("-");
    for (int i = 0; i < MUCH / 8; i++)
        buf_append_string(output_rows(output), "1234567\n");
    pthread_create(&reader, NULL, read_slowly, &ends[0]);
    assert_true(output_page_end(output));
    output_flush(output); /* many times what the pipe holds */
    enum output_state got = output_state(output);
    output_close(&output);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    pthread_join(reader, &total);
    close(ends[0]);
    assert_int_equal(got, OUTPUT_GOOD);
    assert_int_equal((size_t)total, MUCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(old_content_stays_until_the_new_begins, setup, teardown),
        cmocka_unit_test_setup_teardown(only_whole_pages_are_written, setup, teardown),
        cmocka_unit_test_setup_teardown(much_asks_to_be_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_has_one_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_made_in_vain_is_removed_and_an_old_one_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_opened_is_one_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_too_large_is_cut_back_to_its_last_whole_page, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said_once_and_ends_the_output, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_that_left_is_no_error, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_pipe_is_waited_for, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
