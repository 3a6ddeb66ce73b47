#include "coordinator/output_jsonl.h"

#include "common/json.h"
#include "common/link_json.h"

#include <string.h>

/* ---- fields: their names with the comma before ----------------------------------------------------- */

static void add_text(struct buf *out, const char *name, const char *text, size_t size)
{
    buf_append_string(out, name);
    json_append_text(out, text, size);
}

static void add_number(struct buf *out, const char *name, uint64_t value, bool known)
{
    buf_append_string(out, name);
    if (known)
        json_append_number(out, value);
    else
        buf_append(out, "null", 4);
}

static void add_time(struct buf *out, const char *name, const uint32_t *microseconds)
{
    buf_append_string(out, name);
    if (microseconds)
        json_append_thousandths(out, *microseconds);
    else
        buf_append(out, "null", 4);
}

static size_t length(const char *text)
{
    return text ? strlen(text) : 0;
}

static void add_times(struct buf *out, const Trawl__Timings *times)
{
    add_time(out, ",\"times\":{\"dns\":", times ? &times->dns : NULL);
    add_time(out, ",\"connect\":", times ? &times->connect : NULL);
    add_time(out, ",\"tls\":", times ? &times->tls : NULL);
    add_time(out, ",\"first_byte\":", times ? &times->first_byte : NULL);
    add_time(out, ",\"total\":", times ? &times->total : NULL);
    add_time(out, ",\"parse\":", times ? &times->parse : NULL);
    buf_append_byte(out, '}');
}

static void add_links(struct buf *out, const Trawl__Links *links)
{
    struct link_json columns = {0};
    if (links)
        columns = (struct link_json){
            .count = links->count,
            .urls = (const char *)links->urls.data,
            .urls_size = links->urls.len,
            .kinds = links->kinds.data,
            .flags = links->flags.data,
            .rels = (const char *)links->rels.data,
            .rels_size = links->rels.len,
        };
    buf_append_string(out, ",\"links\":");
    link_json_append(out, &columns);
}

/* ---- a line ---------------------------------------------------------------------------------------- */

void output_jsonl_write(struct buf *out, const struct entry *entry, const struct pages_row *row,
                        const Trawl__Links *links)
{
    add_text(out, "{\"url\":", entry->source, strlen(entry->source));
    const char *final_url = row->final_url ? row->final_url : entry->url;
    add_text(out, ",\"final_url\":", final_url, strlen(final_url));
    add_number(out, ",\"redirects\":", entry->hop, true);
    add_number(out, ",\"status\":", row->status, row->status != 0);
    add_text(out, ",\"outcome\":", outcome_name(row->outcome), strlen(outcome_name(row->outcome)));
    add_text(out, ",\"error\":", row->error, row->error_size);
    add_number(out, ",\"depth\":", frontier_depth(entry), true);
    add_number(out, ",\"attempts\":", entry->attempt, true);
    add_text(out, ",\"type\":", row->type, row->type_size);
    add_text(out, ",\"charset\":", row->charset, length(row->charset));
    add_number(out, ",\"bytes\":", row->bytes, row->fetched);
    buf_append_string(out, row->truncated ? ",\"truncated\":true" : ",\"truncated\":false");
    add_times(out, row->timings);
    add_text(out, ",\"worker\":", row->worker, length(row->worker));
    add_links(out, links);
    buf_append(out, "}\n", 2);
}
