#include "worker/charset_prescan.h"

#include <string.h>
#include <strings.h>

/* Longer names and values are none that matter here; what follows is dropped. */
enum { LONGEST_NAME = 16, LONGEST_VALUE = CHARSET_PRESCAN_LIMIT };

struct scan {
    const char *at;
    const char *end;
};

struct attribute {
    char name[LONGEST_NAME];
    char value[LONGEST_VALUE];
    size_t name_size;
    size_t value_size;
};

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static int is_letter(char c)
{
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'z';
}

static char to_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static void put(char *text, size_t *size, size_t room, char c)
{
    if (*size < room)
        text[*size] = to_lower(c);
    ++*size; /* a name or value that does not fit matches nothing */
}

static void skip_spaces(struct scan *scan)
{
    while (scan->at < scan->end && is_space(*scan->at))
        scan->at++;
}

static void get_value(struct scan *scan, struct attribute *attribute)
{
    skip_spaces(scan);
    if (scan->at == scan->end)
        return;
    char quote = *scan->at;
    int quoted = quote == '"' || quote == '\'';
    if (quoted)
        scan->at++;
    for (; scan->at < scan->end; scan->at++) {
        char c = *scan->at;
        if (quoted ? c == quote : is_space(c) || c == '>') {
            scan->at += quoted;
            return;
        }
        put(attribute->value, &attribute->value_size, sizeof attribute->value, c);
    }
}

/* "Get an attribute". Returns 0 when there is none or the bytes ran out, which scan->at == scan->end tells
 * apart. */
static int get_attribute(struct scan *scan, struct attribute *attribute)
{
    attribute->name_size = attribute->value_size = 0;
    while (scan->at < scan->end && (is_space(*scan->at) || *scan->at == '/'))
        scan->at++;
    if (scan->at == scan->end || *scan->at == '>')
        return 0;
    for (; scan->at < scan->end; scan->at++) {
        char c = *scan->at;
        if ((c == '=' && attribute->name_size) || is_space(c))
            break;
        if (c == '/' || c == '>')
            return 1;
        put(attribute->name, &attribute->name_size, sizeof attribute->name, c);
    }
    skip_spaces(scan);
    if (scan->at < scan->end && *scan->at == '=') {
        scan->at++;
        get_value(scan, attribute);
    }
    return scan->at < scan->end;
}

static int is_named(const struct attribute *attribute, const char *name)
{
    return attribute->name_size == strlen(name) && memcmp(attribute->name, name, attribute->name_size) == 0;
}

static int is_valued(const struct attribute *attribute, const char *value)
{
    return attribute->value_size == strlen(value) &&
           memcmp(attribute->value, value, attribute->value_size) == 0;
}

/* "Extracting a character encoding from a meta element" (HTML 2.5.2), of a value in lower case. */
static const struct charset *charset_in_content(const char *text, size_t size)
{
    struct scan scan = {text, text + size};
    for (;;) {
        scan.at = memmem(scan.at, (size_t)(scan.end - scan.at), "charset", 7);
        if (!scan.at)
            return NULL;
        scan.at += 7;
        skip_spaces(&scan);
        if (scan.at < scan.end && *scan.at == '=')
            break;
    }
    scan.at++;
    skip_spaces(&scan);
    if (scan.at == scan.end)
        return NULL;
    const char *label = scan.at;
    if (*label == '"' || *label == '\'') {
        const char *close = memchr(label + 1, *label, (size_t)(scan.end - label - 1));
        return close ? charset_by_label(label + 1, (size_t)(close - label - 1)) : NULL;
    }
    while (scan.at < scan.end && !is_space(*scan.at) && *scan.at != ';')
        scan.at++;
    return charset_by_label(label, (size_t)(scan.at - label));
}

/* What the attributes of one <meta> have said so far. */
struct meta {
    int saw_http_equiv;
    int saw_content;
    int saw_charset;
    int got_pragma;
    int need_pragma; /* -1: nothing named an encoding yet */
    const struct charset *charset;
};

static void note_attribute(struct meta *meta, const struct attribute *attribute)
{
    if (is_named(attribute, "http-equiv") && !meta->saw_http_equiv) {
        meta->saw_http_equiv = 1;
        meta->got_pragma = is_valued(attribute, "content-type");
    } else if (is_named(attribute, "content") && !meta->saw_content) {
        meta->saw_content = 1;
        size_t size = attribute->value_size;
        const struct charset *found =
            size <= sizeof attribute->value ? charset_in_content(attribute->value, size) : NULL;
        /* A charset attribute that named nothing valid still keeps this one out. */
        if (found && !meta->saw_charset) {
            meta->charset = found;
            meta->need_pragma = 1;
        }
    } else if (is_named(attribute, "charset") && !meta->saw_charset) {
        meta->saw_charset = 1;
        meta->charset = attribute->value_size <= sizeof attribute->value
                            ? charset_by_label(attribute->value, attribute->value_size)
                            : NULL;
        meta->need_pragma = 0;
    }
}

/* The attributes of a <meta>, up to its end. NULL if it names no encoding; at the end of the bytes it names
 * none either. */
static const struct charset *scan_meta(struct scan *scan)
{
    struct meta meta = {.need_pragma = -1};
    struct attribute attribute;
    while (get_attribute(scan, &attribute))
        note_attribute(&meta, &attribute);
    if (scan->at == scan->end || meta.need_pragma < 0 || (meta.need_pragma && !meta.got_pragma) ||
        !meta.charset)
        return NULL;
    return charset_as_declared(meta.charset);
}

static void skip_past(struct scan *scan, const char *text)
{
    size_t length = strlen(text);
    const char *found =
        scan->at < scan->end ? memmem(scan->at, (size_t)(scan->end - scan->at), text, length) : NULL;
    scan->at = found ? found + length : scan->end;
}

static void skip_tag(struct scan *scan)
{
    struct attribute attribute;
    while (scan->at < scan->end && !is_space(*scan->at) && *scan->at != '>')
        scan->at++;
    while (get_attribute(scan, &attribute))
        ;
}

static int is_meta(const char *at, size_t left)
{
    return left > 5 && strncasecmp(at, "<meta", 5) == 0 && (is_space(at[5]) || at[5] == '/');
}

/* One construct that begins with the `<` at scan->at. */
static const struct charset *scan_markup(struct scan *scan)
{
    const char *at = scan->at;
    size_t left = (size_t)(scan->end - at);
    if (left >= 4 && memcmp(at, "<!--", 4) == 0) {
        scan->at += 2; /* the dashes that open may be those that close */
        skip_past(scan, "-->");
    } else if (is_meta(at, left)) {
        scan->at += 5;
        return scan_meta(scan);
    } else if (left > 1 && (is_letter(at[1]) || (at[1] == '/' && left > 2 && is_letter(at[2])))) {
        skip_tag(scan);
    } else if (left > 1 && (at[1] == '!' || at[1] == '/' || at[1] == '?')) {
        skip_past(scan, ">");
    } else {
        scan->at++;
    }
    return NULL;
}

static void skip_controls(struct scan *scan)
{
    while (scan->at < scan->end && (unsigned char)*scan->at <= 0x20)
        scan->at++;
}

/* "Get an XML encoding" (HTML 13.2.3.2). */
static const struct charset *xml_encoding(const char *bytes, size_t size)
{
    struct scan scan = {bytes, bytes + size};
    if (size < 5 || memcmp(bytes, "<?xml", 5) != 0 || !memchr(bytes, '>', size))
        return NULL;
    skip_past(&scan, "encoding");
    skip_controls(&scan);
    if (scan.at == scan.end || *scan.at++ != '=')
        return NULL;
    skip_controls(&scan);
    if (scan.at == scan.end || (*scan.at != '"' && *scan.at != '\''))
        return NULL;
    const char *label = scan.at + 1;
    const char *close = memchr(label, *scan.at, (size_t)(scan.end - label));
    if (!close)
        return NULL;
    for (const char *c = label; c < close; c++)
        if ((unsigned char)*c <= 0x20)
            return NULL;
    const struct charset *found = charset_by_label(label, (size_t)(close - label));
    return found ? charset_as_declared(found) : NULL;
}

const struct charset *charset_prescan(const char *bytes, size_t size)
{
    struct scan scan = {bytes, bytes + size};
    if (size >= 6 && memcmp(bytes, "<\0?\0x\0", 6) == 0)
        return charset_by_label("utf-16le", 8);
    if (size >= 6 && memcmp(bytes, "\0<\0?\0x", 6) == 0)
        return charset_by_label("utf-16be", 8);
    while (scan.at < scan.end && (scan.at = memchr(scan.at, '<', (size_t)(scan.end - scan.at)))) {
        const struct charset *found = scan_markup(&scan);
        if (found)
            return found;
    }
    return xml_encoding(bytes, size);
}

const struct charset *charset_prescan_page(const char *bytes, size_t size, const struct charset *http,
                                           size_t limit)
{
    const struct charset *found = charset_by_mark(bytes, size, NULL);
    if (!found)
        found = http;
    if (!found)
        found = charset_prescan(bytes, size < limit ? size : limit);
    return found ? found : charset_windows1252();
}
