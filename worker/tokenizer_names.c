#include "worker/tokenizer_internal.h"

#include "common/memory.h"

#include <assert.h>
#include <string.h>

/* The names that change how the page is read (13.2.6.4.4, 13.2.6.4.7), and those whose attributes decide how
 * foreign content goes on. */
static const struct {
    const char *text;
    enum role role;
    enum tokenizer_place place;
    const char *attributes[3];
} own[] = {
    {"title", ROLE_RAW, TOKENIZER_IN_TITLE, {NULL}},
    {"textarea", ROLE_RAW, TOKENIZER_IN_TEXTAREA, {NULL}},
    {"style", ROLE_RAW, TOKENIZER_IN_STYLE, {NULL}},
    {"xmp", ROLE_RAW, TOKENIZER_IN_XMP, {NULL}},
    {"iframe", ROLE_RAW, TOKENIZER_IN_IFRAME, {NULL}},
    {"noembed", ROLE_RAW, TOKENIZER_IN_NOEMBED, {NULL}},
    {"noframes", ROLE_RAW, TOKENIZER_IN_NOFRAMES, {NULL}},
    {"noscript", ROLE_RAW, TOKENIZER_IN_NOSCRIPT, {NULL}},
    {"script", ROLE_SCRIPT, TOKENIZER_IN_SCRIPT, {NULL}},
    {"plaintext", ROLE_PLAINTEXT, TOKENIZER_IN_PLAINTEXT, {NULL}},
    {"svg", ROLE_FOREIGN, TOKENIZER_IN_TEXT, {NULL}},
    {"math", ROLE_FOREIGN, TOKENIZER_IN_TEXT, {NULL}},
    {"template", ROLE_TEMPLATE, TOKENIZER_IN_TEXT, {NULL}},
    {"font", ROLE_NONE, TOKENIZER_IN_TEXT, {"color", "face", "size"}},
    {"annotation-xml", ROLE_NONE, TOKENIZER_IN_TEXT, {"encoding"}},
};

enum { OWN_COUNT = sizeof own / sizeof own[0] };

int tokenizer_names_equal(const char *lower, const char *any_case, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (lower[i] != tokenizer_lower(any_case[i]))
            return 0;
    return 1;
}

const struct tokenizer_name *tokenizer_names_find(const struct tokenizer *t, const char *name, size_t size)
{
    const struct tokenizer_name *found = t->by_letter[(unsigned char)(name[0] | 0x20) - 'a'];
    while (found && (found->size != size || !tokenizer_names_equal(found->text, name, size)))
        found = found->next;
    return found;
}

static struct tokenizer_name *add_name(struct tokenizer *t, const char *text)
{
    size_t size = strlen(text);
    assert(size > 0 && size <= TOKENIZER_LONGEST_NAME && tokenizer_is_letter(text[0]));
    struct tokenizer_name *name = (struct tokenizer_name *)tokenizer_names_find(t, text, size);
    if (name)
        return name;
    name = &t->names[t->name_count++];
    unsigned letter = (unsigned char)text[0] - 'a';
    *name = (struct tokenizer_name){
        .text = text, .size = (uint32_t)size, .want = -1, .next = t->by_letter[letter]};
    t->by_letter[letter] = name;
    t->sizes[0][letter] |= 1U << size;
    return name;
}

static void add_attribute(struct tokenizer_name *name, const char *text)
{
    size_t size = strlen(text);
    assert(size > 0 && size <= TOKENIZER_LONGEST_NAME);
    assert(name->attribute_count < sizeof name->attributes / sizeof name->attributes[0]);
    name->attributes[name->attribute_count].text = text;
    name->attributes[name->attribute_count++].size = (uint32_t)size;
    name->sizes |= 1U << size;
}

static void add_want(struct tokenizer *t, const struct tokenizer_want *want, int index)
{
    struct tokenizer_name *name = add_name(t, want->name);
    assert(name->want < 0);
    name->want = index;
    name->ends = want->ends;
    if (want->ends)
        t->sizes[1][want->name[0] - 'a'] |= 1U << name->size;
    for (const char *const *attribute = want->attributes; attribute && *attribute; attribute++)
        add_attribute(name, *attribute);
    name->shown = name->attribute_count;
    assert(name->shown <= TOKENIZER_MOST_ATTRIBUTES);
}

void tokenizer_names_build(struct tokenizer *t, const struct tokenizer_want *wants, size_t count)
{
    t->names = memory_resize(NULL, count + OWN_COUNT, sizeof *t->names);
    for (size_t i = 0; i < count; i++)
        add_want(t, &wants[i], (int)i);
    for (size_t i = 0; i < OWN_COUNT; i++) {
        struct tokenizer_name *name = add_name(t, own[i].text);
        name->role = own[i].role;
        name->place = own[i].place;
        if (name->role == ROLE_TEMPLATE)
            t->sizes[1][name->text[0] - 'a'] |= 1U << name->size;
        for (size_t k = 0; k < 3 && own[i].attributes[k]; k++)
            add_attribute(name, own[i].attributes[k]);
    }
}
