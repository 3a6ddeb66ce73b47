/* What a row of an option table takes: reading a value and saying what would have been one. For options.c
 * alone. */
#ifndef TRAWL_COMMON_OPTIONS_VALUE_H
#define TRAWL_COMMON_OPTIONS_VALUE_H

#include "common/options.h"

/* Stores what `text` says into the row's field of `settings`; a list keeps the pointer. Returns 0, or -1 when
 * the row does not allow it; nothing is stored then. */
int options_value_store(const struct options_row *row, const char *text, void *settings);

/* Writes what the row allows, as it reads after "is not": "a whole number from 1 to 1024". Cut to `size`
 * bytes. */
void options_value_allowed(const struct options_row *row, char *out, size_t size);

/* Adds a word to a list, borrowed; `option` is the name of the row that took it, or NULL. */
void options_value_append(struct options_list *list, const char *word, const char *option);

#endif
