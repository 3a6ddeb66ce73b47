/* The wire: bytes in, structs out, and back.
 *
 * The structs are those that protobuf-c makes of trawl.proto; PROTOCOL.md tells who sends which and when.
 * What comes out of message_unpack keeps every limit stated there, so readers need not check lengths again;
 * whether it makes sense at that moment (sequence, lease, session) is the reader's to judge. No I/O here.
 */
#ifndef TRAWL_PROTO_MESSAGE_H
#define TRAWL_PROTO_MESSAGE_H

#include "common/arena.h"
#include "common/buf.h"
#include "proto/trawl.pb-c.h"

enum {
    MESSAGE_PROTOCOL = 1,
    MESSAGE_MAX = 8 * 1024 * 1024, /* bytes of one message */
    MESSAGE_URL_MAX = 8192,        /* bytes of one serialised URL */
    MESSAGE_LINKS_MAX = 50000,     /* links of one page */
    MESSAGE_LINK_BYTES_MAX = 4 * 1024 * 1024,
    MESSAGE_BODY_MAX = 512 * 1024,   /* of a robots.txt (RFC 9309 2.5) */
    MESSAGE_RETRY_AFTER_MAX = 86400, /* seconds */
    MESSAGE_VISITS_MAX = 65536,      /* of one Assign */
    MESSAGE_PAGES_MAX = 65536,       /* of one Pages */
    MESSAGE_DEATHS_MAX = 64,         /* of one Hello */
    MESSAGE_NAME_MAX = 255,
    MESSAGE_TEXT_MAX = 1024,
    MESSAGE_HEADERS_MAX = 64, /* of the settings, credentials included */
    MESSAGE_HEADER_MAX = 8192,
    MESSAGE_ID_SIZE = 16, /* instance and run id */
    /* Unpacked, a message may take this much; hostile ones made of empty parts would take more and are
       refused. */
    MESSAGE_ARENA_MAX = 4 * MESSAGE_MAX,
};

/* Replaces what `out` holds by the packed message. Returns 0, or -1 when it does not fit below the buf's
 * limit. */
int message_pack(struct buf *out, const Trawl__Message *message);

/* Returns the message in `size` bytes, the arena's; NULL when the bytes are no message, hold a body that this
 * version does not know, break a limit, or need more than the arena gives. Unknown fields are skipped. */
Trawl__Message *message_unpack(struct arena *arena, const void *bytes, size_t size);

/* Appends one page to the body of a Pages message under construction. Returns 0, or -1 when it does not fit
 * below the buf's limit (nothing is appended then). */
int message_add_page(struct buf *pages, const Trawl__Page *page);

/* Replaces what `out` holds by a whole Pages message made of what message_add_page put into `pages`; as
 * message_pack. */
int message_seal_pages(struct buf *out, uint64_t sequence, const struct buf *pages);

#endif
