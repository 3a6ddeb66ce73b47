/* How a link is spelled in a page, and what it means to a browser: the two sides of one table row.
 *
 * This table is why the truth needs no parser and no URL library. A row's two forms are text in which $ and a
 * letter stand for a part of the target or of the document; the same parts are filled into both.
 */
#ifndef TRAWL_BENCH_PAGE_LINK_H
#define TRAWL_BENCH_PAGE_LINK_H

#include "bench/world.h"
#include "common/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* How the target must stand to the document's base for the spelling to reach it. */
enum page_link_target {
    PAGE_LINK_SELF,    /* no page is named */
    PAGE_LINK_SIBLING, /* a page of the same inner directory */
    PAGE_LINK_COUSIN,  /* of the same outer directory */
    PAGE_LINK_HOST,    /* of the same host */
    PAGE_LINK_ANY,
};

/* Where a spelling may stand. */
enum {
    PAGE_LINK_QUOTED = 1, /* not without quotes */
    PAGE_LINK_UTF8 = 2,   /* only in a page in UTF-8 */
};

struct page_link_spelling {
    enum page_link_target target;
    int needs; /* PAGE_LINK_QUOTED, PAGE_LINK_UTF8 */
    const char *spelled;
    const char *means;
};

/* The first PAGE_LINK_BASES also serve as <base href>; the first PAGE_LINK_COMMON are what pages are mostly
 * made of. */
enum { PAGE_LINK_BASES = 3, PAGE_LINK_COMMON = 9, PAGE_LINK_SPELLINGS = 41 };
extern const struct page_link_spelling page_link_spellings[PAGE_LINK_SPELLINGS];

/* Whether it means a page by its own URL, the fragment aside: a crawler that follows it comes to that page.
 */
bool page_link_is_plain(const struct page_link_spelling *spelling);

/* The document that a link stands in. */
struct page_link_document {
    const struct world *world;
    int64_t base; /* the page whose URL is the base of its links */
    bool latin1;  /* written in windows-1252, else in UTF-8 */
};

struct page_link {
    const struct page_link_spelling *spelling;
    int64_t target; /* a page */
    int64_t number; /* what $N stands for */
};

/* Appends the link as it stands in an attribute's value, or the URL it means, to `out`, whose limit must
 * allow for it. */
void page_link_spell(const struct page_link_document *document, const struct page_link *link,
                     struct buf *out);
void page_link_mean(const struct page_link_document *document, const struct page_link *link, struct buf *out);

#endif
