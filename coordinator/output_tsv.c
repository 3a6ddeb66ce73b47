#include "coordinator/output_tsv.h"

#include <string.h>

const char output_tsv_header[] = "source_url\tparsed_url\n";

void output_tsv_write(struct buf *out, const struct entry *entry, const Trawl__Links *links)
{
    if (!links)
        return;
    size_t start = out->size, source_size = strlen(entry->source);
    const char *url = (const char *)links->urls.data, *end = url + links->urls.len;
    for (uint32_t i = 0; i < links->count; i++) {
        const char *stop = memchr(url, '\n', (size_t)(end - url));
        size_t size = (size_t)((stop ? stop : end) - url);
        char *room = buf_reserve(out, source_size + size + 2);
        if (!room) {
            out->size = start; /* no page that keeps the limits: none of it rather than half */
            return;
        }
        memcpy(room, entry->source, source_size);
        room[source_size] = '\t';
        memcpy(room + source_size + 1, url, size);
        room[source_size + 1 + size] = '\n';
        out->size += source_size + size + 2;
        url += size + 1;
    }
}
