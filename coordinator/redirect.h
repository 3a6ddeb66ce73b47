/* Where a redirect leads (RFC 9110 10.2.2, 15.4). */
#ifndef TRAWL_COORDINATOR_REDIRECT_H
#define TRAWL_COORDINATOR_REDIRECT_H

#include "common/outcome.h"
#include "coordinator/frontier.h"

#include <stddef.h>

/* Resolves the Location that answered the entry's request. Returns OUTCOME_REDIRECTED with the URL as it is
 * requested in `out`, which has room for URL_LONGEST, and its size in *out_size; or why it is not followed:
 * not a URL of the web, after `most` redirects one too many, requested before, a port that browsers refuse
 * (H41 to H43). */
enum outcome redirect_resolve(const struct entry *entry, const char *location, size_t size, unsigned most,
                              char *out, size_t *out_size);

#endif
