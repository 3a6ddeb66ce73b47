#include "coordinator/robots_internal.h"

#include <string.h>

static const char digits[] = "0123456789ABCDEF";

bool robots_is_token(const char *token)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
    return *token && token[strspn(token, letters)] == 0;
}

/* ---- octets -------------------------------------------------------------------------------------------- */

static int digit_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte = (char)(byte | 0x20);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* What the escape at `text` stands for, or -1 where there is none. */
static int escape_value(const char *text, size_t size)
{
    if (size < 3 || text[0] != '%')
        return -1;
    int high = digit_value(text[1]), low = digit_value(text[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Whether raw and escaped mean the same: all of ASCII but the reserved characters (RFC 3986 2.2) and `%`. Of
 * the reserved ones `*` and `$` count as well: 2.2.3 has rules name them by their escapes. */
static bool has_two_spellings(int byte)
{
    return byte < 0x7f && (byte == 0 || !strchr(":/?#[]@!&'()+,;=%", byte));
}

static uint8_t *put_escape(uint8_t *out, int byte)
{
    *out++ = '%';
    *out++ = (uint8_t)digits[byte >> 4];
    *out++ = (uint8_t)digits[byte & 15];
    return out;
}

size_t robots_spell(uint8_t *out, const char *text, size_t size, enum robots_side side)
{
    uint8_t *start = out;
    for (size_t at = 0; at < size; at++) {
        uint8_t raw = (uint8_t)text[at];
        int escaped = escape_value(text + at, size - at);
        if (escaped >= 0) {
            at += 2;
            if (!has_two_spellings(escaped))
                out = put_escape(out, escaped);
            else
                *out++ = (uint8_t)(side == ROBOTS_PATH_MEANT ? escaped : escaped | ROBOTS_ESCAPED);
        } else if (raw < 0x7f) {
            *out++ = raw;
        } else if (side == ROBOTS_PATH_WRITTEN) {
            *out++ = ROBOTS_NEVER;
        } else {
            out = put_escape(out, raw);
        }
    }
    return (size_t)(out - start);
}

/* ---- for people and tests ------------------------------------------------------------------------------ */

int robots_rule_text(struct buf *out, const void *rule)
{
    struct robots_rule head;
    memcpy(&head, rule, sizeof head);
    const uint8_t *octets = (const uint8_t *)rule + sizeof head;
    if (buf_append_string(out, head.flags & ROBOTS_ALLOW ? "Allow: " : "Disallow: "))
        return -1;
    for (size_t i = 0; i < head.size; i++) {
        uint8_t text[3] = {octets[i]};
        size_t size = octets[i] & ROBOTS_ESCAPED ? (size_t)(put_escape(text, octets[i] & 0x7f) - text) : 1;
        if (buf_append(out, text, size))
            return -1;
    }
    return head.flags & ROBOTS_AT_END ? buf_append_byte(out, '$') : 0;
}

/* Where path, parameters or query begin, at the earliest at `from`; `size` when nowhere. */
static size_t find_path(const char *url, size_t from, size_t size)
{
    while (from < size && !strchr("/?;", url[from] ? url[from] : 'x'))
        from++;
    return from;
}

int robots_path(struct buf *out, const char *url, size_t size)
{
    const char *fragment = memchr(url, '#', size);
    if (fragment)
        size = (size_t)(fragment - url);
    size_t authority = size >= 2 && url[0] == '/' && url[1] == '/' ? 2 : 0;
    size_t path = find_path(url, authority, size);
    /* The first slash may be one of `://`. */
    if (path > authority && path + 1 < size && !memcmp(url + path - 1, "://", 3))
        path = find_path(url, path + 2, size);
    if ((path == size || url[path] != '/') && buf_append_byte(out, '/'))
        return -1;
    return buf_append(out, url + path, size - path);
}
