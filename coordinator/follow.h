/* From the links of a page to URLs in the frontier: seed's other half.
 *
 * A link must be in scope, pass the filters and look like no trap; what is cut is counted by reason, each
 * time it is met: the same pages give the same counts, in whatever order they come. One that was met before
 * is let go, or moved up when this finding is nearer to the seeds. The rest is admitted, one step deeper than
 * its page. A page at the last depth leads nowhere. What no worker of ours would call a URL is let go.
 */
#ifndef TRAWL_COORDINATOR_FOLLOW_H
#define TRAWL_COORDINATOR_FOLLOW_H

#include "coordinator/crawl.h"

/* Whether this run follows links. */
int follow_is_on(const struct crawl *crawl);

/* Admits what a page of that entry, done with, links to. */
void follow_links(struct crawl *crawl, const struct entry *entry, const Trawl__Page *page);

/* Moves a URL, queued with `rank`, up to that depth, if it still is queued. */
void follow_move_up(struct crawl *crawl, const char *url, size_t size, uint64_t fingerprint, uint64_t rank,
                    unsigned depth);

/* Admits where the entry was redirected, a serialised URL without fragment: at the same depth. Where a seed
 * is redirected joins the scope. */
void follow_redirect(struct crawl *crawl, const struct entry *entry, const Trawl__Page *page, const char *url,
                     size_t size);

#endif
