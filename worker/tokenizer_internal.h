/* What the tokenizer*.c files share: the states, and the tokenizer itself. */
#ifndef TRAWL_WORKER_TOKENIZER_INTERNAL_H
#define TRAWL_WORKER_TOKENIZER_INTERNAL_H

#include "common/buf.h"
#include "worker/tokenizer.h"

#include <stddef.h>
#include <stdint.h>

/* The states of 13.2.5 that tell where a tag starts. Those from TAG_OPEN to VALUE_UNQUOTED may be inside one:
 * then the bytes since its `<` are kept from chunk to chunk. */
enum state {
    STATE_DATA,
    STATE_TAG_OPEN,     /* behind `<` */
    STATE_END_TAG_OPEN, /* behind `</` */
    STATE_RAW_LESS,     /* behind `<` in a text mode */
    STATE_RAW_END,      /* behind `</` in a text mode, with `matched` bytes of the name */
    STATE_TAG_NAME,
    STATE_BEFORE_ATTRIBUTE,
    STATE_ATTRIBUTE_NAME,
    STATE_AFTER_ATTRIBUTE_NAME,
    STATE_BEFORE_VALUE,
    STATE_VALUE_QUOTED,
    STATE_VALUE_UNQUOTED,
    STATE_RAW,         /* text of RCDATA, RAWTEXT and script data alike: only their own end tag ends them */
    STATE_SCRIPT_BANG, /* behind `<!` in a script */
    STATE_SCRIPT_BANG_DASH, /* behind `<!-` */
    STATE_SCRIPT_ESCAPED,   /* behind `<!--`, to the depth of `escapes` */
    STATE_SCRIPT_DEEPER,    /* behind `<` in an escaped script, with `matched` bytes of `script` */
    STATE_SCRIPT_SHALLOWER, /* behind `</` in a doubly escaped one, likewise */
    STATE_PLAINTEXT,
    STATE_DECLARATION,      /* behind `<!` */
    STATE_DECLARATION_DASH, /* behind `<!-` */
    STATE_CDATA_OPEN,       /* behind `<![` in foreign content, with `matched` bytes of `[CDATA[` */
    STATE_CDATA,            /* with `dashes` brackets just seen */
    STATE_BOGUS_COMMENT,    /* and doctypes, which end at the first `>` just so */
    STATE_COMMENT_START,
    STATE_COMMENT_START_DASH,
    STATE_COMMENT,
    STATE_COMMENT_END_DASH,
    STATE_COMMENT_END,
    STATE_COMMENT_END_BANG,
    STATE_COUNT
};

/* What a start tag of a name does to the tokenizer. */
enum role { ROLE_NONE, ROLE_RAW, ROLE_SCRIPT, ROLE_PLAINTEXT, ROLE_FOREIGN, ROLE_TEMPLATE };

/* A tag name that means something to the caller or to us. */
struct tokenizer_name {
    const char *text;
    uint32_t size;
    int want; /* -1 if only to us */
    int ends;
    enum role role;
    enum tokenizer_place place;
    uint32_t sizes; /* bit n: one of the attributes has n bytes */
    uint32_t attribute_count;
    uint32_t shown; /* those the caller asked for come first */
    struct {
        const char *text;
        uint32_t size;
    } attributes[TOKENIZER_MOST_ATTRIBUTES + 3];
    struct tokenizer_name *next; /* of the same first letter */
};

/* An attribute found, by offsets from the tag's `<`: the bytes may move before the tag ends. */
struct tokenizer_found {
    uint32_t name;
    uint32_t name_size;
    uint32_t value;
    uint32_t value_size;
    int which; /* index among the attributes of the name, -1 when all are reported */
};

enum { FOREIGN_DEEPEST = 32 };

enum frame_kind { FRAME_SVG, FRAME_MATH, FRAME_HTML, FRAME_TEXT };

/* An svg, a math, or an integration point inside one. */
struct tokenizer_frame {
    const char *name;
    enum frame_kind kind;
    int inhabited; /* an HTML tag came in this integration point */
};

struct tokenizer {
    enum state state;
    const char *chunk; /* during feed: what was passed in */
    uint64_t consumed; /* bytes of the chunks before */
    uint64_t opener;   /* offset of the `<` of the tag or comment at hand */

    /* the tag at hand */
    struct buf held; /* its bytes in earlier chunks */
    int wanted;      /* its bytes are needed */
    int is_end;
    int self_closing;
    char quote;
    uint32_t name_size;
    const struct tokenizer_name *name; /* NULL if it means nothing to anyone */
    uint64_t mark;                     /* offset where the attribute name or value at hand began */
    struct tokenizer_found current;    /* the attribute at hand, once its name has ended */
    int is_current_wanted;
    uint32_t seen; /* bit n: attribute n of the name was found */
    struct tokenizer_found *found;
    size_t found_count;
    size_t found_capacity;

    /* the text mode */
    const char *raw_name; /* of the element, lower case */
    size_t raw_size;
    enum tokenizer_place raw_place;
    uint64_t raw_opener;
    uint64_t raw_inside;
    int is_script;
    unsigned matched;
    unsigned dashes;
    unsigned escapes; /* of a script: 0, 1 or 2 deep */

    unsigned templates; /* that are open */

    /* svg and math */
    struct tokenizer_frame frames[FOREIGN_DEEPEST];
    size_t frame_count;

    /* settings */
    size_t limit;
    int all;         /* report everything */
    int is_isolated; /* tags do not change the mode: the tokenizer as html5lib tests it */
    tokenizer_on_tag *on_tag;
    void *context;
    struct tokenizer_name *names;
    size_t name_count;
    struct tokenizer_name *by_letter[26];
    uint32_t sizes[2][26]; /* of start and end tags, bit n: a name of that first letter has n bytes */
    struct tag_attribute *attributes;
    size_t attribute_capacity;
    struct buf lowered; /* names in lower case, when everything is reported */
};

static inline int tokenizer_is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static inline char tokenizer_lower(char c)
{
    return (unsigned char)(c - 'A') < 26 ? (char)(c | 0x20) : c;
}

/* CR counts as the LF that normalising would make of it. */
static inline int tokenizer_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static inline uint64_t tokenizer_offset(const struct tokenizer *t, const char *p)
{
    return t->consumed + (uint64_t)(p - t->chunk);
}

/* Whether a start or end tag may have a name in the table, judged by its first letter and its size; most have
 * not. */
static inline int tokenizer_may_mean(const struct tokenizer *t, int is_end, const char *name, uint64_t size)
{
    unsigned letter = (unsigned char)(name[0] | 0x20) - 'a';
    return size <= TOKENIZER_LONGEST_NAME && t->sizes[is_end][letter] >> size & 1;
}

/* Notes the `<` at p as the start of what may become a tag. */
static inline void tokenizer_open(struct tokenizer *t, const char *p)
{
    t->opener = tokenizer_offset(t, p);
    t->held.size = 0;
    t->wanted = 1;
}

/* tokenizer_names.c: the table of names, from the wants and from what we must know ourselves; and a look-up
 * by `size` bytes in any case, the first of which is a letter. */
void tokenizer_names_build(struct tokenizer *t, const struct tokenizer_want *wants, size_t count);
const struct tokenizer_name *tokenizer_names_find(const struct tokenizer *t, const char *name, size_t size);
int tokenizer_names_equal(const char *lower, const char *any_case, size_t size);

/* tokenizer_tag.c: scans on through a tag, from any state inside it. Returns how far it came, as all of these
 * do. */
const char *tokenizer_tag_scan(struct tokenizer *t, const char *p, const char *end);
/* Keeps the part of the unfinished tag that stands in the chunk, which ends at `end`. */
void tokenizer_tag_hold(struct tokenizer *t, const char *end);

/* tokenizer_text.c: scans on from any state of a comment or CDATA section, and of a text mode. */
const char *tokenizer_text_comment(struct tokenizer *t, const char *p, const char *end);
const char *tokenizer_text_cdata(struct tokenizer *t, const char *p, const char *end);
const char *tokenizer_text_raw(struct tokenizer *t, const char *p, const char *end);

/* tokenizer_foreign.c: a tag in foreign content, or the start tag of svg or math. The first returns whether
 * the tag is one of HTML. */
int tokenizer_foreign_start(struct tokenizer *t, const char *tag, const char *name, size_t size);
void tokenizer_foreign_end(struct tokenizer *t, const char *name, size_t size);
int tokenizer_foreign_allows_cdata(const struct tokenizer *t);

/* For tests: the state in which html5lib begins a case (DATA, PLAINTEXT, RAW for RCDATA and RAWTEXT, CDATA),
 * or with is_script the script data state, and the name of the last start tag (lower case, borrowed, "" for
 * none). From then on tags do not change the mode. */
void tokenizer_enter(struct tokenizer *t, enum state state, int is_script, const char *last_start_tag);

#endif
