#include "worker/extract.h"

#include "common/buf.h"
#include "common/memory.h"
#include "common/url.h"
#include "worker/charset_convert.h"
#include "worker/charset_prescan.h"
#include "worker/tidy.h"
#include "worker/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#define REPAIR_SECONDS 0.025 /* of CPU to parse a tail; walking its tree may take half as much again */

enum {
    KEPT_BODY = 256 * 1024,    /* bytes of memory kept for the next page */
    WIDEST = 3,                /* bytes of UTF-8 that a byte can become */
    ROOM = 64 * 1024,          /* what converting wants besides */
    PIECE = 16 * 1024,         /* that are converted at once */
    LONGEST_MARK = 3,          /* bytes of a byte order mark */
    LONGEST_TAG = 1024 * 1024, /* attributes of a longer one are not looked at */
    MOST_TAIL = 256 * 1024,
    KEPT_TAIL = 16 * 1024,
    LONGEST_WORD = 1024, /* of a tail; tidy would think for 5 ms about one of these that is all ampersands */
};

struct extract {
    struct extract_settings settings;
    struct links *links;
    struct tokenizer *tokenizer;         /* of stream and auto */
    struct tidy *tidy;                   /* of tidy */
    struct charset_convert **converters; /* by charset, made when first needed */

    /* of the page at hand */
    char url[URL_LONGEST];
    size_t url_size;
    const struct charset *declared;
    const struct charset *charset; /* once it is settled */
    uint64_t bytes;
    struct buf body;                   /* for tidy all of it, else as much as settles the charset */
    struct charset_convert *converter; /* for what must be converted before tags are looked for, else NULL */
    struct buf text;                   /* what was converted, in UTF-8 */
    uint64_t tokenized;                /* bytes that the tokenizer had */
    uint64_t tail_opener;              /* offset, in these */
    struct buf tail;                   /* what follows an opener that has not been closed */
    const struct links_page *page;
};

static const struct links_page no_links;

static void on_tag(void *links, const struct tag *tag)
{
    links_tag(links, tag);
}

struct extract *extract_create(const struct extract_settings *settings)
{
    struct extract *extract = memory_new(sizeof *extract);
    extract->settings = *settings;
    extract->page = &no_links;
    extract->converters = memory_new(charset_count() * sizeof(struct charset_convert *));
    buf_init(&extract->body, settings->body);
    buf_init(&extract->text, settings->body * WIDEST + ROOM);
    buf_init(&extract->tail, MOST_TAIL);
    if (settings->parser == EXTRACT_NONE)
        return extract;
    extract->links = links_create(&settings->links);
    size_t count;
    const struct tokenizer_want *wants = links_wants(extract->links, &count);
    if (settings->parser == EXTRACT_TIDY)
        extract->tidy = tidy_create();
    else
        extract->tokenizer = tokenizer_create(wants, count, LONGEST_TAG, on_tag, extract->links);
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
    tokenizer_destroy(&extract->tokenizer);
    tidy_destroy(&extract->tidy);
    links_destroy(&extract->links);
    buf_clear(&extract->body);
    buf_clear(&extract->text);
    buf_clear(&extract->tail);
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
    buf_reset(&extract->tail, KEPT_TAIL);
    extract->tokenized = 0;
    if (extract->tokenizer)
        tokenizer_reset(extract->tokenizer);
    ssize_t length = url_resolve(NULL, url, size, extract->url, sizeof extract->url, NULL);
    if (length < 0)
        return -1;
    extract->url_size = (size_t)length;
    return 0;
}

/* ---- charsets -------------------------------------------------------------------------------------- */

static struct charset_convert *converter_of(struct extract *extract, const struct charset *charset)
{
    struct charset_convert **convert = &extract->converters[charset_number(charset)];
    if (!*convert)
        *convert = charset_convert_create(charset);
    charset_convert_reset(*convert);
    return *convert;
}

/* Settles the charset by what is in extract->body, and begins the links. `reads_raw` says that the parser
 * reads what is ASCII-compatible as it is. Returns the bytes of a byte order mark. */
static size_t settle_charset(struct extract *extract, bool reads_raw)
{
    const struct buf *body = &extract->body;
    size_t mark;
    extract->charset = charset_prescan_page(body->data, body->size, extract->declared, CHARSET_PRESCAN_LIMIT);
    bool raw = reads_raw && charset_is_ascii_compatible(extract->charset);
    extract->converter = raw ? NULL : converter_of(extract, extract->charset);
    links_begin(extract->links, extract->url, extract->url_size, extract->charset, raw);
    return charset_by_mark(body->data, body->size, &mark) == extract->charset ? mark : 0;
}

/* ---- tags as they come ----------------------------------------------------------------------------- */

/* Whether what ends there has swallowed markup that its author meant: not so scripts, quotes and tags, from
 * which only garbage comes back. */
static bool swallows(enum tokenizer_place place)
{
    return place == TOKENIZER_IN_COMMENT || (place >= TOKENIZER_IN_TITLE && place <= TOKENIZER_IN_NOFRAMES);
}

/* Keeps what may turn out to be the tail: these bytes have just been tokenized. */
static void keep_tail(struct extract *extract, const char *bytes, size_t size)
{
    struct tokenizer_rest rest = tokenizer_rest(extract->tokenizer);
    uint64_t start = extract->tokenized - size;
    if (!swallows(rest.place) || rest.opener != extract->tail_opener)
        extract->tail.size = 0;
    if (!swallows(rest.place))
        return;
    extract->tail_opener = rest.opener;
    size_t skipped = rest.inside > start ? (size_t)(rest.inside - start) : 0;
    size_t room = MOST_TAIL - extract->tail.size;
    size -= skipped;
    buf_append(&extract->tail, bytes + skipped, size < room ? size : room);
}

static void tokenize(struct extract *extract, const char *bytes, size_t size)
{
    tokenizer_feed(extract->tokenizer, bytes, size);
    extract->tokenized += size;
    if (extract->settings.parser == EXTRACT_AUTO)
        keep_tail(extract, bytes, size);
}

static void read_on(struct extract *extract, const char *bytes, size_t size)
{
    if (!extract->converter) {
        tokenize(extract, bytes, size);
        return;
    }
    for (size_t at = 0; at < size; at += PIECE) {
        buf_reset(&extract->text, KEPT_BODY);
        charset_convert_feed(extract->converter, &extract->text, bytes + at,
                             size - at < PIECE ? size - at : PIECE, 0);
        tokenize(extract, extract->text.data, extract->text.size);
    }
}

static void read_head(struct extract *extract)
{
    size_t mark = settle_charset(extract, true);
    read_on(extract, extract->body.data + mark, extract->body.size - mark);
}

/* Holds the page back until its charset is certain: by its mark, if HTTP named one, else by its first bytes.
 */
static void read_stream(struct extract *extract, const char *bytes, size_t size)
{
    size_t enough = extract->declared ? LONGEST_MARK : CHARSET_PRESCAN_LIMIT;
    if (!extract->charset) {
        size_t missing = enough - extract->body.size;
        size_t part = size < missing ? size : missing;
        buf_append(&extract->body, bytes, part);
        if (part < missing)
            return;
        read_head(extract);
        bytes += part;
        size -= part;
    }
    if (size)
        read_on(extract, bytes, size);
}

void extract_feed(struct extract *extract, const char *bytes, size_t size)
{
    size_t most = extract->settings.body;
    size_t left = extract->bytes < most ? most - (size_t)extract->bytes : 0;
    extract->bytes += size;
    if (extract->settings.parser == EXTRACT_NONE || !extract->url_size)
        return;
    size = size < left ? size : left;
    if (extract->settings.parser == EXTRACT_TIDY)
        buf_append(&extract->body, bytes, size);
    else
        read_stream(extract, bytes, size);
}

/* ---- the end --------------------------------------------------------------------------------------- */

/* Bytes of the page, in UTF-8, into extract->text: tidy reads nothing else. */
static void convert_all(struct extract *extract, const char *bytes, size_t size)
{
    buf_reset(&extract->text, KEPT_BODY);
    if (size)
        charset_convert_feed(converter_of(extract, extract->charset), &extract->text, bytes, size, 1);
}

static enum extract_outcome finish_tidy(struct extract *extract)
{
    size_t mark = settle_charset(extract, false);
    convert_all(extract, extract->body.data + mark, extract->body.size - mark);
    int result = tidy_parse(extract->tidy, extract->text.data, extract->text.size, TIDY_SECONDS, on_tag,
                            extract->links);
    return result ? EXTRACT_PARSE_ABORTED : EXTRACT_OK;
}

/* How many bytes of a tail tidy may have: up to a word that is too long. What it does with an attribute's
 * name takes the square of its length, in one go in which no budget can end it. */
static size_t before_long_word(const char *text, size_t size)
{
    static const char between[] = " \t\r\n<>=";
    size_t start = 0;
    for (size_t at = 0; at < size; at++) {
        if (memchr(between, text[at], sizeof between - 1))
            start = at + 1;
        else if (at - start == LONGEST_WORD)
            return start;
    }
    return size;
}

/* Such pages are rare, so tidy's memory is taken for the occasion. What a budget leaves out is no loss: a
 * browser would not find it either. */
static void repair_tail(struct extract *extract)
{
    struct buf *text = &extract->tail;
    if (!extract->converter) {
        convert_all(extract, text->data, text->size);
        text = &extract->text;
    }
    struct tidy *tidy = tidy_create();
    links_repair(extract->links);
    tidy_parse(tidy, text->data, before_long_word(text->data, text->size), REPAIR_SECONDS, on_tag,
               extract->links);
    tidy_destroy(&tidy);
}

enum extract_outcome extract_finish(struct extract *extract, bool cut)
{
    enum extract_outcome outcome = EXTRACT_OK;
    if (extract->settings.parser == EXTRACT_NONE || !extract->url_size)
        return outcome;
    if (extract->settings.parser == EXTRACT_TIDY)
        outcome = finish_tidy(extract);
    else if (!extract->charset)
        read_head(extract);
    if (extract->tail.size && !cut && extract->bytes <= extract->settings.body)
        repair_tail(extract);
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
