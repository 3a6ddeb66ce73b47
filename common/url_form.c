#include "common/url_internal.h"

#include <stdlib.h>

/* ---- parts again ----------------------------------------------------------------------------------- */

/* Finds userinfo, host and port in the authority that begins at `at`. Returns where it ends. */
static size_t split_authority(const char *text, size_t at, size_t size, struct url_parts *parts)
{
    size_t end = at, host = at, colon = 0, port = 0; /* the first colon, and the last outside brackets */
    for (; end < size && text[end] != '/' && text[end] != '?' && text[end] != '#'; end++) {
        if (text[end] == ':' && !colon) {
            colon = end;
        } else if (text[end] == '@') {
            size_t name_end = colon ? colon : end;
            parts->username = url_slice(at, name_end);
            if (colon)
                parts->password = url_slice(colon + 1, end);
            host = end + 1;
        }
        if (text[end] == ':')
            port = end;
        else if (text[end] == ']' || text[end] == '@')
            port = 0;
    }
    parts->host = url_slice(host, port ? port : end);
    if (port)
        parts->port = url_parse_port(text + port + 1, end - port - 1, (enum url_scheme)parts->kind);
    return end;
}

void url_split(const char *serialised, size_t size, struct url_parts *parts)
{
    const char *colon = memchr(serialised, ':', size);
    size_t at = colon ? (size_t)(colon - serialised) : size;
    *parts = (struct url_parts){.scheme = url_slice(0, at), .port = -1};
    parts->kind = (uint8_t)url_scheme_kind(serialised, at);
    if (at < size)
        at++;
    if (size - at >= 2 && memcmp(serialised + at, "//", 2) == 0)
        at = split_authority(serialised, at + 2, size, parts);
    else if (size - at >= 4 && memcmp(serialised + at, "/.//", 4) == 0)
        at += 2;
    else
        parts->opaque = at == size || serialised[at] != '/';
    const char *hash = memchr(serialised + at, '#', size - at);
    size_t end = hash ? (size_t)(hash - serialised) : size;
    if (hash)
        parts->fragment = url_slice(end + 1, size);
    const char *mark = memchr(serialised + at, '?', end - at);
    if (mark)
        parts->query = url_slice((size_t)(mark - serialised) + 1, end);
    parts->path = url_slice(at, mark ? (size_t)(mark - serialised) : end);
}

/* ---- spellings ------------------------------------------------------------------------------------- */

/* Copies a path or query with the escapes of unreserved characters decoded and the others in upper case. The
 * two bytes behind a percent sign that begins no escape are left alone: decoded they might make it one
 * (`%%34%31` is not `%41`). */
static void put_canonical(struct url_writer *to, const char *text, const char *end)
{
    size_t stray = SIZE_MAX - 2;
    while (text < end && !to->full) {
        const char *percent = memchr(text, '%', (size_t)(end - text));
        if (!percent)
            percent = end;
        url_put(to, text, (size_t)(percent - text));
        text = percent;
        if (text == end)
            return;
        int high = end - text > 2 ? url_hex(text[1]) : -1;
        int low = end - text > 2 ? url_hex(text[2]) : -1;
        if (high < 0 || low < 0) {
            stray = to->size;
            url_put_byte(to, *text++);
            continue;
        }
        char byte = (char)(high << 4 | low);
        if (url_byte_is(byte, URL_UNRESERVED) && (stray > to->size || to->size > stray + 2))
            url_put_byte(to, byte);
        else
            url_put_escape(to, (unsigned char)byte);
        text += 3;
    }
}

static struct url_writer writer(char *out, size_t room)
{
    return (struct url_writer){.out = out, .room = room};
}

static ssize_t written(const struct url_writer *to)
{
    return to->full ? -1 : (ssize_t)to->size;
}

/* Writes up to the host, without userinfo. Returns where the host begins, or without one the path. */
static size_t put_start(struct url_writer *to, const char *serialised, const struct url_parts *parts)
{
    size_t next = parts->host.at ? parts->host.at : parts->path.at;
    url_put(to, serialised, parts->username.at ? parts->username.at : next);
    return next;
}

static size_t unfragmented(size_t size, const struct url_parts *parts)
{
    return parts->fragment.at ? parts->fragment.at - 1u : size;
}

ssize_t url_canonicalise(const char *serialised, size_t size, char *out, size_t room)
{
    struct url_parts parts;
    struct url_writer to = writer(out, room);
    url_split(serialised, size, &parts);
    size_t at = put_start(&to, serialised, &parts), host_end = (size_t)parts.host.at + parts.host.size;
    if (url_is_special(&parts) && parts.host.size > 1 && serialised[host_end - 1] == '.' &&
        serialised[host_end - 2] != '.') {
        url_put(&to, serialised + at, parts.host.size - 1u);
        at = host_end;
    }
    url_put(&to, serialised + at, parts.path.at - at);
    at = parts.path.at;
    size_t end = unfragmented(size, &parts);
    if (parts.opaque)
        url_put(&to, serialised + at, end - at);
    else
        put_canonical(&to, serialised + at, serialised + end);
    return written(&to);
}

ssize_t url_request(const char *serialised, size_t size, char *out, size_t room)
{
    struct url_parts parts;
    struct url_writer to = writer(out, room);
    url_split(serialised, size, &parts);
    size_t at = put_start(&to, serialised, &parts);
    url_put(&to, serialised + at, unfragmented(size, &parts) - at);
    return written(&to);
}

ssize_t url_mask(const char *serialised, size_t size, char *out, size_t room)
{
    struct url_parts parts;
    struct url_writer to = writer(out, room);
    url_split(serialised, size, &parts);
    size_t at = put_start(&to, serialised, &parts);
    if (parts.username.at)
        url_put(&to, "***@", 4);
    url_put(&to, serialised + at, size - at);
    return written(&to);
}

/* ---- questions ------------------------------------------------------------------------------------- */

bool url_is_web(const struct url_parts *parts)
{
    return parts->kind == URL_HTTP || parts->kind == URL_HTTPS;
}

bool url_is_special(const struct url_parts *parts)
{
    return parts->kind != URL_OTHER;
}

uint16_t url_port(const struct url_parts *parts)
{
    return parts->port >= 0 ? (uint16_t)parts->port : url_default_port((enum url_scheme)parts->kind);
}

int url_origin(const char *serialised, const struct url_parts *parts, struct url_origin *origin)
{
    if (parts->kind == URL_OTHER || parts->kind == URL_FILE)
        return -1;
    *origin = (struct url_origin){
        .scheme = serialised,
        .scheme_size = parts->scheme.size,
        .host = serialised + parts->host.at,
        .host_size = parts->host.size,
        .port = url_port(parts),
    };
    return 0;
}

static int compare_ports(const void *left, const void *right)
{
    return *(const uint16_t *)left - *(const uint16_t *)right;
}

bool url_has_bad_port(const struct url_parts *parts)
{
    static const uint16_t bad[] = {
        0,    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,   37,    42,   43,
        53,   69,   77,   79,   87,   95,   101,  102,  103,  104,  109,  110,  111,  113,  115,   117,  119,
        123,  135,  137,  139,  143,  161,  179,  389,  427,  465,  512,  513,  514,  515,  526,   530,  531,
        532,  540,  548,  554,  556,  563,  587,  601,  636,  989,  990,  993,  995,  1719, 1720,  1723, 2049,
        3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    };
    if (!url_is_web(parts))
        return false;
    uint16_t port = url_port(parts);
    return bsearch(&port, bad, sizeof bad / sizeof *bad, sizeof *bad, compare_ports) != NULL;
}
