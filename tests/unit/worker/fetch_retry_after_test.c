/* Goal: when a server that is busy wants to be asked again is understood, in seconds and in each of the three
 * spellings of a date, and only of the answer that says so. */
#include "tests/unit/worker/exchange.h"

#include <time.h>

/* A time as the header may tell it: in the form of today and in the two of old. */
static void dates(time_t at, char out[3][64])
{
    strftime(out[0], 64, " %a, %d %b %Y %H:%M:%S GMT", gmtime(&at));
    size_t size = strftime(out[1], 64, " %A, %d-%b-%Y", gmtime(&at)); /* of the year two digits */
    memmove(out[1] + size - 4, out[1] + size - 2, 2);
    strftime(out[1] + size - 2, 64 - size, " %H:%M:%S GMT", gmtime(&at));
    strftime(out[2], 64, " %a %b %e %H:%M:%S %Y", gmtime(&at));
}

static uint32_t retry_after(const char *status, const char *before, const char *value)
{
    char head[512];
    int length = snprintf(head, sizeof head, "HTTP/1.1 %s -\r\n%sRetry-After:%s\r\nContent-Length: 0\r\n\r\n",
                          status, before, value);
    const struct raw_step script[] = {RAW_READ, RAW_BYTES(head, (size_t)length), {RAW_END_}};
    const struct raw_step *scripts[] = {script};
    struct raw_server *server = raw_server_start(scripts, 1);
    struct fetcher *fetcher = new_fetcher(1000, 5000);
    exchange(fetcher, "http", raw_server_port(server), true);
    fetcher_destroy(&fetcher);
    raw_server_stop(&server);
    return ending.retry_after;
}

/* RFC 9110 10.2.3 and, of the dates, 5.6.7. */
static void retry_after_is_seconds_from_now(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint32_t seconds;
    } numbers[] = {
        {" 120", 120},
        {"7", 7},
        {"\t 7 ", 7},
        {" 0", 0},
        {"", 0},
        {" -5", 0},
        {" soon", 0},
        {" 0x10", 0},
        {" 86399", 86399},
        {" 86401", 86400},
        {" 9223372036854775807", 86400},
        {" 99999999999999999999", 0}, /* libcurl does not read it */
        {" Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {" Sun, 06-Nov-94 08:49:37 GMT", 0},
        {" Fri, 31 Dec 9999 23:59:59 GMT", 86400},
        {" Fri, 31 Dec 99999999999999999999 23:59:59 GMT", 0},
    };
    char later[3][64], past[3][64];
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        uint32_t seconds = retry_after(i % 2 ? "429" : "503", "", numbers[i].value);
        if (seconds != numbers[i].seconds)
            fail_msg("`%s`: %u", numbers[i].value, seconds);
    }
    dates(time(NULL) + 100, later);
    dates(time(NULL) - 100, past);
    for (size_t i = 0; i < 3; i++) {
        assert_in_range(retry_after("503", "", later[i]), 60, 100);
        assert_int_equal(retry_after("503", "", past[i]), 0);
    }
    assert_int_equal(retry_after("200", "", " 120"), 0);
    assert_int_equal(retry_after("301", "", " 120"), 0);
    assert_int_equal(retry_after("500", "", " 120"), 0);
    assert_int_equal(retry_after("503", "Retry-After: 5\r\n", " 120"), 120); /* the last of two */
}

static void retry_after_is_of_its_answer_alone(void **state)
{
    (void)state;
    const struct raw_step *script =
        SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 503 -\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n"), RAW_READ,
               RAW_SEND("HTTP/1.1 503 -\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nRetry-After: 8\r\n\r\n"),
               RAW_HANG);
    struct raw_server *server = raw_server_start(&script, 1);
    struct fetcher *fetcher = new_fetcher(1000, 5000);
    exchange(fetcher, "http", raw_server_port(server), true);
    assert_int_equal(ending.retry_after, 9);
    exchange(fetcher, "http", raw_server_port(server), true); /* the same handle */
    assert_int_equal(ending.status, 503);
    assert_int_equal(ending.retry_after, 0);
    fetcher_destroy(&fetcher);
    raw_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(retry_after_is_seconds_from_now, setup, teardown),
        cmocka_unit_test_setup_teardown(retry_after_is_of_its_answer_alone, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
