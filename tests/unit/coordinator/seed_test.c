/* Goal: every line of a list is counted in one column and admitted once, however it is spelled, cut, encoded
 * or ended (D42, H15, H43); a list of any length takes bounded memory. */
#include "coordinator/seed.h"
#include "tests/unit/coordinator/rig.h"

#include <sys/stat.h>

static struct rig rig;
static char input[64];

static int setup(void **state)
{
    (void)state;
    rig_make(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    seed_destroy(&rig.crawl.seed);
    assert_null(rig.crawl.seed);
    seed_destroy(&rig.crawl.seed);
    rig_check_balance(&rig);
    rig_break(&rig);
    return 0;
}

/* The input is a file of memory; its descriptor. */
static int put_input(const char *bytes, size_t size)
{
    int fd = memfd_create("list", MFD_CLOEXEC);
    assert_int_equal(write(fd, bytes, size), size);
    snprintf(input, sizeof input, "/proc/self/fd/%d", fd);
    rig.config.input = input;
    return fd;
}

static void turn(void)
{
    ev_run(rig.crawl.loop, EVRUN_NOWAIT);
}

static void start(void)
{
    rig.crawl.seed = seed_create(&rig.crawl);
    assert_non_null(rig.crawl.seed);
    seed_start(rig.crawl.seed);
}

static void read_all(void)
{
    start();
    while (!seed_is_done(rig.crawl.seed))
        turn();
}

/* What was admitted, as "source>url" in the order of its hosts' turns. */
static const char *admitted(void)
{
    static char text[100000];
    struct entry *entry;
    text[0] = 0;
    while ((entry = frontier_next(rig.crawl.frontier))) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s>%s", used ? " " : "", entry->source, entry->url);
        frontier_finish(rig.crawl.frontier, entry);
        rig.crawl.tally.outcomes[OUTCOME_OK]++;
    }
    return text;
}

static void check_columns(uint64_t lines, uint64_t blank, uint64_t malformed, uint64_t duplicate)
{
    assert_int_equal(rig.crawl.tally.lines, lines);
    assert_int_equal(rig.crawl.tally.blank, blank);
    assert_int_equal(rig.crawl.tally.malformed, malformed);
    assert_int_equal(rig.crawl.tally.duplicate, duplicate);
}

#define LIST(text) .list = (text), .size = sizeof(text) - 1

static void lists_are_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        size_t size;
        unsigned lines, blank, malformed, duplicate;
        const char *admitted;
    } cases[] = {
        {LIST(""), 0, 0, 0, 0, ""},
        {LIST("\n"), 1, 1, 0, 0, ""},
        {LIST("http://a/"), 1, 0, 0, 0, "http://a/>http://a/"}, /* no newline at the end */
        {LIST("http://a/\n"), 1, 0, 0, 0, "http://a/>http://a/"},
        {LIST("http://a/\r\n\r\nhttp://b/\r\n"), 3, 1, 0, 0, "http://a/>http://a/ http://b/>http://b/"},
        {LIST("\xef\xbb\xbfhttp://a/\n"), 1, 0, 0, 0, "http://a/>http://a/"},
        {LIST("\xef\xbb\xbf"), 1, 1, 0, 0, ""},
        {LIST("http://a/\n\xef\xbb\xbfhttp://b/\n"), 2, 0, 1, 0, "http://a/>http://a/"},
        {LIST(" \t http://a/ x \t\n  \n"), 2, 1, 0, 0, "http://a/ x>http://a/%20x"},
        /* One URL in many spellings (H81); the first is the one that stands. */
        {LIST("HTTP://A:80\nhttp://a/\nhttp://a/#f\nhttp://u:p@a/\nhttp://a./\nhttp://a/x/..\n"), 6, 0, 0, 5,
         "HTTP://A:80>http://a/"},
        {LIST("http://a/%7ex\nhttp://a/~x\nhttp://a/%2Fx\nhttp://a//x\n"), 4, 0, 0, 1,
         "http://a/%7ex>http://a/%7ex http://a/%2Fx>http://a/%2Fx http://a//x>http://a//x"},
        /* Userinfo and fragment are not sent; the row stands under what was listed. */
        {LIST("http://u:p@a/?q#f\n"), 1, 0, 0, 0, "http://u:p@a/?q#f>http://a/?q"},
        {LIST("http://\xc3\xa4.de/\xc3\xa4\n"), 1, 0, 0, 0,
         "http://\xc3\xa4.de/\xc3\xa4>http://xn--4ca.de/%C3%A4"},
        /* What could not stand in a row stands serialised: invalid UTF-8, control bytes, NUL (H75, H88). */
        {LIST("http://a/\xff\n"), 1, 0, 0, 0, "http://a/%EF%BF%BD>http://a/%EF%BF%BD"},
        {LIST("http://a/x\ty\n"), 1, 0, 0, 0, "http://a/xy>http://a/xy"},
        {LIST("http://a/x\ry\n"), 1, 0, 0, 0, "http://a/xy>http://a/xy"},
        {LIST("http://a/x\x1by\n"), 1, 0, 0, 0, "http://a/x%1By>http://a/x%1By"},
        {LIST("http://a/x\0y\nhttp://b/\0\n"), 2, 0, 0, 0,
         "http://a/x%00y>http://a/x%00y http://b/>http://b/"},
        {LIST("\0\n\0\0"), 2, 2, 0, 0, ""},
        {LIST("example.com\nmailto:a@b\nhttp://\nhttp://[/\nhttp://a:65536/\n//a/\nftp://a/\nfile:///etc\n"),
         8, 0, 8, 0, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int fd = put_input(cases[i].list, cases[i].size);
        rig_listen();
        read_all();
        rig_heard();
        check_columns(cases[i].lines, cases[i].blank, cases[i].malformed, cases[i].duplicate);
        assert_string_equal(admitted(), cases[i].admitted);
        close(fd);
        teardown(NULL);
        setup(NULL);
    }
}

static void malformed_lines_say_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"example.com", "no scheme; did you mean https://example.com ?"},
        {"example.com/a?b", "no scheme; did you mean https://example.com/a?b ?"},
        {"localhost:8080", "no scheme; did you mean https://localhost:8080 ?"},
        {"a/?u=http://b/", "no scheme; did you mean https://a/?u=http://b/ ?"},
        {"mailto:a@b", "neither http nor https"},
        {"javascript:alert(1)", "neither http nor https"}, /* H82 */
        {"ftp://a/", "neither http nor https"},
        {"two words", "not a URL"},
        {"# a comment", "not a URL"},
        {"/path", "not a URL"},
        {"http://", "not a URL"},
        {"http://a:99999/", "not a URL"},
        {"http://1.2.3.256/", "not a URL"},
    };
    char list[1000] = "\n", expected[300];
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s\n", cases[i].line);
    int fd = put_input(list, strlen(list));
    rig_listen();
    read_all();
    const char *heard = rig_heard();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        snprintf(expected, sizeof expected, "%s, line %zu: %s: %s\n", input, i + 2, cases[i].line,
                 cases[i].why);
        if (!strstr(heard, expected))
            fail_msg("missing: %s", expected);
    }
    check_columns(COUNT_OF(cases) + 1, 1, COUNT_OF(cases), 0);
    close(fd);
}

/* Requested without them; who writes them means them to be sent. */
static void names_and_passwords_are_said_once_not_to_be_sent(void **state)
{
    (void)state;
    static const char list[] = "http://a/\nhttp://me:secret@b/\nhttp://me@c/\n";
    int fd = put_input(list, strlen(list));
    rig_listen();
    read_all();
    const char *heard = rig_heard();
    assert_int_equal(rig_times(heard, "names and passwords in URLs are not sent"), 1);
    assert_null(strstr(heard, "secret"));
    assert_string_equal(admitted(),
                        "http://a/>http://a/ http://me:secret@b/>http://b/ http://me@c/>http://c/");
    close(fd);
}

static void many_of_a_kind_are_only_counted(void **state)
{
    (void)state;
    char list[5000] = "";
    for (int i = 0; i < 200; i++)
        strcat(list, "no good\n");
    strcat(list, "ftp://a/\n");
    int fd = put_input(list, strlen(list));
    rig_listen();
    read_all();
    const char *heard = rig_heard();
    assert_int_equal(rig_times(heard, "no good"), 20);
    assert_int_equal(rig_times(heard, "only counted"), 1);
    assert_int_equal(rig_times(heard, "neither http nor https"), 1);
    check_columns(201, 0, 201, 0);
    close(fd);
}

/* D42: 10 MB without a newline, then business as usual. */
static void a_line_of_ten_megabytes_is_one_malformed_line(void **state)
{
    (void)state;
    enum { LONG = 10 << 20 };
    char *list = malloc(LONG + 100);
    int length = snprintf(list, 100, "http://a/\nhttp://b/");
    memset(list + length, 'x', LONG);
    int rest = snprintf(list + length + LONG, 50, "\nhttp://c/\n");
    int fd = put_input(list, (size_t)length + LONG + (size_t)rest);
    free(list);
    rig_listen();
    read_all();
    const char *heard = rig_heard();
    assert_non_null(strstr(heard, ", line 2: http://b/xxx"));
    assert_non_null(strstr(heard, "...: longer than 8192 bytes"));
    assert_true(strlen(heard) < 1000);
    check_columns(3, 0, 1, 0);
    assert_string_equal(admitted(), "http://a/>http://a/ http://c/>http://c/");
    close(fd);
}

static void lengths_around_the_limits_are_counted_once(void **state)
{
    (void)state;
    static const size_t sizes[] = {8191, 8192, 8193, 65535, 65536, 65537, 131072, 131073};
    static char list[400000];
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        memset(list, 'x', sizes[i]);
        memcpy(list, "http://a/", 9);
        for (int newline = 0; newline < 2; newline++) {
            list[sizes[i]] = '\n';
            int fd = put_input(list, sizes[i] + (size_t)newline);
            rig_listen();
            read_all();
            rig_heard();
            check_columns(1, 0, sizes[i] > 8192, 0);
            close(fd);
            teardown(NULL);
            setup(NULL);
        }
    }
}

/* Rows stand under the line as it is, each of them. */
static void a_long_line_is_malformed_even_where_its_url_is_short(void **state)
{
    (void)state;
    static char list[9 + 3 * 4000];
    memcpy(list, "http://a/", 9);
    for (size_t at = 9; at < sizeof list; at += 3)
        memcpy(list + at, "../", 3);
    int fd = put_input(list, sizeof list);
    rig_listen();
    read_all();
    assert_non_null(strstr(rig_heard(), "...: longer than 8192 bytes"));
    check_columns(1, 0, 1, 0);
    close(fd);
}

static void arguments_come_before_the_file(void **state)
{
    (void)state;
    const char *words[] = {"http://a/1", "", "http://a/2", "no good"};
    rig.config.urls = (struct options_list){.words = words, .count = COUNT_OF(words)};
    int fd = put_input("http://a/3\nhttp://a/1\n", 22);
    rig_listen();
    read_all();
    const char *heard = rig_heard();
    assert_non_null(strstr(heard, "argument: no good: not a URL"));
    check_columns(6, 1, 1, 1);
    assert_string_equal(admitted(), "http://a/1>http://a/1 http://a/2>http://a/2 http://a/3>http://a/3");
    close(fd);
}

static void arguments_alone_are_read_at_once(void **state)
{
    (void)state;
    const char *words[] = {"http://a/"};
    rig.config.urls = (struct options_list){.words = words, .count = 1};
    start();
    assert_true(seed_is_done(rig.crawl.seed));
    assert_string_equal(admitted(), "http://a/>http://a/");
}

/* H15 */
static void a_bad_port_ends_refused_without_being_fetched(void **state)
{
    (void)state;
    const char *words[] = {"http://a:25/", "https://a:6667/", "http://a:0/", "http://a:80/"};
    rig.config.urls = (struct options_list){.words = words, .count = COUNT_OF(words)};
    rig_listen();
    start();
    const char *heard = rig_heard();
    assert_int_equal(rig.crawl.tally.outcomes[OUTCOME_PORT], 3);
    assert_int_equal(rig_times(heard, ": port: browsers refuse it, and so does trawl\n"), 3);
    assert_non_null(strstr(rig_pages(&rig), "http://a:25/\tport\t\thttp://a:25/\t0\t"));
    assert_string_equal(admitted(), "http://a:80/>http://a/");
}

/* D42: a list longer than memory waits for a commit. */
static void reading_pauses_while_the_transaction_is_full(void **state)
{
    (void)state;
    enum { URLS = 150000 };
    char *list = NULL;
    size_t size;
    FILE *file = open_memstream(&list, &size);
    for (int i = 0; i < URLS; i++)
        fprintf(file, "http://a/%d\n", i);
    fclose(file);
    int fd = put_input(list, size);
    free(list);
    start();
    unsigned commits = 0;
    while (!seed_is_done(rig.crawl.seed)) {
        uint64_t before = rig.crawl.tally.lines;
        seed_resume(rig.crawl.seed);
        turn();
        assert_true(store_dirty(rig.crawl.store) < STORE_DIRTY_MOST + (8 << 20));
        if (rig.crawl.tally.lines == before && !seed_is_done(rig.crawl.seed)) {
            assert_int_equal(store_commit(rig.crawl.store, 0), 0);
            commits++;
        }
    }
    assert_true(commits >= 2);
    check_columns(URLS, 0, 0, 0);
    assert_int_equal(rig.crawl.tally.admitted, URLS);
    close(fd);
}

/* D42: a FIFO that never ends is read as it comes and left when the run is. */
static void a_pipe_is_read_line_by_line_as_it_comes(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    snprintf(input, sizeof input, "/proc/self/fd/%d", ends[0]);
    rig.config.input = input;
    start();
    turn();
    assert_int_equal(rig.crawl.tally.lines, 0);
    static const char text[] = "http://a/1\nhttp://a/2\n";
    for (const char *c = text; *c; c++) {
        assert_int_equal(write(ends[1], c, 1), 1);
        turn();
        assert_int_equal(rig.crawl.tally.lines, (c - text >= 10) + (c - text >= 21));
    }
    assert_int_equal(write(ends[1], "http://a/3", 10), 10);
    turn();
    assert_false(seed_is_done(rig.crawl.seed));
    seed_stop(rig.crawl.seed);
    seed_stop(rig.crawl.seed);
    assert_true(seed_is_done(rig.crawl.seed));
    assert_int_equal(rig.crawl.tally.admitted, 2);
    close(ends[0]);
    close(ends[1]);
}

/* ---- what an earlier process has read -------------------------------------------------------------- */

/* As if the process ended and another went on. */
static void go_on(void)
{
    rig.crawl.record.cursor = *seed_position(rig.crawl.seed);
    seed_destroy(&rig.crawl.seed);
    rig.crawl.seed = seed_create(&rig.crawl);
    assert_non_null(rig.crawl.seed);
}

static void only_what_was_not_read_is_news(void **state)
{
    (void)state;
    const char *words[] = {"http://a/1", "http://a/2"};
    static const struct {
        const char *list;
        size_t words;
        int news;
        unsigned admitted;
    } steps[] = {
        {"http://a/3\n", 1, 1, 2},
        {"http://a/3\n", 1, 0, 0},
        {NULL, 1, 0, 0},
        {NULL, 0, 0, 0},
        {"http://a/3\n", 0, 0, 0},
        {"http://a/3\nhttp://a/4", 0, 1, 1},
        {"http://a/3\nhttp://a/4", 0, 0, 0},
        {"http://a/3\nhttp://a/4\n", 0, 0, 0},
        {"http://a/3\nhttp://a/4\nhttp://a/3\n", 0, 1, 0}, /* which nobody can know before */
        {"http://a/5\nhttp://a/3\n", 0, 1, 1},
        {NULL, 2, 1, 1},
        {NULL, 2, 0, 0},
    };
    rig_listen();
    rig.crawl.seed = seed_create(&rig.crawl);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        uint64_t before = rig.crawl.tally.admitted;
        int fd = -1;
        rig.config.urls = (struct options_list){.words = words, .count = steps[i].words};
        rig.config.input = NULL;
        if (steps[i].list)
            fd = put_input(steps[i].list, strlen(steps[i].list));
        go_on();
        assert_int_equal(seed_has_news(rig.crawl.seed), steps[i].news);
        seed_start(rig.crawl.seed);
        while (!seed_is_done(rig.crawl.seed))
            turn();
        assert_int_equal(rig.crawl.tally.admitted - before, steps[i].admitted);
        if (fd >= 0)
            close(fd);
    }
    assert_int_equal(rig_times(rig_heard(), "not the list that the run began with"), 1);
    check_columns(8, 0, 0, 3); /* the known prefix is not counted again */
}

/* The same of a pipe, which cannot be looked at first. */
static void what_a_pipe_says_again_is_not_counted_again(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        unsigned lines, malformed, duplicate, admitted; /* from here on */
    } steps[] = {
        {"http://a/1\nhttp://a/2\n", 2, 0, 0, 2},
        {"http://a/1\nhttp://a/2\n", 2, 0, 0, 2},
        {"http://a/1\nhttp://a/2\nhttp://a/3", 3, 0, 0, 3},
        {"http://a/1\nhttp://a/2\nhttp://a/3", 3, 0, 0, 3}, /* the last line has no end */
        {"http://a/1\nhttp://a/2\nhttp://a/3\n", 3, 0, 0, 3},
        {"http://a/1\nhttp://a/2\nhttp://a/3\nx", 4, 1, 0, 3},
        {"http://a/1\nhttp://a/2\nhttp://a/3\nx", 4, 1, 0, 3},
        {"http://a/1\nhttp://a/2\nhttp://a/3\nx\nhttp://a/1", 5, 1, 1, 3},
        {"http://a/1\nhttp://a/2\nhttp://a/3\nx\nhttp://a/1234", 6, 1, 1, 4}, /* another line */
    };
    rig_listen();
    rig.crawl.seed = seed_create(&rig.crawl);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        int ends[2];
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_true(write(ends[1], steps[i].list, strlen(steps[i].list)) > 0);
        close(ends[1]);
        snprintf(input, sizeof input, "/proc/self/fd/%d", ends[0]);
        rig.config.input = input;
        go_on();
        seed_start(rig.crawl.seed);
        while (!seed_is_done(rig.crawl.seed))
            turn();
        close(ends[0]);
        check_columns(steps[i].lines, 0, steps[i].malformed, steps[i].duplicate);
        assert_int_equal(rig.crawl.tally.admitted, steps[i].admitted);
    }
    rig_heard();
}

static void outputs_begin_with_the_first_usable_url(void **state)
{
    (void)state;
    int fd = put_input("no good\n\n", 9);
    rig_listen();
    read_all();
    rig_heard();
    assert_false(rig.crawl.outputs_begun);
    close(fd);
    teardown(NULL);
    setup(NULL);
    fd = put_input("http://a/\n", 10);
    read_all();
    assert_true(rig.crawl.outputs_begun);
    close(fd);
}

static void what_cannot_be_read_is_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *path, *why;
    } cases[] = {{"/no/such/list", "No such file or directory"}, {"/tmp", "Is a directory"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rig.config.input = cases[i].path;
        rig_listen();
        struct seed *seed = seed_create(&rig.crawl);
        const char *heard = rig_heard();
        assert_null(seed);
        assert_int_equal(rig_times(heard, "\n"), 1);
        assert_non_null(strstr(heard, cases[i].why));
    }
}

/* I/O errors in mid-list end the run as failed: half a list is not a list. */
static void a_failing_read_ends_the_run(void **state)
{
    (void)state;
    rig.config.input = "/proc/self/mem"; /* opens, then EIO at address 0 */
    rig_listen();
    read_all();
    const char *heard = rig_heard();
    assert_int_equal(rig.crawl.end, CRAWL_FAILED);
    assert_non_null(strstr(heard, "/proc/self/mem: cannot be read: Input/output error"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_are_read_as_people_write_them, setup, teardown),
        cmocka_unit_test_setup_teardown(malformed_lines_say_what_is_wrong_and_where, setup, teardown),
        cmocka_unit_test_setup_teardown(names_and_passwords_are_said_once_not_to_be_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(many_of_a_kind_are_only_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_of_ten_megabytes_is_one_malformed_line, setup, teardown),
        cmocka_unit_test_setup_teardown(lengths_around_the_limits_are_counted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_line_is_malformed_even_where_its_url_is_short, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(arguments_come_before_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(arguments_alone_are_read_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_port_ends_refused_without_being_fetched, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_pauses_while_the_transaction_is_full, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pipe_is_read_line_by_line_as_it_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(only_what_was_not_read_is_news, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_pipe_says_again_is_not_counted_again, setup, teardown),
        cmocka_unit_test_setup_teardown(outputs_begin_with_the_first_usable_url, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_one_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failing_read_ends_the_run, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
