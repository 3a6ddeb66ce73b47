#include "worker/links.h"

#include "common/buf.h"
#include "common/memory.h"
#include "common/url.h"
#include "worker/charset_convert.h"
#include "worker/distinct.h"
#include "worker/entity.h"
#include "worker/refresh.h"
#include "worker/srcset.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LONGEST_NAME = 15,                   /* of an element that can hold links */
    LONGEST_REFERENCE = 2 * URL_LONGEST, /* what is longer can hardly become a URL that is not */
    LONGEST_VALUE = 32 * 1024 * 1024,    /* decoded; more than any body that is accepted gives */
    KEPT_VALUE = 64 * 1024,              /* bytes of memory kept for the next value */
    MOST_REFERENCES = 4,                 /* times the links of a page: many may be one URL, or none */
    KEPT_COLUMNS = 64 * 1024,
};

/* An element of which rows of the table are wanted; rows are followed until the element's name changes. */
struct element {
    char name[LONGEST_NAME + 1];
    size_t name_size;
    uint8_t rows[8];
    unsigned row_count;
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
    struct element *elements;
    unsigned element_count;
    struct url_encoding **encodings;     /* by charset, made when first needed */
    struct charset_convert **converters; /* by charset, made when first needed */

    /* of the page at hand */
    bool is_readable;
    struct charset_convert *converter; /* of raw values; NULL when they are UTF-8 */
    unsigned mark;
    bool has_base;
    struct buf base_href;
    struct url_base page_url;
    struct url_base base;
    struct distinct *references; /* decoded, not yet resolved */
    struct buf reference_rows;   /* struct reference, one each */
    struct buf rels;
    size_t cut;

    struct distinct *urls;
    struct buf kinds;
    struct buf flags;
    struct buf rel_column;
    struct links_page page;

    struct buf utf8;  /* for one value */
    struct buf value; /* for one value, decoded */
    struct buf rel;   /* for one tag */
};

/* ---- which attributes ---------------------------------------------------------------------------------- */

static struct element *element_for(struct links *links, const char *name)
{
    for (unsigned i = 0; i < links->element_count; i++)
        if (strcmp(links->elements[i].name, name) == 0)
            return &links->elements[i];
    assert(strlen(name) <= LONGEST_NAME);
    links->elements = memory_resize(links->elements, links->element_count + 1, sizeof *links->elements);
    struct element *element = &links->elements[links->element_count++];
    *element = (struct element){.name_size = strlen(name)};
    memcpy(element->name, name, element->name_size);
    return element;
}

static void choose_elements(struct links *links)
{
    const struct link_kind_row *row;
    for (unsigned i = 0; (row = link_kind_row(i)); i++) {
        if (!link_kind_counts(row, links->settings.kind))
            continue;
        struct element *element = element_for(links, row->element);
        assert(element->row_count < sizeof element->rows);
        element->rows[element->row_count++] = (uint8_t)i;
    }
}

static const struct element *find_element(const struct links *links, const struct tag *tag)
{
    for (unsigned i = 0; i < links->element_count; i++) {
        const struct element *element = &links->elements[i];
        if (element->name_size == tag->name_size && memcmp(element->name, tag->name, tag->name_size) == 0)
            return element;
    }
    return NULL;
}

static const struct tag_attribute *find_attribute(const struct tag *tag, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < tag->attribute_count; i++)
        if (tag->attributes[i].name_size == size && memcmp(tag->attributes[i].name, name, size) == 0)
            return &tag->attributes[i];
    return NULL;
}

/* ---- a life ----------------------------------------------------------------------------------------------
 */

struct links *links_create(const struct links_settings *settings)
{
    struct links *links = memory_new(sizeof *links);
    links->settings = *settings;
    links->encodings = memory_new(charset_count() * sizeof(struct url_encoding *));
    links->converters = memory_new(charset_count() * sizeof(struct charset_convert *));
    size_t references = settings->most * MOST_REFERENCES;
    links->references = distinct_create(references, settings->bytes * MOST_REFERENCES);
    links->urls = distinct_create(settings->most, settings->bytes);
    buf_init(&links->base_href, LONGEST_VALUE);
    buf_init(&links->reference_rows, references * sizeof(struct reference));
    buf_init(&links->rels, settings->bytes);
    buf_init(&links->kinds, settings->most);
    buf_init(&links->flags, settings->most * sizeof(uint16_t));
    buf_init(&links->rel_column, settings->bytes + settings->most);
    buf_init(&links->utf8, LONGEST_VALUE);
    buf_init(&links->value, LONGEST_VALUE);
    buf_init(&links->rel, LONGEST_VALUE);
    choose_elements(links);
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
    free(links->elements);
    distinct_destroy(&links->references);
    distinct_destroy(&links->urls);
    struct buf *bufs[] = {&links->base_href, &links->reference_rows, &links->rels,
                          &links->kinds,     &links->flags,          &links->rel_column,
                          &links->utf8,      &links->value,          &links->rel};
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

int links_begin(struct links *links, const char *url, size_t size, const struct charset *charset, bool raw)
{
    distinct_reset(links->references);
    distinct_reset(links->urls);
    struct buf *columns[] = {&links->reference_rows, &links->rels, &links->kinds, &links->flags,
                             &links->rel_column};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        buf_reset(columns[i], KEPT_COLUMNS);
    links->page = (struct links_page){0};
    links->mark = 0;
    links->has_base = false;
    links->cut = 0;
    links->converter = raw ? converter_of(links, charset) : NULL;
    links->is_readable = url_parse_base(&links->page_url, url, size) == 0;
    if (!links->is_readable)
        return -1;
    url_set_encoding(&links->page_url, query_encoding(links, charset));
    return 0;
}

/* ---- tags in ---------------------------------------------------------------------------------------------
 */

/* What an attribute says, in UTF-8, into `out`. Returns 0, or -1 when it is too long to be worth it. */
static int decode_value(struct links *links, const struct tag_attribute *attribute, struct buf *out)
{
    const char *text = attribute->value;
    size_t size = attribute->value_size;
    buf_reset(out, KEPT_VALUE);
    if (links->converter) {
        buf_reset(&links->utf8, KEPT_VALUE);
        if (charset_convert_feed(links->converter, &links->utf8, text, size, 1))
            return -1;
        text = links->utf8.data;
        size = links->utf8.size;
    }
    return entity_decode(out, text, size);
}

/* The flags of a tag's rel; its value, blanks made one, into links->rel. */
static unsigned read_rel(struct links *links, const struct tag *tag)
{
    const struct tag_attribute *attribute = find_attribute(tag, "rel");
    buf_reset(&links->rel, KEPT_VALUE);
    if (!attribute || decode_value(links, attribute, &links->rel))
        return 0;
    size_t used = 0;
    char *text = links->rel.data;
    for (size_t i = 0; i < links->rel.size; i++) {
        char c = text[i];
        int blank = c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
        if (!blank)
            text[used++] = c;
        else if (used && text[used - 1] != ' ')
            text[used++] = ' ';
    }
    links->rel.size = used && text[used - 1] == ' ' ? used - 1 : used;
    return link_kind_rel(text, links->rel.size);
}

static void add_reference(struct links *links, uint8_t row, unsigned flags, const char *text, size_t size)
{
    if (size > LONGEST_REFERENCE)
        return;
    int added = distinct_add(links->references, text, size);
    if (added < 0)
        links->cut++;
    if (added <= 0)
        return;
    struct reference reference = {.row = row, .flags = (uint16_t)(flags | links->mark)};
    if (links->settings.rels && buf_append(&links->rels, links->rel.data, links->rel.size) == 0) {
        reference.rel_size = (uint32_t)links->rel.size;
        reference.rel_at = (uint32_t)(links->rels.size - links->rel.size);
    }
    buf_append(&links->reference_rows, &reference, sizeof reference);
}

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
    const struct tag_attribute *attribute = find_attribute(tag, "http-equiv");
    return attribute && decode_value(links, attribute, &links->value) == 0 && links->value.size == 7 &&
           strncasecmp(links->value.data, "refresh", 7) == 0;
}

static void add_value(struct links *links, uint8_t row, unsigned flags, const struct tag *tag,
                      const struct tag_attribute *attribute)
{
    enum link_kind_form form = link_kind_row(row)->form;
    if (form == LINK_KIND_REFRESH && !is_refresh(links, tag))
        return;
    if (decode_value(links, attribute, &links->value))
        return;
    const char *text = links->value.data;
    size_t size = links->value.size;
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

static void note_base(struct links *links, const struct tag *tag)
{
    const struct tag_attribute *href = find_attribute(tag, "href");
    if (!href || tag->inert || links->has_base)
        return;
    links->has_base = decode_value(links, href, &links->base_href) == 0;
}

void links_tag(struct links *links, const struct tag *tag)
{
    if (!links->is_readable)
        return;
    if (tag->name_size == 4 && memcmp(tag->name, "base", 4) == 0) {
        note_base(links, tag);
        return;
    }
    const struct element *element = find_element(links, tag);
    if (!element)
        return;
    unsigned flags = 0;
    bool rel_is_read = false;
    for (unsigned i = 0; i < element->row_count; i++) {
        uint8_t row = element->rows[i];
        const struct tag_attribute *attribute = find_attribute(tag, link_kind_row(row)->attribute);
        if (!attribute)
            continue;
        if (!rel_is_read)
            flags = read_rel(links, tag);
        rel_is_read = true;
        add_value(links, row, flags, tag, attribute);
    }
}

void links_mark(struct links *links, unsigned flags)
{
    links->mark = flags;
}

/* ---- links out -------------------------------------------------------------------------------------------
 */

/* What links resolve against: the first <base href> if it is a URL that may be one, else the page's. */
static const struct url_base *resolve_base(struct links *links)
{
    char text[URL_LONGEST];
    struct url_parts parts;
    if (!links->has_base)
        return &links->page_url;
    ssize_t size = url_resolve(&links->page_url, links->base_href.data, links->base_href.size, text,
                               sizeof text, &parts);
    if (size < 0 || (size >= 5 && memcmp(text, "data:", 5) == 0) ||
        (size >= 11 && memcmp(text, "javascript:", 11) == 0) ||
        url_parse_base(&links->base, text, (size_t)size))
        return &links->page_url;
    url_set_encoding(&links->base, links->page_url.encoding);
    return &links->base;
}

static void add_rel(struct links *links, const struct reference *reference)
{
    if (distinct_count(links->urls) > 1)
        buf_append_byte(&links->rel_column, '\n');
    if (reference->rel_size)
        buf_append(&links->rel_column, links->rels.data + reference->rel_at, reference->rel_size);
}

static void resolve_one(struct links *links, const struct url_base *base, size_t index)
{
    char url[URL_LONGEST];
    struct url_parts parts;
    size_t size;
    const struct reference *reference = (const struct reference *)(void *)links->reference_rows.data + index;
    const char *text = distinct_get(links->references, index, &size);
    ssize_t length = url_resolve(base, text, size, url, sizeof url, &parts);
    if (length < 0 || (!links->settings.all_schemes && !url_is_web(&parts)))
        return;
    int added = distinct_add(links->urls, url, (size_t)length);
    if (added < 0)
        links->cut++;
    if (added <= 0)
        return;
    buf_append_byte(&links->kinds, (char)reference->row);
    buf_append(&links->flags, &reference->flags, sizeof reference->flags);
    if (links->settings.rels)
        add_rel(links, reference);
}

const struct links_page *links_finish(struct links *links)
{
    struct links_page *page = &links->page;
    if (!links->is_readable)
        return page;
    const struct url_base *base = resolve_base(links);
    for (size_t i = 0; i < distinct_count(links->references); i++)
        resolve_one(links, base, i);
    page->count = distinct_count(links->urls);
    page->urls = distinct_joined(links->urls, &page->urls_size);
    page->kinds = (const uint8_t *)links->kinds.data;
    page->flags = (const uint16_t *)(const void *)links->flags.data;
    page->rels = links->settings.rels ? links->rel_column.data : NULL;
    page->rels_size = links->rel_column.size;
    page->cut = links->cut;
    page->base = base->text;
    page->base_size = base->size;
    return page;
}
