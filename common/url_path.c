#include "common/url_internal.h"

static bool is_drive(const char *text)
{
    char letter = (char)(text[0] | 0x20);
    return letter >= 'a' && letter <= 'z' && (text[1] == ':' || text[1] == '|');
}

bool url_starts_with_drive(const char *text, const char *end)
{
    if (end - text < 2 || !is_drive(text))
        return false;
    return end - text == 2 || text[2] == '/' || text[2] == '\\' || text[2] == '?' || text[2] == '#';
}

/* How many dots a segment stands for, plain or escaped: 1 (`.`), 2 (`..`), or 0 for any other segment. */
static int dots(const char *text, const char *end)
{
    int count = 0;
    while (text < end) {
        if (*text == '.')
            text++;
        else if (end - text >= 3 && text[0] == '%' && text[1] == '2' && (text[2] | 0x20) == 'e')
            text += 3;
        else
            return 0;
        if (++count > 2)
            return 0;
    }
    return count;
}

void url_shorten_path(struct url_parser *parser)
{
    struct url_writer *to = &parser->to;
    size_t path = parser->parts.path.at;
    if (to->full || to->size == path)
        return;
    size_t last = to->size - 1;
    while (to->out[last] != '/')
        last--;
    if (parser->parts.kind == URL_FILE && last == path && to->size - path == 3 &&
        is_drive(to->out + path + 1))
        return;
    to->size = last;
}

static void put_segment(struct url_parser *parser, const char *text, size_t size)
{
    bool first = parser->to.size == parser->parts.path.at;
    url_put_byte(&parser->to, '/');
    if (parser->parts.kind == URL_FILE && first && size == 2 && is_drive(text)) {
        url_put_byte(&parser->to, *text);
        url_put_byte(&parser->to, ':');
    } else {
        url_put_encoded(&parser->to, text, size, URL_SET_PATH);
    }
}

void url_parse_path(struct url_parser *parser)
{
    for (;;) {
        const char *segment = parser->at;
        while (parser->at < parser->end && *parser->at != '?' && *parser->at != '#' && !url_at_slash(parser))
            parser->at++;
        bool last = !url_at_slash(parser);
        int count = dots(segment, parser->at);
        if (count == 2)
            url_shorten_path(parser);
        if (count == 0)
            put_segment(parser, segment, (size_t)(parser->at - segment));
        else if (last)
            url_put_byte(&parser->to, '/');
        if (last)
            return;
        parser->at++;
    }
}

void url_parse_opaque_path(struct url_parser *parser)
{
    const char *text = parser->at;
    while (parser->at < parser->end && *parser->at != '?' && *parser->at != '#')
        parser->at++;
    size_t size = (size_t)(parser->at - text);
    /* A space at the end would be lost if what follows were taken away and the rest parsed again. */
    bool space = parser->at < parser->end && size && text[size - 1] == ' ';
    url_put_encoded(&parser->to, text, size - space, URL_SET_C0);
    if (space)
        url_put_escape(&parser->to, ' ');
}
