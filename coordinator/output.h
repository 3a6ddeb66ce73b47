/* A file that only ever holds whole pages.
 *
 * Rows are appended to memory and written at page boundaries: after a failed write a regular file is cut back
 * to the last boundary that was reached. The file is opened without emptying it and locked, so that nothing
 * is lost before the first usable URL is known, and two runs cannot write one file. `-` is stdout, which is
 * neither locked nor cut.
 */
#ifndef TRAWL_COORDINATOR_OUTPUT_H
#define TRAWL_COORDINATOR_OUTPUT_H

#include "common/buf.h"

#include <stdint.h>

struct output;

enum output_state {
    OUTPUT_GOOD,
    OUTPUT_CLOSED_PIPE, /* the reader went away */
    OUTPUT_BROKEN,      /* said on the log */
};

/* Opens `path` (borrowed while the output lives), creating it if need be. Returns NULL with one line logged
 * when it cannot be written or another process holds its lock. */
struct output *output_open(const char *path);

/* Writes what is left, unlocks and closes; a file that was created and never begun is removed. *output
 * becomes NULL. Accepts NULL. */
void output_close(struct output **output);

/* Empties a regular file and writes `header` (may be ""): from here on the old content is gone. */
void output_begin(struct output *output, const char *header);

/* Where the rows of the page in hand are appended: plain buf functions. */
struct buf *output_rows(struct output *output);

/* The page in hand is whole. Writes when enough has gathered. */
void output_page_end(struct output *output);

/* Writes all whole pages. */
void output_flush(struct output *output);

/* How it stands; once not good, it stays so and takes nothing more. */
enum output_state output_state(const struct output *output);

#endif
