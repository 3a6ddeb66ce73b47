/* Goal: whatever a server does, an exchange ends once, with the outcome, status, body and mark that the
 * catalogue asks for, and leaves no descriptor behind (I6): H9, H11-H14, H20, H21, H24-H35, H37-H39, H43,
 * H48-H51, H54, H60, H62, H66. */
#include "common/clock.h"
#include "tests/unit/check.h"
#include "tests/unit/raw_server.h"
#include "worker/fetch.h"

#include <dirent.h>
#include <time.h>

/* ---- one exchange and what came of it -------------------------------------------------------------- */

struct ending {
    int times;
    enum outcome outcome;
    long status;
    uint64_t bytes;
    bool truncated, private_address;
    uint32_t retry_after;
    char type[2048], location[8300], error[512];
    char body[1 << 20];
    size_t body_size; /* what was handed over, all of it */
    int asked;
};

static struct ev_loop *loop;
static struct ending ending;
static bool unwanted;

static bool on_headers(void *arg, const char *type)
{
    assert_ptr_equal(arg, &ending);
    assert_non_null(type);
    ending.asked++;
    return !unwanted;
}

static void on_body(void *arg, const char *bytes, size_t size)
{
    assert_ptr_equal(arg, &ending);
    assert_int_equal(ending.asked, 1);
    assert_true(size > 0);
    for (size_t i = 0; i < size && ending.body_size + i < sizeof ending.body; i++)
        ending.body[ending.body_size + i] = bytes[i];
    ending.body_size += size;
}

static void on_done(void *arg, const struct fetch_result *result)
{
    assert_ptr_equal(arg, &ending);
    ending.times++;
    ending.outcome = result->outcome;
    ending.status = result->status;
    ending.bytes = result->bytes;
    ending.truncated = result->truncated;
    ending.private_address = result->private_address;
    ending.retry_after = result->retry_after;
    snprintf(ending.type, sizeof ending.type, "%s", result->type);
    snprintf(ending.location, sizeof ending.location, "%s", result->location);
    snprintf(ending.error, sizeof ending.error, "%s", result->error);
    ev_break(loop, EVBREAK_ALL);
}

static const struct fetch_callbacks callbacks = {on_headers, on_body, on_done};

static void on_guard(struct ev_loop *l, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    ev_break(l, EVBREAK_ALL);
}

static void run_for(double seconds)
{
    ev_timer guard;
    ev_timer_init(&guard, on_guard, seconds, 0.);
    ev_timer_start(loop, &guard);
    ev_run(loop, 0);
    ev_timer_stop(loop, &guard);
}

static uint64_t ceiling; /* of the exchanges to come */

static struct fetcher *new_fetcher(uint64_t max_body, uint32_t timeout_ms)
{
    ceiling = max_body;
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    settings.timeout_ms = timeout_ms;
    settings.connect_timeout_ms = timeout_ms;
    settings.user_agent = "trawl/test";
    struct fetcher *fetcher = fetcher_create(loop, 4, &settings, &callbacks);
    assert_non_null(fetcher);
    return fetcher;
}

static void exchange(struct fetcher *fetcher, const char *scheme, unsigned port, bool private_ok)
{
    char url[128];
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/page", scheme, port);
    memset(&ending, 0, sizeof ending);
    struct fetch_request request = {.url = url, .max_body = ceiling, .private_ok = private_ok};
    fetch_start(fetcher, &request, &ending);
    assert_int_equal(ending.times, 0); /* not from within fetch_start */
    run_for(20.);
    assert_int_equal(ending.times, 1);
}

static int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static int descriptors_before;

static int setup(void **state)
{
    (void)state;
    unwanted = false;
    descriptors_before = open_descriptors();
    loop = ev_loop_new(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ev_loop_destroy(loop);
    assert_int_equal(open_descriptors(), descriptors_before);
    return 0;
}

/* ---- the table ------------------------------------------------------------------------------------- */

/* A row says what is special about it and leaves the rest zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define SCRIPT(...) ((const struct raw_step[]){__VA_ARGS__, {.verb = RAW_END_}})
#define SAYS(text) SCRIPT(RAW_READ, RAW_SEND(text))
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define SOLID(n) OK_HEAD "Content-Length: " #n "\r\n\r\n"
#define LINE100 \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct row {
    const char *name;
    const struct raw_step *script; /* NULL: nobody listens */
    enum outcome outcome;
    long status;
    const char *body; /* NULL: only its size counts */
    bool truncated;
    uint64_t bytes; /* where `body` is NULL; 0: any */
    /* What the exchange is asked for, where it is not a plain http GET within 5 s and 8 MiB. */
    const char *scheme;
    uint32_t timeout_ms;
    uint64_t max_body;
    bool guarded; /* only public addresses */
    bool unwanted;
    const char *location, *type; /* what is reported of them; NULL: any */
};

static const struct row rows[] = {
    /* TCP */
    {"H9 nobody listens", NULL, OUTCOME_CONNECT, 0, ""},
    {"H11 accepted, then silence", SCRIPT(RAW_HANG), OUTCOME_TIMEOUT_FIRST_BYTE, 0, "", .timeout_ms = 400},
    {"H11 request read, then silence", SCRIPT(RAW_READ, RAW_HANG), OUTCOME_TIMEOUT_FIRST_BYTE, 0, "",
     .timeout_ms = 400},
    {"H12 FIN before a byte", SCRIPT(RAW_READ), OUTCOME_EMPTY_REPLY, 0, ""},
    {"H12 FIN in the status line", SAYS("HTTP/1.1 2"), OUTCOME_EMPTY_REPLY, 0, ""},
    {"H12 FIN in the headers", SAYS("HTTP/1.1 200 OK\r\nContent-Type: te"), OUTCOME_EMPTY_REPLY, 200, ""},
    {"H12 FIN between headers", SAYS(OK_HEAD), OUTCOME_EMPTY_REPLY, 200, ""},
    {"H13 RST before a byte", SCRIPT(RAW_READ, RAW_RESET), OUTCOME_RESET, 0, ""},
    {"H13 RST in the headers", SCRIPT(RAW_READ, RAW_SEND(OK_HEAD), RAW_PAUSE(50), RAW_RESET), OUTCOME_RESET,
     200, ""},
    {"H13 RST in mid-body", SCRIPT(RAW_READ, RAW_SEND(SOLID(100) "part"), RAW_PAUSE(50), RAW_RESET),
     OUTCOME_RESET, 200, "part", true},
    {"H13 RST in mid-chunk", SCRIPT(RAW_READ, RAW_SEND(CHUNKED "9\r\npart"), RAW_PAUSE(50), RAW_RESET),
     OUTCOME_RESET, 200, "part", true},
    {"H14 a byte now and then", SCRIPT(RAW_READ, RAW_SEND(SOLID(100)), RAW_DRIP("x", 100, 100)),
     OUTCOME_TIMEOUT_TOTAL, 200, NULL, .timeout_ms = 700},
    {"H14 header bytes now and then",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n"), RAW_DRIP("X: y\r\n", 100, 100)), OUTCOME_TIMEOUT_TOTAL,
     200, "", .timeout_ms = 700},
    {"H14 headers, then silence", SCRIPT(RAW_READ, RAW_SEND(SOLID(100)), RAW_HANG), OUTCOME_STALL, 200, "",
     .timeout_ms = 2400},
    /* TLS */
    {"H20 silence in the handshake", SCRIPT(RAW_HANG), OUTCOME_TIMEOUT_CONNECT, 0, "", .scheme = "https",
     .timeout_ms = 400},
    {"H20 FIN in the handshake", SCRIPT(RAW_PAUSE(20)), OUTCOME_TLS, 0, "", .scheme = "https"},
    {"H21 plain text on a TLS port", SCRIPT(RAW_SEND("HTTP/1.1 400 Bad Request\r\n\r\n"), RAW_HANG),
     OUTCOME_TLS, 0, "", .scheme = "https"},
    {"H21 TLS on a plain port", SAYS("\x15\x03\x01\x00\x02\x02\x28"), OUTCOME_BAD_HTTP, 0, ""},
    /* Framing: lengths */
    {"a body of a known length", SAYS(SOLID(5) "hello"), OUTCOME_OK, 200, "hello", .type = "text/html"},
    {"a body that the end ends", SAYS(OK_HEAD "\r\nhello"), OUTCOME_OK, 200, "hello"},
    {"no body", SAYS(SOLID(0)), OUTCOME_OK, 200, ""},
    {"a body in small pieces", SCRIPT(RAW_READ, RAW_SEND(SOLID(8)), RAW_DRIP("ab", 4, 5)), OUTCOME_OK, 200,
     "abababab"},
    {"a status of failure with a body", SAYS("HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone"),
     OUTCOME_HTTP_STATUS, 404, NULL, .bytes = 4},
    {"H24 negative Content-Length", SAYS(OK_HEAD "Content-Length: -5\r\n\r\nhello"), OUTCOME_BAD_HTTP, 200,
     ""},
    {"H24 Content-Length of letters", SAYS(OK_HEAD "Content-Length: five\r\n\r\nhello"), OUTCOME_BAD_HTTP,
     200, ""},
    {"H24 letters behind the Content-Length", SAYS(OK_HEAD "Content-Length: 5x\r\n\r\nhello"),
     OUTCOME_BAD_HTTP, 200, ""},
    {"H24 empty Content-Length", SAYS(OK_HEAD "Content-Length:\r\n\r\nhello"), OUTCOME_BAD_HTTP, 200, ""},
    {"H24 Content-Length with a plus", SAYS(OK_HEAD "Content-Length: +5\r\n\r\nhello"), OUTCOME_BAD_HTTP, 200,
     ""},
    {"H24 two Content-Lengths", SAYS(OK_HEAD "Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello, "),
     OUTCOME_BAD_HTTP, 200, ""},
    {"H24 two Content-Lengths in a list", SAYS(OK_HEAD "Content-Length: 5, 7\r\n\r\nhello, "),
     OUTCOME_BAD_HTTP, 200, ""},
    {"H24 twice the same Content-Length", SAYS(OK_HEAD "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
     OUTCOME_OK, 200, "hello"},
    {"H24 Content-Length beyond 64 bits", SAYS(OK_HEAD "Content-Length: 99999999999999999999\r\n\r\nhello"),
     OUTCOME_BAD_HTTP, 200, ""},
    {"H25 Content-Length and chunks",
     SAYS(OK_HEAD "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
     OUTCOME_OK, 200, "hello"},
    {"H27 less than the Content-Length", SAYS(SOLID(100) "short"), OUTCOME_OK, 200, "short", true},
    {"H27 nothing of the Content-Length", SAYS(SOLID(100)), OUTCOME_EMPTY_REPLY, 200, ""},
    {"H28 a body behind 204", SAYS("HTTP/1.1 204 No Content\r\n\r\n<a href=x>"), OUTCOME_OK, 204, ""},
    {"H28 a body behind 304", SAYS("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"),
     OUTCOME_HTTP_STATUS, 304, ""},
    /* Framing: chunks */
    {"chunks", SAYS(CHUNKED "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), OUTCOME_OK, 200, "hello"},
    {"H26 chunks of a byte",
     SCRIPT(RAW_READ, RAW_SEND(CHUNKED), RAW_REPEAT("1\r\nx\r\n", 5), RAW_SEND("0\r\n\r\n")), OUTCOME_OK, 200,
     "xxxxx"},
    {"H26 chunk size beyond 64 bits", SAYS(CHUNKED "fffffffffffffffff\r\nhello"), OUTCOME_BAD_HTTP, 200, ""},
    {"H26 chunk size beyond 63 bits", SAYS(CHUNKED "ffffffffffffffff\r\nhello"), OUTCOME_BAD_HTTP, 200, ""},
    {"H26 chunk size with 0x", SAYS(CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"), OUTCOME_BAD_HTTP, 200,
     ""}, /* 0: the last chunk, and bad trailers */
    {"H26 chunk size with a minus", SAYS(CHUNKED "-5\r\nhello\r\n0\r\n\r\n"), OUTCOME_BAD_HTTP, 200, ""},
    {"H26 chunk size of junk", SAYS(CHUNKED "_5\r\nhello\r\n0\r\n\r\n"), OUTCOME_BAD_HTTP, 200, ""},
    {"H26 junk behind a good chunk", SAYS(CHUNKED "5\r\nhello\r\nzz\r\n"), OUTCOME_OK, 200, "hello", true},
    {"H26 no CRLF behind a chunk", SAYS(CHUNKED "5\r\nhelloX5\r\nhello\r\n0\r\n\r\n"), OUTCOME_OK, 200,
     "hello", true},
    {"H26 FIN between chunks", SAYS(CHUNKED "5\r\nhello\r\n"), OUTCOME_OK, 200, "hello", true},
    {"H26 long extension",
     SCRIPT(RAW_READ, RAW_SEND(CHUNKED "5;"), RAW_REPEAT(LINE100, 1000), RAW_SEND("\r\nhello\r\n0\r\n\r\n")),
     OUTCOME_OK, 200, "hello"},
    {"H26 endless extension", SCRIPT(RAW_READ, RAW_SEND(CHUNKED "5;"), RAW_DRIP("a", 1000, 20)),
     OUTCOME_TIMEOUT_TOTAL, 200, "", .timeout_ms = 700},
    {"H35 trailers", SAYS(CHUNKED "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), OUTCOME_OK, 200, "hello"},
    {"H35 trailers do not redirect",
     SAYS("HTTP/1.1 302 F\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nLocation: /evil\r\n\r\n"),
     OUTCOME_REDIRECTED, 302, "", .location = ""},
    {"H35 trailers do not change the type",
     SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
          "Content-Type: text/evil\r\n\r\n"),
     OUTCOME_OK, 200, "hello", .type = ""},
    {"H35 endless trailers",
     SCRIPT(RAW_READ, RAW_SEND(CHUNKED "5\r\nhello\r\n0\r\n"), RAW_REPEAT("X: " LINE100 "\r\n", 5000)),
     OUTCOME_HEADERS_TOO_BIG, 200, "hello"},
    /* Status lines */
    {"H29 no status line", SAYS("<html><a href=x>"), OUTCOME_BAD_HTTP, 0, ""},
    {"H29 another protocol", SAYS("ICY 200 OK\r\n\r\nhello"), OUTCOME_BAD_HTTP, 0, ""},
    {"H29 HTTP of the future", SAYS("HTTP/9.9 200 OK\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_BAD_HTTP, 0,
     ""},
    {"H29 no number", SAYS("HTTP/1.1 OK\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_BAD_HTTP, 0, ""},
    {"H29 HTTP/1.0", SAYS("HTTP/1.0 200 OK\r\n\r\nhello"), OUTCOME_OK, 200, "hello"},
    {"H29 no reason", SAYS("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_OK, 200, "hello"},
    {"H30 status 000", SAYS("HTTP/1.1 000 Zero\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_BAD_HTTP, 0, ""},
    {"H30 status 999", SAYS("HTTP/1.1 999 No\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_HTTP_STATUS, 999,
     NULL, .bytes = 5},
    {"H30 status of two digits", SAYS("HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_BAD_HTTP,
     0, ""},
    {"H30 status of four digits", SAYS("HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello"),
     OUTCOME_BAD_HTTP, 0, ""},
    {"H30 status of 100 digits",
     SAYS("HTTP/1.1 "
          "22222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
          "22 OK\r\n"
          "Content-Length: 5\r\n\r\nhello"),
     OUTCOME_BAD_HTTP, 0, ""},
    {"H31 interim answers",
     SAYS("HTTP/1.1 103 Hints\r\nContent-Type: x/y\r\nLocation: /no\r\n\r\n" SOLID(5) "hello"), OUTCOME_OK,
     200, "hello", .type = "text/html", .location = ""},
    {"H31 endless interim answers", SCRIPT(RAW_READ, RAW_REPEAT("HTTP/1.1 100 Continue\r\n\r\n", 20000)),
     OUTCOME_HEADERS_TOO_BIG, 100, ""},
    {"H31 slow endless interim answers",
     SCRIPT(RAW_READ, RAW_DRIP("HTTP/1.1 100 Continue\r\n\r\n", 1000, 20)), OUTCOME_TIMEOUT_TOTAL, 100, "",
     .timeout_ms = 500},
    {"H37 an unasked 101",
     SAYS("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n" SOLID(5) "hello"),
     OUTCOME_HTTP_STATUS, 101, NULL},
    /* Headers */
    {"H32 folded", SAYS("HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_OK, 200,
     "hello"},
    {"H32 bare LF", SAYS("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), OUTCOME_OK, 200, "hello"},
    {"H32 bare CR",
     SAYS("HTTP/1.1 200 OK\r\nContent-Type: text/html\rLocation: /evil\r\nContent-Length: 5\r\n\r\nhello"),
     OUTCOME_BAD_HTTP, 200, ""},
    {"H32 NUL in a value", SAYS("HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello"),
     OUTCOME_BAD_HTTP, 200, ""},
    {"H32 NUL in a name", SAYS("HTTP/1.1 200 OK\r\nX\0: a\r\nContent-Length: 5\r\n\r\nhello"),
     OUTCOME_BAD_HTTP, 200, ""},
    {"H32 no colon", SAYS("HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_BAD_HTTP,
     200, ""},
    {"H33 a line of 100 KB",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\nX: "), RAW_REPEAT(LINE100, 1100), RAW_SEND("\r\n\r\n")),
     OUTCOME_HEADERS_TOO_BIG, 200, ""},
    {"H33 a status line of 100 KB",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 "), RAW_REPEAT(LINE100, 1100), RAW_SEND("\r\n\r\n")),
     OUTCOME_HEADERS_TOO_BIG, 0, ""},
    {"H33 5000 headers",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n"), RAW_REPEAT("X-Y: z\r\n", 5000),
            RAW_SEND("Content-Length: 5\r\n\r\nhello")),
     OUTCOME_OK, 200, "hello"}, /* 40 KB: the sum is what is limited */
    {"H33 300 KiB of headers",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n"), RAW_REPEAT("X: " LINE100 "\r\n", 3000),
            RAW_SEND("\r\n")),
     OUTCOME_HEADERS_TOO_BIG, 200, ""},
    {"H34 a flood of cookies",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n"), RAW_REPEAT("Set-Cookie: a=" LINE100 "\r\n", 9000),
            RAW_SEND("\r\n")),
     OUTCOME_HEADERS_TOO_BIG, 200, ""},
    {"H34 many cookies",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\n"), RAW_REPEAT("Set-Cookie: a=" LINE100 "\r\n", 1000),
            RAW_SEND("Content-Length: 5\r\n\r\nhello")),
     OUTCOME_OK, 200, "hello"},
    {"no type", SAYS("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_OK, 200, "hello",
     .type = ""},
    {"two types: the first",
     SAYS("HTTP/1.1 200 OK\r\nContent-Type:a/b\r\ncontent-type: c/d\r\nContent-Length: 0\r\n\r\n"),
     OUTCOME_OK, 200, "", .type = "a/b"},
    /* Locations */
    {"H43 relative", SAYS("HTTP/1.1 302 F\r\nLocation:  ../x?y#z \t\r\nContent-Length: 0\r\n\r\n"),
     OUTCOME_REDIRECTED, 302, "", .location = "../x?y#z"},
    {"H43 none", SAYS("HTTP/1.1 301 M\r\nContent-Length: 0\r\n\r\n"), OUTCOME_REDIRECTED, 301, "",
     .location = ""},
    {"H43 empty", SAYS("HTTP/1.1 303 S\r\nLocation:\r\nContent-Length: 0\r\n\r\n"), OUTCOME_REDIRECTED, 303,
     "", .location = ""},
    {"H43 two: the first",
     SAYS("HTTP/1.1 307 T\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"), OUTCOME_REDIRECTED,
     307, "", .location = "/a"},
    {"H43 an empty one and another",
     SAYS("HTTP/1.1 307 T\r\nLocation: \r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"), OUTCOME_REDIRECTED,
     307, "", .location = ""},
    {"H43 controls and UTF-8",
     SAYS("HTTP/1.1 308 P\r\nLocation: /a b\x01\x1b[31m\xc3\xa4\r\nContent-Length: 0\r\n\r\n"),
     OUTCOME_REDIRECTED, 308, "", .location = "/a b\x01\x1b[31m\xc3\xa4"},
    {"H43 too long, and another",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 302 F\r\nLocation: /"), RAW_REPEAT(LINE100, 90),
            RAW_SEND("\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")),
     OUTCOME_REDIRECTED, 302, "", .location = ""},
    {"H43 1 MB",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 302 F\r\nLocation: /"), RAW_REPEAT(LINE100, 10000),
            RAW_SEND("\r\n\r\n")),
     OUTCOME_HEADERS_TOO_BIG, 302, ""},
    {"H39 on 200", SAYS(OK_HEAD "Location: /x\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_OK, 200, "hello"},
    {"H43 a redirect cut off", SAYS("HTTP/1.1 302 F\r\nLocation: /x\r\nContent-Length: 100\r\n\r\nshort"),
     OUTCOME_REDIRECTED, 302, NULL, true, .location = "/x"},
    /* Codings */
    {"H50 unknown coding", SAYS(OK_HEAD "Content-Encoding: nonsense\r\nContent-Length: 5\r\n\r\nhello"),
     OUTCOME_BAD_ENCODING, 200, ""},
    {"H50 coding of a longer name",
     SAYS(OK_HEAD "Content-Encoding: gzipped\r\nContent-Length: 5\r\n\r\nhello"), OUTCOME_BAD_ENCODING, 200,
     ""},
    {"H51 text marked gzip",
     SAYS(OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 25\r\n\r\n<a href=x>hello</a> world"),
     OUTCOME_BAD_ENCODING, 200, ""},
    {"H51 text marked deflate",
     SAYS(OK_HEAD "Content-Encoding: deflate\r\nContent-Length: 25\r\n\r\n<a href=x>hello</a> world"),
     OUTCOME_BAD_ENCODING, 200, ""},
    {"H51 text marked br",
     SAYS(OK_HEAD "Content-Encoding: br\r\nContent-Length: 25\r\n\r\n<a href=x>hello</a> world"),
     OUTCOME_BAD_ENCODING, 200, NULL},
    {"H49 six codings",
     SAYS(OK_HEAD "Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\nContent-Length: 5\r\n\r\nhello"),
     OUTCOME_BAD_ENCODING, 200, ""},
    {"no coding by name", SAYS(OK_HEAD "Content-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"),
     OUTCOME_OK, 200, "hello"},
    /* Ceilings */
    {"as long as allowed", SAYS(SOLID(5) "hello"), OUTCOME_OK, 200, "hello", .max_body = 5},
    {"longer by a byte", SAYS(SOLID(6) "hello!"), OUTCOME_OK, 200, "hello", true, .max_body = 5},
    {"longer, in pieces", SCRIPT(RAW_READ, RAW_SEND(SOLID(100)), RAW_DRIP("ab", 50, 5)), OUTCOME_OK, 200,
     "ababa", true, .max_body = 5},
    {"as long as allowed, in chunks", SAYS(CHUNKED "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), OUTCOME_OK, 200,
     "hello", .max_body = 5},
    {"longer by a chunk", SAYS(CHUNKED "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"), OUTCOME_OK, 200, "hello", true,
     .max_body = 5},
    {"H54 a little of an unwanted type", SAYS(SOLID(5) "hello"), OUTCOME_OK, 200, NULL, .bytes = 5,
     .unwanted = true},
    {"H54 much of an unwanted type",
     SCRIPT(RAW_READ, RAW_SEND(SOLID(100000000)), RAW_REPEAT(LINE100, 1000000)), OUTCOME_OK, 200, NULL,
     .unwanted = true},
    {"an unwanted body of a failure",
     SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 500 E\r\n\r\n"), RAW_REPEAT(LINE100, 1000000)), OUTCOME_HTTP_STATUS,
     500, NULL},
    /* Addresses */
    {"H60 a private address", SAYS(SOLID(5) "hello"), OUTCOME_ADDRESS, 0, "", .guarded = true},
};

static int wrong;

/* All rows are tried before the test fails. */
__attribute__((format(printf, 2, 3))) static void complain(const struct row *row, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_message("%s: %s\n", row->name, text);
    wrong++;
}

static void check_row(const struct row *row, unsigned connections)
{
    if (ending.outcome != row->outcome || ending.status != row->status || ending.truncated != row->truncated)
        complain(row, "%s %ld truncated %d (%s), not %s %ld truncated %d", outcome_name(ending.outcome),
                 ending.status, ending.truncated, ending.error, outcome_name(row->outcome), row->status,
                 row->truncated);
    if (row->body &&
        (ending.body_size != strlen(row->body) || memcmp(ending.body, row->body, ending.body_size) != 0))
        complain(row, "body `%.*s`", (int)(ending.body_size < 100 ? ending.body_size : 100), ending.body);
    if (row->body ? ending.bytes != strlen(row->body) : row->bytes && ending.bytes != row->bytes)
        complain(row, "%llu bytes counted", (unsigned long long)ending.bytes);
    if (row->unwanted && (ending.body_size || ending.bytes > 1 << 18))
        complain(row, "%llu unwanted bytes", (unsigned long long)ending.bytes);
    if (row->location && strcmp(ending.location, row->location) != 0)
        complain(row, "location `%s`", ending.location);
    if (row->type && strcmp(ending.type, row->type) != 0)
        complain(row, "type `%s`", ending.type);
    if (connections != (row->script && !row->guarded))
        complain(row, "%u connections", connections);
}

static void every_row_ends_as_it_must(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        struct raw_server *server = row->script ? raw_server_start(&row->script, 1) : NULL;
        struct fetcher *fetcher =
            new_fetcher(row->max_body ? row->max_body : 8 << 20, row->timeout_ms ? row->timeout_ms : 5000);
        unwanted = row->unwanted;
        exchange(fetcher, row->scheme ? row->scheme : "http",
                 server ? raw_server_port(server) : raw_server_dead_port(), !row->guarded);
        unsigned connections = server ? raw_server_connections(server) : 0;
        fetcher_destroy(&fetcher);
        raw_server_stop(&server);
        check_row(row, connections);
    }
    assert_int_equal(wrong, 0);
}

/* ---- Retry-After -------------------------------------------------------------------------------------- */

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

/* ---- compressed bodies ----------------------------------------------------------------------------- */

static uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static size_t put_number(uint8_t *out, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> 8 * i);
    return size;
}

static const uint8_t gzip_head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};

/* Writes a gzip member (RFC 1952) that stores the text; returns its size, at most the text's and 23. */
static size_t gzip(const void *text, size_t size, uint8_t *out)
{
    size_t at = sizeof gzip_head;
    memcpy(out, gzip_head, at);
    out[at++] = 1; /* the last block, stored */
    at += put_number(out + at, (uint32_t)size, 2);
    at += put_number(out + at, (uint32_t)~size, 2);
    memcpy(out + at, text, size);
    at += size;
    at += put_number(out + at, crc32_of(text, size), 4);
    return at + put_number(out + at, (uint32_t)size, 4);
}

/* Writes a gzip member without end, of `size` bytes: a zero, then "258 more of these" again and again (RFC
 * 1951 3.2.6), which makes 158 bytes of each. */
static void gzip_bomb(uint8_t *out, size_t size)
{
    static const char begin[] = "11000110000", more[] = "1100010100000"; /* last block, fixed codes, literal
                                                                            0; length 258, distance 1 */
    size_t bit = 8 * sizeof gzip_head;
    memset(out, 0, size);
    memcpy(out, gzip_head, sizeof gzip_head);
    for (const char *code = begin; bit < 8 * size; bit++) {
        if (*code++ == '1')
            out[bit / 8] |= (uint8_t)(1 << bit % 8);
        if (!*code)
            code = more;
    }
}

/* Has `size` bytes served under a coding with a right Content-Length. */
static void exchange_coded(const char *coding, const void *bytes, size_t size, uint64_t max_body)
{
    char head[256];
    int length = snprintf(head, sizeof head, OK_HEAD "Content-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
                          coding, size);
    const struct raw_step script[] = {
        RAW_READ, RAW_BYTES(head, (size_t)length), RAW_BYTES(bytes, size), {RAW_END_}};
    const struct raw_step *scripts[] = {script};
    struct raw_server *server = raw_server_start(scripts, 1);
    struct fetcher *fetcher = new_fetcher(max_body, 5000);
    exchange(fetcher, "http", raw_server_port(server), true);
    fetcher_destroy(&fetcher);
    raw_server_stop(&server);
}

static void assert_ended(enum outcome outcome, const char *body, bool truncated)
{
    assert_string_equal(outcome_name(ending.outcome), outcome_name(outcome));
    assert_string_equal(ending.body, body);
    assert_int_equal(ending.body_size, strlen(body));
    assert_int_equal(ending.bytes, strlen(body));
    assert_int_equal(ending.truncated, truncated);
}

static void codings_are_undone(void **state)
{
    (void)state;
    uint8_t once[64], twice[96];
    size_t size = gzip("hello", 5, once), twice_size = gzip(once, size, twice);
    exchange_coded("gzip", once, size, 1 << 20);
    assert_ended(OUTCOME_OK, "hello", false);
    exchange_coded("x-gzip", once, size, 5);
    assert_ended(OUTCOME_OK, "hello", false);
    exchange_coded("gzip", once, size, 4);
    assert_ended(OUTCOME_OK, "hell", true);
    exchange_coded("gzip, gzip", twice, twice_size, 1 << 20); /* H49 */
    assert_ended(OUTCOME_OK, "hello", false);
}

/* H50: what is decoded is used, or it is an error; which of them is libcurl's choice, but a crash is not. */
static void broken_gzip_is_used_or_refused(void **state)
{
    (void)state;
    uint8_t members[128];
    size_t size = gzip("hello", 5, members), both = size + gzip(" world", 6, members + size);
    exchange_coded("gzip", members, both, 1 << 20);
    assert_true(ending.outcome == OUTCOME_BAD_ENCODING ||
                (ending.outcome == OUTCOME_OK && !strncmp(ending.body, "hello", 5)));
    memcpy(members + size, "garbage", 7);
    exchange_coded("gzip", members, size + 7, 1 << 20);
    assert_true(ending.outcome == OUTCOME_BAD_ENCODING ||
                (ending.outcome == OUTCOME_OK && !strncmp(ending.body, "hello", 5)));
    exchange_coded("gzip", members, 18, 1 << 20); /* in the middle of the text */
    assert_true(ending.outcome == OUTCOME_BAD_ENCODING || ending.outcome == OUTCOME_OK);
    exchange_coded("gzip", members, 5, 1 << 20); /* in the middle of the head */
    assert_true(ending.outcome == OUTCOME_BAD_ENCODING || ending.outcome == OUTCOME_OK);
    members[size - 6] ^= 1; /* the checksum */
    exchange_coded("gzip", members, size, 1 << 20);
    assert_int_equal(ending.outcome, OUTCOME_BAD_ENCODING);
    members[0] ^= 1;
    exchange_coded("gzip", members, size, 1 << 20);
    assert_int_equal(ending.outcome, OUTCOME_BAD_ENCODING);
}

/* H48: the ceiling is on decoded bytes. */
static void a_bomb_stops_at_the_ceiling(void **state)
{
    (void)state;
    static uint8_t bomb[200 * 1024]; /* 32 MB of zeroes */
    gzip_bomb(bomb, sizeof bomb);
    exchange_coded("gzip", bomb, sizeof bomb, 100000);
    assert_int_equal(ending.outcome, OUTCOME_OK);
    assert_int_equal(ending.body_size, 100000);
    assert_int_equal(ending.bytes, 100000);
    assert_true(ending.truncated);
    unwanted = true;
    exchange_coded("gzip", bomb, sizeof bomb, 8 << 20);
    assert_int_equal(ending.outcome, OUTCOME_OK);
    assert_in_range(ending.bytes, 1, 1 << 18);
}

/* ---- one connection after another ------------------------------------------------------------------ */

/* Two exchanges with one fetcher, `pause` seconds apart; the ending is the second's. Returns how many
 * connections they took; *requests (may be NULL) how many requests were read. */
static unsigned exchange_twice(const struct raw_step *first, const struct raw_step *others, double pause,
                               bool guarded, unsigned *requests)
{
    const struct raw_step *scripts[] = {first, others};
    struct raw_server *server = raw_server_start(scripts, 2);
    struct fetcher *fetcher = new_fetcher(1 << 20, 3000);
    exchange(fetcher, "http", raw_server_port(server), true);
    assert_int_equal(ending.outcome, OUTCOME_OK);
    if (pause > 0)
        run_for(pause);
    exchange(fetcher, "http", raw_server_port(server), !guarded);
    unsigned connections = raw_server_connections(server);
    fetcher_destroy(&fetcher);
    if (requests)
        *requests = raw_server_requests(server);
    raw_server_stop(&server);
    return connections;
}

static void a_connection_is_used_again(void **state)
{
    (void)state;
    const struct raw_step *script =
        SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello"), RAW_READ, RAW_SEND(SOLID(5) "again"), RAW_HANG);
    assert_int_equal(exchange_twice(script, script, 0, false, NULL), 1);
    assert_ended(OUTCOME_OK, "again", false);
    assert_true(ending.private_address);
}

/* H66: what one visit may use another may not. */
static void a_private_connection_is_not_lent_to_a_guarded_exchange(void **state)
{
    (void)state;
    unsigned requests;
    const struct raw_step *script =
        SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello"), RAW_READ, RAW_SEND(SOLID(5) "again"), RAW_HANG);
    assert_int_equal(exchange_twice(script, script, 0, true, &requests), 1);
    assert_ended(OUTCOME_ADDRESS, "", false);
    assert_int_equal(requests, 1);
}

/* H12: once, and only where the connection was an old one. */
static void a_dead_old_connection_is_replaced_once(void **state)
{
    (void)state;
    unsigned requests;
    const struct raw_step *dies = SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello"), RAW_READ);
    assert_int_equal(exchange_twice(dies, SAYS(SOLID(5) "fresh"), 0, false, &requests), 2);
    assert_ended(OUTCOME_OK, "fresh", false);
    assert_int_equal(requests, 3);
    assert_int_equal(exchange_twice(dies, SCRIPT(RAW_READ), 0, false, &requests), 2);
    assert_ended(OUTCOME_EMPTY_REPLY, "", false);
    assert_int_equal(requests, 3);
    /* Closed while it was idle. */
    assert_int_equal(exchange_twice(SAYS(SOLID(5) "hello"), SAYS(SOLID(5) "fresh"), 0.05, false, &requests),
                     2);
    assert_ended(OUTCOME_OK, "fresh", false);
    assert_int_equal(requests, 2);
}

/* H12: libcurl gives up after five old connections that died. What the server says of the page is heard on a
 * fresh one. */
static void many_dead_old_connections_do_not_judge_a_page(void **state)
{
    (void)state;
    enum { OLD = 7 };
    const struct raw_step *dies = SCRIPT(RAW_READ, RAW_PAUSE(200), RAW_SEND(SOLID(0)), RAW_READ);
    const struct {
        const struct raw_step *fresh;
        enum outcome outcome;
    } ends[] = {{SAYS(SOLID(5) "fresh"), OUTCOME_OK}, {SCRIPT(RAW_READ), OUTCOME_EMPTY_REPLY}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const struct raw_step *scripts[OLD + 1];
        for (size_t k = 0; k < OLD; k++)
            scripts[k] = dies;
        scripts[OLD] = ends[i].fresh;
        struct raw_server *server = raw_server_start(scripts, OLD + 1);
        struct fetcher *fetcher = new_fetcher(1 << 20, 3000);
        char url[128];
        snprintf(url, sizeof url, "http://127.0.0.1:%u/", raw_server_port(server));
        memset(&ending, 0, sizeof ending);
        struct fetch_request request = {.url = url, .max_body = 1 << 20, .private_ok = true};
        for (int k = 0; k < OLD; k++)
            fetch_start(fetcher, &request, &ending);
        while (ending.times < OLD)
            run_for(5.);
        exchange(fetcher, "http", raw_server_port(server), true);
        assert_int_equal(ending.outcome, ends[i].outcome);
        assert_int_equal(raw_server_connections(server), OLD + 1);
        fetcher_destroy(&fetcher);
        raw_server_stop(&server);
    }
}

#define EVIL SOLID(4) "evil"

/* H25, H28, H38: bytes behind an answer are never taken for the next one. */
static void answers_are_never_mixed_up(void **state)
{
    (void)state;
    const struct {
        const char *name;
        const struct raw_step *first;
        double pause;
        bool kept;
    } cases[] = {
        {"H38 a whole answer behind the body",
         SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello" EVIL), RAW_READ, RAW_SEND(EVIL)), 0},
        {"H38 the same a little later",
         SCRIPT(RAW_READ, RAW_SEND(SOLID(5) "hello"), RAW_PAUSE(20), RAW_SEND(EVIL), RAW_READ,
                RAW_SEND(EVIL)),
         0.08},
        /* libcurl drops what it read with the last chunk and keeps the connection: nothing is mixed up. */
        {"H38 behind the last chunk",
         SCRIPT(RAW_READ, RAW_SEND(CHUNKED "0\r\n\r\n" EVIL), RAW_READ, RAW_SEND(SOLID(5) "fresh")), 0, true},
        {"H38 behind the last chunk, later",
         SCRIPT(RAW_READ, RAW_SEND(CHUNKED "0\r\n\r\n"), RAW_PAUSE(20), RAW_SEND(EVIL), RAW_READ,
                RAW_SEND(EVIL)),
         0.08},
        {"H28 behind 204",
         SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 204 N\r\n\r\n" EVIL), RAW_READ, RAW_SEND(EVIL)), 0},
        {"H28 behind 204, later",
         SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 204 N\r\n\r\n"), RAW_PAUSE(20), RAW_SEND(EVIL), RAW_READ,
                RAW_SEND(EVIL)),
         0.08},
        {"H25 Content-Length and chunks",
         SCRIPT(RAW_READ,
                RAW_SEND(OK_HEAD
                         "Content-Length: 300\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
                RAW_READ, RAW_SEND(EVIL)),
         0},
        {"H27 a body cut at the ceiling",
         SCRIPT(RAW_READ, RAW_SEND(SOLID(2000000)), RAW_REPEAT(LINE100, 20000), RAW_READ, RAW_SEND(EVIL)), 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned connections =
            exchange_twice(cases[i].first, SAYS(SOLID(5) "fresh"), cases[i].pause, false, NULL);
        if (connections != (cases[i].kept ? 1 : 2) || ending.outcome != OUTCOME_OK ||
            strcmp(ending.body, "fresh") != 0)
            fail_msg("%s: %u connections, %s `%s`", cases[i].name, connections, outcome_name(ending.outcome),
                     ending.body);
    }
}

/* ---- cancelling ------------------------------------------------------------------------------------ */

static void a_cancelled_exchange_says_nothing_more(void **state)
{
    (void)state;
    const struct raw_step *scripts[] = {SCRIPT(RAW_READ, RAW_SEND(SOLID(100) "half"), RAW_HANG),
                                        SCRIPT(RAW_HANG)};
    struct raw_server *server = raw_server_start(scripts, 2);
    struct fetcher *fetcher = new_fetcher(1 << 20, 5000);
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", raw_server_port(server));
    memset(&ending, 0, sizeof ending);
    struct fetch_request request = {.url = url, .max_body = 1 << 20, .private_ok = true};
    struct fetch *at_once = fetch_start(fetcher, &request, &ending);
    fetch_cancel(&at_once);
    assert_null(at_once);
    fetch_cancel(&at_once);
    struct fetch *in_the_body = fetch_start(fetcher, &request, &ending);
    run_for(0.1);
    assert_int_equal(ending.body_size, 4);
    struct fetch *before_a_byte = fetch_start(fetcher, &request, &ending);
    run_for(0.1);
    fetch_cancel(&in_the_body);
    fetch_cancel(&before_a_byte);
    run_for(0.1);
    assert_int_equal(ending.times, 0);
    fetcher_destroy(&fetcher);
    assert_null(fetcher);
    fetcher_destroy(&fetcher);
    raw_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_row_ends_as_it_must, setup, teardown),
        cmocka_unit_test_setup_teardown(retry_after_is_seconds_from_now, setup, teardown),
        cmocka_unit_test_setup_teardown(retry_after_is_of_its_answer_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(codings_are_undone, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_gzip_is_used_or_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bomb_stops_at_the_ceiling, setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_is_used_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_private_connection_is_not_lent_to_a_guarded_exchange, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_dead_old_connection_is_replaced_once, setup, teardown),
        cmocka_unit_test_setup_teardown(many_dead_old_connections_do_not_judge_a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_are_never_mixed_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_exchange_says_nothing_more, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
