/* The elements and attributes that hold links.
 *
 * One table for everyone: extraction reads it, a row's index is one byte on the wire and in stored runs, and
 * the JSON output names the row's element and attribute. Rows are therefore append-only: never removed,
 * reordered or changed in meaning; a new one goes to the end, at most 256 in all.
 *
 * `--links` chooses which rows count: `a` only what a person follows (a, area), `href` every href of a, area
 * and link, `all` every row.
 */
#ifndef TRAWL_COMMON_LINK_KIND_H
#define TRAWL_COMMON_LINK_KIND_H

#include <stdbool.h>
#include <stddef.h>

enum link_kind { LINKS_HREF, LINKS_A, LINKS_ALL };

/* The words for --links, in the order of the enum, as an option's list of choices. */
#define LINK_KIND_CHOICES "href|a|all"

/* How an attribute's value is read. */
enum link_kind_form {
    LINK_KIND_URL,    /* one URL */
    LINK_KIND_SRCSET, /* image candidates (HTML 4.8.4.3.2, "parse a srcset attribute") */
    LINK_KIND_WORDS,  /* URLs between ASCII white space (ping) */
    LINK_KIND_REFRESH /* the URL of <meta http-equiv=refresh> (HTML 4.2.5.3) */
};

struct link_kind_row {
    const char *element;   /* lower case */
    const char *attribute; /* lower case */
    enum link_kind_form form;
    enum link_kind least; /* the narrowest choice that counts it */
};

/* The row of that index, static; NULL beyond the last. Rows of one element stand in the order in which its
 * links count as standing in the document. */
const struct link_kind_row *link_kind_row(unsigned index);

/* Whether a row counts under a choice. */
bool link_kind_counts(const struct link_kind_row *row, enum link_kind kind);

/* The word for a choice, static; and the choice for a word: 0, or -1 for any other word. */
const char *link_kind_name(enum link_kind kind);
int link_kind_by_name(const char *name, enum link_kind *kind);

/* ---- flags of a link ------------------------------------------------------------------------------- */

/* 16 bits a link, on the wire too: append-only like the rows. The first ones say which tokens its rel holds.
 */
enum link_kind_flag {
    LINK_KIND_NOFOLLOW = 1 << 0,
    LINK_KIND_UGC = 1 << 1,
    LINK_KIND_SPONSORED = 1 << 2,
    LINK_KIND_NOOPENER = 1 << 3,
    LINK_KIND_NOREFERRER = 1 << 4,
    LINK_KIND_EXTERNAL = 1 << 5,
    LINK_KIND_CANONICAL = 1 << 6,
    LINK_KIND_NEXT = 1 << 7,
    LINK_KIND_PREV = 1 << 8,
    LINK_KIND_ALTERNATE = 1 << 9,
    LINK_KIND_STYLESHEET = 1 << 10,
    LINK_KIND_ICON = 1 << 11,
    LINK_KIND_AUTHOR = 1 << 12,
    LINK_KIND_LICENSE = 1 << 13,
    LINK_KIND_REPAIRED = 1 << 15 /* found by repairing a page that swallowed its own tail */
};

/* The flags for the tokens of a rel value: ASCII case does not matter, unknown ones add nothing. */
unsigned link_kind_rel(const char *rel, size_t size);

#endif
