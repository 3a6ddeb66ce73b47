#include "common/url_internal.h"

uint16_t url_default_port(enum url_scheme kind)
{
    static const uint16_t ports[] = {
        [URL_HTTP] = 80, [URL_HTTPS] = 443, [URL_FTP] = 21, [URL_WS] = 80, [URL_WSS] = 443, [URL_FILE] = 0};
    return ports[kind];
}

int32_t url_parse_port(const char *digits, size_t size, enum url_scheme kind)
{
    int32_t port = 0;
    if (!size)
        return -1;
    for (size_t i = 0; i < size; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return -2;
        port = port * 10 + (digits[i] - '0');
        if (port > UINT16_MAX)
            return -2;
    }
    return port && port == url_default_port(kind) ? -1 : port;
}

static void put_userinfo(struct url_parser *parser, const char *text, const char *end)
{
    struct url_writer *to = &parser->to;
    const char *colon = memchr(text, ':', (size_t)(end - text));
    const char *name_end = colon ? colon : end;
    size_t start = to->size;
    url_put_encoded(to, text, (size_t)(name_end - text), URL_SET_USERINFO);
    parser->parts.username = url_slice(start, to->size);
    if (colon && colon + 1 < end) {
        url_put_byte(to, ':');
        start = to->size;
        url_put_encoded(to, colon + 1, (size_t)(end - colon - 1), URL_SET_USERINFO);
        parser->parts.password = url_slice(start, to->size);
    }
    if (parser->parts.password.at || parser->parts.username.size)
        url_put_byte(to, '@');
    else
        parser->parts.username = (struct url_slice){0};
}

/* The colon before the port: the first that is not within brackets, or NULL. */
static const char *port_colon(const char *text, const char *end)
{
    bool bracket = false;
    for (; text < end; text++) {
        if (*text == '[')
            bracket = true;
        else if (*text == ']')
            bracket = false;
        else if (*text == ':' && !bracket)
            return text;
    }
    return NULL;
}

static int put_port(struct url_parser *parser, const char *digits, const char *end)
{
    int32_t port = url_parse_port(digits, (size_t)(end - digits), (enum url_scheme)parser->parts.kind);
    if (port == -2)
        return -1;
    parser->parts.port = port;
    if (port < 0)
        return 0;
    char text[6];
    size_t size = 0;
    for (int32_t left = port; !size || left; left /= 10)
        text[sizeof text - ++size] = (char)('0' + left % 10);
    text[sizeof text - ++size] = ':';
    url_put(&parser->to, text + sizeof text - size, size);
    return 0;
}

int url_parse_authority(struct url_parser *parser)
{
    const char *text = parser->at;
    while (parser->at < parser->end && *parser->at != '?' && *parser->at != '#' && *parser->at != '/' &&
           !url_at_slash(parser))
        parser->at++;
    const char *end = parser->at;
    url_put(&parser->to, "//", 2);
    const char *userinfo_end = memrchr(text, '@', (size_t)(end - text));
    if (userinfo_end) {
        put_userinfo(parser, text, userinfo_end);
        text = userinfo_end + 1;
    }
    const char *colon = port_colon(text, end);
    const char *host_end = colon ? colon : end;
    if (host_end == text && (url_special(parser) || userinfo_end || colon))
        return -1;
    size_t start = parser->to.size;
    if (url_put_host(&parser->to, text, (size_t)(host_end - text), url_special(parser)) < 0)
        return -1;
    parser->parts.host = url_slice(start, parser->to.size);
    return colon ? put_port(parser, colon + 1, end) : 0;
}
