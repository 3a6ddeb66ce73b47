#include "worker/content_type.h"

#include <string.h>
#include <strings.h>

struct scan {
    const char *at;
    const char *end;
};

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int is_token(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= 0x20 || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
            return 0;
    }
    return size > 0;
}

/* Whether every byte may stand in a quoted string; those beyond ASCII may. */
static int is_quotable(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return 0;
    }
    return 1;
}

/* Cuts the text up to the first of `stops`, or to the end, and leaves the scan there. */
static size_t take_until(struct scan *scan, const char *stops)
{
    const char *from = scan->at;
    while (scan->at < scan->end && !(*scan->at && strchr(stops, *scan->at)))
        scan->at++;
    return (size_t)(scan->at - from);
}

static void skip_spaces(struct scan *scan)
{
    while (scan->at < scan->end && is_space(*scan->at))
        scan->at++;
}

static size_t without_trailing_spaces(const char *text, size_t size)
{
    while (size && is_space(text[size - 1]))
        size--;
    return size;
}

/* "Collect an HTTP quoted string" from its quote on, without the escapes. A value longer than `room` is cut:
 * no label is. */
static size_t take_quoted(struct scan *scan, char *value, size_t room)
{
    size_t size = 0;
    for (scan->at++; scan->at < scan->end && *scan->at != '"'; scan->at++) {
        if (*scan->at == '\\' && scan->at + 1 < scan->end)
            scan->at++;
        if (size < room)
            value[size++] = *scan->at;
    }
    take_until(scan, ";");
    return size;
}

static int parse_essence(struct content_type *type, struct scan *scan)
{
    skip_spaces(scan);
    const char *essence = scan->at;
    size_t first = take_until(scan, "/");
    if (scan->at == scan->end || !is_token(essence, first))
        return -1;
    const char *subtype = ++scan->at;
    size_t second = take_until(scan, ";");
    second = without_trailing_spaces(subtype, second);
    if (!is_token(subtype, second))
        return -1;
    size_t size = first + 1 + second;
    if (size >= sizeof type->essence)
        return 0;
    for (size_t i = 0; i < size; i++)
        type->essence[i] = (char)(essence[i] >= 'A' && essence[i] <= 'Z' ? essence[i] | 0x20 : essence[i]);
    type->essence[size] = 0;
    return 0;
}

/* Reads the parameter behind the `;` at the scan. Returns 1 when it is the charset, which *type then tells.
 */
static int parse_parameter(struct content_type *type, struct scan *scan)
{
    char unquoted[256];
    scan->at++;
    skip_spaces(scan);
    const char *name = scan->at;
    size_t name_size = take_until(scan, ";=");
    if (scan->at == scan->end || *scan->at == ';')
        return 0;
    const char *value = ++scan->at;
    size_t size;
    int quoted = scan->at < scan->end && *value == '"';
    if (quoted) {
        size = take_quoted(scan, unquoted, sizeof unquoted);
        value = unquoted;
    } else {
        size = without_trailing_spaces(value, take_until(scan, ";"));
    }
    if (name_size != 7 || strncasecmp(name, "charset", 7) != 0 || (!quoted && !size) ||
        !is_quotable(value, size))
        return 0;
    type->charset = charset_by_label(value, size);
    return 1;
}

int content_type_parse(struct content_type *type, const char *value, size_t size)
{
    *type = (struct content_type){0};
    struct scan scan = {value, value + without_trailing_spaces(value, size)};
    if (parse_essence(type, &scan))
        return -1;
    while (scan.at < scan.end && !parse_parameter(type, &scan))
        ;
    return 0;
}
