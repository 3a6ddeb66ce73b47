/* The table of --pages: one line a URL, failures too. */
#ifndef TRAWL_COORDINATOR_PAGES_TABLE_H
#define TRAWL_COORDINATOR_PAGES_TABLE_H

#include "common/buf.h"
#include "common/outcome.h"
#include "coordinator/frontier.h"
#include "proto/trawl.pb-c.h"

#include <stdbool.h>

/* The first line, with its \n. */
extern const char pages_table_header[];

/* How a URL ended. Pointers are borrowed. */
struct pages_row {
    enum outcome outcome;
    const char *final_url; /* NULL: the one requested */
    uint32_t status;       /* 0: unknown */
    const char *type;      /* the Content-Type header; may hold any byte */
    size_t type_size;
    const char *charset; /* NULL or "": unknown */
    uint64_t bytes;
    uint32_t links;
    const char *worker; /* NULL: none */
    double started_ms;
    double total_ms;
    const Trawl__Timings *timings; /* NULL: unknown */
    bool truncated;
    const char *error; /* for people; of a redirect that led nowhere its Location; may hold any byte */
    size_t error_size;
    bool fetched; /* else sizes and times are unknown */
};

/* Appends the line. Bytes of strangers outside printable ASCII are written as \xNN, a backslash as \\ (H88).
 */
void pages_table_write(struct buf *out, const struct entry *entry, const struct pages_row *row);

#endif
