#include "common/url_internal.h"

/* A reference longer than this could be made to fit only by dot segments and the like; no page means it. */
enum { LONGEST_REFERENCE = 4 * URL_LONGEST };

/* ---- schemes --------------------------------------------------------------------------------------- */

/* How long the scheme is that the text begins with, 0 for none. */
static size_t scheme_size(const char *text, const char *end)
{
    const char *at = text;
    if (at == end || ((*at | 0x20) < 'a' || (*at | 0x20) > 'z'))
        return 0;
    while (at < end && url_byte_is(*at, URL_IN_SCHEME))
        at++;
    return at < end && *at == ':' ? (size_t)(at - text) : 0;
}

enum url_scheme url_scheme_kind(const char *name, size_t size)
{
    static const struct {
        const char *name;
        size_t size;
        enum url_scheme kind;
    } special[] = {{"https", 5, URL_HTTPS}, {"http", 4, URL_HTTP}, {"file", 4, URL_FILE},
                   {"ftp", 3, URL_FTP},     {"wss", 3, URL_WSS},   {"ws", 2, URL_WS}};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (special[i].size == size && memcmp(special[i].name, name, size) == 0)
            return special[i].kind;
    return URL_OTHER;
}

static void put_scheme(struct url_parser *parser, const char *name, size_t size)
{
    struct url_writer *to = &parser->to;
    to->size = 0;
    for (size_t i = 0; i < size; i++)
        url_put_byte(to, name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i]);
    parser->parts.scheme = url_slice(0, to->size);
    parser->parts.kind = (uint8_t)url_scheme_kind(to->out, to->size);
    url_put_byte(to, ':');
}

/* ---- what a reference takes from its base ---------------------------------------------------------- */

static void copy_authority(struct url_parser *parser)
{
    const struct url_parts *from = &parser->base->parts;
    url_put(&parser->to, parser->base->text, from->host.at ? from->path.at : from->scheme.size + 1u);
    parser->parts = *from;
    parser->parts.path = url_slice(parser->to.size, parser->to.size);
    parser->parts.query = parser->parts.fragment = (struct url_slice){0};
}

static void copy_path(struct url_parser *parser)
{
    copy_authority(parser);
    url_put(&parser->to, parser->base->text + parser->base->parts.path.at, parser->base->parts.path.size);
}

/* Ends the path. A path that begins with two slashes where there is no host would be read as one: `/.` goes
 * before it. */
static void end_path(struct url_parser *parser)
{
    struct url_writer *to = &parser->to;
    struct url_slice *path = &parser->parts.path;
    if (!parser->parts.host.at && to->size - path->at >= 2 && memcmp(to->out + path->at, "//", 2) == 0) {
        url_put(to, "/.", 2);
        if (to->full)
            return;
        memmove(to->out + path->at + 2, to->out + path->at, to->size - 2 - path->at);
        memcpy(to->out + path->at, "/.", 2);
        path->at = (uint16_t)(path->at + 2);
    }
    *path = url_slice(path->at, to->size);
}

/* A reference without a path keeps the base's, and without a query that one too. */
static void copy_without_path(struct url_parser *parser)
{
    copy_path(parser);
    end_path(parser);
    struct url_slice query = parser->base->parts.query;
    if (query.at && (parser->at == parser->end || *parser->at == '#')) {
        url_put_byte(&parser->to, '?');
        parser->parts.query = url_slice(parser->to.size, parser->to.size + query.size);
        url_put(&parser->to, parser->base->text + query.at, query.size);
    }
}

/* ---- the states (URL 4.4), from the scheme to the end of the path ---------------------------------- */

static void skip_slashes(struct url_parser *parser)
{
    while (url_at_slash(parser))
        parser->at++;
}

static bool at_path(const struct url_parser *parser)
{
    return parser->at < parser->end && *parser->at != '?' && *parser->at != '#';
}

/* "path start state" */
static void start_path(struct url_parser *parser)
{
    parser->parts.path = url_slice(parser->to.size, parser->to.size);
    if (url_special(parser) || at_path(parser)) {
        if (url_at_slash(parser))
            parser->at++;
        url_parse_path(parser);
    }
    end_path(parser);
}

/* "special authority ignore slashes state" and "authority state" */
static int parse_with_authority(struct url_parser *parser)
{
    if (url_special(parser))
        skip_slashes(parser);
    if (url_parse_authority(parser) < 0)
        return -1;
    start_path(parser);
    return 0;
}

/* "file host state" */
static int parse_file_host(struct url_parser *parser)
{
    const char *text = parser->at;
    while (at_path(parser) && !url_at_slash(parser))
        parser->at++;
    size_t size = (size_t)(parser->at - text), start = parser->to.size;
    if (size == 2 && url_starts_with_drive(text, parser->at)) {
        parser->at = text;
        size = 0;
    } else if (url_at_slash(parser)) {
        parser->at++;
    }
    if (size && url_put_host(&parser->to, text, size, true) < 0)
        return -1;
    if (parser->to.size - start == 9 && memcmp(parser->to.out + start, "localhost", 9) == 0)
        parser->to.size = start;
    parser->parts.host = url_slice(start, parser->to.size);
    parser->parts.path = url_slice(parser->to.size, parser->to.size);
    return 0;
}

/* A path from the root of the base keeps the base's drive, unless it names one. */
static void copy_drive(struct url_parser *parser)
{
    const struct url_slice path = parser->base->parts.path;
    const char *drive = parser->base->text + path.at + 1;
    if (path.size >= 3 && url_starts_with_drive(drive, drive + path.size - 1) &&
        !url_starts_with_drive(parser->at, parser->end))
        url_put(&parser->to, drive - 1, 3);
}

/* "file state" and "file slash state" */
static int parse_file(struct url_parser *parser)
{
    bool based = parser->base && parser->base->parts.kind == URL_FILE;
    put_scheme(parser, "file", 4);
    if (url_at_slash(parser)) {
        parser->at++;
        if (url_at_slash(parser)) {
            parser->at++;
            url_put(&parser->to, "//", 2);
            if (parse_file_host(parser) < 0)
                return -1;
        } else if (based) {
            parser->to.size = 0;
            copy_authority(parser);
            copy_drive(parser);
        }
    } else if (based) {
        parser->to.size = 0;
        if (!at_path(parser)) {
            copy_without_path(parser);
            return 0;
        }
        if (url_starts_with_drive(parser->at, parser->end)) {
            copy_authority(parser);
        } else {
            copy_path(parser);
            url_shorten_path(parser);
        }
    }
    if (!parser->parts.host.at) {
        url_put(&parser->to, "//", 2);
        parser->parts.host = parser->parts.path = url_slice(parser->to.size, parser->to.size);
    }
    url_parse_path(parser);
    end_path(parser);
    return 0;
}

/* "relative state" and "relative slash state" */
static int parse_relative(struct url_parser *parser)
{
    parser->to.size = 0;
    parser->parts.kind = parser->base->parts.kind;
    if (parser->parts.kind == URL_FILE)
        return parse_file(parser);
    if (url_at_slash(parser)) {
        parser->at++;
        if (url_at_slash(parser)) {
            parser->at++;
            put_scheme(parser, parser->base->text, parser->base->parts.scheme.size);
            return parse_with_authority(parser);
        }
        copy_authority(parser);
    } else if (at_path(parser)) {
        copy_path(parser);
        url_shorten_path(parser);
    } else {
        copy_without_path(parser);
        return 0;
    }
    url_parse_path(parser);
    end_path(parser);
    return 0;
}

/* "scheme state" and what it leads to */
static int parse_absolute(struct url_parser *parser, size_t size)
{
    put_scheme(parser, parser->at, size);
    parser->at += size + 1;
    bool slash = parser->at < parser->end && *parser->at == '/';
    bool slashes = slash && parser->end - parser->at >= 2 && parser->at[1] == '/';
    if (parser->parts.kind == URL_FILE)
        return parse_file(parser);
    if (url_special(parser)) {
        if (!slashes && parser->base && parser->base->parts.kind == parser->parts.kind)
            return parse_relative(parser);
        return parse_with_authority(parser);
    }
    if (slashes) {
        parser->at += 2;
        return parse_with_authority(parser);
    }
    if (slash) {
        start_path(parser);
        return 0;
    }
    parser->parts.opaque = true;
    parser->parts.path = url_slice(parser->to.size, parser->to.size);
    url_parse_opaque_path(parser);
    parser->parts.path = url_slice(parser->parts.path.at, parser->to.size);
    return 0;
}

/* "scheme start state" and "no scheme state" */
static int parse_to_path(struct url_parser *parser)
{
    size_t scheme = scheme_size(parser->at, parser->end);
    if (scheme)
        return parse_absolute(parser, scheme);
    if (!parser->base)
        return -1;
    if (!parser->base->parts.opaque)
        return parse_relative(parser);
    if (parser->at == parser->end || *parser->at != '#')
        return -1;
    copy_without_path(parser);
    return 0;
}

/* ---- the states, from the query on ----------------------------------------------------------------- */

static void parse_query(struct url_parser *parser)
{
    if (parser->at == parser->end || *parser->at != '?')
        return;
    const char *text = ++parser->at;
    const char *hash = memchr(text, '#', (size_t)(parser->end - text));
    parser->at = hash ? hash : parser->end;
    size_t size = (size_t)(parser->at - text);
    unsigned kind = parser->parts.kind;
    bool encoded = url_special(parser) && kind != URL_WS && kind != URL_WSS;
    unsigned set = url_special(parser) ? URL_SET_SPECIAL_QUERY : URL_SET_QUERY;
    url_put_byte(&parser->to, '?');
    size_t start = parser->to.size;
    if (encoded && parser->base && parser->base->encoding)
        url_put_converted(&parser->to, text, size, set, parser->base->encoding);
    else
        url_put_encoded(&parser->to, text, size, set);
    parser->parts.query = url_slice(start, parser->to.size);
}

static void parse_fragment(struct url_parser *parser)
{
    if (parser->at == parser->end)
        return;
    url_put_byte(&parser->to, '#');
    size_t start = parser->to.size;
    url_put_encoded(&parser->to, parser->at + 1, (size_t)(parser->end - parser->at - 1), URL_SET_FRAGMENT);
    parser->parts.fragment = url_slice(start, parser->to.size);
}

static ssize_t parse(const struct url_base *base, const char *ref, size_t size, char *out, size_t room,
                     struct url_parts *parts)
{
    struct url_parser parser = {
        .to = {.out = out, .room = room < URL_LONGEST ? room : URL_LONGEST},
        .parts = {.port = -1},
        .base = base,
        .at = ref,
        .end = ref + size,
    };
    if (parse_to_path(&parser) < 0)
        return -1;
    parse_query(&parser);
    parse_fragment(&parser);
    if (parser.to.full)
        return -1;
    if (parts)
        *parts = parser.parts;
    return (ssize_t)parser.to.size;
}

/* ---- the way in ------------------------------------------------------------------------------------ */

/* Apart, so that only references with tabs or newlines in them pay for the stack. */
static __attribute__((noinline)) ssize_t parse_cleaned(const struct url_base *base, const char *ref,
                                                       size_t size, char *out, size_t room,
                                                       struct url_parts *parts)
{
    char clean[LONGEST_REFERENCE];
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (url_byte_is(ref[i], URL_WHITE))
            continue;
        if (used == sizeof clean)
            return -1;
        clean[used++] = ref[i];
    }
    return parse(base, clean, used, out, room, parts);
}

ssize_t url_resolve(const struct url_base *base, const char *ref, size_t size, char *out, size_t room,
                    struct url_parts *parts)
{
    ssize_t length = url_resolve_plain(base, ref, size, out, room, parts);
    if (length >= 0)
        return length;
    while (size && (unsigned char)*ref <= ' ') {
        ref++;
        size--;
    }
    while (size && (unsigned char)ref[size - 1] <= ' ')
        size--;
    bool white = size > LONGEST_REFERENCE;
    for (size_t i = 0; i < size && !white; i++)
        white = url_byte_is(ref[i], URL_WHITE);
    if (white)
        return parse_cleaned(base, ref, size, out, room, parts);
    return parse(base, ref, size, out, room, parts);
}

int url_parse_base(struct url_base *base, const char *text, size_t size)
{
    ssize_t length = url_resolve(NULL, text, size, base->text, sizeof base->text, &base->parts);
    if (length < 0)
        return -1;
    const struct url_parts *parts = &base->parts;
    size_t path_end = parts->path.at + parts->path.size;
    const char *slash = memrchr(base->text + parts->path.at, '/', parts->path.size);
    base->size = (size_t)length;
    base->encoding = NULL;
    base->plain = parts->kind != URL_OTHER && parts->kind != URL_FILE;
    base->directory = slash ? (uint16_t)(slash + 1 - base->text) : parts->path.at;
    base->unqueried = (uint16_t)path_end;
    base->unfragmented = (uint16_t)(parts->query.at ? parts->query.at + parts->query.size : path_end);
    return 0;
}

void url_set_encoding(struct url_base *base, struct url_encoding *encoding)
{
    base->encoding = encoding;
}
