/* What an earlier process has read of a list, found again in the list as it is now.
 *
 * An input is a file or a pipe; stdin may be either, and a file need not stand at its beginning.
 */
#ifndef TRAWL_COORDINATOR_SEED_KNOWN_H
#define TRAWL_COORDINATOR_SEED_KNOWN_H

#include "coordinator/record.h"

#include <xxhash.h>

enum seed_known {
    SEED_KNOWN_PREFIX, /* it begins with what was read; the file stands behind that */
    SEED_KNOWN_OTHER,  /* it begins otherwise; the file stands where it stood */
    SEED_KNOWN_PIPE,   /* that cannot be looked at first; nothing was read */
};

/* Looks for what `cursor` says was read, and updates `hash` with the bytes it skips. A list whose last line
 * had no newline may have got one since: it is skipped too, and the cursor moved. If the list goes on in any
 * other way in the middle of that line, it is another list. */
enum seed_known seed_known_skip(int fd, struct seed_cursor *cursor, XXH3_state_t *hash);

/* Whether there is something left to read; of a pipe that cannot be known: yes. */
int seed_known_has_more(int fd);

#endif
