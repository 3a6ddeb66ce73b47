/* One HTTP exchange: a GET of one URL, without following redirects, many at a time in one loop.
 *
 * The only files that know libcurl. Names are looked up by resolve.h, not by libcurl; their addresses are
 * judged by the policy of the visit and tried one after another, four at most (H3). A body is handed over
 * decoded, as it arrives, and only if the owner wants it; it is cut at the ceiling on decoded bytes, whatever
 * the transfer claims (a bomb costs no more than the ceiling). What libcurl says of failure is put into
 * outcomes here.
 */
#ifndef TRAWL_WORKER_FETCH_H
#define TRAWL_WORKER_FETCH_H

#include "common/outcome.h"
#include "proto/message.h"
#include "worker/resolve.h"

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fetcher; /* what all exchanges of a session share: connections, settings */
struct fetch;   /* one exchange */

/* What is asked for. */
struct fetch_request {
    const char *url;   /* serialised, http or https; copied */
    uint64_t max_body; /* decoded bytes that are handed over at most; what lies behind is cut off */
    bool private_ok;   /* addresses that are not public may be connected to */
    bool credentials;  /* the settings' credentials are sent */
};

/* How an exchange ended. Strings are the fetch's, until on_done returns. */
struct fetch_result {
    enum outcome outcome; /* OUTCOME_OK for any complete or cut answer with a body to look at,
                             OUTCOME_REDIRECTED with location, or what failed */
    long status;          /* 0: none came */
    const char *type;     /* the Content-Type header, "" without one */
    const char *location; /* the Location header, "" without one */
    uint64_t bytes;       /* decoded body bytes that arrived, handed over or not */
    bool truncated;       /* the body was cut, by the ceiling or by the network */
    bool private_address; /* the peer is not at a public address */
    uint32_t retry_after; /* with status 429 and 503: seconds until the server wants to be asked again, by
                             Retry-After (RFC 9110 10.2.3), at most a day; 0: not said, or nonsense */
    uint32_t dns_us, connect_us, tls_us; /* of that stage, with the attempts that failed */
    uint32_t first_byte_us, total_us;    /* since fetch_start */
    const char *error;                   /* for people; "" when there is nothing to say */
};

struct fetch_callbacks {
    /* The final headers of a 2xx answer are there and a body begins. Returns whether it is wanted: if not, it
     * is read and dropped while small, else cut off. */
    bool (*on_headers)(void *arg, const char *type);
    /* Decoded body bytes, borrowed. Never more in all than max_body. May not start, cancel or free a
     * fetch. */
    void (*on_body)(void *arg, const char *bytes, size_t size);
    /* It ended. Not called from within fetch_start, and not after fetch_cancel. May start others; the fetch
     * is gone after. */
    void (*on_done)(void *arg, const struct fetch_result *result);
};

/* Returns a fetcher that expects up to `concurrency` exchanges at once, the caller's; settings are copied.
 * NULL with one line logged when libcurl or c-ares gives none. */
struct fetcher *fetcher_create(struct ev_loop *loop, unsigned concurrency, const Trawl__Settings *settings,
                               const struct fetch_callbacks *callbacks);

/* Has names looked up elsewhere than this machine does. Before the first exchange. Returns 0, or -1 with one
 * line logged: then nothing can be fetched. */
int fetcher_look_up_in(struct fetcher *fetcher, const struct resolve_sources *sources);

/* Closes all connections; every exchange must have ended or been cancelled. *fetcher becomes NULL. Accepts
 * NULL. */
void fetcher_destroy(struct fetcher **fetcher);

/* Starts a GET. Looking its host up counts within the time for connecting. Without private_ok only public
 * addresses are connected to, and no connection of another exchange is used that leads elsewhere. */
struct fetch *fetch_start(struct fetcher *fetcher, const struct fetch_request *request, void *arg);

/* Ends it without a callback. Not from within on_headers and on_body. */
void fetch_cancel(struct fetch **fetch);

/* "libcurl/7.88.1 OpenSSL/3.0.19 ..."; static. */
const char *fetch_version(void);

#endif
