/* Goal: a log line has the documented format, nothing in it leaves printable ASCII (H89), JSON lines parse.
 */
#include "common/log.h"
#include "tests/unit/check.h"

#include <jansson.h>

/* Returns what `act` writes to stderr, at most `room` bytes, as a string. */
static void capture(void (*act)(void), char *out, size_t room)
{
    int pipes[2], saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(pipes), 0);
    dup2(pipes[1], STDERR_FILENO);
    close(pipes[1]);
    act();
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t got = read(pipes[0], out, room - 1);
    out[got < 0 ? 0 : got] = 0;
    close(pipes[0]);
}

static void hostile(void)
{
    log_warning("page %s", "\033[2J\n\xe2\x80\xae\"\\\x7f");
}

static void quiet(void)
{
    log_info("not shown");
    log_error("shown");
}

static void endless(void)
{
    char text[20000];
    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = 0;
    log_error("%s", text);
}

static void text_is_escaped_and_in_areq_format(void **state)
{
    (void)state;
    char out[8192];
    log_init("areq", LOG_INFO, LOG_TEXT);
    capture(hostile, out, sizeof out);
    assert_string_equal(out + 8, " WARNING:areq: page \\x1b[2J\\x0a\\xe2\\x80\\xae\"\\\\x7f\n");
    assert_int_equal(out[2], ':');
}

/* Longer than any line for people. */
static void with_an_object(void)
{
    char object[10000] = "{\"a\":\"";
    memset(object + 6, 'x', 9000);
    memcpy(object + 9006, "\"}", 3);
    log_object("the \"end\"", "summary", object);
}

static void an_object_stands_beside_its_message(void **state)
{
    (void)state;
    char out[12000];
    log_init("trawl", LOG_ERROR, LOG_JSON);
    capture(with_an_object, out, sizeof out);
    json_t *line = json_loads(out, 0, NULL);
    assert_non_null(line);
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
    assert_string_equal(json_string_value(json_object_get(line, "message")), "the \"end\"");
    assert_string_equal(json_string_value(json_object_get(line, "level")), "INFO");
    const json_t *object = json_object_get(line, "summary");
    assert_int_equal(json_string_length(json_object_get(object, "a")), 9000);
    json_decref(line);
}

static void json_lines_parse(void **state)
{
    (void)state;
    char out[8192];
    log_init("trawl", LOG_INFO, LOG_JSON);
    capture(hostile, out, sizeof out);
    json_t *line = json_loads(out, 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "message")),
                        "page \\x1b[2J\\x0a\\xe2\\x80\\xae\"\\\\x7f");
    assert_string_equal(json_string_value(json_object_get(line, "level")), "WARNING");
    json_decref(line);
}

static void levels_are_kept_and_long_lines_cut(void **state)
{
    (void)state;
    char out[20000];
    log_init("trawl", LOG_ERROR, LOG_TEXT);
    capture(quiet, out, sizeof out);
    assert_null(strstr(out, "not shown"));
    assert_non_null(strstr(out, "ERROR:trawl: shown\n"));
    capture(endless, out, sizeof out);
    assert_true(strlen(out) <= 4096);
    assert_int_equal(out[strlen(out) - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped_and_in_areq_format),
        cmocka_unit_test(json_lines_parse),
        cmocka_unit_test(an_object_stands_beside_its_message),
        cmocka_unit_test(levels_are_kept_and_long_lines_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
