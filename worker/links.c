#include "worker/links_internal.h"

#include "common/memory.h"
#include "common/url.h"
#include "worker/distinct.h"
#include "worker/refresh.h"
#include "worker/srcset.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LONGEST_REFERENCE = 2 * URL_LONGEST, /* what is longer can hardly become a URL that is not */
    MOST_BYTES = 4,                      /* of references, times those of links: some are data: URLs */
    KEPT_COLUMNS = 64 * 1024,
};

/* One link to be, beside its text in `references`. */
struct reference {
    uint8_t row;
    uint16_t flags;
    uint32_t rel_at; /* in `rels` */
    uint32_t rel_size;
};

struct links {
    struct links_settings settings;
    struct links_wanted wanted;
    struct url_encoding **encodings;     /* by charset, made when first needed */
    struct charset_convert **converters; /* by charset, made when first needed */

    /* of the page at hand */
    bool is_readable;
    bool repairs;
    bool has_base;
    struct url_base base;        /* what links are resolved against: the page's URL until a base comes */
    struct distinct *references; /* decoded; kept in case a base comes late */
    struct buf reference_rows;   /* struct reference, one each */
    struct buf rels;
    size_t cut_references;
    size_t cut_urls;

    struct distinct *urls;
    struct buf kinds;
    struct buf flags;
    struct buf rel_column;
    struct links_page page;

    struct links_value value;
    struct buf rel; /* for one tag */
};

const struct tokenizer_want *links_wants(const struct links *links, size_t *count)
{
    *count = links->wanted.count;
    return links->wanted.wants;
}

/* ---- a life ---------------------------------------------------------------------------------------- */

struct links *links_create(const struct links_settings *settings)
{
    struct links *links = memory_new(sizeof *links);
    links->settings = *settings;
    links->encodings = memory_new(charset_count() * sizeof(struct url_encoding *));
    links->converters = memory_new(charset_count() * sizeof(struct charset_convert *));
    links->references = distinct_create(settings->most, settings->bytes * MOST_BYTES);
    links->urls = distinct_create(settings->most, settings->bytes);
    buf_init(&links->reference_rows, settings->most * sizeof(struct reference));
    buf_init(&links->rels, settings->bytes);
    buf_init(&links->kinds, settings->most);
    buf_init(&links->flags, settings->most * sizeof(uint16_t));
    buf_init(&links->rel_column, settings->bytes + settings->most);
    buf_init(&links->rel, LINKS_VALUE_LONGEST);
    links_value_init(&links->value);
    links_wanted_init(&links->wanted, settings->kind);
    return links;
}

void links_destroy(struct links **address)
{
    struct links *links = *address;
    if (!links)
        return;
    for (unsigned i = 0; i < charset_count(); i++) {
        url_encoding_destroy(&links->encodings[i]);
        charset_convert_destroy(&links->converters[i]);
    }
    free(links->encodings);
    free(links->converters);
    distinct_destroy(&links->references);
    distinct_destroy(&links->urls);
    links_value_clear(&links->value);
    struct buf *bufs[] = {&links->reference_rows, &links->rels,       &links->kinds,
                          &links->flags,          &links->rel_column, &links->rel};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
        buf_clear(bufs[i]);
    free(links);
    *address = NULL;
}

static struct url_encoding *query_encoding(struct links *links, const struct charset *charset)
{
    struct url_encoding **encoding = &links->encodings[charset_number(charset)];
    if (!*encoding)
        *encoding = url_encoding_create(charset_name(charset));
    return *encoding;
}

static struct charset_convert *converter_of(struct links *links, const struct charset *charset)
{
    struct charset_convert **convert = &links->converters[charset_number(charset)];
    if (charset == charset_utf8())
        return NULL; /* the URL parser reads invalid UTF-8 as the standard does */
    if (!*convert)
        *convert = charset_convert_create(charset);
    return *convert;
}

/* Forgets the links, but not what they were made of. */
static void reset_columns(struct links *links)
{
    distinct_reset(links->urls);
    buf_reset(&links->kinds, KEPT_COLUMNS);
    buf_reset(&links->flags, KEPT_COLUMNS);
    buf_reset(&links->rel_column, KEPT_COLUMNS);
    links->cut_urls = 0;
}

int links_begin(struct links *links, const char *url, size_t size, const struct charset *charset, bool raw)
{
    distinct_reset(links->references);
    buf_reset(&links->reference_rows, KEPT_COLUMNS);
    buf_reset(&links->rels, KEPT_COLUMNS);
    reset_columns(links);
    links->page = (struct links_page){0};
    links->repairs = false;
    links->has_base = false;
    links->cut_references = 0;
    links->value.converter = raw ? converter_of(links, charset) : NULL;
    links->is_readable = url_parse_base(&links->base, url, size) == 0;
    if (!links->is_readable)
        return -1;
    url_set_encoding(&links->base, query_encoding(links, charset));
    return 0;
}

/* ---- rel ------------------------------------------------------------------------------------------- */

/* Keeps a rel value, its white space made one blank, in links->rel. */
static void keep_rel(struct links *links, const char *text, size_t size)
{
    struct buf *rel = &links->rel;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
        if (!blank)
            buf_append_byte(rel, c);
        else if (rel->size && rel->data[rel->size - 1] != ' ')
            buf_append_byte(rel, ' ');
    }
    if (rel->size && rel->data[rel->size - 1] == ' ')
        rel->size--;
}

/* The flags of a tag's rel; its value into links->rel if it is asked for. */
static unsigned read_rel(struct links *links, const struct tag *tag)
{
    const struct tag_attribute *attribute = tag_find(tag, "rel");
    const char *text;
    size_t size;
    buf_reset(&links->rel, LINKS_VALUE_KEPT);
    if (!attribute || links_value_read(&links->value, attribute, &text, &size))
        return 0;
    if (links->settings.rels)
        keep_rel(links, text, size);
    return link_kind_rel(text, size);
}

/* ---- references to links --------------------------------------------------------------------------- */

static void add_rel(struct links *links, const struct reference *reference)
{
    if (distinct_count(links->urls) > 1)
        buf_append_byte(&links->rel_column, '\n');
    if (reference->rel_size)
        buf_append(&links->rel_column, links->rels.data + reference->rel_at, reference->rel_size);
}

static void resolve(struct links *links, const struct reference *reference, const char *text, size_t size)
{
    char url[URL_LONGEST];
    struct url_parts parts;
    ssize_t length = url_resolve(&links->base, text, size, url, sizeof url, &parts);
    if (length < 0 || (!links->settings.all_schemes && !url_is_web(&parts)))
        return;
    int added = distinct_add(links->urls, url, (size_t)length);
    if (added < 0)
        links->cut_urls++;
    if (added <= 0)
        return;
    buf_append_byte(&links->kinds, (char)reference->row);
    buf_append(&links->flags, &reference->flags, sizeof reference->flags);
    if (links->settings.rels)
        add_rel(links, reference);
}

static void add_reference(struct links *links, uint8_t row, unsigned flags, const char *text, size_t size)
{
    if (size > LONGEST_REFERENCE)
        return;
    int added = distinct_add(links->references, text, size);
    if (added < 0)
        links->cut_references++;
    if (added <= 0)
        return;
    if (links->repairs)
        flags |= LINK_KIND_REPAIRED;
    struct reference reference = {.row = row, .flags = (uint16_t)flags};
    if (links->settings.rels && buf_append(&links->rels, links->rel.data, links->rel.size) == 0) {
        reference.rel_size = (uint32_t)links->rel.size;
        reference.rel_at = (uint32_t)(links->rels.size - links->rel.size);
    }
    buf_append(&links->reference_rows, &reference, sizeof reference);
    resolve(links, &reference, text, size);
}

/* The links found so far, against a base that came behind them. */
static void resolve_again(struct links *links)
{
    const struct reference *references = (const struct reference *)(void *)links->reference_rows.data;
    reset_columns(links);
    for (size_t i = 0; i < distinct_count(links->references); i++) {
        size_t size;
        const char *text = distinct_get(links->references, i, &size);
        resolve(links, &references[i], text, size);
    }
}

/* The first <base href> counts, and if it is no URL that may be one, then none (HTML 4.2.3, "set the frozen
 * base URL"). */
static void take_base(struct links *links, const struct tag *tag)
{
    const struct tag_attribute *href = tag_find(tag, "href");
    char serialised[URL_LONGEST];
    const char *text;
    size_t size;
    if (!href || tag->inert || links->repairs || links->has_base)
        return;
    links->has_base = true;
    if (links_value_read(&links->value, href, &text, &size))
        return;
    ssize_t length = url_resolve(&links->base, text, size, serialised, sizeof serialised, NULL);
    if (length < 0 || (length >= 5 && memcmp(serialised, "data:", 5) == 0) ||
        (length >= 11 && memcmp(serialised, "javascript:", 11) == 0))
        return;
    struct url_encoding *encoding = links->base.encoding;
    url_parse_base(&links->base, serialised, (size_t)length);
    url_set_encoding(&links->base, encoding);
    resolve_again(links);
}

/* ---- tags in --------------------------------------------------------------------------------------- */

static void add_words(struct links *links, uint8_t row, unsigned flags, const char *text, size_t size)
{
    static const char spaces[] = " \t\n\f\r";
    for (size_t at = 0; at < size; at++) {
        size_t start = at;
        while (at < size && !memchr(spaces, text[at], sizeof spaces - 1))
            at++;
        if (at > start)
            add_reference(links, row, flags, text + start, at - start);
    }
}

static void add_candidates(struct links *links, uint8_t row, unsigned flags, const char *text, size_t size)
{
    struct srcset srcset;
    srcset_init(&srcset, text, size);
    while (srcset_next(&srcset))
        add_reference(links, row, flags, srcset.url, srcset.url_size);
}

static bool is_refresh(struct links *links, const struct tag *tag)
{
    const struct tag_attribute *attribute = tag_find(tag, "http-equiv");
    const char *text;
    size_t size;
    return attribute && links_value_read(&links->value, attribute, &text, &size) == 0 && size == 7 &&
           strncasecmp(text, "refresh", 7) == 0;
}

static void add_value(struct links *links, uint8_t row, unsigned flags, const struct tag *tag,
                      const struct tag_attribute *attribute)
{
    enum link_kind_form form = link_kind_row(row)->form;
    if (form == LINK_KIND_REFRESH && !is_refresh(links, tag))
        return;
    const char *text;
    size_t size;
    if (links_value_read(&links->value, attribute, &text, &size))
        return;
    switch (form) {
    case LINK_KIND_URL:
        add_reference(links, row, flags, text, size);
        break;
    case LINK_KIND_SRCSET:
        add_candidates(links, row, flags, text, size);
        break;
    case LINK_KIND_WORDS:
        add_words(links, row, flags, text, size);
        break;
    case LINK_KIND_REFRESH:
        if (refresh_parse(text, size, &text, &size) == 1)
            add_reference(links, row, flags, text, size);
        break;
    }
}

void links_tag(struct links *links, const struct tag *tag)
{
    const struct links_element *element = links->is_readable ? links_wanted_find(&links->wanted, tag) : NULL;
    if (!element || !tag->attribute_count)
        return;
    if (!element->row_count) {
        take_base(links, tag);
        return;
    }
    unsigned flags = 0;
    bool rel_is_read = false;
    for (unsigned i = 0; i < element->row_count; i++) {
        uint8_t row = element->rows[i];
        const struct tag_attribute *attribute = tag_find(tag, link_kind_row(row)->attribute);
        if (!attribute)
            continue;
        if (!rel_is_read)
            flags = read_rel(links, tag);
        rel_is_read = true;
        add_value(links, row, flags, tag, attribute);
    }
}

void links_repair(struct links *links)
{
    links->repairs = true;
    links->value.converter = NULL;
}

/* ---- links out ------------------------------------------------------------------------------------- */

const struct links_page *links_finish(struct links *links)
{
    struct links_page *page = &links->page;
    if (!links->is_readable)
        return page;
    page->count = distinct_count(links->urls);
    page->urls = distinct_joined(links->urls, &page->urls_size);
    page->kinds = (const uint8_t *)links->kinds.data;
    page->flags = (const uint16_t *)(const void *)links->flags.data;
    page->rels = links->settings.rels ? links->rel_column.data : NULL;
    page->rels_size = links->rel_column.size;
    page->cut = links->cut_references + links->cut_urls;
    page->base = links->base.text;
    page->base_size = links->base.size;
    return page;
}
