/* Where <meta http-equiv=refresh> leads (WHATWG HTML 4.2.5.3, "shared declarative refresh steps"). */
#ifndef TRAWL_WORKER_REFRESH_H
#define TRAWL_WORKER_REFRESH_H

#include <stddef.h>

/* Finds the URL in a content value. Returns 1 with the URL, inside the value and yet to be resolved, in *url
 * and *url_size; 0 when the page only reloads itself; -1 when the value is no refresh at all. */
int refresh_parse(const char *content, size_t size, const char **url, size_t *url_size);

#endif
