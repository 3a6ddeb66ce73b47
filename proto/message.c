#include "proto/message.h"

#include "common/outcome.h"

#include <string.h>

/* ---- packing --------------------------------------------------------------------------------------- */

int message_pack(struct buf *out, const Trawl__Message *message)
{
    size_t size = trawl__message__get_packed_size(message);
    out->size = 0;
    char *room = buf_reserve(out, size);
    if (!room)
        return -1;
    out->size = trawl__message__pack(message, (uint8_t *)room);
    return 0;
}

enum {
    LENGTH_DELIMITED = 2,
    PAGES_PAGES_TAG = 1 << 3 | LENGTH_DELIMITED,
    MESSAGE_SEQUENCE_TAG = 1 << 3,
    MESSAGE_PAGES_TAG = 7 << 3 | LENGTH_DELIMITED,
    VARINT_MAX = 10,
};

/* Writes a protobuf varint; returns its length. */
static size_t put_varint(uint8_t *out, uint64_t value)
{
    size_t length = 0;
    for (; value >= 0x80; value >>= 7)
        out[length++] = (uint8_t)(value | 0x80);
    out[length++] = (uint8_t)value;
    return length;
}

/* A repeated field's entries stand one behind another, each with its tag: pages can be packed as they come,
 * and what they point to need not live until the message is sent. */
int message_add_page(struct buf *pages, const Trawl__Page *page)
{
    size_t size = trawl__page__get_packed_size(page);
    uint8_t *room = (uint8_t *)buf_reserve(pages, 1 + VARINT_MAX + size);
    if (!room)
        return -1;
    size_t at = 0;
    room[at++] = PAGES_PAGES_TAG;
    at += put_varint(room + at, size);
    at += trawl__page__pack(page, room + at);
    pages->size += at;
    return 0;
}

int message_seal_pages(struct buf *out, uint64_t sequence, const struct buf *pages)
{
    uint8_t head[2 * (1 + VARINT_MAX)];
    size_t at = 0;
    head[at++] = MESSAGE_SEQUENCE_TAG;
    at += put_varint(head + at, sequence);
    head[at++] = MESSAGE_PAGES_TAG;
    at += put_varint(head + at, pages->size);
    out->size = 0;
    if (buf_append(out, head, at))
        return -1;
    return buf_append(out, pages->data, pages->size);
}

/* ---- unpacking ------------------------------------------------------------------------------------- */

static void *allocate(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void leave_to_arena(void *arena, void *pointer)
{
    (void)arena, (void)pointer;
}

/* Non-empty, and printable ASCII throughout. */
static int is_plain(const char *text, size_t limit)
{
    size_t length = strnlen(text, limit + 1);
    if (length == 0 || length > limit)
        return 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= 0x20 || text[i] >= 0x7f)
            return 0;
    return 1;
}

static int is_plain_or_empty(const char *text, size_t limit)
{
    return !*text || is_plain(text, limit);
}

static int check_text(const char *text)
{
    return strnlen(text, MESSAGE_TEXT_MAX + 1) <= MESSAGE_TEXT_MAX;
}

static int check_hello(const Trawl__Hello *hello)
{
    /* Of another protocol nothing more is known than that number: it is refused by name, not as garbage. */
    if (hello->protocol != MESSAGE_PROTOCOL)
        return 1;
    if (hello->n_died_on > MESSAGE_DEATHS_MAX)
        return 0;
    for (size_t i = 0; i < hello->n_died_on; i++)
        if (hello->died_on[i]->instance.len != MESSAGE_ID_SIZE)
            return 0;
    return hello->instance.len == MESSAGE_ID_SIZE && is_plain(hello->name, MESSAGE_NAME_MAX) &&
           check_text(hello->version);
}

/* Lines that go into requests as they are. */
static int check_headers(char *const *lines, size_t count)
{
    if (count > MESSAGE_HEADERS_MAX)
        return 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strnlen(lines[i], MESSAGE_HEADER_MAX + 1);
        if (length > MESSAGE_HEADER_MAX)
            return 0;
        for (size_t at = 0; at < length; at++)
            if (lines[i][at] < 0x20 || lines[i][at] >= 0x7f)
                return 0;
    }
    return 1;
}

static int check_settings(const Trawl__Settings *settings)
{
    return check_text(settings->user_agent) && check_text(settings->proxy) &&
           check_headers(settings->headers, settings->n_headers) &&
           check_headers(settings->credentials, settings->n_credentials) &&
           settings->n_headers + settings->n_credentials <= MESSAGE_HEADERS_MAX;
}

static int check_welcome(const Trawl__Welcome *welcome)
{
    return welcome->protocol != MESSAGE_PROTOCOL ||
           (welcome->run_id.len == MESSAGE_ID_SIZE && welcome->settings && check_settings(welcome->settings));
}

static int check_assign(const Trawl__Assign *assign)
{
    if (assign->n_visits == 0 || assign->n_visits > MESSAGE_VISITS_MAX)
        return 0;
    for (size_t i = 0; i < assign->n_visits; i++)
        if (!is_plain(assign->visits[i]->url, MESSAGE_URL_MAX) || !assign->visits[i]->lease)
            return 0;
    return 1;
}

/* Printable ASCII and \n, nothing else. Every byte that comes in passes here: without a branch in the loop
 * the compiler takes sixteen at a time, but only in a function of its own. */
static __attribute__((noinline)) int is_printable(const uint8_t *bytes, size_t size)
{
    uint8_t odd = 0;
    for (size_t i = 0; i < size; i++)
        odd |= bytes[i] == '\n' ? 0 : (uint8_t)(bytes[i] - 0x20) >= 0x7f - 0x20;
    return !odd;
}

/* Printable ASCII, maybe nothing. The path of a URL that is no web URL may hold spaces. */
static int is_line(const char *text, size_t limit)
{
    size_t length = strnlen(text, limit + 1);
    return length <= limit && is_printable((const uint8_t *)text, length) && !memchr(text, '\n', length);
}

/* `count` pieces of printable ASCII, none empty, joined by \n: a column that can be written to the output as
 * it is. */
static int check_urls(const ProtobufCBinaryData *urls, size_t count)
{
    const uint8_t *start = urls->data, *end = start + urls->len, *joint;
    size_t pieces = 1;
    if (count == 0 || urls->len == 0)
        return count == urls->len;
    for (; (joint = memchr(start, '\n', (size_t)(end - start))); start = joint + 1, pieces++)
        if (joint == start)
            return 0;
    return pieces == count && start < end && is_printable(urls->data, urls->len);
}

static int check_links(const Trawl__Links *links)
{
    return links->count <= MESSAGE_LINKS_MAX && links->urls.len <= MESSAGE_LINK_BYTES_MAX &&
           links->kinds.len == links->count && links->flags.len == 2 * (size_t)links->count &&
           check_urls(&links->urls, links->count);
}

static int check_page(const Trawl__Page *page)
{
    return page->lease && page->outcome < OUTCOMES && page->location.len <= MESSAGE_URL_MAX &&
           page->type.len <= MESSAGE_TEXT_MAX && page->error.len <= MESSAGE_TEXT_MAX &&
           page->body.len <= MESSAGE_BODY_MAX && page->retry_after <= MESSAGE_RETRY_AFTER_MAX &&
           is_plain_or_empty(page->charset, MESSAGE_NAME_MAX) && is_line(page->base_url, MESSAGE_URL_MAX) &&
           (!page->links || check_links(page->links));
}

static int check_pages(const Trawl__Pages *pages)
{
    if (pages->n_pages == 0 || pages->n_pages > MESSAGE_PAGES_MAX)
        return 0;
    for (size_t i = 0; i < pages->n_pages; i++)
        if (!check_page(pages->pages[i]))
            return 0;
    return 1;
}

static int keeps_limits(const Trawl__Message *message)
{
    switch (message->body_case) {
    case TRAWL__MESSAGE__BODY_HELLO:
        return check_hello(message->hello);
    case TRAWL__MESSAGE__BODY_WELCOME:
        return check_welcome(message->welcome);
    case TRAWL__MESSAGE__BODY_REFUSE:
        return check_text(message->refuse->text);
    case TRAWL__MESSAGE__BODY_HEARTBEAT:
        return 1;
    case TRAWL__MESSAGE__BODY_ASSIGN:
        return check_assign(message->assign);
    case TRAWL__MESSAGE__BODY_PAGES:
        return check_pages(message->pages);
    case TRAWL__MESSAGE__BODY_BYE:
        return check_text(message->bye->text);
    default:
        return 0;
    }
}

Trawl__Message *message_unpack(struct arena *arena, const void *bytes, size_t size)
{
    if (size > MESSAGE_MAX)
        return NULL;
    ProtobufCAllocator allocator = {.alloc = allocate, .free = leave_to_arena, .allocator_data = arena};
    Trawl__Message *message = trawl__message__unpack(&allocator, size, bytes);
    return message && keeps_limits(message) ? message : NULL;
}
