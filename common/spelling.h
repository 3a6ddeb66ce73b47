/* Which name somebody meant who wrote another word. */
#ifndef TRAWL_COMMON_SPELLING_H
#define TRAWL_COMMON_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

enum { SPELLING_LONGEST = 64 }; /* bytes of a word and of a name that are compared */

/* Edits (insert, drop, replace, swap neighbours) that turn what was written into the name; 0 also for how the
 * name begins and for its last words ("robots" of "no-robots"). */
int spelling_distance(const char *written, size_t length, const char *name);

/* Whether a word of that length is near enough to be that name misspelt: a third of it may be wrong. */
bool spelling_is_near(int distance, size_t length);

#endif
