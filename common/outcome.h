/* How a URL ended: one enum with one spelling, in the output, on the wire and in the log.
 *
 * The numbers travel between programs: new outcomes are appended, none is renumbered.
 */
#ifndef TRAWL_COMMON_OUTCOME_H
#define TRAWL_COMMON_OUTCOME_H

enum outcome_class { OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_REFUSED, OUTCOME_QUARANTINED, OUTCOME_CLASSES };

/* Columns: number, class, spelling. */
#define OUTCOME_TABLE(ROW)                               \
    ROW(OK, DONE, ok)                                    \
    ROW(NOT_HTML, DONE, not_html)                        \
    ROW(PARSE_ABORTED, DONE, parse_aborted)              \
    ROW(REDIRECTED, DONE, redirected)                    \
    ROW(HTTP_STATUS, FAILED, http_status)                \
    ROW(DNS, FAILED, dns)                                \
    ROW(DNS_TEMPORARY, FAILED, dns_temporary)            \
    ROW(CONNECT, FAILED, connect)                        \
    ROW(TLS, FAILED, tls)                                \
    ROW(TIMEOUT_CONNECT, FAILED, timeout_connect)        \
    ROW(TIMEOUT_FIRST_BYTE, FAILED, timeout_first_byte)  \
    ROW(TIMEOUT_TOTAL, FAILED, timeout_total)            \
    ROW(STALL, FAILED, stall)                            \
    ROW(RESET, FAILED, reset)                            \
    ROW(EMPTY_REPLY, FAILED, empty_reply)                \
    ROW(BAD_HTTP, FAILED, bad_http)                      \
    ROW(HEADERS_TOO_BIG, FAILED, headers_too_big)        \
    ROW(BAD_ENCODING, FAILED, bad_encoding)              \
    ROW(REDIRECT_LOOP, FAILED, redirect_loop)            \
    ROW(REDIRECT_LIMIT, FAILED, redirect_limit)          \
    ROW(REDIRECT_BAD, FAILED, redirect_bad)              \
    ROW(HOST_DOWN, FAILED, host_down)                    \
    ROW(ROBOTS, REFUSED, robots)                         \
    ROW(ROBOTS_UNREACHABLE, REFUSED, robots_unreachable) \
    ROW(ADDRESS, REFUSED, address)                       \
    ROW(PORT, REFUSED, port)                             \
    ROW(CRASHES_WORKER, QUARANTINED, crashes_worker)     \
    ROW(STALLS_WORKER, QUARANTINED, stalls_worker)

#define OUTCOME_NUMBER(name, class, spelling) OUTCOME_##name,
enum outcome { OUTCOME_TABLE(OUTCOME_NUMBER) OUTCOMES };
#undef OUTCOME_NUMBER

/* The spelling, e.g. "timeout_total"; static. `outcome` must be below OUTCOMES. */
const char *outcome_name(enum outcome outcome);

/* Which column of the balance an outcome counts in. */
enum outcome_class outcome_class(enum outcome outcome);

/* "done", "failed", "refused", "quarantined"; static. */
const char *outcome_class_name(enum outcome_class class);

#endif
