/* From the links of a page to URLs in the frontier: seed's other half.
 *
 * A link that was met before is let go at once, or moved up when this finding is nearer to the seeds. A new
 * one must be in scope, pass the filters and look like no trap; those that are cut are counted by reason. The
 * rest is admitted, one hop deeper than its page. A page at the last depth leads nowhere.
 */
#ifndef TRAWL_COORDINATOR_FOLLOW_H
#define TRAWL_COORDINATOR_FOLLOW_H

#include "coordinator/crawl.h"

/* Whether this run follows links. */
int follow_is_on(const struct crawl *crawl);

/* Admits what a page of that entry, done with, links to. */
void follow_links(struct crawl *crawl, const struct entry *entry, const Trawl__Page *page);

/* Admits where the entry was redirected, a serialised URL without fragment: at the same depth. Where a seed
 * is redirected joins the scope. */
void follow_redirect(struct crawl *crawl, const struct entry *entry, const Trawl__Page *page,
                     const char *url, size_t size);

#endif
