/* Shared by fetch*.c only. */
#ifndef TRAWL_WORKER_FETCH_INTERNAL_H
#define TRAWL_WORKER_FETCH_INTERNAL_H

#include "common/buf.h"
#include "worker/fetch.h"

#include <curl/curl.h>
#include <sys/queue.h>

/* Why we ended a transfer ourselves; libcurl then only says that a callback failed. */
enum fetch_abort {
    FETCH_NOT_ABORTED,
    FETCH_UNWANTED,
    FETCH_BODY_FULL,
    FETCH_HEADERS_TOO_BIG,
    FETCH_BAD_HEADER,
    FETCH_ADDRESS_REFUSED,
    FETCH_STALE, /* an old connection was not fit for use: a fresh one is tried */
};

struct fetch {
    TAILQ_ENTRY(fetch) in_list;
    struct fetcher *fetcher;
    CURL *easy;
    void *arg;
    enum fetch_abort abort;
    bool private_ok;
    uint64_t max_body;
    bool asked;          /* the owner was asked whether it wants the body */
    bool wanted;         /* and said yes */
    size_t header_bytes; /* of all answers, interim ones included */
    struct fetch_head {  /* of the answer that is arriving */
        bool over;       /* its blank line was seen: what follows are trailers */
        bool has_type, has_location, has_length, has_coding;
        uint64_t length;
    } head;
    uint64_t bytes;
    struct buf type;
    struct buf location;
    char error[CURL_ERROR_SIZE];
};

TAILQ_HEAD(fetch_list, fetch);

/* A connection that was used: a hash of both its ends, and its descriptor. */
struct fetch_socket {
    uint64_t ends;
    int fd;
};

enum { FETCH_SOCKETS = 65536 }; /* places by hash; a connection that lost its place is not looked at */

struct fetcher {
    struct ev_loop *loop;
    CURLM *multi;
    ev_timer timer;
    struct fetch_callbacks callbacks;
    uint32_t timeout_ms;
    uint32_t connect_timeout_ms;
    char *user_agent;
    struct curl_slist *headers;
    struct curl_slist *all_headers; /* with the credentials */
    char *proxy;
    bool no_verify;
    struct fetch_list idle;
    struct fetch_list active;
    struct fetch_socket sockets[FETCH_SOCKETS];
};

/* Gives a new exchange its libcurl handle with everything set that does not change between exchanges. Returns
 * 0 or -1. */
int fetch_set_up(struct fetch *fetch);

/* Remembers the socket of an exchange that ended. An idle connection is watched by nobody, and only now
 * libcurl tells its socket: it is looked at before it is used again. */
void fetch_note_socket(struct fetch *fetch);

/* A header's value as a string, the buf's; a NUL within (H32) ends it. */
const char *fetch_text(struct buf *buf);

/* What libcurl's verdict means. Fills everything; strings point into the fetch. */
void fetch_judge(struct fetch *fetch, CURLcode code, struct fetch_result *result);

#endif
