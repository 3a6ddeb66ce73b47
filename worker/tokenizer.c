#include "worker/tokenizer.h"

#include "common/memory.h"
#include "worker/entity.h"
#include "worker/sixteen.h"
#include "worker/tokenizer_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_BYTES = 64 * 1024, KEPT_ATTRIBUTES = 1024, SMALLEST_LIMIT = 64, LARGEST_LIMIT = 1 << 30 };

struct tokenizer *tokenizer_create(const struct tokenizer_want *wants, size_t count, size_t limit,
                                   tokenizer_on_tag *on_tag, void *context)
{
    assert(limit >= SMALLEST_LIMIT && limit < LARGEST_LIMIT);
    struct tokenizer *t = memory_new(sizeof *t);
    t->limit = limit;
    t->all = !wants;
    t->on_tag = on_tag;
    t->context = context;
    buf_init(&t->held, limit);
    buf_init(&t->lowered, 3 * limit);
    tokenizer_names_build(t, wants, wants ? count : 0);
    return t;
}

void tokenizer_destroy(struct tokenizer **tokenizer)
{
    struct tokenizer *t = *tokenizer;
    if (!t)
        return;
    buf_clear(&t->held);
    buf_clear(&t->lowered);
    free(t->found);
    free(t->attributes);
    free(t->names);
    free(t);
    *tokenizer = NULL;
}

void tokenizer_reset(struct tokenizer *t)
{
    t->state = STATE_DATA;
    t->consumed = 0;
    t->frame_count = 0;
    t->escapes = 0;
    t->templates = 0;
    buf_reset(&t->held, KEPT_BYTES);
    buf_reset(&t->lowered, KEPT_BYTES);
    if (t->found_capacity > KEPT_ATTRIBUTES) {
        free(t->found);
        free(t->attributes);
        t->found = NULL;
        t->attributes = NULL;
        t->found_capacity = 0;
        t->attribute_capacity = 0;
    }
}

void tokenizer_enter(struct tokenizer *t, enum state state, int is_script, const char *last_start_tag)
{
    t->state = state;
    t->is_isolated = 1;
    t->is_script = is_script;
    t->escapes = 0;
    t->dashes = 0;
    t->raw_name = *last_start_tag ? last_start_tag : "NONE"; /* in upper case it never matches */
    t->raw_size = strlen(t->raw_name);
}

/* Where tags may begin and names may end in the bytes at p, bit n being about byte n. */
struct outline {
    uint64_t opens;  /* `<` */
    uint64_t closes; /* `>`; not looked for without a `<`, and neither are */
    uint64_t stops;  /* both, and all that may end a name otherwise */
};

enum { OUTLINED = 32 }; /* bytes at once */

static inline struct outline outline(const char *p)
{
    sixteen them[] = {sixteen_at(p), sixteen_at(p + SIXTEEN)};
    struct outline out = {.opens = sixteen_equal(them[0], '<') | sixteen_equal(them[1], '<') << SIXTEEN};
    if (!out.opens)
        return out;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t closes = sixteen_equal(them[i], '>');
        uint64_t others = sixteen_between(them[i], 0, ' ') | sixteen_equal(them[i], '/');
        out.closes |= closes << i * SIXTEEN;
        out.stops |= (closes | others) << i * SIXTEEN;
    }
    out.stops |= out.opens;
    return out;
}

/* Passes over text, and over tags that have no attributes and mean nothing to anyone: most tags of most
 * pages, and the states need not hear of them. Returns how far it came: at a `<` that is worth a look, or
 * near the end. */
static inline const char *pass_over(const struct tokenizer *t, const char *p, const char *end)
{
    while (end - p >= OUTLINED) {
        struct outline seen = outline(p);
        for (; seen.opens; seen.opens &= seen.opens - 1) {
            unsigned at = (unsigned)__builtin_ctzll(seen.opens);
            unsigned is_end = at + 2 < OUTLINED && p[at + 1] == '/';
            unsigned name = at + 1 + is_end;
            uint64_t stops = seen.stops >> (name & 63);
            if ((name >= OUTLINED || !stops) && !at)
                return p;
            if (name >= OUTLINED || !stops)
                break; /* not to be told from here: the next bytes begin with it */
            unsigned size = (unsigned)__builtin_ctzll(stops);
            if (!(seen.closes >> (name + size) & 1) || !tokenizer_is_letter(p[name]) ||
                tokenizer_may_mean(t, (int)is_end, p + name, size))
                return p + at;
        }
        p += seen.opens ? __builtin_ctzll(seen.opens) : OUTLINED;
    }
    return p;
}

static const char *data(struct tokenizer *t, const char *p, const char *end)
{
    if (!t->all && !t->frame_count)
        p = pass_over(t, p, end);
    if (p < end && *p != '<')
        p = memchr(p, '<', (size_t)(end - p));
    if (!p || p == end)
        return end;
    tokenizer_open(t, p);
    t->is_end = p + 1 < end && p[1] == '/';
    const char *name = p + 1 + t->is_end;
    if (name == end || !tokenizer_is_letter(*name)) {
        t->state = STATE_TAG_OPEN;
        return p + 1;
    }
    t->state = STATE_TAG_NAME;
    return tokenizer_tag_scan(t, name, end);
}

static const char *tag_open(struct tokenizer *t, const char *p, const char *end)
{
    t->is_end = t->state == STATE_END_TAG_OPEN;
    if (tokenizer_is_letter(*p)) {
        t->state = STATE_TAG_NAME;
        return tokenizer_tag_scan(t, p, end);
    }
    if (t->is_end) {
        t->state = *p == '>' ? STATE_DATA : STATE_BOGUS_COMMENT;
        return *p == '>' ? p + 1 : p;
    }
    if (*p == '/')
        t->state = STATE_END_TAG_OPEN;
    else if (*p == '!')
        t->state = STATE_DECLARATION;
    else if (*p == '?')
        t->state = STATE_BOGUS_COMMENT;
    else
        t->state = STATE_DATA;
    return t->state == STATE_DATA ? p : p + 1;
}

static const char *declaration(struct tokenizer *t, const char *p, const char *end)
{
    (void)end;
    t->matched = 0;
    if (t->state == STATE_DECLARATION && *p == '-')
        t->state = STATE_DECLARATION_DASH;
    else if (t->state == STATE_DECLARATION && *p == '[' && tokenizer_foreign_allows_cdata(t))
        t->state = STATE_CDATA_OPEN;
    else if (t->state == STATE_DECLARATION_DASH && *p == '-')
        t->state = STATE_COMMENT_START;
    else
        t->state = STATE_BOGUS_COMMENT;
    return t->state == STATE_BOGUS_COMMENT ? p : p + 1;
}

static const char *cdata_open(struct tokenizer *t, const char *p, const char *end)
{
    static const char rest[] = "CDATA[";
    while (p < end && t->matched < strlen(rest) && *p == rest[t->matched]) {
        p++;
        t->matched++;
    }
    t->dashes = 0;
    if (t->matched == strlen(rest))
        t->state = STATE_CDATA;
    else if (p < end)
        t->state = STATE_BOGUS_COMMENT;
    return p;
}

static const char *bogus_comment(struct tokenizer *t, const char *p, const char *end)
{
    p = memchr(p, '>', (size_t)(end - p));
    if (!p)
        return end;
    t->state = STATE_DATA;
    return p + 1;
}

static const char *plaintext(struct tokenizer *t, const char *p, const char *end)
{
    (void)t;
    (void)p;
    return end;
}

/* Each reads at least one byte or changes the state, and returns how far it came. */
static const char *(*const states[STATE_COUNT])(struct tokenizer *t, const char *p, const char *end) = {
    [STATE_DATA] = data,
    [STATE_TAG_OPEN] = tag_open,
    [STATE_END_TAG_OPEN] = tag_open,
    [STATE_RAW_LESS] = tokenizer_text_raw,
    [STATE_RAW_END] = tokenizer_text_raw,
    [STATE_TAG_NAME] = tokenizer_tag_scan,
    [STATE_BEFORE_ATTRIBUTE] = tokenizer_tag_scan,
    [STATE_ATTRIBUTE_NAME] = tokenizer_tag_scan,
    [STATE_AFTER_ATTRIBUTE_NAME] = tokenizer_tag_scan,
    [STATE_BEFORE_VALUE] = tokenizer_tag_scan,
    [STATE_VALUE_QUOTED] = tokenizer_tag_scan,
    [STATE_VALUE_UNQUOTED] = tokenizer_tag_scan,
    [STATE_RAW] = tokenizer_text_raw,
    [STATE_SCRIPT_BANG] = tokenizer_text_raw,
    [STATE_SCRIPT_BANG_DASH] = tokenizer_text_raw,
    [STATE_SCRIPT_ESCAPED] = tokenizer_text_raw,
    [STATE_SCRIPT_DEEPER] = tokenizer_text_raw,
    [STATE_SCRIPT_SHALLOWER] = tokenizer_text_raw,
    [STATE_PLAINTEXT] = plaintext,
    [STATE_DECLARATION] = declaration,
    [STATE_DECLARATION_DASH] = declaration,
    [STATE_CDATA_OPEN] = cdata_open,
    [STATE_CDATA] = tokenizer_text_cdata,
    [STATE_BOGUS_COMMENT] = bogus_comment,
    [STATE_COMMENT_START] = tokenizer_text_comment,
    [STATE_COMMENT_START_DASH] = tokenizer_text_comment,
    [STATE_COMMENT] = tokenizer_text_comment,
    [STATE_COMMENT_END_DASH] = tokenizer_text_comment,
    [STATE_COMMENT_END] = tokenizer_text_comment,
    [STATE_COMMENT_END_BANG] = tokenizer_text_comment,
};

void tokenizer_feed(struct tokenizer *t, const char *bytes, size_t size)
{
    const char *p = bytes;
    const char *end = bytes + size;
    t->chunk = bytes;
    while (p < end)
        p = states[t->state](t, p, end);
    if (size && t->wanted && t->state >= STATE_TAG_OPEN && t->state <= STATE_VALUE_UNQUOTED)
        tokenizer_tag_hold(t, end);
    t->consumed += size;
    t->chunk = NULL;
}

/* What is open in a state that does not tell by itself. */
static enum tokenizer_place place_of(const struct tokenizer *t)
{
    switch (t->state) {
    case STATE_DATA:
    case STATE_TAG_OPEN:
    case STATE_END_TAG_OPEN:
        return TOKENIZER_IN_TEXT;
    case STATE_TAG_NAME:
    case STATE_BEFORE_ATTRIBUTE:
    case STATE_ATTRIBUTE_NAME:
    case STATE_AFTER_ATTRIBUTE_NAME:
    case STATE_BEFORE_VALUE:
    case STATE_VALUE_UNQUOTED:
        return TOKENIZER_IN_TAG;
    case STATE_VALUE_QUOTED:
        return TOKENIZER_IN_QUOTE;
    case STATE_DECLARATION:
    case STATE_DECLARATION_DASH:
    case STATE_CDATA_OPEN:
    case STATE_BOGUS_COMMENT:
        return TOKENIZER_IN_BOGUS_COMMENT;
    case STATE_CDATA:
        return TOKENIZER_IN_CDATA;
    default:
        return t->state >= STATE_COMMENT_START ? TOKENIZER_IN_COMMENT : t->raw_place;
    }
}

struct tokenizer_rest tokenizer_rest(const struct tokenizer *t)
{
    enum tokenizer_place place = place_of(t);
    switch (place) {
    case TOKENIZER_IN_TEXT:
        return (struct tokenizer_rest){place, t->consumed, t->consumed};
    case TOKENIZER_IN_TAG:
        return (struct tokenizer_rest){place, t->opener, t->opener + 1};
    case TOKENIZER_IN_QUOTE:
        return (struct tokenizer_rest){place, t->mark - 1, t->mark};
    case TOKENIZER_IN_BOGUS_COMMENT:
        return (struct tokenizer_rest){place, t->opener, t->opener + 2};
    case TOKENIZER_IN_COMMENT:
        return (struct tokenizer_rest){place, t->opener, t->opener + strlen("<!--")};
    case TOKENIZER_IN_CDATA:
        return (struct tokenizer_rest){place, t->opener, t->opener + strlen("<![CDATA[")};
    default:
        return (struct tokenizer_rest){place, t->raw_opener, t->raw_inside};
    }
}

/* Copies with NUL and CR replaced; `end` is the end of the value. */
static int append_normalised(struct buf *out, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == '\r' && p + 1 < end && p[1] == '\n')
            continue;
        int failed =
            *p ? buf_append_byte(out, *p == '\r' ? '\n' : *p) : buf_append_string(out, "\357\277\275");
        if (failed)
            return -1;
    }
    return 0;
}

int tokenizer_decode(struct buf *out, const char *raw, size_t size)
{
    if (!memchr(raw, '\r', size) && !memchr(raw, 0, size))
        return entity_decode(out, raw, size);
    struct buf normalised;
    buf_init(&normalised, 3 * size);
    int result = append_normalised(&normalised, raw, raw + size);
    if (!result)
        result = entity_decode(out, normalised.data, normalised.size);
    buf_clear(&normalised);
    return result;
}
