/* What libcurl's verdict means in outcomes. */
#include "worker/fetch_internal.h"

#include "worker/address.h"

#include <string.h>

static int is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static enum outcome judge_status(long status)
{
    if (is_redirect(status))
        return OUTCOME_REDIRECTED;
    return status >= 200 && status < 300 ? OUTCOME_OK : OUTCOME_HTTP_STATUS;
}

static uint32_t microseconds(CURL *easy, CURLINFO info)
{
    curl_off_t value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value > 0 && value < UINT32_MAX ? (uint32_t)value : 0;
}

bool fetch_found_nobody(const struct fetch *fetch, CURLcode code)
{
    return fetch->abort == FETCH_NOT_ABORTED &&
           (code == CURLE_COULDNT_CONNECT || (code == CURLE_OPERATION_TIMEDOUT &&
                                              microseconds(fetch->easy, CURLINFO_PRETRANSFER_TIME_T) == 0));
}

static enum outcome judge_timeout(const struct fetch *fetch, const struct fetch_result *result)
{
    if (fetch_found_nobody(fetch, CURLE_OPERATION_TIMEDOUT))
        return OUTCOME_TIMEOUT_CONNECT;
    if (result->total_us + 50000 >= fetch->fetcher->timeout_ms * 1000ull)
        return result->status ? OUTCOME_TIMEOUT_TOTAL : OUTCOME_TIMEOUT_FIRST_BYTE;
    return result->status ? OUTCOME_STALL : OUTCOME_TIMEOUT_FIRST_BYTE;
}

/* The network ended an answer early. Of an error or a redirect the headers were what counted, and a page of
 * which nothing came is none. */
static enum outcome judge_cut(const struct fetch *fetch, struct fetch_result *result,
                              enum outcome nothing_came, enum outcome part_came)
{
    if (!fetch->head.over || (fetch->bytes == 0 && result->status < 300))
        return nothing_came;
    result->truncated = true;
    return result->status >= 300 ? judge_status(result->status) : part_came;
}

static enum outcome judge_abort(const struct fetch *fetch, struct fetch_result *result)
{
    switch (fetch->abort) {
    case FETCH_UNWANTED:
        return judge_status(result->status);
    case FETCH_BODY_FULL:
        result->truncated = true;
        return judge_status(result->status);
    case FETCH_HEADERS_TOO_BIG:
        return OUTCOME_HEADERS_TOO_BIG;
    case FETCH_BAD_HEADER:
        return OUTCOME_BAD_HTTP;
    case FETCH_ADDRESS_REFUSED:
        return OUTCOME_ADDRESS;
    case FETCH_STALE:
    case FETCH_NOT_ABORTED:
        break;
    }
    return OUTCOME_BAD_HTTP;
}

/* Whether a proxy was asked for a connection and gave none: what it said is no answer of the host's. */
static bool is_refused_by_proxy(const struct fetch *fetch)
{
    long status = 0;
    curl_easy_getinfo(fetch->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status >= 300;
}

static enum outcome judge_code(const struct fetch *fetch, CURLcode code, struct fetch_result *result)
{
    if (fetch->abort != FETCH_NOT_ABORTED)
        return judge_abort(fetch, result);
    if (code != CURLE_OK && is_refused_by_proxy(fetch))
        return OUTCOME_CONNECT;
    switch (code) {
    case CURLE_OK: /* also for an answer that ended within its headers */
        return fetch->head.over ? judge_status(result->status) : OUTCOME_EMPTY_REPLY;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return OUTCOME_DNS;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY: /* of SOCKS */
        return OUTCOME_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return judge_timeout(fetch, result);
    case CURLE_GOT_NOTHING:
        return OUTCOME_EMPTY_REPLY;
    case CURLE_SEND_ERROR:
        return judge_cut(fetch, result, OUTCOME_RESET, OUTCOME_RESET);
    case CURLE_RECV_ERROR: /* a broken chunk has the same code as a broken connection */
        if (strstr(fetch->error, "chunked"))
            return judge_cut(fetch, result, OUTCOME_BAD_HTTP, OUTCOME_OK);
        /* What was under way is lost with a reset: no two runs would keep the same part of a page. */
        return judge_cut(fetch, result, OUTCOME_RESET, OUTCOME_RESET);
    case CURLE_PARTIAL_FILE:
        /* Closed in order: what was sent has arrived. */
        return judge_cut(fetch, result, OUTCOME_EMPTY_REPLY, OUTCOME_OK);
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR: /* none of our callbacks failed: it was the brotli decoder */
        return OUTCOME_BAD_ENCODING;
    case CURLE_OUT_OF_MEMORY: /* how this libcurl refuses a header line of over 100 KB */
        return OUTCOME_HEADERS_TOO_BIG;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_NOTFOUND:
        return OUTCOME_TLS;
    default:
        return OUTCOME_BAD_HTTP;
    }
}

/* What to tell people of an end of our own making. */
static const char *const abort_texts[] = {
    [FETCH_UNWANTED] = "",
    [FETCH_BODY_FULL] = "longer than its limit",
    [FETCH_HEADERS_TOO_BIG] = "headers without end",
    [FETCH_BAD_HEADER] = "malformed header",
    [FETCH_ADDRESS_REFUSED] = "not a public address",
    [FETCH_STALE] = "stale connection",
};

/* libcurl would name the address that stood in. */
static void tell_address(struct fetch *fetch)
{
    long code = 0;
    const char *address = fetch_name_address(fetch);
    curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &code);
    if (*address)
        snprintf(fetch->error, sizeof fetch->error, "%s: %s", address, strerror((int)code));
}

static const char *judge_error(struct fetch *fetch, CURLcode code)
{
    if (fetch->abort != FETCH_NOT_ABORTED)
        return abort_texts[fetch->abort];
    if (code == CURLE_OK)
        return fetch->head.over ? "" : "the answer ended within its headers";
    if (code == CURLE_COULDNT_CONNECT)
        tell_address(fetch);
    return *fetch->error ? fetch->error : curl_easy_strerror(code);
}

/* Of seconds; an exchange takes less than an hour. */
static uint32_t as_microseconds(double seconds)
{
    return seconds > 0 && seconds < 4000 ? (uint32_t)(seconds * 1e6) : 0;
}

/* libcurl's times all begin with the attempt; ours of names, connecting and TLS are of that stage alone, the
 * others since the start. */
static void take_times(const struct fetch *fetch, struct fetch_result *result)
{
    uint32_t before = as_microseconds(fetch->attempted - fetch->began);
    uint32_t failed = as_microseconds(fetch->attempted - fetch->resolved); /* at other addresses */
    uint32_t name = microseconds(fetch->easy, CURLINFO_NAMELOOKUP_TIME_T); /* none, or a proxy's */
    uint32_t connect = microseconds(fetch->easy, CURLINFO_CONNECT_TIME_T);
    uint32_t tls = microseconds(fetch->easy, CURLINFO_APPCONNECT_TIME_T);
    uint32_t first_byte = microseconds(fetch->easy, CURLINFO_STARTTRANSFER_TIME_T);
    result->dns_us = as_microseconds(fetch->resolved - fetch->began);
    result->connect_us = connect > name ? failed + connect - name : failed;
    result->tls_us = tls > connect ? tls - connect : 0;
    result->first_byte_us = first_byte ? before + first_byte : 0;
    result->total_us = before + microseconds(fetch->easy, CURLINFO_TOTAL_TIME_T);
}

void fetch_judge_name(const struct fetch *fetch, struct fetch_result *result)
{
    uint32_t spent = as_microseconds(fetch->resolved - fetch->began);
    *result = (struct fetch_result){
        .outcome = fetch->name.outcome,
        .error = fetch->name.error,
        .type = "",
        .location = "",
        .dns_us = spent,
        .total_us = spent,
    };
}

/* libcurl has read it as a number or as a date, less now; it gives 0 for what is neither. */
static uint32_t retry_after(const struct fetch *fetch, long status)
{
    curl_off_t seconds = 0;
    if (status == 429 || status == 503)
        curl_easy_getinfo(fetch->easy, CURLINFO_RETRY_AFTER, &seconds);
    return seconds <= 0 ? 0 : seconds > MESSAGE_RETRY_AFTER_MAX ? MESSAGE_RETRY_AFTER_MAX : (uint32_t)seconds;
}

const char *fetch_text(struct buf *buf)
{
    if (buf_append_byte(buf, 0) == 0)
        buf->size--;
    else if (buf->size)
        buf->data[buf->size - 1] = 0;
    return buf->data ? buf->data : "";
}

void fetch_judge(struct fetch *fetch, CURLcode code, struct fetch_result *result)
{
    *result = (struct fetch_result){
        .bytes = fetch->bytes,
        .type = fetch_text(&fetch->type),
        .location = fetch_text(&fetch->location),
    };
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &result->status);
    result->retry_after = retry_after(fetch, result->status);
    take_times(fetch, result);
    result->outcome = judge_code(fetch, code, result);
    result->error = judge_error(fetch, code);
    const char *peer = NULL;
    curl_easy_getinfo(fetch->easy, CURLINFO_PRIMARY_IP, &peer);
    result->private_address = peer && *peer && !address_text_is_public(peer);
}
