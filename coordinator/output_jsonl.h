/* The rows as JSON lines: one page a line, failures too.
 *
 *   {"url":"http://h/","final_url":"http://h/b","redirects":1,"status":200,"outcome":"ok","error":null,"depth":0,
 *    "attempts":1,"type":"text/html","charset":"UTF-8","bytes":1024,"truncated":false,
 *    "times":{"dns":0.210,"connect":0.481,"tls":0.000,"first_byte":1.204,"total":2.031,"parse":0.077},
 *    "worker":"local-1","links":[...]}
 *
 * on one line, in this order. null is what is not known: the status of a page that never answered, type and
 * charset of one that did not say, bytes, worker and times of one that was never fetched, the error where
 * there was none. Times are milliseconds, 0 for a stage that did not take place. `links` is what
 * common/link_json.h writes, [] but for pages that are done. Text of strangers may hold any character; no
 * byte of it is taken for a line's end.
 */
#ifndef TRAWL_COORDINATOR_OUTPUT_JSONL_H
#define TRAWL_COORDINATOR_OUTPUT_JSONL_H

#include "coordinator/pages_table.h"

/* Appends the line of a page; `links` as for output_tsv_write. */
void output_jsonl_write(struct buf *out, const struct entry *entry, const struct pages_row *row,
                        const Trawl__Links *links);

#endif
