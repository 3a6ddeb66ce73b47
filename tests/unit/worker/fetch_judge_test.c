/* Goal: each of libcurl's verdicts has the outcome that DESIGN.md names for it; an answer that broke off is
 * one only when its head was complete; texts survive any bytes. (What servers do to get these verdicts is in
 * fetch_test.c.) */
#include "tests/unit/check.h"
#include "worker/fetch_internal.h"

static struct fetcher fetcher = {.timeout_ms = 5000};

static struct fetch_result judge(CURLcode code, enum fetch_abort abort, bool head_over, uint64_t bytes,
                                 const char *error)
{
    struct fetch fetch = {.fetcher = &fetcher, .easy = curl_easy_init(), .abort = abort, .bytes = bytes};
    struct fetch_result result;
    fetch.head.over = head_over;
    buf_init(&fetch.type, 64);
    buf_init(&fetch.location, 64);
    snprintf(fetch.error, sizeof fetch.error, "%s", error);
    fetch_judge(&fetch, code, &result);
    assert_int_equal(result.bytes, bytes);
    assert_string_equal(result.type, "");
    assert_string_equal(result.location, "");
    static char text[CURL_ERROR_SIZE];
    snprintf(text, sizeof text, "%s", result.error);
    result.error = text;
    curl_easy_cleanup(fetch.easy);
    buf_clear(&fetch.type);
    buf_clear(&fetch.location);
    return result;
}

/* No answer at all: status 0. */
static const struct {
    CURLcode code;
    enum outcome outcome;
} without_answer[] = {
    {CURLE_OK, OUTCOME_EMPTY_REPLY},
    {CURLE_COULDNT_RESOLVE_HOST, OUTCOME_DNS},
    {CURLE_COULDNT_RESOLVE_PROXY, OUTCOME_DNS},
    {CURLE_COULDNT_CONNECT, OUTCOME_CONNECT},
    {CURLE_PROXY, OUTCOME_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, OUTCOME_TIMEOUT_CONNECT},
    {CURLE_GOT_NOTHING, OUTCOME_EMPTY_REPLY},
    {CURLE_SEND_ERROR, OUTCOME_RESET},
    {CURLE_RECV_ERROR, OUTCOME_RESET},
    {CURLE_PARTIAL_FILE, OUTCOME_EMPTY_REPLY},
    {CURLE_BAD_CONTENT_ENCODING, OUTCOME_BAD_ENCODING},
    {CURLE_WRITE_ERROR, OUTCOME_BAD_ENCODING},
    {CURLE_OUT_OF_MEMORY, OUTCOME_HEADERS_TOO_BIG},
    {CURLE_SSL_CONNECT_ERROR, OUTCOME_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, OUTCOME_TLS},
    {CURLE_SSL_CIPHER, OUTCOME_TLS},
    {CURLE_SSL_CERTPROBLEM, OUTCOME_TLS},
    {CURLE_SSL_ISSUER_ERROR, OUTCOME_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, OUTCOME_TLS},
    {CURLE_WEIRD_SERVER_REPLY, OUTCOME_BAD_HTTP},
    {CURLE_UNSUPPORTED_PROTOCOL, OUTCOME_BAD_HTTP},
    {CURLE_HTTP2, OUTCOME_BAD_HTTP},
};

static void every_verdict_has_its_outcome(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(without_answer); i++) {
        struct fetch_result result = judge(without_answer[i].code, FETCH_NOT_ABORTED, false, 0, "");
        if (result.outcome != without_answer[i].outcome)
            fail_msg("%s: %s", curl_easy_strerror(without_answer[i].code), outcome_name(result.outcome));
        assert_int_equal(result.status, 0);
        assert_false(result.truncated);
        assert_false(result.private_address);
        assert_true(*result.error);
    }
}

static void our_own_ends_go_before_libcurls_verdict(void **state)
{
    (void)state;
    assert_int_equal(judge(CURLE_WRITE_ERROR, FETCH_HEADERS_TOO_BIG, false, 0, "").outcome,
                     OUTCOME_HEADERS_TOO_BIG);
    assert_int_equal(judge(CURLE_WRITE_ERROR, FETCH_BAD_HEADER, false, 0, "").outcome, OUTCOME_BAD_HTTP);
    assert_int_equal(judge(CURLE_COULDNT_CONNECT, FETCH_ADDRESS_REFUSED, false, 0, "").outcome,
                     OUTCOME_ADDRESS);
    assert_int_equal(judge(CURLE_ABORTED_BY_CALLBACK, FETCH_ADDRESS_REFUSED, false, 0, "").outcome,
                     OUTCOME_ADDRESS);
    assert_true(judge(CURLE_WRITE_ERROR, FETCH_BODY_FULL, true, 9, "").truncated);
    assert_false(judge(CURLE_WRITE_ERROR, FETCH_UNWANTED, true, 9, "").truncated);
    assert_string_equal(judge(CURLE_WRITE_ERROR, FETCH_UNWANTED, true, 9, "Failed writing").error, "");
    assert_string_equal(judge(CURLE_WRITE_ERROR, FETCH_BODY_FULL, true, 9, "Failed writing").error,
                        "longer than its limit");
}

static void a_broken_chunk_is_no_reset(void **state)
{
    (void)state;
    assert_int_equal(
        judge(CURLE_RECV_ERROR, FETCH_NOT_ABORTED, true, 0, "Bad number in chunked-encoding").outcome,
        OUTCOME_BAD_HTTP);
    assert_int_equal(judge(CURLE_RECV_ERROR, FETCH_NOT_ABORTED, true, 0, "Recv failure").outcome,
                     OUTCOME_RESET);
    assert_true(judge(CURLE_RECV_ERROR, FETCH_NOT_ABORTED, true, 5, "Recv failure").truncated);
    assert_false(judge(CURLE_RECV_ERROR, FETCH_NOT_ABORTED, false, 0, "Recv failure").truncated);
}

static void a_text_is_a_string_whatever_it_holds(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 4);
    assert_string_equal(fetch_text(&buf), "");
    buf_append(&buf, "abc", 3);
    assert_string_equal(fetch_text(&buf), "abc");
    assert_int_equal(buf.size, 3);
    buf_append(&buf, "d", 1); /* full: the last byte gives way */
    assert_string_equal(fetch_text(&buf), "abc");
    buf_clear(&buf);
    buf_append(&buf, "a\0b", 3);
    assert_string_equal(fetch_text(&buf), "a");
    buf_clear(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verdict_has_its_outcome),
        cmocka_unit_test(our_own_ends_go_before_libcurls_verdict),
        cmocka_unit_test(a_broken_chunk_is_no_reset),
        cmocka_unit_test(a_text_is_a_string_whatever_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
