#include "worker/extract.h"

#include "common/buf.h"
#include "common/memory.h"
#include "common/url.h"
#include "worker/charset_convert.h"
#include "worker/charset_prescan.h"
#include "worker/tidy.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEPT_BODY = 256 * 1024, /* bytes of memory kept for the next page */
    WIDEST = 3,             /* bytes of UTF-8 that a byte can become */
    ROOM = 64 * 1024        /* what converting wants besides */
};

struct extract {
    struct extract_settings settings;
    struct tidy *tidy;
    struct links *links;
    struct charset_convert **converters; /* by charset, made when first needed */

    /* of the page at hand */
    char url[URL_LONGEST];
    size_t url_size;
    const struct charset *declared;
    const struct charset *charset;
    uint64_t bytes;
    struct buf body;
    struct buf text; /* the body in UTF-8 */
    const struct links_page *page;
};

static const struct links_page no_links;

struct extract *extract_create(const struct extract_settings *settings)
{
    struct extract *extract = memory_new(sizeof *extract);
    extract->settings = *settings;
    extract->page = &no_links;
    extract->converters = memory_new(charset_count() * sizeof(struct charset_convert *));
    buf_init(&extract->body, settings->body);
    buf_init(&extract->text, settings->body * WIDEST + ROOM);
    if (settings->parser == EXTRACT_NONE)
        return extract;
    extract->tidy = tidy_create();
    extract->links = links_create(&settings->links);
    return extract;
}

void extract_destroy(struct extract **address)
{
    struct extract *extract = *address;
    if (!extract)
        return;
    for (unsigned i = 0; i < charset_count(); i++)
        charset_convert_destroy(&extract->converters[i]);
    free(extract->converters);
    tidy_destroy(&extract->tidy);
    links_destroy(&extract->links);
    buf_clear(&extract->body);
    buf_clear(&extract->text);
    free(extract);
    *address = NULL;
}

int extract_begin(struct extract *extract, const char *url, size_t size, const struct charset *declared)
{
    extract->page = &no_links;
    extract->declared = declared;
    extract->charset = NULL;
    extract->bytes = 0;
    extract->url_size = 0;
    buf_reset(&extract->body, KEPT_BODY);
    buf_reset(&extract->text, KEPT_BODY);
    ssize_t length = url_resolve(NULL, url, size, extract->url, sizeof extract->url, NULL);
    if (length < 0)
        return -1;
    extract->url_size = (size_t)length;
    return 0;
}

void extract_feed(struct extract *extract, const char *bytes, size_t size)
{
    extract->bytes += size;
    if (extract->settings.parser == EXTRACT_NONE || !extract->url_size)
        return;
    size_t room = extract->body.limit - extract->body.size;
    buf_append(&extract->body, bytes, size < room ? size : room);
}

/* The body without its byte order mark, in UTF-8, into extract->text. */
static void convert_body(struct extract *extract)
{
    size_t mark;
    const struct charset *marked = charset_by_mark(extract->body.data, extract->body.size, &mark);
    struct charset_convert **convert = &extract->converters[charset_number(extract->charset)];
    if (!*convert)
        *convert = charset_convert_create(extract->charset);
    if (marked != extract->charset)
        mark = 0;
    if (extract->body.size)
        charset_convert_feed(*convert, &extract->text, extract->body.data + mark, extract->body.size - mark,
                             1);
}

static void on_tag(void *context, const struct tag *tag)
{
    struct extract *extract = context;
    links_tag(extract->links, tag);
}

static enum extract_outcome parse_with_tidy(struct extract *extract)
{
    convert_body(extract);
    int result =
        tidy_parse(extract->tidy, extract->text.data, extract->text.size, TIDY_SECONDS, on_tag, extract);
    return result ? EXTRACT_PARSE_ABORTED : EXTRACT_OK;
}

enum extract_outcome extract_finish(struct extract *extract, bool cut)
{
    (void)cut; /* tidy repairs the end of every page alike */
    if (extract->settings.parser == EXTRACT_NONE || !extract->url_size)
        return EXTRACT_OK;
    extract->charset = charset_prescan_page(extract->body.data, extract->body.size, extract->declared,
                                            CHARSET_PRESCAN_LIMIT);
    if (links_begin(extract->links, extract->url, extract->url_size, extract->charset, false))
        return EXTRACT_OK;
    enum extract_outcome outcome = parse_with_tidy(extract);
    extract->page = links_finish(extract->links);
    return outcome;
}

const struct links_page *extract_links(const struct extract *extract)
{
    return extract->page;
}

const struct charset *extract_charset(const struct extract *extract)
{
    return extract->charset;
}

uint64_t extract_bytes(const struct extract *extract)
{
    return extract->bytes;
}
