#include "common/link_json.h"

#include "common/json.h"
#include "common/link_kind.h"

#include <stdio.h>
#include <string.h>

/* The part of an object between its URL and its rel tokens, which is one of a few: made once. */
struct middle {
    char text[80];
    size_t size;
};

static const struct middle *middle_of(uint8_t kind)
{
    static struct middle known[256];
    struct middle *middle = &known[kind];
    if (middle->size)
        return middle;
    const struct link_kind_row *row = link_kind_row(kind);
    int size = row ? snprintf(middle->text, sizeof middle->text, ",\"tag\":\"%s\",\"attr\":\"%s\",\"rel\":[",
                              row->element, row->attribute)
                   : snprintf(middle->text, sizeof middle->text, ",\"tag\":null,\"attr\":null,\"rel\":[");
    middle->size = (size_t)size;
    return middle;
}

/* Cuts the next piece off a column. */
static const char *next_piece(const char **column, size_t *left, char joint, size_t *size)
{
    const char *piece = *column, *stop = *left ? memchr(piece, joint, *left) : NULL;
    *size = stop ? (size_t)(stop - piece) : *left;
    size_t taken = *size + (stop != NULL);
    *column += taken;
    *left -= taken;
    return piece;
}

static int append_tokens(struct buf *out, const char *rel, size_t left)
{
    int failed = 0;
    for (int first = 1; left;) {
        size_t size;
        const char *token = next_piece(&rel, &left, ' ', &size);
        if (!size)
            continue;
        if (!first)
            failed |= buf_append_byte(out, ',');
        failed |= json_append_string(out, token, size);
        first = 0;
    }
    return failed;
}

static int append_tail(struct buf *out, const uint8_t *flags)
{
    static const char found[] = "],\"repaired\":false}", repaired[] = "],\"repaired\":true}";
    if ((flags[0] | flags[1] << 8) & LINK_KIND_REPAIRED)
        return buf_append(out, repaired, sizeof repaired - 1);
    return buf_append(out, found, sizeof found - 1);
}

int link_json_append(struct buf *out, const struct link_json *links)
{
    size_t start = out->size, urls_left = links->urls_size, rels_left = links->rels_size, size;
    const char *urls = links->urls_size ? links->urls : "", *rels = links->rels_size ? links->rels : "";
    int failed = buf_append_byte(out, '[');
    for (size_t i = 0; i < links->count && !failed; i++) {
        const struct middle *middle = middle_of(links->kinds[i]);
        const char *url = next_piece(&urls, &urls_left, '\n', &size);
        failed |= i ? buf_append(out, ",{\"url\":", 8) : buf_append(out, "{\"url\":", 7);
        failed |= json_append_string(out, url, size);
        failed |= buf_append(out, middle->text, middle->size);
        const char *rel = next_piece(&rels, &rels_left, '\n', &size);
        failed |= append_tokens(out, rel, size);
        failed |= append_tail(out, links->flags + 2 * i);
    }
    failed |= buf_append_byte(out, ']');
    if (failed)
        out->size = start;
    return failed ? -1 : 0;
}
