#include "worker/tokenizer_internal.h"

#include <string.h>

/* The states of a comment, 13.2.5.43 to 13.2.5.53. Those behind a `<` inside it only tell of errors: left
 * out. */
const char *tokenizer_text_comment(struct tokenizer *t, const char *p, const char *end)
{
    while (p < end) {
        if (t->state == STATE_COMMENT) {
            p = memchr(p, '-', (size_t)(end - p));
            if (!p)
                return end;
            p++;
            t->state = STATE_COMMENT_END_DASH;
            continue;
        }
        char c = *p++;
        switch (t->state) {
        case STATE_COMMENT_START:
            t->state = c == '>' ? STATE_DATA : c == '-' ? STATE_COMMENT_START_DASH : STATE_COMMENT;
            break;
        case STATE_COMMENT_START_DASH:
            t->state = c == '>' ? STATE_DATA : c == '-' ? STATE_COMMENT_END : STATE_COMMENT;
            break;
        case STATE_COMMENT_END_DASH:
            t->state = c == '-' ? STATE_COMMENT_END : STATE_COMMENT;
            break;
        case STATE_COMMENT_END:
            t->state = c == '>'   ? STATE_DATA
                       : c == '!' ? STATE_COMMENT_END_BANG
                       : c == '-' ? STATE_COMMENT_END
                                  : STATE_COMMENT;
            break;
        default: /* STATE_COMMENT_END_BANG */
            t->state = c == '>' ? STATE_DATA : c == '-' ? STATE_COMMENT_END_DASH : STATE_COMMENT;
        }
        if (t->state == STATE_DATA)
            return p;
    }
    return p;
}

const char *tokenizer_text_cdata(struct tokenizer *t, const char *p, const char *end)
{
    while (p < end) {
        if (!t->dashes) {
            p = memchr(p, ']', (size_t)(end - p));
            if (!p)
                return end;
        }
        char c = *p++;
        if (c == '>' && t->dashes == 2) {
            t->state = STATE_DATA;
            return p;
        }
        t->dashes = c != ']' ? 0 : t->dashes < 2 ? t->dashes + 1 : 2;
    }
    return p;
}

/* Matches on through `word` (lower case), of which `matched` bytes were seen, and the byte behind it, which
 * must be one that ends a name. Returns 1 when it has come, 0 when the page says something else, both with *p
 * on that byte, -1 when the chunk ends before. */
static int match_word(struct tokenizer *t, const char **p, const char *end, const char *word, size_t size)
{
    for (; *p < end; (*p)++, t->matched++) {
        char c = **p;
        if (t->matched == size)
            return tokenizer_is_space(c) || c == '/' || c == '>';
        if (tokenizer_lower(c) != word[t->matched])
            return 0;
    }
    return -1;
}

/* Goes back to the text, where the byte that did not fit is read again. */
static void resume(struct tokenizer *t)
{
    t->state = t->escapes ? STATE_SCRIPT_ESCAPED : STATE_RAW;
}

static const char *raw_less(struct tokenizer *t, const char *p)
{
    t->matched = 0;
    if (*p == '/') {
        t->state = t->escapes == 2 ? STATE_SCRIPT_SHALLOWER : STATE_RAW_END;
        return p + 1;
    }
    if (*p == '!' && t->is_script && !t->escapes) {
        t->state = STATE_SCRIPT_BANG;
        return p + 1;
    }
    if (t->escapes == 1)
        t->state = STATE_SCRIPT_DEEPER;
    else
        resume(t);
    return p;
}

static const char *raw_end(struct tokenizer *t, const char *p, const char *end)
{
    int matches = match_word(t, &p, end, t->raw_name, t->raw_size);
    if (matches > 0) {
        t->is_end = 1;
        t->state = STATE_TAG_NAME;
    } else if (matches == 0) {
        resume(t);
    }
    return p;
}

/* Behind a `<!--` in a script: a `<script` leads one deeper, where `</script` leads back up and does not end
 * the element; `-->` leads out of it all. */
static const char *script_escaped(struct tokenizer *t, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == '-') {
            t->dashes = t->dashes < 2 ? t->dashes + 1 : 2;
            continue;
        }
        unsigned dashes = t->dashes;
        t->dashes = 0;
        if (*p == '<') {
            tokenizer_open(t, p);
            t->state = STATE_RAW_LESS;
            return p + 1;
        }
        if (*p == '>' && dashes == 2) {
            t->escapes = 0;
            t->state = STATE_RAW;
            return p + 1;
        }
    }
    return p;
}

static const char *script_turn(struct tokenizer *t, const char *p, const char *end, unsigned escapes)
{
    int matches = match_word(t, &p, end, "script", strlen("script"));
    if (matches > 0)
        t->escapes = escapes;
    if (matches >= 0)
        resume(t);
    return p;
}

static const char *script_bang(struct tokenizer *t, const char *p)
{
    if (*p != '-') {
        resume(t);
        return p;
    }
    if (t->state == STATE_SCRIPT_BANG) {
        t->state = STATE_SCRIPT_BANG_DASH;
    } else {
        t->state = STATE_SCRIPT_ESCAPED;
        t->escapes = 1;
        t->dashes = 2;
    }
    return p + 1;
}

/* The states of RCDATA, RAWTEXT and script data, 13.2.5.2 to 13.2.5.4 and 13.2.5.9 to 13.2.5.31. */
const char *tokenizer_text_raw(struct tokenizer *t, const char *p, const char *end)
{
    switch (t->state) {
    case STATE_RAW:
        p = memchr(p, '<', (size_t)(end - p));
        if (!p)
            return end;
        tokenizer_open(t, p);
        t->state = STATE_RAW_LESS;
        return p + 1;
    case STATE_RAW_LESS:
        return raw_less(t, p);
    case STATE_RAW_END:
        return raw_end(t, p, end);
    case STATE_SCRIPT_ESCAPED:
        return script_escaped(t, p, end);
    case STATE_SCRIPT_DEEPER:
        return script_turn(t, p, end, 2);
    case STATE_SCRIPT_SHALLOWER:
        return script_turn(t, p, end, 1);
    default:
        return script_bang(t, p);
    }
}
