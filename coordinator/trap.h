/* URLs that look as if their site made them without end (HOSTILE H77): they are not followed.
 *
 * A site that has its links relative to a page under the wrong path grows /a/b/a/b/a/b/..., and a session or
 * a search in the path grows without repeating itself. What no rule here sees (a calendar, ?page=n) is
 * bounded by the limits of the run. Seeds are not judged: they were asked for.
 */
#ifndef TRAWL_COORDINATOR_TRAP_H
#define TRAWL_COORDINATOR_TRAP_H

#include <stddef.h>

enum trap {
    TRAP_NONE,
    TRAP_LONG,     /* over TRAP_LONGEST bytes, all in all */
    TRAP_DEEP,     /* over TRAP_DEEPEST path segments */
    TRAP_REPEATED, /* a segment, or a group of neighbouring ones, stands three times in a row or more */
};

enum { TRAP_LONGEST = 2048, TRAP_DEEPEST = 32 };

/* Judges a serialised http or https URL. Segments are what stands between the slashes of the path, empty ones
 * too; the one behind the last slash only where there is something. They are compared byte by byte. Of
 * several the first in the order above is returned. */
enum trap trap_check(const char *url, size_t size);

#endif
