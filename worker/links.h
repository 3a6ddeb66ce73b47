/* The links of one page, from its tags.
 *
 * Tags come in as parsers find them; which of their attributes hold links is link_kind's table, chosen by
 * --links. Values are decoded and resolved at once; since the first `<base href>` counts wherever it stands
 * (WHATWG HTML 4.2.3), they are kept and resolved again when it comes behind them. Each URL counts once,
 * where it is found first. What comes out are columns, as they travel to the coordinator.
 */
#ifndef TRAWL_WORKER_LINKS_H
#define TRAWL_WORKER_LINKS_H

#include "common/link_kind.h"
#include "worker/charset.h"
#include "worker/tag.h"
#include "worker/tokenizer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct links;

struct links_settings {
    enum link_kind kind;
    bool all_schemes; /* not only http and https */
    bool rels;        /* keep rel values, not only their flags */
    size_t most;      /* links of a page */
    size_t bytes;     /* of their URLs, joints included */
};

enum { LINKS_MOST = 50000, LINKS_BYTES = 4 * 1024 * 1024 };

/* What a page holds. The pointers are the links' until the next links_begin or links_destroy. */
struct links_page {
    size_t count;
    const char *urls; /* serialised, joined by '\n'; may be NULL when there are none */
    size_t urls_size;
    const uint8_t *kinds;  /* one a link: the row of link_kind's table */
    const uint16_t *flags; /* one a link: link_kind_flag */
    const char *rels;      /* rel values joined by '\n', their white space one blank; NULL unless asked for */
    size_t rels_size;
    size_t cut; /* references that found no room, repeated ones each time; 0 for a page that is complete */
    const char *base; /* what the links were resolved against, serialised */
    size_t base_size;
};

/* Returns a collector, the caller's. */
struct links *links_create(const struct links_settings *settings);

/* Frees it; *links becomes NULL. Accepts NULL. */
void links_destroy(struct links **links);

/* The tags that can hold links under these settings, with the attributes that are looked at: for a tokenizer,
 * whose tags then say by their want which of them they are. The links'. */
const struct tokenizer_want *links_wants(const struct links *links, size_t *count);

/* Begins a page at that URL. `charset` is the page's: queries are written in it. `raw` says that attribute
 * values still are in it, so it must be ASCII-compatible; without, they are UTF-8. Returns 0, or -1 when the
 * URL is none: then the page has no links, whatever its tags. */
int links_begin(struct links *links, const char *url, size_t size, const struct charset *charset, bool raw);

/* Takes in a start tag, from any parser: one with a want is an answer to links_wants, one without is known by
 * its name. */
void links_tag(struct links *links, const struct tag *tag);

/* Says that what comes from here on was found by repairing the page: its links are marked LINK_KIND_REPAIRED,
 * a base in it changes nothing for those found before, so it does not count, and values are UTF-8. */
void links_repair(struct links *links);

/* Ends the page and returns its links. */
const struct links_page *links_finish(struct links *links);

#endif
