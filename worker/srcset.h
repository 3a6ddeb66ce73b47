/* Image candidates (WHATWG HTML 4.8.4.3.2, "parse a srcset attribute").
 *
 * Gives the URLs of all valid candidates; which of them a browser would choose is not asked. A candidate
 * whose descriptors contradict each other does not count; unknown ones do no harm.
 */
#ifndef TRAWL_WORKER_SRCSET_H
#define TRAWL_WORKER_SRCSET_H

#include <stddef.h>

struct srcset {
    const char *at; /* where parsing goes on */
    const char *end;
    const char *url; /* the candidate found, inside the value */
    size_t url_size;
};

/* Begins with an attribute's value, borrowed until the last srcset_next. */
void srcset_init(struct srcset *srcset, const char *value, size_t size);

/* Finds the next candidate. Returns 1 with url and url_size set, or 0 at the end. */
int srcset_next(struct srcset *srcset);

#endif
