/* HTML Tidy as a parser: the tags of a page as tidy's tree holds them.
 *
 * Tidy repairs what it reads, and it can be led into quadratic time, deep recursion and any amount of memory,
 * so each page runs under budgets: memory (128 MiB), allocations, depth of the stack, CPU time. When one is
 * used up the parse ends at once and what the tree holds by then still counts. All of tidy's memory is one
 * reservation per parser, forgotten between pages.
 *
 * The budgets are looked at when tidy allocates, reads a byte or reports. A loop that does none of these runs
 * on; none is known that takes long: 200,000 attributes in one tag, which tidy compares each with each, end
 * at the budget, and the walks over the finished tree are linear. The parent's stall watch stands behind it.
 *
 * Call it on the main thread: the depth is judged by the size of its stack.
 */
#ifndef TRAWL_WORKER_TIDY_H
#define TRAWL_WORKER_TIDY_H

#include "worker/tag.h"

#include <stddef.h>

#define TIDY_SECONDS 2.0 /* of CPU that a page may take */

struct tidy;

/* Runs for each element of the tree, within tidy_parse. Not for what stands inside elements whose content is
 * text to a browser that runs scripts (noscript, iframe, noembed, noframes). Where tidy's tree differs from a
 * browser's, it is tidy's that counts: xmp and plaintext have become pre and their content markup, a tag or
 * quote that the page's end cuts off is closed, and an element that tidy has no place for is gone. */
typedef void tidy_on_tag(void *context, const struct tag *tag);

/* Returns a parser, the caller's. Reserves 128 MiB of address space; ends the process when there is none. */
struct tidy *tidy_create(void);

/* Frees it; *tidy becomes NULL. Accepts NULL. */
void tidy_destroy(struct tidy **tidy);

/* Parses a page, valid UTF-8 without a byte order mark, and then reports its elements, in the order of the
 * tree. Takes at most `seconds` of CPU time for the parse. Returns 0, or -1 when a budget was used up: the
 * elements known by then have been reported. Nothing of the page remains. */
int tidy_parse(struct tidy *tidy, const char *html, size_t size, double seconds, tidy_on_tag *on_tag,
               void *context);

#endif
