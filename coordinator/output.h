/* A file that only ever holds whole pages.
 *
 * Rows are appended to memory and written at page boundaries when its owner says so: after a failed write a
 * regular file is cut back to the boundary that it stood at. The file is opened without emptying it and
 * locked, so that nothing is lost before the first usable URL is known, and two runs cannot write one file.
 * `-` is stdout, which is neither locked nor cut.
 */
#ifndef TRAWL_COORDINATOR_OUTPUT_H
#define TRAWL_COORDINATOR_OUTPUT_H

#include "common/buf.h"

#include <stdint.h>

struct output;

enum { OUTPUT_TAIL = 4096 };

/* How far a file was committed, and what stands before that. */
struct output_mark {
    uint64_t length;
    uint64_t tail; /* XXH3 of the last OUTPUT_TAIL bytes up to there */
};

enum output_state {
    OUTPUT_GOOD,
    OUTPUT_CLOSED_PIPE, /* the reader went away */
    OUTPUT_BROKEN,      /* a write failed; said on the log */
    OUTPUT_UNSURE,      /* a sync failed, or it was abandoned: what the disk holds is unknown */
};

/* Opens `path` (borrowed while the output lives), creating it if need be. Returns NULL with one line logged
 * when it cannot be written or another process holds its lock. */
struct output *output_open(const char *path);

/* As output_open, for a file that an earlier process left: it must be there (unless the mark's length is 0),
 * be at least as long as the mark says and end there as it did. It is not changed yet. Returns NULL with one
 * line logged. */
struct output *output_reopen(const char *path, const struct output_mark *mark);

/* Cuts a regular file back to a mark and drops what is not written: what follows stands behind it. Returns 0,
 * or -1 with one line logged. */
int output_cut(struct output *output, const struct output_mark *mark);

/* Writes what is left, unlocks and closes; a file that was created and never begun is removed. *output
 * becomes NULL. Accepts NULL. */
void output_close(struct output **output);

/* Empties a regular file and writes `header` (may be ""): from here on the old content is gone. */
void output_begin(struct output *output, const char *header);

/* Where the rows of the page in hand are appended: plain buf functions. */
struct buf *output_rows(struct output *output);

/* The page in hand is whole. Returns whether so much has gathered that it should be written. */
int output_page_end(struct output *output);

/* Writes all whole pages. */
void output_flush(struct output *output);

/* Writes all whole pages and waits until they would survive a loss of power; a pipe is only written to.
 * Returns 0, or -1 with one line logged: what reached the disk is unknown then and nothing more is written.
 */
int output_sync(struct output *output);

/* What has been written so far. */
struct output_mark output_mark(const struct output *output);

/* Waits until the name of a file that was made here would survive a loss of power. Returns 0, or -1 with one
 * line logged. */
int output_sync_name(const struct output *output);

/* Drops what is not written and writes nothing more. */
void output_abandon(struct output *output);

/* Whether it is a plain file, and so has an end to come back to. */
int output_is_file(const struct output *output);

/* How it stands; once not good, it stays so and takes nothing more. */
enum output_state output_state(const struct output *output);

#endif
