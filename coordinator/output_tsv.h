/* The rows as tab-separated values: source_url and parsed_url, one link a line. */
#ifndef TRAWL_COORDINATOR_OUTPUT_TSV_H
#define TRAWL_COORDINATOR_OUTPUT_TSV_H

#include "common/buf.h"
#include "coordinator/frontier.h"
#include "proto/trawl.pb-c.h"

/* The first line, with its \n. */
extern const char output_tsv_header[];

/* Appends a line for each link (NULL: none). `links` keeps the limits of proto/message.h, and `out` is an
 * output's, which has room for the largest page that does. */
void output_tsv_write(struct buf *out, const struct entry *entry, const Trawl__Links *links);

#endif
