#include "worker/links_internal.h"

#include <assert.h>
#include <string.h>

static struct links_element *element_for(struct links_wanted *wanted, const char *name)
{
    for (unsigned i = 0; i < wanted->count; i++)
        if (strcmp(wanted->elements[i].name, name) == 0)
            return &wanted->elements[i];
    assert(wanted->count < LINKS_ELEMENTS_MOST);
    struct links_element *element = &wanted->elements[wanted->count];
    element->name = name;
    wanted->wants[wanted->count++] = (struct tokenizer_want){.name = name, .attributes = element->attributes};
    return element;
}

static void want_attribute(struct links_element *element, const char *name)
{
    element->attributes[element->attribute_count++] = name;
}

static void choose_row(struct links_wanted *wanted, const char *name, unsigned index)
{
    const struct link_kind_row *row = link_kind_row(index);
    struct links_element *element = element_for(wanted, name);
    assert(element->row_count < LINKS_ROWS_MOST);
    if (!element->row_count)
        want_attribute(element, row->form == LINK_KIND_REFRESH ? "http-equiv" : "rel");
    want_attribute(element, row->attribute);
    element->rows[element->row_count++] = (uint8_t)index;
}

/* An <image> is an <img> to a tree builder (HTML 13.2.6.4.7). */
void links_wanted_init(struct links_wanted *wanted, enum link_kind kind)
{
    const struct link_kind_row *row;
    *wanted = (struct links_wanted){0};
    want_attribute(element_for(wanted, "base"), "href");
    for (unsigned i = 0; (row = link_kind_row(i)); i++) {
        if (!link_kind_counts(row, kind))
            continue;
        choose_row(wanted, row->element, i);
        if (strcmp(row->element, "img") == 0)
            choose_row(wanted, "image", i);
    }
}

const struct links_element *links_wanted_find(const struct links_wanted *wanted, const struct tag *tag)
{
    if (tag->want >= 0)
        return &wanted->elements[tag->want];
    for (unsigned i = 0; i < wanted->count; i++) {
        const char *name = wanted->elements[i].name;
        if (strlen(name) == tag->name_size && memcmp(name, tag->name, tag->name_size) == 0)
            return &wanted->elements[i];
    }
    return NULL;
}
