/* Goal: what is sent for each page is what the world says, byte for byte, broken connections included (H12,
 * H13), and what robots.txt and traps are. */
#include "bench/page.h"
#include "bench/world_robots.h"
#include "tests/unit/bench/served.h"
#include "tests/unit/check.h"

#include <zlib.h>

static const struct world usual = {.seed = 1,
                                   .pages = 2000,
                                   .links = 10,
                                   .size = 4000,
                                   .hosts = 20,
                                   .errors = 10,
                                   .redirects = 20,
                                   .others = 5,
                                   .compress = 30,
                                   .chunked = 30};

static size_t get(const struct server *server, struct world_place place, const char *headers, char *out,
                  int *cause)
{
    struct buf request;
    buf_init(&request, 4096);
    buf_append_string(&request, "GET ");
    world_put_path(&server->world, place, &request);
    buf_append_format(&request, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", headers);
    buf_append_byte(&request, 0);
    size_t size = read_answer(ask(server, world_host(&server->world, place), request.data), out, cause);
    buf_clear(&request);
    return size;
}

/* Undoes the chunks in place; returns the new size. */
static size_t join_chunks(char *body)
{
    char *in = body, *out = body;
    for (;;) {
        size_t size = strtoul(in, &in, 16);
        if (size == 0)
            return (size_t)(out - body);
        memmove(out, in + 2, size);
        out += size;
        in += 2 + size + 2;
    }
}

static size_t unzip(const char *body, size_t size, char *out)
{
    z_stream z = {
        .next_in = (Bytef *)body, .avail_in = (uInt)size, .next_out = (Bytef *)out, .avail_out = ANSWER_MOST};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    inflateEnd(&z);
    return z.total_out;
}

static void check_body(const struct server *server, int64_t number, const struct world_page *page,
                       char *answer)
{
    static char plain[ANSWER_MOST];
    struct buf expected;
    char *body = strstr(answer, "\r\n\r\n") + 4, *length = strstr(answer, "Content-Length: ");
    assert_int_equal(length == NULL, page->chunked);
    size_t size = length ? strtoul(length + 16, NULL, 10) : join_chunks(body);
    bool gzip = memmem(answer, (size_t)(body - answer), "Content-Encoding: gzip", 22) != NULL;
    assert_int_equal(gzip, page->gzip);
    if (gzip) {
        size = unzip(body, size, plain);
        body = plain;
    }
    buf_init(&expected, 1 << 20);
    page_write(&server->world, number, &expected);
    assert_int_equal(size, expected.size);
    assert_memory_equal(body, expected.data, size);
    buf_clear(&expected);
}

static void every_page_is_answered_as_the_world_says(void **state)
{
    (void)state;
    static char answer[ANSWER_MOST];
    struct server server = serve(usual, 2);
    for (int64_t n = 0; n < usual.pages; n++) {
        struct world_page page;
        int cause;
        world_page(&usual, n, &page);
        size_t size = get(&server, (struct world_place){n, 0}, "Accept-Encoding: gzip\r\n", answer, &cause);
        const struct world_row *row = &world_kinds[page.kind];
        assert_int_equal(cause, page.kind == WORLD_RESET || page.kind == WORLD_CUT ? ECONNRESET : 0);
        if (page.kind == WORLD_RESET || page.kind == WORLD_SILENT) {
            assert_int_equal(size, 0);
            continue;
        }
        int status = row->group == WORLD_CHAIN ? world_redirect_status(&usual, (struct world_place){n, 0})
                                               : row->status;
        assert_int_equal(atoi(answer + 9), status);
        assert_int_equal(strstr(answer, "\nLocation: ") != NULL, row->group == WORLD_CHAIN);
        if (page.kind == WORLD_CUT)
            assert_in_range(size, page.size / 3, page.size); /* much of it, not all */
        else if (row->type)
            check_body(&server, n, &page, answer);
    }
    stop(&server, SIGTERM);
}

static void robots_and_traps_are_answered_where_there_are_any(void **state)
{
    (void)state;
    static const struct {
        const char *path, *head, *body; /* what the answer holds */
    } cases[] = {
        {"/robots.txt", "HTTP/1.1 301 ", "\r\nLocation: //127.0.0.8:"},
        {"/robots/4/2", "HTTP/1.1 404 ", ""},
        {"/trap/deeper/a/", "HTTP/1.1 200 ", "<a href=\"b/\">"},
        {"/trap/", "HTTP/1.1 404 ", ""},
    };
    static char answer[ANSWER_MOST];
    struct world world = usual;
    world.robots = WORLD_ROBOTS_REDIRECT;
    world.traps = true;
    struct server server = serve(world, 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char request[100];
        int cause;
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                 cases[i].path);
        read_answer(ask(&server, 6, request), answer, &cause);
        assert_memory_equal(answer, cases[i].head, strlen(cases[i].head));
        assert_non_null(strstr(answer, cases[i].body));
    }
    stop(&server, SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_is_answered_as_the_world_says),
        cmocka_unit_test(robots_and_traps_are_answered_where_there_are_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
