#include "worker/tokenizer_internal.h"

#include "common/memory.h"

#include <string.h>

enum { NAME_END = 1, ATTRIBUTE_NAME_END = 2, UNQUOTED_END = 4 };

/* Which bytes end a tag name, an attribute name, an unquoted value. */
static const unsigned char ends[256] = {
    ['\t'] = 7, ['\n'] = 7, ['\f'] = 7, ['\r'] = 7, [' '] = 7, ['/'] = 3, ['='] = 2, ['>'] = 7,
};

static inline const char *skip_to(const char *p, const char *end, unsigned char what)
{
    while (p < end && !(ends[(unsigned char)*p] & what))
        p++;
    return p;
}

static inline const char *skip_space(const char *p, const char *end)
{
    while (p < end && tokenizer_is_space(*p))
        p++;
    return p;
}

void tokenizer_tag_hold(struct tokenizer *t, const char *end)
{
    const char *from = t->opener >= t->consumed ? t->chunk + (t->opener - t->consumed) : t->chunk;
    size_t room = t->limit - t->held.size;
    size_t size = (size_t)(end - from);
    buf_append(&t->held, from, size < room ? size : room);
}

/* The `size` bytes from offset `from` to p in one piece: `small` when they began in an earlier chunk, NULL if
 * these are beyond the limit. */
static const char *in_one_piece(const struct tokenizer *t, uint64_t from, const char *p, size_t size,
                                char *small)
{
    if (from >= t->consumed)
        return p - size;
    size_t early = (size_t)(t->consumed - from);
    size_t at = (size_t)(from - t->opener);
    if (at + early > t->held.size)
        return NULL;
    memcpy(small, t->held.data + at, early);
    memcpy(small + early, t->chunk, size - early);
    return small;
}

/* The tag's name has ended at p: who cares for it? */
static inline void name_ended(struct tokenizer *t, const char *p)
{
    uint64_t start = t->opener + 1 + (unsigned)t->is_end;
    uint64_t size = tokenizer_offset(t, p) - start;
    char small[TOKENIZER_LONGEST_NAME];
    const char *name = size <= sizeof small ? in_one_piece(t, start, p, (size_t)size, small) : NULL;
    t->name = NULL;
    if (name && tokenizer_may_mean(t, t->is_end, name, size))
        t->name = tokenizer_names_find(t, name, (size_t)size);
    t->name_size = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
    t->self_closing = 0;
    t->found_count = 0;
    t->seen = 0;
    t->wanted = t->all || t->frame_count || (t->name && !t->is_end && t->name->shown);
}

/* Which of the wanted attributes has the name that ended at p; -1 for none, or for one that was seen already.
 */
static inline int which_attribute(const struct tokenizer *t, const char *p, size_t size)
{
    const struct tokenizer_name *name = t->name;
    if (!name || size > TOKENIZER_LONGEST_NAME || !(name->sizes >> size & 1))
        return -1;
    char small[TOKENIZER_LONGEST_NAME];
    const char *text = in_one_piece(t, t->mark, p, size, small);
    for (uint32_t i = 0; text && i < name->attribute_count; i++)
        if (name->attributes[i].size == size && tokenizer_names_equal(name->attributes[i].text, text, size))
            return t->seen >> i & 1 ? -1 : (int)i;
    return -1;
}

/* The name of the attribute at hand goes from the mark to p. */
static inline void attribute_name_ended(struct tokenizer *t, const char *p)
{
    uint64_t at = t->mark - t->opener;
    uint64_t size = tokenizer_offset(t, p) - t->mark;
    t->is_current_wanted = 0;
    if (at + size > t->limit)
        return;
    int which = which_attribute(t, p, (size_t)size);
    t->is_current_wanted = t->all || which >= 0;
    t->current = (struct tokenizer_found){.name = (uint32_t)at, .name_size = (uint32_t)size, .which = which};
}

/* The attribute at hand is complete. Its value goes from the mark to p, or is empty. */
static void attribute_ended(struct tokenizer *t, const char *p)
{
    uint64_t size = p ? tokenizer_offset(t, p) - t->mark : 0;
    if (!t->is_current_wanted || t->mark - t->opener + size > t->limit)
        return;
    t->is_current_wanted = 0;
    t->current.value = (uint32_t)(t->mark - t->opener);
    t->current.value_size = (uint32_t)size;
    if (t->found_count == t->found_capacity) {
        t->found_capacity = t->found_capacity ? t->found_capacity * 2 : TOKENIZER_MOST_ATTRIBUTES;
        t->found = memory_resize(t->found, t->found_capacity, sizeof *t->found);
    }
    t->found[t->found_count++] = t->current;
    if (t->current.which >= 0)
        t->seen |= 1U << t->current.which;
}

/* Names as the caller gets them when everything is reported: only then are they copied. */
static const char *lowered(struct tokenizer *t, const char *name, size_t size, size_t *lowered_size)
{
    size_t start = t->lowered.size;
    for (size_t i = 0; i < size; i++) {
        if (name[i])
            buf_append_byte(&t->lowered, tokenizer_lower(name[i]));
        else
            buf_append_string(&t->lowered, "\357\277\275");
    }
    *lowered_size = t->lowered.size - start;
    return t->lowered.data + start;
}

static size_t collect_attributes(struct tokenizer *t, const char *tag)
{
    if (t->found_count > t->attribute_capacity) {
        t->attribute_capacity = t->found_capacity;
        t->attributes = memory_resize(t->attributes, t->attribute_capacity, sizeof *t->attributes);
    }
    size_t count = 0;
    for (size_t i = 0; i < t->found_count; i++) {
        const struct tokenizer_found *found = &t->found[i];
        struct tag_attribute *attribute = &t->attributes[count];
        attribute->value = tag + found->value;
        attribute->value_size = found->value_size;
        if (t->all) {
            attribute->name = lowered(t, tag + found->name, found->name_size, &attribute->name_size);
            count++;
        } else if ((uint32_t)found->which < t->name->shown) {
            attribute->name = t->name->attributes[found->which].text;
            attribute->name_size = t->name->attributes[found->which].size;
            count++;
        }
    }
    return count;
}

/* Tells the caller. `name` is the name as it stands in the tag, or in the table. */
static void report(struct tokenizer *t, const char *tag, const char *name, int is_overlong)
{
    struct tag out = {
        .name = name,
        .name_size = t->name_size,
        .want = t->name ? t->name->want : -1,
        .inert = t->templates > 0,
        .is_end = t->is_end,
        .self_closing = t->self_closing,
        .overlong = is_overlong,
        .offset = t->opener,
    };
    if (t->all) {
        t->lowered.size = 0;
        buf_reserve(&t->lowered, 3 * t->limit); /* so that it does not move */
        out.name = lowered(t, name, t->name_size, &out.name_size);
    }
    if (!is_overlong && t->found_count)
        out.attribute_count = collect_attributes(t, tag);
    out.attributes = t->attributes;
    t->on_tag(t->context, &out);
}

/* What follows is text of the element that just started. */
static void begin_text(struct tokenizer *t, const char *past)
{
    if (t->name->role != ROLE_RAW && t->name->role != ROLE_SCRIPT && t->name->role != ROLE_PLAINTEXT)
        return;
    t->state = t->name->role == ROLE_PLAINTEXT ? STATE_PLAINTEXT : STATE_RAW;
    t->is_script = t->name->role == ROLE_SCRIPT;
    t->escapes = 0;
    t->raw_name = t->name->text;
    t->raw_size = t->name->size;
    t->raw_place = t->name->place;
    t->raw_opener = t->opener;
    t->raw_inside = tokenizer_offset(t, past);
}

/* Templates nest; an end tag without one is ignored. */
static void count_template(struct tokenizer *t)
{
    if (!t->is_end)
        t->templates++;
    else if (t->templates)
        t->templates--;
}

/* The tag in one piece, up to the limit; not all of it if it is not wanted, but then no one looks at it. */
static const char *whole_tag(struct tokenizer *t, const char *past)
{
    if (t->opener >= t->consumed)
        return t->chunk + (t->opener - t->consumed);
    if (t->wanted)
        tokenizer_tag_hold(t, past);
    return t->held.data;
}

/* A tag that means something to someone is complete, `past` being behind its `>`. */
static void finish(struct tokenizer *t, const char *past)
{
    uint64_t size = tokenizer_offset(t, past) - t->opener;
    const char *tag = whole_tag(t, past);
    if (!t->name && t->name_size + 2 > t->limit)
        return;
    const char *name = t->name ? t->name->text : tag + 1 + t->is_end;
    int is_html = 1;
    if (t->frame_count || (t->name && t->name->role == ROLE_FOREIGN)) {
        if (t->is_end)
            tokenizer_foreign_end(t, name, t->name_size);
        else
            is_html = tokenizer_foreign_start(t, tag, name, t->name_size);
    }
    if (t->all || (t->name && t->name->want >= 0 && (!t->is_end || t->name->ends)))
        report(t, tag, name, size > t->limit);
    if (t->name && t->name->role == ROLE_TEMPLATE && is_html)
        count_template(t);
    if (t->name && !t->is_end && is_html && !t->is_isolated)
        begin_text(t, past);
}

/* One function for all that is inside a tag: it is the loop in which the tokenizer spends its time, and most
 * tags run through its states from top to bottom. */
const char *tokenizer_tag_scan(struct tokenizer *t, const char *p, const char *end)
{
    int records = t->wanted && !t->is_end; /* once the name has ended */
    while (p < end) {
        switch (t->state) {
        case STATE_TAG_NAME:
            p = skip_to(p, end, NAME_END);
            if (p == end)
                return p;
            name_ended(t, p);
            records = t->wanted && !t->is_end;
            t->state = STATE_BEFORE_ATTRIBUTE;
            __attribute__((fallthrough));
        case STATE_BEFORE_ATTRIBUTE:
        before_attribute:
            for (; p < end && (tokenizer_is_space(*p) || *p == '/'); p++)
                t->self_closing = *p == '/';
            if (p == end)
                return p;
            if (*p == '>')
                goto complete;
            t->self_closing = 0;
            t->mark = tokenizer_offset(t, p++); /* even a `=` begins a name here */
            t->state = STATE_ATTRIBUTE_NAME;
            __attribute__((fallthrough));
        case STATE_ATTRIBUTE_NAME:
            p = skip_to(p, end, ATTRIBUTE_NAME_END);
            if (p == end)
                return p;
            if (records)
                attribute_name_ended(t, p);
            t->state = STATE_AFTER_ATTRIBUTE_NAME;
            __attribute__((fallthrough));
        case STATE_AFTER_ATTRIBUTE_NAME:
            p = skip_space(p, end);
            if (p == end)
                return p;
            if (*p != '=') {
                if (records)
                    attribute_ended(t, NULL);
                t->state = STATE_BEFORE_ATTRIBUTE;
                goto before_attribute;
            }
            p++;
            t->state = STATE_BEFORE_VALUE;
            __attribute__((fallthrough));
        case STATE_BEFORE_VALUE:
            p = skip_space(p, end);
            if (p == end)
                return p;
            if (*p != '"' && *p != '\'') {
                t->mark = tokenizer_offset(t, p);
                t->state = STATE_VALUE_UNQUOTED;
                continue;
            }
            t->quote = *p++;
            t->mark = tokenizer_offset(t, p);
            t->state = STATE_VALUE_QUOTED;
            __attribute__((fallthrough));
        case STATE_VALUE_QUOTED:
            p = memchr(p, t->quote, (size_t)(end - p));
            if (!p)
                return end;
            if (records)
                attribute_ended(t, p);
            p++;
            t->state = STATE_BEFORE_ATTRIBUTE;
            goto before_attribute;
        default: /* STATE_VALUE_UNQUOTED, also of no bytes before a `>` */
            p = skip_to(p, end, UNQUOTED_END);
            if (p == end)
                return p;
            if (records)
                attribute_ended(t, p);
            t->state = STATE_BEFORE_ATTRIBUTE;
            if (*p == '>')
                goto complete;
        }
    }
    return p;

complete:
    t->state = STATE_DATA;
    if (t->name || t->wanted)
        finish(t, p + 1);
    return p + 1;
}
