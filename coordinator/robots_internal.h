/* What robots*.c share: the block's layout, and octets.
 *
 * Rules and paths are compared in one alphabet, the octets. A character with two spellings that mean the
 * same, raw and escaped, is one octet in each: itself, or itself with the high bit (ROBOTS_ESCAPED).
 * Everything else that is escaped, and all beyond ASCII, is three octets, `%` and two upper-case digits. So
 * the bare matcher compares octets, and the crawler's compares them without the high bit.
 */
#ifndef TRAWL_COORDINATOR_ROBOTS_INTERNAL_H
#define TRAWL_COORDINATOR_ROBOTS_INTERNAL_H

#include "coordinator/robots.h"

enum {
    ROBOTS_ESCAPED = 0x80,
    ROBOTS_NEVER = 0xff, /* no rule has it: a raw octet beyond ASCII in a path */
};

enum robots_side { ROBOTS_RULE, ROBOTS_PATH_WRITTEN, ROBOTS_PATH_MEANT };

/* Writes the octets of `text`, at most three for each byte, to `out`. A ROBOTS_RULE keeps the high bit and
 * escapes what lies beyond ASCII; a ROBOTS_PATH_WRITTEN has ROBOTS_NEVER there; a ROBOTS_PATH_MEANT escapes
 * it and loses the high bit. Returns how many. */
size_t robots_spell(uint8_t *out, const char *text, size_t size, enum robots_side side);

/* A block: this head, then the rules, those that decide first standing first, without padding. */
struct robots_head {
    char mark[4];
    int32_t delay_ms; /* -1: none */
    uint32_t rules;
    uint32_t size; /* of the block */
};

#define ROBOTS_MARK "rbt1"

enum { ROBOTS_ALLOW = 1, ROBOTS_AT_END = 2 /* `$` */ };

/* A rule: this head, then its octets, of which a raw `*` stands for any. */
struct robots_rule {
    uint16_t octets; /* as written: what makes it win */
    uint16_t size;   /* of what follows */
    uint8_t flags;
} __attribute__((packed));

#endif
