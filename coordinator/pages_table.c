#include "coordinator/pages_table.h"

#include <stdio.h>
#include <string.h>

const char pages_table_header[] =
    "url\toutcome\tstatus\tfinal_url\tredirects\ttype\tcharset\tbytes\tlinks\tdepth\tattempts\t"
    "worker\tstarted_ms\ttotal_ms\ttruncated\terror\n";

static void add_escaped(struct buf *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\\')
            buf_append(out, "\\\\", 2);
        else if (c >= 0x20 && c < 0x7f)
            buf_append_byte(out, (char)c);
        else
            buf_append_format(out, "\\x%02x", c);
    }
}

static void add_number(struct buf *out, double value, int known)
{
    if (known)
        buf_append_format(out, "%.0f", value);
    buf_append_byte(out, '\t');
}

static void add_text(struct buf *out, const char *text)
{
    if (text)
        buf_append_string(out, text);
    buf_append_byte(out, '\t');
}

void pages_table_write(struct buf *out, const struct entry *entry, const struct pages_row *row)
{
    add_text(out, entry->source);
    add_text(out, outcome_name(row->outcome));
    add_number(out, row->status, row->status != 0);
    add_text(out, row->final_url ? row->final_url : entry->url);
    add_number(out, entry->hop, 1);
    add_escaped(out, row->type, row->type_size);
    add_text(out, "");
    add_text(out, row->charset);
    add_number(out, (double)row->bytes, row->fetched);
    add_number(out, row->links, row->fetched);
    add_number(out, frontier_depth(entry), 1);
    add_number(out, entry->attempt, 1);
    add_text(out, row->worker);
    add_number(out, row->started_ms, row->fetched);
    add_number(out, row->total_ms, row->fetched);
    add_number(out, row->truncated, 1);
    add_escaped(out, row->error, row->error_size);
    buf_append_byte(out, '\n');
}
