/* URLs as browsers read them: the WHATWG URL Standard's parser, resolver and serialiser, for every scheme.
 *
 * A reference (an href, a Location, a line of a seed list) comes in as bytes meant as UTF-8 with a length;
 * what comes out is the serialisation, ASCII without blanks or controls (an opaque path, as in `javascript:`,
 * may hold spaces), written into the caller's memory. Nothing is allocated on the way, except inside ICU for
 * a host that is not plain ASCII. Nothing is terminated by a NUL. A base is parsed once and serves any number
 * of references.
 *
 * Failing means that the standard's parser fails, or that the URL does not fit: -1, nothing logged. Functions
 * that take a `serialised` URL rely on its having been written by url_resolve and do not parse again; hand
 * them no stranger's text.
 */
#ifndef TRAWL_COMMON_URL_H
#define TRAWL_COMMON_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes of the longest serialisation. One that passes it on the way, before `..` takes segments away, fails
 * as well; so does any reference of more than four times as much, and a domain of over 1 KiB that is not
 * ASCII. */
enum { URL_LONGEST = 8192 };

/* The special schemes (URL 4.2) by name; the rest are URL_OTHER. */
enum url_scheme { URL_OTHER, URL_HTTP, URL_HTTPS, URL_FTP, URL_WS, URL_WSS, URL_FILE };

/* Bytes of a serialised URL. A part that is absent has `at` 0; of one that is present and empty only `size`
 * is 0. */
struct url_slice {
    uint16_t at;
    uint16_t size;
};

/* Where the parts of a serialised URL stand, without the punctuation between them. */
struct url_parts {
    struct url_slice scheme; /* always present, at 0 */
    struct url_slice username;
    struct url_slice password;
    struct url_slice host; /* an IPv6 address with its brackets; absent where the standard's host is null */
    struct url_slice path; /* always present; without the `/.` that keeps `//` from being read as a host */
    struct url_slice query;
    struct url_slice fragment;
    int32_t port; /* -1: none written, that is, the scheme's default */
    uint8_t kind; /* enum url_scheme */
    bool opaque;  /* the path is not made of segments: nothing but a fragment resolves against it */
};

/* Converts queries to the encoding of a page that is not in UTF-8. */
struct url_encoding;

/* What references are resolved against: a page's URL or its <base href>. The caller's memory, about 8 KiB; no
 * clean-up. Read `text` (`size` bytes, the serialisation) and `parts`; the rest is the resolver's. */
struct url_base {
    size_t size;
    struct url_parts parts;
    struct url_encoding *encoding; /* borrowed; NULL for UTF-8 */
    bool plain;                    /* special and not file: the short way of url_resolve may be taken */
    uint16_t directory;            /* just behind the path's last slash */
    uint16_t unqueried;            /* where the query or fragment would begin */
    uint16_t unfragmented;         /* where the fragment would begin */
    char text[URL_LONGEST];
};

/* ---- parsing and resolving ------------------------------------------------------------------------- */

/* Parses an absolute URL to resolve against, its queries in UTF-8. Returns 0, or -1 (the base is unusable
 * then). */
int url_parse_base(struct url_base *base, const char *text, size_t size);

/* Has the queries of http, https, ftp and file references encoded as the page is (URL 4.4 "query state").
 * `encoding` is borrowed for as long as the base is used; NULL is UTF-8. */
void url_set_encoding(struct url_base *base, struct url_encoding *encoding);

/* Resolves a reference: the basic URL parser without state override (URL 4.4), then the serialiser (URL 4.5).
 * Blanks around it, and tabs and newlines within, are dropped; invalid UTF-8 reads as U+FFFD. `base` may be
 * NULL: then only an absolute URL succeeds. Writes at most `room` bytes to `out`, which must not overlap the
 * reference, and says in `*parts` (may be NULL) where the parts are. Returns the length, or -1; then `out`
 * may have been scribbled on. With URL_LONGEST for `room` nothing fails for want of it. */
ssize_t url_resolve(const struct url_base *base, const char *ref, size_t size, char *out, size_t room,
                    struct url_parts *parts);

/* Finds the parts of a serialised URL again. */
void url_split(const char *serialised, size_t size, struct url_parts *parts);

/* ---- queries in other encodings -------------------------------------------------------------------- */

/* Returns the encoder for an encoding of the Encoding Standard, called by its name there in any case
 * ("windows-1252", "Shift_JIS"), the caller's. NULL for UTF-8, for those whose output encoding is UTF-8
 * (UTF-16, replacement) and for unknown names: with all of them queries stay in UTF-8. A character that the
 * encoding lacks becomes `%26%23NNNN%3B`. */
struct url_encoding *url_encoding_create(const char *name);

/* Frees it; *encoding becomes NULL. Accepts NULL. */
void url_encoding_destroy(struct url_encoding **encoding);

/* ---- spellings of a serialised URL ----------------------------------------------------------------- */

/* Writes what the seen set compares: without userinfo and fragment, escapes of unreserved characters (RFC
 * 3986 2.3) decoded, other escapes in upper case, one trailing dot of the host dropped (of two none). Nothing
 * else changes: `%2F` stays, so do an empty query and the order of its parameters (H81). Applied to its own
 * result it changes nothing. Of a URL with an opaque path only the fragment goes. Returns the length, or -1
 * when it does not fit; never longer than the input. */
ssize_t url_canonicalise(const char *serialised, size_t size, char *out, size_t room);

/* Writes what is sent: without userinfo and fragment. Returns the length, or -1 when it does not fit. */
ssize_t url_request(const char *serialised, size_t size, char *out, size_t room);

/* Writes what may be logged: the userinfo, if there is one, replaced by `***`. Returns the length, or -1 when
 * it does not fit (it is at most two bytes longer than the input). */
ssize_t url_mask(const char *serialised, size_t size, char *out, size_t room);

/* ---- questions ------------------------------------------------------------------------------------- */

/* Whether it is http or https. */
bool url_is_web(const struct url_parts *parts);

/* Whether the scheme is special (http, https, ftp, ws, wss, file). */
bool url_is_special(const struct url_parts *parts);

/* The port in use: the one written, else the scheme's default; 0 where there is neither. */
uint16_t url_port(const struct url_parts *parts);

/* A tuple origin (URL 4.7). The strings point into the serialised URL. */
struct url_origin {
    const char *scheme;
    size_t scheme_size;
    const char *host;
    size_t host_size;
    uint16_t port; /* the default filled in */
};

/* Says what origin a URL is of. Returns 0, or -1 for an opaque origin (any scheme but http, https, ftp, ws,
 * wss). */
int url_origin(const char *serialised, const struct url_parts *parts, struct url_origin *origin);

/* Whether the port in use is on the list of ports that browsers refuse to open (WHATWG Fetch "bad port",
 * H15). */
bool url_has_bad_port(const struct url_parts *parts);

#endif
