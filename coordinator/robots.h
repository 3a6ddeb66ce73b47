/* robots.txt by RFC 9309: what a file says to us, and whether a path may be fetched.
 *
 * A file is a stranger's: any bytes may come, NULs and HTML included, and cost at most what 512 KiB cost.
 * What it says to one product token is compiled into one flat block of bytes, without pointers, that may be
 * stored and read again as it is, on machines of the same byte order; everything else in the file is gone.
 * Which file holds for a URL, how it is fetched, for how long it holds and what a missing one means
 * (2.3, 2.4) are the caller's.
 *
 * There are two questions. robots_allows is the bare matcher, path against rules as both are written: what
 * the tests of other parsers ask. robots_permits is what a crawler asks: escapes are compared by what they
 * mean (2.2.2) and /robots.txt itself is always allowed. docs/politeness.md says where they differ and why.
 */
#ifndef TRAWL_COORDINATOR_ROBOTS_H
#define TRAWL_COORDINATOR_ROBOTS_H

#include "common/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ROBOTS_BODY_MAX = 512 * 1024, /* bytes looked at (2.5 asks for 500 KiB) */
    ROBOTS_LINE_MAX = 16664,      /* bytes of a line with the one that ends it; what follows is not seen */
    ROBOTS_COMPILED_MAX = 2 * 1024 * 1024, /* no block is larger */
    ROBOTS_DELAY_MAX = 30000,              /* ms */
    ROBOTS_STEPS_MAX = 4 * 1024 * 1024     /* of one question: some ms */
};

/* Whether it is a product token by 2.2.1: letters, `_` and `-`, at least one. */
bool robots_is_token(const char *token);

/* Appends to `out` what the file says to `token` (its groups merged, else those for `*`, else nothing).
 * Beyond ROBOTS_BODY_MAX nothing is looked at, nor is a line that is cut there. Returns 0, or -1 when `out`
 * cannot hold it: with a limit of ROBOTS_COMPILED_MAX it always can. An empty body compiles to a block that
 * allows all. */
int robots_compile(struct buf *out, const char *body, size_t size, const char *token);

/* Whether the block is one of ours and whole. The questions below stay within any bytes they are given, and
 * of others than ours they answer that nothing is allowed; who reads blocks back from disk asks this first.
 */
bool robots_is_compiled(const void *compiled, size_t size);

/* Whether the rules allow a path (with its query, without fragment; from the first slash on), octet by octet
 * as it is written. Only the case of hexadecimal digits makes no difference. */
bool robots_allows(const void *compiled, size_t size, const char *path, size_t path_size);

/* Whether a crawler may fetch that path of the authority that the file came from. Octets are compared by
 * 2.2.2: an escaped unreserved character is that character, others and those beyond ASCII count as escaped; a
 * path's `*` and `$` count as %2A and %24 (2.2.3). /robots.txt is always allowed. */
bool robots_permits(const void *compiled, size_t size, const char *path, size_t path_size);

/* Crawl-delay in ms, 0 to ROBOTS_DELAY_MAX: the longest of the groups that hold; -1 when they name none. */
int robots_delay_ms(const void *compiled, size_t size);

/* An answer with its reason. */
struct robots_verdict {
    bool allowed;
    bool exhausted;   /* ROBOTS_STEPS_MAX did not suffice: not allowed */
    const void *rule; /* within the block; NULL: no rule matches. For robots_rule_text */
    uint64_t steps;   /* octets compared and rules looked at; those that memchr skips count a sixteenth */
};

/* As robots_allows, or robots_permits if `permits`, with the reason. The rule that decides is the one with
 * the most octets (as it is written, escapes that mean an unreserved character counted once), an Allow before
 * an equally long Disallow. Takes time linear in the rules' octets plus the number of rules with a `*` times
 * the path. */
struct robots_verdict robots_ask(const void *compiled, size_t size, const char *path, size_t path_size,
                                 bool permits);

/* Appends a rule as a line of a robots.txt, escapes normalised, without newline. Returns 0, or -1 when it
 * does not fit. */
int robots_rule_text(struct buf *out, const void *rule);

/* Appends the path and query of a URL that nobody has parsed, as the tests of other parsers write them (a
 * scheme, or even the host, may be missing; nothing is decoded or escaped). "/" when there is none. Returns
 * 0, or -1 when it does not fit. */
int robots_path(struct buf *out, const char *url, size_t size);

#endif
