#include "worker/tidy.h"

#include "common/memory.h"
#include "worker/tidy_arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    ARENA = 128 * 1024 * 1024,
    CALLS = 16 * 1000 * 1000,
    BYTES_PER_LOOK = 4096, /* at the clock, while tidy reads without allocating */
    STACK_SHARE = 8, /* tidy's later walks recurse without allocating, so the parse may use only a part */
    MOST_STACK = 1024 * 1024, /* bytes */
    MOST_NODES_STACK = 64 * 1024 * 1024
};

/* What is read between two bytes of the page. A NUL stands before each, by which unget_byte knows the
 * beginning. */
static const char nothing[] = "\0";
static const char ampersand[] = "\0amp;";
static const char rest_of_replacement[] = "\0\277\275";

/* The page as tidy reads it. Each `&` is followed by `amp;`, so that tidy decodes that and nothing else, and
 * a NUL, at which tidy would end its strings, becomes U+FFFD as in the HTML standard. */
struct reading {
    const char *at;
    const char *end;
    const char *insert; /* what is read before the next byte */
    size_t bytes;
    struct tidy_arena *arena;
};

struct tidy {
    struct tidy_arena *arena;
    size_t stack;
    struct reading reading;
    TidyInputSource source;
    TidyOutputSink messages;
    TidyDoc doc; /* of the page at hand */
    struct tag_attribute *attributes;
    size_t attribute_room;
};

static int TIDY_CALL get_byte(void *data)
{
    struct reading *reading = data;
    if (++reading->bytes % BYTES_PER_LOOK == 0)
        tidy_arena_check(reading->arena);
    if (*reading->insert)
        return (unsigned char)*reading->insert++;
    if (reading->at == reading->end)
        return (int)EndOfStream;
    unsigned char byte = (unsigned char)*reading->at++;
    reading->insert = byte == '&' ? ampersand + 1 : byte ? nothing + 1 : rest_of_replacement + 1;
    return byte ? byte : 0xef;
}

/* Tidy puts back only what it has just read. */
static void TIDY_CALL unget_byte(void *data, byte c)
{
    struct reading *reading = data;
    (void)c;
    if (reading->insert[-1]) {
        reading->insert--;
        return;
    }
    reading->at--;
    reading->insert = nothing + 1;
}

static Bool TIDY_CALL is_at_end(void *data)
{
    const struct reading *reading = data;
    return !*reading->insert && reading->at == reading->end;
}

static void TIDY_CALL drop_byte(void *data, byte c)
{
    (void)data;
    (void)c;
}

/* Every report passes here, also where a loop does nothing else. None is wanted. */
static Bool TIDY_CALL drop_report(TidyDoc doc, TidyReportLevel level, uint line, uint column, ctmbstr message)
{
    (void)level, (void)line, (void)column, (void)message;
    const struct tidy *tidy = tidyGetAppData(doc);
    tidy_arena_check(tidy->arena);
    return no;
}

/* Lets the stack grow as deep as the arena can hold nodes, if it may, and returns what it may take. Tidy
 * nests what is in svg and math without recursing, so no budget ends that, and then checks the tree by
 * recursion: 48 bytes a level, 40 MB for a page of `<svg><g><g>...`. */
static size_t raise_stack(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit))
        return 0;
    if (limit.rlim_cur < MOST_NODES_STACK) {
        limit.rlim_cur = limit.rlim_max < MOST_NODES_STACK ? limit.rlim_max : MOST_NODES_STACK;
        setrlimit(RLIMIT_STACK, &limit);
    }
    return limit.rlim_cur;
}

struct tidy *tidy_create(void)
{
    struct tidy *tidy = memory_new(sizeof *tidy);
    size_t stack = raise_stack();
    tidy->stack = stack / STACK_SHARE < MOST_STACK ? stack / STACK_SHARE : MOST_STACK;
    tidy->arena = tidy_arena_create(ARENA);
    tidy->reading.arena = tidy->arena;
    tidyInitSource(&tidy->source, &tidy->reading, get_byte, unget_byte, is_at_end);
    tidyInitSink(&tidy->messages, tidy, drop_byte);
    tidySetLanguage("en"); /* or each page would ask the environment, and have the process's locale set */
    return tidy;
}

void tidy_destroy(struct tidy **tidy)
{
    if (!*tidy)
        return;
    tidy_arena_destroy(&(*tidy)->arena);
    free((*tidy)->attributes);
    free(*tidy);
    *tidy = NULL;
}

/* ---- the parse ------------------------------------------------------------------------------------- */

static void set_options(TidyDoc doc)
{
    static const struct {
        TidyOptionId option;
        Bool value;
    } flags[] = {
        {TidyFixUri, no},         {TidyFixBackslash, no},   {TidyLiteralAttribs, yes}, {TidyKeepTabs, yes},
        {TidyDropEmptyElems, no}, {TidyDropEmptyParas, no}, {TidyForceOutput, yes},    {TidyQuiet, yes},
        {TidyShowWarnings, no},   {TidyShowInfo, no},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        tidyOptSetBool(doc, flags[i].option, flags[i].value);
    tidyOptSetInt(doc, TidyDuplicateAttrs, TidyKeepFirst);
    tidyOptSetInt(doc, TidyShowErrors, 0);
    tidySetCharEncoding(doc, "utf8");
}

/* Returns 0, or -1 when tidy was left in the middle. */
static int build_tree(struct tidy *tidy, double seconds)
{
    jmp_buf out;
    const struct tidy_budget budget = {.calls = CALLS, .stack = tidy->stack, .seconds = seconds};
    if (setjmp(out))
        return -1;
    tidy_arena_begin(tidy->arena, &budget, &out);
    tidy->doc = tidyCreateWithAllocator(tidy_arena_allocator(tidy->arena));
    set_options(tidy->doc);
    tidySetAppData(tidy->doc, tidy);
    tidySetErrorSink(tidy->doc, &tidy->messages);
    tidySetReportFilter(tidy->doc, drop_report);
    tidyParseSource(tidy->doc, &tidy->source);
    tidy_arena_end(tidy->arena);
    return 0;
}

/* ---- the walk -------------------------------------------------------------------------------------- */

/* Elements whose content is text where scripts run (HTML 13.2.6.4.4, 13.2.6.4.7), but markup to tidy. */
static int holds_text(TidyTagId tag)
{
    switch (tag) {
    case TidyTag_NOSCRIPT:
    case TidyTag_IFRAME:
    case TidyTag_NOEMBED:
    case TidyTag_NOFRAMES:
    case TidyTag_SCRIPT:
    case TidyTag_STYLE:
    case TidyTag_TEXTAREA:
    case TidyTag_TITLE:
        return 1;
    default:
        return 0;
    }
}

static void add_attribute(struct tidy *tidy, size_t at, TidyAttr from)
{
    if (at == tidy->attribute_room) {
        tidy->attribute_room = at ? at * 2 : 32;
        tidy->attributes = memory_resize(tidy->attributes, tidy->attribute_room, sizeof *tidy->attributes);
    }
    const char *name = tidyAttrName(from);
    const char *value = tidyAttrValue(from);
    name = name ? name : "";
    value = value ? value : "";
    tidy->attributes[at] = (struct tag_attribute){name, strlen(name), value, strlen(value)};
}

static void report(struct tidy *tidy, TidyNode node, const char *name, int inert, tidy_on_tag *on_tag,
                   void *context)
{
    size_t count = 0;
    for (TidyAttr each = tidyAttrFirst(node); each; each = tidyAttrNext(each))
        add_attribute(tidy, count++, each);
    const struct tag tag = {.name = name,
                            .name_size = strlen(name),
                            .want = -1,
                            .inert = inert,
                            .attributes = tidy->attributes,
                            .attribute_count = count};
    on_tag(context, &tag);
}

static const char *element_name(TidyNode node)
{
    TidyNodeType type = tidyNodeGetType(node);
    const char *name = type == TidyNode_Start || type == TidyNode_StartEnd ? tidyNodeGetName(node) : NULL;
    return name ? name : "";
}

/* The node that follows in the document: below, beside, or beside one of those above. *template becomes NULL
 * when that leaves it. */
static TidyNode next_node(TidyNode node, int below, TidyNode *template)
{
    TidyNode next = below ? tidyGetChild(node) : NULL;
    while (!next && node) {
        if (node == *template)
            *template = NULL;
        next = tidyGetNext(node);
        node = tidyGetParent(node);
    }
    return next;
}

/* A tree that was left in the middle is read like any other; counting keeps a ring in it from being walked
 * for ever, as each node took an allocation. */
static void walk(struct tidy *tidy, tidy_on_tag *on_tag, void *context)
{
    TidyNode template = NULL;
    TidyNode node = tidyGetRoot(tidy->doc);
    for (size_t left = tidy_arena_calls(tidy->arena) + 1; node && left > 0; left--) {
        const char *name = element_name(node);
        if (*name)
            report(tidy, node, name, template != NULL, on_tag, context);
        TidyTagId tag = tidyNodeGetId(node);
        if (!template && tag == TidyTag_TEMPLATE)
            template = node;
        node = next_node(node, !holds_text(tag), &template);
    }
}

int tidy_parse(struct tidy *tidy, const char *html, size_t size, double seconds, tidy_on_tag *on_tag,
               void *context)
{
    tidy->reading.at = html;
    tidy->reading.end = html + size;
    tidy->reading.insert = nothing + 1;
    tidy->doc = NULL;
    int result = build_tree(tidy, seconds);
    if (tidy->doc)
        walk(tidy, on_tag, context);
    tidy_arena_reset(tidy->arena);
    return result;
}
