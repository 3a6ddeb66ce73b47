/* What the url*.c files share: the bytes' classes, a writer that stops at its ceiling, and the state of one
 * parse. */
#ifndef TRAWL_COMMON_URL_INTERNAL_H
#define TRAWL_COMMON_URL_INTERNAL_H

#include "common/url.h"

#include <string.h>

/* ---- bytes ----------------------------------------------------------------------------------------- */

/* The percent-encode sets (URL 1.3), the forbidden code points (URL 3.1), and what we look for besides. */
enum {
    URL_SET_C0 = 1 << 0,
    URL_SET_FRAGMENT = 1 << 1,
    URL_SET_QUERY = 1 << 2,
    URL_SET_SPECIAL_QUERY = 1 << 3,
    URL_SET_PATH = 1 << 4,
    URL_SET_USERINFO = 1 << 5,
    URL_FORBIDDEN_HOST = 1 << 6,
    URL_FORBIDDEN_DOMAIN = 1 << 7,
    URL_PATH_STOP = 1 << 8,   /* URL_SET_PATH, slashes of both kinds */
    URL_IN_SCHEME = 1 << 9,   /* may stand in a scheme behind its first letter */
    URL_PLAIN_HOST = 1 << 10, /* a-z 0-9 - _ . */
    URL_WHITE = 1 << 11,      /* tab, LF, CR: dropped wherever they stand */
    URL_UNRESERVED = 1 << 12, /* RFC 3986 2.3 */
};

extern const uint16_t url_bytes[256];

static inline bool url_byte_is(char byte, unsigned classes)
{
    return url_bytes[(unsigned char)byte] & classes;
}

/* The value of a hexadecimal digit, or -1. */
int url_hex(char digit);

/* ---- writing --------------------------------------------------------------------------------------- */

/* Once something did not fit it is full and takes nothing more. */
struct url_writer {
    char *out;
    size_t size;
    size_t room; /* at most URL_LONGEST */
    bool full;
};

static inline void url_put(struct url_writer *to, const char *bytes, size_t size)
{
    if (size > to->room - to->size) {
        to->full = true;
        to->room = to->size;
    } else {
        memcpy(to->out + to->size, bytes, size);
        to->size += size;
    }
}

static inline void url_put_byte(struct url_writer *to, char byte)
{
    url_put(to, &byte, 1);
}

/* Writes a byte as %XX. */
void url_put_escape(struct url_writer *to, unsigned char byte);

/* Writes `text` with the bytes of one percent-encode set (a URL_SET_ constant) escaped, invalid UTF-8 as
 * U+FFFD. */
void url_put_encoded(struct url_writer *to, const char *text, size_t size, unsigned set);

/* Writes a query converted to the encoding, the bytes of `set` escaped. */
void url_put_converted(struct url_writer *to, const char *text, size_t size, unsigned set,
                       struct url_encoding *encoding);

/* ---- one parse ------------------------------------------------------------------------------------- */

struct url_parser {
    struct url_writer to;
    struct url_parts parts;
    const struct url_base *base;
    const char *at; /* what is left of the reference, blanks and newlines gone */
    const char *end;
};

static inline bool url_special(const struct url_parser *parser)
{
    return parser->parts.kind != URL_OTHER;
}

/* Whether the next byte separates path segments. */
static inline bool url_at_slash(const struct url_parser *parser)
{
    return parser->at < parser->end &&
           (*parser->at == '/' || (*parser->at == '\\' && parser->parts.kind != URL_OTHER));
}

static inline struct url_slice url_slice(size_t at, size_t end)
{
    return (struct url_slice){(uint16_t)at, (uint16_t)(end - at)};
}

/* The short way: resolves references that need nothing but joining, which is nearly all that pages hold. The
 * result is that of the full parser. Returns the length, or -1 for "take the long way" (nothing is known
 * about the reference then). */
ssize_t url_resolve_plain(const struct url_base *base, const char *ref, size_t size, char *out, size_t room,
                          struct url_parts *parts);

/* URL 3.5 "host parser". Writes the host's serialisation. Returns 0 or -1. */
int url_put_host(struct url_writer *to, const char *text, size_t size, bool special);

/* Whether a domain is to be read as an IPv4 address (URL 3.5 "ends in a number checker"). */
bool url_ends_in_number(const char *domain, size_t size);

/* URL 3.5 "IPv4 parser" and "IPv6 parser" (what is between the brackets). Return 0 or -1. */
int url_parse_ipv4(const char *text, size_t size, uint32_t *address);
int url_parse_ipv6(const char *text, size_t size, uint16_t address[8]);

/* URL 3.5 "IPv4 serializer" and "IPv6 serializer", the latter with its brackets. */
void url_put_ipv4(struct url_writer *to, uint32_t address);
void url_put_ipv6(struct url_writer *to, const uint16_t address[8]);

/* Reads a userinfo, host and port up to the path (URL 4.4 "authority state" to "port state"), writing them
 * with the `//` before. Returns 0 or -1. */
int url_parse_authority(struct url_parser *parser);

/* The value of a port, -1 where it is the scheme's default or 0 digits, -2 where it is none. */
int32_t url_parse_port(const char *digits, size_t size, enum url_scheme kind);

/* The kind of a scheme in lower case. */
enum url_scheme url_scheme_kind(const char *name, size_t size);

/* The scheme's default port, 0 for none. */
uint16_t url_default_port(enum url_scheme kind);

/* Whether text starts with a drive letter as old Windows wrote it (URL 4.3 "starts with a Windows drive
 * letter"). */
bool url_starts_with_drive(const char *text, const char *end);

/* Reads segments up to a query, fragment or the end (URL 4.4 "path state") and adds them to the path that
 * begins at parts.path.at, as far as it is written already. The slash before the first segment is
 * behind us. */
void url_parse_path(struct url_parser *parser);

/* Takes the last segment from the path (URL 4.3 "shorten a path"). */
void url_shorten_path(struct url_parser *parser);

/* Reads a path that is no list of segments (URL 4.4 "opaque path state"). */
void url_parse_opaque_path(struct url_parser *parser);

#endif
