/* Shared by fetch*.c only. */
#ifndef TRAWL_WORKER_FETCH_INTERNAL_H
#define TRAWL_WORKER_FETCH_INTERNAL_H

#include "common/buf.h"
#include "worker/fetch.h"

#include <arpa/inet.h>
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

enum { FETCH_ADDRESSES_MAX = 4 }; /* of a host that are tried (H3) */

/* Where an exchange leads. */
struct fetch_name {
    char host[RESOLVE_NAME_MAX + 3];
    struct resolve *look_up; /* while it is looked up; libcurl has nothing to do then */
    ev_timer patience;       /* with the look-up */
    enum outcome outcome;    /* of it */
    const char *error;
    /* Those that the exchange may use; "" is libcurl's own way: the URL holds an address or no host, or a
     * proxy knows names.
     */
    char addresses[FETCH_ADDRESSES_MAX][INET6_ADDRSTRLEN];
    unsigned count, next;
    bool stands_in;               /* libcurl is told another address than the one gone to */
    struct curl_slist connect_to; /* what it is told: one entry, connect_text */
    char connect_text[INET6_ADDRSTRLEN + 8];
};

struct fetch {
    TAILQ_ENTRY(fetch) in_list;
    struct fetcher *fetcher;
    CURL *easy; /* for the time of the exchange */
    void *arg;
    struct fetch_name name;
    /* Monotonic: when it was started, when the address was known, when libcurl was last set to work. */
    double began, resolved, attempted;
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
    struct resolver *resolver;
    ev_timer timer;
    struct fetch_callbacks callbacks;
    uint32_t timeout_ms;
    uint32_t connect_timeout_ms;
    char *user_agent;
    struct curl_slist *headers;
    struct curl_slist *all_headers; /* with the credentials */
    char *proxy;
    bool proxy_knows_names; /* it is told names and looks them up itself */
    bool no_verify;
    struct fetch_list idle;
    struct fetch_list active;
    struct fetch_socket sockets[FETCH_SOCKETS];
};

/* ---- what an exchange asks of libcurl: fetch_set_up.c ---------------------------------------------- */

/* Gives an exchange its libcurl handle with everything set that is the same for all of them. Returns 0 or -1.
 */
int fetch_set_up(struct fetch *fetch);

/* Whether only public addresses may be connected to. */
bool fetch_is_guarded(const struct fetch *fetch);

/* Remembers the socket of an exchange that ended. An idle connection is watched by nobody, and only now
 * libcurl tells its socket: it is looked at before it is used again. */
void fetch_note_socket(struct fetch *fetch);

/* ---- where it leads: fetch_name.c ------------------------------------------------------------------ */

/* Once in the life of a fetch. */
void fetch_name_set_up(struct fetch *fetch);

/* Finds out where a URL leads. Returns true when that is known: fetch_name_next has an address. Else
 * fetch_on_name is called, once, after this returned and within the time for connecting. */
bool fetch_name_start(struct fetch *fetch, const char *url);

/* Gives up the look-up, if there is one. */
void fetch_name_cancel(struct fetch *fetch);

/* Goes to the next address to connect to. Returns whether there was one. */
bool fetch_name_next(struct fetch *fetch);
bool fetch_name_has_next(const struct fetch *fetch);

/* Puts it into the place of the one that libcurl believes in, when a socket is opened. */
void fetch_name_put_address(const struct fetch *fetch, struct curl_sockaddr *address);

/* The address gone to last, for people; "" where libcurl knows better. */
const char *fetch_name_address(const struct fetch *fetch);

/* Somebody answered at the address gone to last: others begin there. */
void fetch_name_worked(struct fetch *fetch);

/* fetch.c's: the look-up ended. Without an address name.outcome and name.error say why. */
void fetch_on_name(struct fetch *fetch);

/* ---- how it ended: fetch_judge.c ------------------------------------------------------------------- */

/* A header's value as a string, the buf's; a NUL within (H32) ends it. */
const char *fetch_text(struct buf *buf);

/* Whether libcurl's verdict is that nobody was to be spoken to at the address gone to last. */
bool fetch_found_nobody(const struct fetch *fetch, CURLcode code);

/* It ended without libcurl, for want of an address. Fills everything. */
void fetch_judge_name(const struct fetch *fetch, struct fetch_result *result);

/* What libcurl's verdict means. Fills everything; strings point into the fetch. */
void fetch_judge(struct fetch *fetch, CURLcode code, struct fetch_result *result);

#endif
