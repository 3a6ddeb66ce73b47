/* Goal: no bytes from the wire crash what unpacks them, and what unpacks can be packed and unpacked again, to
 * the same. */
#include "proto/message.h"
#include "tests/fuzz/fuzz.h"

static struct arena *arena;

/* Fields that this version does not know are the library's: it packs some that it does not unpack again, such
 * as field 0. */
static void forget_unknown(ProtobufCMessage *message)
{
    message->n_unknown_fields = 0;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *value = (const char *)message + field->offset,
                   *count = (const char *)message + field->quantifier_offset;
        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            ProtobufCMessage *const *entries = *(ProtobufCMessage *const *const *)(const void *)value;
            for (size_t j = 0; j < *(const size_t *)(const void *)count; j++)
                forget_unknown(entries[j]);
        } else if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
                   *(const uint32_t *)(const void *)count == field->id) {
            ProtobufCMessage *entry = *(ProtobufCMessage *const *)(const void *)value;
            if (entry)
                forget_unknown(entry);
        }
    }
}

/* Packs a message into *out; returns what that unpacks to, which replaces all that was unpacked before. */
static Trawl__Message *again(const Trawl__Message *message, struct buf *out)
{
    buf_init(out, MESSAGE_MAX);
    FUZZ_MUST(message_pack(out, message) == 0);
    arena_reset(arena);
    return message_unpack(arena, out->data, out->size);
}

/* Pages that are sealed from packed ones are that message. */
static void seal(const Trawl__Message *message, const struct buf *packed)
{
    struct buf pages, out;
    buf_init(&pages, MESSAGE_MAX);
    buf_init(&out, MESSAGE_MAX + 64);
    for (size_t i = 0; i < message->pages->n_pages; i++)
        FUZZ_MUST(message_add_page(&pages, message->pages->pages[i]) == 0);
    FUZZ_MUST(message_seal_pages(&out, message->sequence, &pages) == 0);
    arena_reset(arena);
    const Trawl__Message *sealed = message_unpack(arena, out.data, out.size);
    FUZZ_MUST(sealed);
    FUZZ_MUST(message_pack(&out, sealed) == 0);
    fuzz_must_equal(packed->data, packed->size, out.data, out.size);
    buf_clear(&pages);
    buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct buf once, twice;
    if (!arena)
        arena = arena_create(MESSAGE_ARENA_MAX);
    arena_reset(arena);
    Trawl__Message *message = message_unpack(arena, bytes, size);
    if (!message)
        return 0;
    forget_unknown(&message->base);
    message = again(message, &once);
    FUZZ_MUST(message);
    message = again(message, &twice);
    FUZZ_MUST(message);
    fuzz_must_equal(once.data, once.size, twice.data, twice.size);
    if (message->body_case == TRAWL__MESSAGE__BODY_PAGES)
        seal(message, &once);
    buf_clear(&once);
    buf_clear(&twice);
    return 0;
}
