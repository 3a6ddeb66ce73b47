/* Goal: no page crashes the extraction, how it is cut into chunks changes nothing of its links, and its
 * columns are such as the wire accepts.
 *
 * The first byte of an input chooses the parser and what is asked for, the second the declared encoding, the
 * third says how long chunks are and seeds them; the page is the rest.
 */
#include "common/memory.h"
#include "proto/message.h"
#include "tests/fuzz/fuzz.h"
#include "worker/extract.h"

static const char *const labels[] = {NULL,          "utf-8",    "latin1", "gb18030",    "shift_jis",
                                     "iso-2022-jp", "utf-16le", "big5",   "replacement"};
static const enum extract_parser parsers[] = {EXTRACT_STREAM, EXTRACT_STREAM, EXTRACT_AUTO, EXTRACT_NONE};

/* A repair has a budget of time: on a longer page two may not get equally far. */
enum { LONGEST_PAGE = 64 * 1024, LONGEST_REPAIR = 4096 };

static struct extract_settings settings_of(uint8_t byte)
{
    static const size_t most[] = {LINKS_MOST, 3};
    return (struct extract_settings){
        .parser = parsers[byte & 3],
        .links = {.kind = byte & 4 ? LINKS_ALL : LINKS_HREF,
                  .all_schemes = byte & 8,
                  .rels = byte & 16,
                  .most = most[byte >> 5 & 1],
                  .bytes = byte & 64 ? 100 : LINKS_BYTES},
        .body = byte & 128 ? 200 : LONGEST_PAGE,
    };
}

static struct extract *extractor(uint8_t byte)
{
    static struct extract *made[256];
    const struct extract_settings settings = settings_of(byte);
    if (!made[byte])
        made[byte] = extract_create(&settings);
    return made[byte];
}

static void feed(struct extract *extract, const struct charset *declared, const char *page, size_t size,
                 size_t most, unsigned seed)
{
    static const char url[] = "http://user@h.test/d/p?q#f";
    FUZZ_MUST(extract_begin(extract, url, sizeof url - 1, declared) == 0);
    while (size) {
        size_t part;
        char *chunk = fuzz_chunk(&page, &size, most, &seed, &part);
        extract_feed(extract, chunk, part);
        free(chunk);
    }
}

static void write_page(struct buf *out, const struct links_page *page)
{
    buf_init(out, (size_t)1 << 28);
    buf_append_format(out, "%zu %zu %.*s\n", page->count, page->cut, (int)page->base_size,
                      page->base ? page->base : "");
    buf_append(out, page->urls, page->urls_size);
    buf_append(out, page->kinds, page->count);
    buf_append(out, page->flags, page->count * sizeof *page->flags);
    buf_append(out, page->rels, page->rels_size);
}

/* The coordinator takes the page: no URL can break a row. */
static void must_travel(const struct links_page *page)
{
    static struct arena *arena;
    struct buf pages, out;
    Trawl__Page sent = TRAWL__PAGE__INIT;
    Trawl__Links links = TRAWL__LINKS__INIT;
    links.count = (uint32_t)page->count;
    links.urls = (ProtobufCBinaryData){page->urls_size, (uint8_t *)page->urls};
    links.kinds = (ProtobufCBinaryData){page->count, (uint8_t *)page->kinds};
    links.flags = (ProtobufCBinaryData){2 * page->count, (uint8_t *)page->flags};
    links.rels = (ProtobufCBinaryData){page->rels_size, (uint8_t *)page->rels};
    sent.lease = 1;
    sent.base_url = memory_copy(page->base, page->base_size);
    sent.links = &links;
    buf_init(&pages, MESSAGE_MAX);
    buf_init(&out, MESSAGE_MAX);
    FUZZ_MUST(message_add_page(&pages, &sent) == 0 && message_seal_pages(&out, 1, &pages) == 0);
    if (!arena)
        arena = arena_create(MESSAGE_ARENA_MAX);
    arena_reset(arena);
    FUZZ_MUST(message_unpack(arena, out.data, out.size) != NULL);
    free(sent.base_url);
    buf_clear(&pages);
    buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const size_t most[] = {1, 7, 60, 1000};
    struct buf whole, chunks;
    if (size < 3 || size > LONGEST_PAGE || (parsers[bytes[0] & 3] == EXTRACT_AUTO && size > LONGEST_REPAIR))
        return 0;
    const char *label = labels[bytes[1] % (sizeof labels / sizeof *labels)], *page = (const char *)bytes + 3;
    const struct charset *declared = label ? charset_by_label(label, strlen(label)) : NULL;
    struct extract *extract = extractor(bytes[0]);
    feed(extract, declared, page, size - 3, 0, 0);
    extract_finish(extract, false);
    must_travel(extract_links(extract));
    write_page(&whole, extract_links(extract));
    feed(extract, declared, page, size - 3, most[bytes[2] & 3], bytes[2]);
    FUZZ_MUST(extract_bytes(extract) == size - 3);
    extract_finish(extract, false);
    write_page(&chunks, extract_links(extract));
    fuzz_must_equal(whole.data, whole.size, chunks.data, chunks.size);
    buf_clear(&chunks);
    buf_clear(&whole);
    return 0;
}
