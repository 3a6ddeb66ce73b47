#include "bench/origin_answer.h"

#include "bench/page.h"
#include "bench/trap.h"
#include "bench/world_robots.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zlib.h>

enum { BODY_MOST = 1 << 30, LOCATION_MOST = 256, CHUNK = 4096 };

struct origin_answer {
    const struct world *world;
    z_stream deflate;
};

struct origin_answer *origin_answer_create(const struct world *world)
{
    struct origin_answer *answer = memory_new(sizeof *answer);
    answer->world = world;
    if (deflateInit2(&answer->deflate, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort(); /* out of memory, as in memory.h: nothing else can be wrong */
    return answer;
}

void origin_answer_destroy(struct origin_answer **answer)
{
    if (*answer)
        deflateEnd(&(*answer)->deflate);
    free(*answer);
    *answer = NULL;
}

/* Sends the response and lets go of it. */
static enum MHD_Result send_response(struct MHD_Connection *connection, int status,
                                     struct MHD_Response *response)
{
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result origin_answer_briefly(struct MHD_Connection *connection, int status, const char *header,
                                      const char *value)
{
    static char body[] = "<!DOCTYPE html>\n<title>Not a page</title>\n<p><a href=\"/fake/status\">Home</a>\n";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "text/html");
    if (header)
        MHD_add_response_header(response, header, value);
    return send_response(connection, status, response);
}

static enum MHD_Result answer_with_redirect(struct origin_answer *answer, struct MHD_Connection *connection,
                                            struct world_place place, int *status)
{
    struct buf location;
    buf_init(&location, LOCATION_MOST);
    world_put_location(answer->world, place, &location);
    buf_append_byte(&location, 0);
    *status = world_redirect_status(answer->world, place);
    enum MHD_Result result = origin_answer_briefly(connection, *status, "Location", location.data);
    buf_clear(&location);
    return result;
}

/* Dissolving the association of a connected TCP socket sends RST at once, after what was sent and without a
 * FIN. */
static void reset_connection(struct MHD_Connection *connection)
{
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (connect(fd, &nobody, sizeof nobody) < 0)
        log_warning("cannot reset a connection: %s", strerror(errno));
}

/* A body that is handed out in pieces, and perhaps not to its end. */
struct stream {
    char *bytes;
    size_t end;
    struct MHD_Connection *reset_at_end; /* or NULL */
};

static ssize_t on_stream(void *cls, uint64_t at, char *out, size_t room)
{
    struct stream *stream = cls;
    if (at >= stream->end) {
        if (!stream->reset_at_end)
            return MHD_CONTENT_READER_END_OF_STREAM;
        reset_connection(stream->reset_at_end);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t size = stream->end - at < room ? stream->end - (size_t)at : room;
    memcpy(out, stream->bytes + at, size);
    return (ssize_t)size;
}

static void on_stream_end(void *cls)
{
    struct stream *stream = cls;
    free(stream->bytes);
    free(stream);
}

/* The response takes over the body's bytes. */
static struct MHD_Response *make_response(struct MHD_Connection *connection, const struct world_page *page,
                                          struct buf *body)
{
    bool cut = page->kind == WORLD_CUT;
    if (!cut && !page->chunked)
        return MHD_create_response_from_buffer(body->size, body->data, MHD_RESPMEM_MUST_FREE);
    struct stream *stream = memory_new(sizeof *stream);
    *stream = (struct stream){
        .bytes = body->data,
        .end = cut ? body->size / 2 : body->size,
        .reset_at_end = cut ? connection : NULL,
    };
    return MHD_create_response_from_callback(page->chunked ? MHD_SIZE_UNKNOWN : body->size, CHUNK, on_stream,
                                             stream, on_stream_end);
}

/* The fastest level: what it costs to decode hardly depends on it. */
static void compress_body(z_stream *deflater, struct buf *body)
{
    struct buf packed;
    buf_init(&packed, BODY_MOST);
    size_t room = deflateBound(deflater, body->size);
    deflater->next_in = (Bytef *)body->data;
    deflater->avail_in = (uInt)body->size;
    deflater->next_out = (Bytef *)buf_reserve(&packed, room);
    deflater->avail_out = (uInt)room;
    deflate(deflater, Z_FINISH);
    packed.size = deflater->total_out;
    deflateReset(deflater);
    buf_clear(body);
    *body = packed;
}

static bool accepts_gzip(struct MHD_Connection *connection)
{
    const char *accepted = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Encoding");
    return accepted && strstr(accepted, "gzip");
}

static enum MHD_Result answer_with_page(struct origin_answer *answer, struct MHD_Connection *connection,
                                        int64_t number, const struct world_page *page)
{
    const struct world_row *row = &world_kinds[page->kind];
    const char *charset = page_charset(page);
    char type[64];
    struct buf body;
    buf_init(&body, BODY_MOST);
    buf_reserve(&body, (size_t)page->size + 1024);
    page_write(answer->world, number, &body);
    bool gzip = page->gzip && page->kind != WORLD_CUT && accepts_gzip(connection);
    if (gzip)
        compress_body(&answer->deflate, &body);
    struct MHD_Response *response = make_response(connection, page, &body);
    snprintf(type, sizeof type, charset ? "%s; charset=%s" : "%s", row->type, charset);
    MHD_add_response_header(response, "Content-Type", type);
    if (gzip)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    return send_response(connection, row->status, response);
}

enum MHD_Result origin_answer_place(struct origin_answer *answer, struct MHD_Connection *connection,
                                    struct world_place place, int *status)
{
    struct world_page page;
    world_page(answer->world, place.page, &page);
    const struct world_row *row = &world_kinds[page.kind];
    *status = row->status;
    if (row->group == WORLD_CHAIN)
        return answer_with_redirect(answer, connection, place, status);
    switch (page.kind) {
    case WORLD_RESET:
        reset_connection(connection);
        return MHD_NO;
    case WORLD_SILENT:
        return MHD_NO; /* libmicrohttpd closes the connection */
    case WORLD_BUSY:
        return origin_answer_briefly(connection, *status, "Retry-After", "0");
    default:
        return row->group == WORLD_STATUS ? origin_answer_briefly(connection, *status, NULL, NULL)
                                          : answer_with_page(answer, connection, place.page, &page);
    }
}

static enum MHD_Result answer_with_text(struct MHD_Connection *connection, const char *type, struct buf *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->size, body->data, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", type);
    return send_response(connection, MHD_HTTP_OK, response);
}

enum MHD_Result origin_answer_other(struct origin_answer *answer, struct MHD_Connection *connection,
                                    int64_t host, const char *target, size_t size, int *status)
{
    struct buf body, moved;
    struct world_robots_answer robots = {MHD_HTTP_NOT_FOUND, "text/html", &body, &moved};
    buf_init(&body, BODY_MOST);
    buf_init(&moved, LOCATION_MOST);
    if (answer->world->traps && trap_write(target, size, &body) == 0)
        robots.status = MHD_HTTP_OK;
    else
        world_robots_find(answer->world, host, target, size, &robots);
    *status = robots.status;
    buf_append_byte(&moved, 0);
    enum MHD_Result result = robots.status == MHD_HTTP_OK
                                 ? answer_with_text(connection, robots.type, &body)
                                 : origin_answer_briefly(connection, robots.status,
                                                         moved.size > 1 ? "Location" : NULL, moved.data);
    buf_clear(&body);
    buf_clear(&moved);
    return result;
}
