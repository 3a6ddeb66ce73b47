#include "worker/tokenizer_internal.h"

#include <stdlib.h>
#include <string.h>

/* The start tags that end foreign content (13.2.6.5); font does if it has an attribute that only HTML knows.
 */
static const char *const breakouts[] = {
    "b",     "big",   "blockquote", "body",   "br",   "center", "code",  "dd", "div",  "dl",   "dt",
    "em",    "embed", "h1",         "h2",     "h3",   "h4",     "h5",    "h6", "head", "hr",   "i",
    "img",   "li",    "listing",    "menu",   "meta", "nobr",   "ol",    "p",  "pre",  "ruby", "s",
    "small", "span",  "strike",     "strong", "sub",  "sup",    "table", "tt", "u",    "ul",   "var",
};

/* More elements that svg and math do not have: their end tags are meant for an element around the foreign
 * content. */
static const char *const html_only[] = {
    "article", "aside",   "button", "caption", "footer", "form",  "header", "html",  "label", "main",
    "nav",     "section", "select", "tbody",   "td",     "tfoot", "th",     "thead", "tr",
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static int compare(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

static int is_one_of(const char *const *list, size_t count, const char *name, size_t size)
{
    char lower[TOKENIZER_LONGEST_NAME + 1];
    if (size >= sizeof lower)
        return 0;
    for (size_t i = 0; i < size; i++)
        lower[i] = tokenizer_lower(name[i]);
    lower[size] = 0;
    return bsearch(lower, list, count, sizeof *list, compare) != NULL;
}

static int is_name(const char *wanted, const char *name, size_t size)
{
    return strlen(wanted) == size && tokenizer_names_equal(wanted, name, size);
}

/* The name of the integration point that a start tag makes, NULL for any other tag. */
static const char *as_point(const char *const *points, const char *name, size_t size)
{
    while (*points && !is_name(*points, name, size))
        points++;
    return *points;
}

/* The value of the annotation-xml at hand's encoding says that its content is HTML. */
static int is_html_encoding(const struct tokenizer *t, const char *tag)
{
    for (size_t i = 0; i < t->found_count; i++) {
        const struct tokenizer_found *found = &t->found[i];
        if (is_name("encoding", tag + found->name, found->name_size))
            return is_name("text/html", tag + found->value, found->value_size) ||
                   is_name("application/xhtml+xml", tag + found->value, found->value_size);
    }
    return 0;
}

static int has_html_attribute(const struct tokenizer *t, const char *tag)
{
    static const char *const html[] = {"color", "face", "size"};
    for (size_t i = 0; i < t->found_count; i++)
        if (is_one_of(html, COUNT_OF(html), tag + t->found[i].name, t->found[i].name_size))
            return 1;
    return 0;
}

/* Beyond the deepest frame nothing is pushed, and foreign content ends earlier than it should. */
static void push(struct tokenizer *t, const char *name, enum frame_kind kind)
{
    if (!t->self_closing && t->frame_count < FOREIGN_DEEPEST)
        t->frames[t->frame_count++] = (struct tokenizer_frame){.name = name, .kind = kind};
}

static int is_point(const struct tokenizer_frame *frame)
{
    return frame->kind == FRAME_HTML || frame->kind == FRAME_TEXT;
}

static void pop_to_html(struct tokenizer *t)
{
    while (t->frame_count && !is_point(&t->frames[t->frame_count - 1]))
        t->frame_count--;
}

static int started_in_html(struct tokenizer *t, const char *name, size_t size)
{
    if (t->frame_count)
        t->frames[t->frame_count - 1].inhabited = 1;
    if (is_name("svg", name, size))
        push(t, "svg", FRAME_SVG);
    else if (is_name("math", name, size))
        push(t, "math", FRAME_MATH);
    return 1;
}

static void started_in_svg(struct tokenizer *t, const char *name, size_t size)
{
    static const char *const points[] = {"desc", "foreignobject", "title", NULL};
    const char *point = as_point(points, name, size);
    if (point)
        push(t, point, FRAME_HTML);
}

static void started_in_math(struct tokenizer *t, const char *tag, const char *name, size_t size)
{
    static const char *const points[] = {"mi", "mn", "mo", "ms", "mtext", NULL};
    const char *point = as_point(points, name, size);
    if (point)
        push(t, point, FRAME_TEXT);
    else if (is_name("annotation-xml", name, size))
        push(t, "annotation-xml", is_html_encoding(t, tag) ? FRAME_HTML : FRAME_MATH);
}

/* In math, svg is an element like others, except directly inside an annotation-xml. */
static enum frame_kind nested_kind(const struct tokenizer_frame *top, int is_svg)
{
    return is_svg && strcmp(top->name, "annotation-xml") == 0 ? FRAME_SVG : top->kind;
}

int tokenizer_foreign_start(struct tokenizer *t, const char *tag, const char *name, size_t size)
{
    struct tokenizer_frame *top = t->frame_count ? &t->frames[t->frame_count - 1] : NULL;
    if (top && top->kind == FRAME_TEXT &&
        (is_name("mglyph", name, size) || is_name("malignmark", name, size)))
        return 0;
    if (!top || is_point(top))
        return started_in_html(t, name, size);
    if (is_one_of(breakouts, COUNT_OF(breakouts), name, size) ||
        (is_name("font", name, size) && has_html_attribute(t, tag))) {
        pop_to_html(t);
        return started_in_html(t, name, size);
    }
    if (is_name("svg", name, size))
        push(t, "svg", nested_kind(top, 1));
    else if (is_name("math", name, size))
        push(t, "math", nested_kind(top, 0));
    else if (top->kind == FRAME_SVG)
        started_in_svg(t, name, size);
    else
        started_in_math(t, tag, name, size);
    return 0;
}

void tokenizer_foreign_end(struct tokenizer *t, const char *name, size_t size)
{
    for (size_t i = t->frame_count; i > 0; i--) {
        if (is_name(t->frames[i - 1].name, name, size)) {
            t->frame_count = i - 1;
            return;
        }
    }
    if (is_one_of(breakouts, COUNT_OF(breakouts), name, size) ||
        is_one_of(html_only, COUNT_OF(html_only), name, size))
        pop_to_html(t);
}

int tokenizer_foreign_allows_cdata(const struct tokenizer *t)
{
    return t->frame_count && !t->frames[t->frame_count - 1].inhabited;
}
