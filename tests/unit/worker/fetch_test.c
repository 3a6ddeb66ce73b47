/* Goal: whatever a server does, an exchange ends once, with the outcome, status, body and mark that the
 * catalogue asks for: H9, H11-H14, H20, H21, H24-H35, H37, H39, H43, H49-H51, H54, H60, H62; one that is
 * cancelled does not. */
#include "tests/unit/worker/exchange.h"

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

/* H32, D41: this libcurl would append it to the last line of the exchange before, whose memory is gone. */
static void a_head_that_begins_in_mid_line_is_of_no_other_exchange(void **state)
{
    (void)state;
    const struct raw_step *scripts[] = {
        SAYS(SOLID(5) "hello"),
        SAYS("HTTP/1.1 200 OK\r\n folded: where\r\nContent-Length: 5\r\n\r\nhello"),
        SAYS("HTTP/1.1 200 OK\r\n\tfolded: where\r\nContent-Length: 5\r\n\r\nhello"),
        SAYS(SOLID(5) "hello"),
    };
    const enum outcome outcomes[] = {OUTCOME_OK, OUTCOME_BAD_HTTP, OUTCOME_BAD_HTTP, OUTCOME_OK};
    struct raw_server *server = raw_server_start(scripts, COUNT_OF(scripts));
    struct fetcher *fetcher = new_fetcher(1 << 20, 5000);
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        exchange(fetcher, "http", raw_server_port(server), true);
        assert_string_equal(outcome_name(ending.outcome), outcome_name(outcomes[i]));
    }
    fetcher_destroy(&fetcher);
    raw_server_stop(&server);
}

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
        cmocka_unit_test_setup_teardown(a_head_that_begins_in_mid_line_is_of_no_other_exchange, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_exchange_says_nothing_more, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
