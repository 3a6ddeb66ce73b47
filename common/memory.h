/* Memory that is always there.
 *
 * A failed allocation ends the process with one line on stderr and exit code 1: a dead worker is a handled
 * case, a dead coordinator resumes. So no caller checks for NULL, and none may use these for sizes a stranger
 * chose without a ceiling of its own. Free with free().
 */
#ifndef TRAWL_COMMON_MEMORY_H
#define TRAWL_COMMON_MEMORY_H

#include <stddef.h>

/* Returns `size` zeroed bytes (at least one), the caller's. */
void *memory_new(size_t size);

/* Like realloc, with `count` elements of `size` bytes; an overflowing product counts as a failed allocation.
 */
void *memory_resize(void *old, size_t count, size_t size);

/* Returns a copy of `size` bytes with a NUL behind them, the caller's. */
char *memory_copy(const void *bytes, size_t size);

#endif
