/* Goal: the files say about every listed URL, in the list's order, what the world says, and appear whole or
 * not at all. */
#include "bench/origin_truth.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <sys/stat.h>

static const struct world usual = {.seed = 1,
                                   .pages = 500,
                                   .links = 10,
                                   .size = 2000,
                                   .hosts = 20,
                                   .errors = 10,
                                   .redirects = 20,
                                   .others = 5,
                                   .port = 8000};

static char directory[] = "/tmp/origin-truth-XXXXXX";

/* Returns the file's text, the caller's. */
static char *read_all(const char *name)
{
    char path[200];
    struct stat stat_of;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &stat_of), 0);
    char *text = calloc(1, (size_t)stat_of.st_size + 1);
    assert_int_equal(fread(text, 1, (size_t)stat_of.st_size, file), stat_of.st_size);
    fclose(file);
    assert_int_equal(unlink(path), 0);
    return text;
}

static const char *path_to(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* Takes the text up to `stop` off the front. */
static char *take(char **text, const char *stop)
{
    char *word = strsep(text, stop);
    assert_non_null(word);
    assert_non_null(*text);
    return word;
}

static void each_listed_url_has_one_outcome_and_its_rows(void **state)
{
    (void)state;
    assert_int_equal(origin_truth_write_urls(&usual, path_to("urls")), 0);
    assert_int_equal(origin_truth_write_outcomes(&usual, NULL, path_to("outcomes")), 0);
    assert_int_equal(origin_truth_write_rows(&usual, NULL, PAGE_LINKS_HREF, path_to("truth")), 0);
    char *urls = read_all("urls"), *outcomes = read_all("outcomes"), *truth = read_all("truth");
    char *url = urls, *outcome = outcomes, *row = truth;
    struct buf links;
    buf_init(&links, 1 << 20);
    for (int64_t n = 0; n < usual.pages; n++) {
        struct world_fate fate = world_fate(&usual, n);
        const char *listed = take(&url, "\n");
        assert_string_equal(take(&outcome, "\t"), listed);
        assert_string_equal(take(&outcome, "\t"), fate.outcome);
        assert_int_equal(atoi(take(&outcome, "\t")), fate.status);
        assert_memory_equal(take(&outcome, "\n"), "http://127.0.0.", 15);
        buf_reset(&links, 0);
        if (strcmp(fate.outcome, "ok") == 0)
            page_write_links(&usual, fate.place.page, PAGE_LINKS_HREF, &links);
        buf_append_byte(&links, 0);
        for (char *link = links.data; *link;) {
            assert_string_equal(take(&row, "\t"), listed);
            assert_string_equal(take(&row, "\n"), take(&link, "\n"));
        }
    }
    assert_string_equal(url, "");
    assert_string_equal(outcome, "");
    assert_string_equal(row, "");
    buf_clear(&links);
    free(urls);
    free(outcomes);
    free(truth);
}

/* Of a world to follow links in: what is found, each hop too, and rows under the name of the page itself. */
static void found_urls_have_their_depth(void **state)
{
    (void)state;
    struct world world = usual;
    world.linked = true;
    world.starts = 3;
    world.across = 10;
    world.branch = 4;
    struct reach *reach = reach_create(&world, PAGE_LINKS_A, REACH_HOST);
    assert_int_equal(origin_truth_write_urls(&world, path_to("urls")), 0);
    assert_int_equal(origin_truth_write_outcomes(&world, reach, path_to("outcomes")), 0);
    assert_int_equal(origin_truth_write_rows(&world, reach, PAGE_LINKS_A, path_to("truth")), 0);
    char *urls = read_all("urls"), *outcomes = read_all("outcomes"), *truth = read_all("truth");
    char *row = truth, *outcome = outcomes;
    int starts = 0, hops = 0;
    assert_string_equal(urls, "http://127.0.0.1:8000/a0/b0/0.html\nhttp://127.0.0.2:8000/a0/b0/1.html\n"
                              "http://127.0.0.3:8000/a0/b0/2.html\n");
    while (*outcome) {
        const char *url = take(&outcome, "\t"), *word = take(&outcome, "\t");
        assert_true(atoi(take(&outcome, "\t")) > 0 || strcmp(word, "reset") == 0 ||
                    strcmp(word, "empty_reply") == 0);
        assert_string_equal(take(&outcome, "\t"), url);
        assert_in_range(url[15], '1', '3');
        starts += atoi(take(&outcome, "\n")) == 0;
        hops += strstr(url, "/hop/") != NULL;
        size_t size = strlen(url), rows = 0;
        for (; strncmp(row, url, size) == 0 && row[size] == '\t'; rows++)
            take(&row, "\n");
        assert_true(rows == 0 || strcmp(word, "ok") == 0);
    }
    assert_string_equal(row, "");
    assert_true(starts >= 3 && hops > 3);
    reach_destroy(&reach);
    free(urls);
    free(outcomes);
    free(truth);
}

static void bodies_are_dumped_for_each_url_that_ends_at_html(void **state)
{
    (void)state;
    assert_int_equal(origin_truth_write_bodies(&usual, directory), 0);
    char *list = read_all("pages.tsv"), *line = list;
    struct buf body;
    buf_init(&body, 1 << 20);
    for (int64_t n = 0; n < usual.pages; n++) {
        struct world_fate fate = world_fate(&usual, n);
        if (strcmp(fate.outcome, "ok") != 0)
            continue;
        struct stat stat_of;
        const char *file = take(&line, "\t");
        buf_reset(&body, 1 << 20);
        page_write(&usual, fate.place.page, &body);
        assert_int_equal(stat(file, &stat_of), 0);
        assert_int_equal(stat_of.st_size, body.size);
        take(&line, "\n");
    }
    assert_string_equal(line, "");
    for (int64_t n = 0; n < usual.pages * 2; n++) {
        char name[40];
        snprintf(name, sizeof name, "%d.html", (int)n);
        unlink(path_to(name));
    }
    buf_clear(&body);
    free(list);
}

static void what_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(origin_truth_write_urls(&usual, path_to("missing/urls")), -1);
    assert_int_equal(origin_truth_write_bodies(&usual, path_to("missing")), -1);
    /* A directory in the way: nothing is left beside it either. */
    assert_int_equal(mkdir(path_to("taken"), 0700), 0);
    assert_int_equal(origin_truth_write_urls(&usual, path_to("taken")), -1);
    assert_int_equal(rmdir(path_to("taken")), 0);
}

/* A FIFO stands in for /dev/stdout, behind a link as that is. */
static void what_is_no_plain_file_is_not_replaced(void **state)
{
    (void)state;
    char fifo[200], text[100] = "";
    struct stat found;
    snprintf(fifo, sizeof fifo, "%s", path_to("fifo"));
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink("fifo", path_to("link")), 0);
    int reader = open(fifo, O_RDONLY | O_NONBLOCK);
    assert_int_equal(origin_truth_write_urls(&usual, path_to("link")), 0);
    assert_true(read(reader, text, sizeof text - 1) > 0);
    assert_memory_equal(text, "http://127.0.0.1:8000/", 22);
    close(reader);
    assert_int_equal(lstat(path_to("link"), &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    assert_int_equal(lstat(fifo, &found), 0);
    assert_true(S_ISFIFO(found.st_mode));
    assert_int_equal(unlink(fifo), 0);
    assert_int_equal(unlink(path_to("link")), 0);
}

static void a_link_to_a_plain_file_stays_one(void **state)
{
    (void)state;
    struct stat found;
    assert_int_equal(origin_truth_write_urls(&usual, path_to("urls")), 0);
    assert_int_equal(truncate(path_to("urls"), 0), 0);
    assert_int_equal(symlink("urls", path_to("link")), 0);
    assert_int_equal(origin_truth_write_urls(&usual, path_to("link")), 0);
    assert_int_equal(lstat(path_to("link"), &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    assert_int_equal(unlink(path_to("link")), 0);
    char *urls = read_all("urls");
    assert_memory_equal(urls, "http://127.0.0.1:8000/", 22);
    free(urls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_listed_url_has_one_outcome_and_its_rows),
        cmocka_unit_test(found_urls_have_their_depth),
        cmocka_unit_test(bodies_are_dumped_for_each_url_that_ends_at_html),
        cmocka_unit_test(what_cannot_be_written_is_an_error),
        cmocka_unit_test(what_is_no_plain_file_is_not_replaced),
        cmocka_unit_test(a_link_to_a_plain_file_stays_one),
    };
    if (!mkdtemp(directory))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(directory) == 0 ? failed : 1; /* nothing is left behind */
}
