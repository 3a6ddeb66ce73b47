#include "coordinator/redirect.h"

#include "common/url.h"

#include <string.h>

enum outcome redirect_resolve(const struct entry *entry, const char *location, size_t size, unsigned most,
                              char *out, size_t *out_size)
{
    struct url_base base;
    struct url_parts parts;
    char target[URL_LONGEST];
    if (!size || url_parse_base(&base, entry->url, strlen(entry->url)))
        return OUTCOME_REDIRECT_BAD;
    ssize_t length = url_resolve(&base, location, size, target, sizeof target, &parts);
    if (length < 0 || !url_is_web(&parts))
        return OUTCOME_REDIRECT_BAD;
    if (entry->hop >= most)
        return OUTCOME_REDIRECT_LIMIT;
    *out_size = (size_t)url_request(target, (size_t)length, out, URL_LONGEST);
    if (frontier_in_chain(entry, out, *out_size))
        return OUTCOME_REDIRECT_LOOP;
    return url_has_bad_port(&parts) ? OUTCOME_PORT : OUTCOME_REDIRECTED;
}
