/* The gate before a host's pages: its robots.txt (RFC 9309 2.3, 2.4).
 *
 * Before the first page of a host its robots.txt is fetched, as an assignment like any other; until it is
 * known none of its pages is handed out. What it says is compiled, kept in the store for 24 hours, and asked
 * for every page and every hop of a redirect. A file that is not there (4xx) allows all, and so does one that
 * redirects too often or to nowhere. After a server's error (5xx, 429) or none at all there are three tries;
 * then what was known before holds on, or the host's pages are refused; where there was no connection they
 * fail with that reason, as they would have themselves.
 */
#ifndef TRAWL_COORDINATOR_ROBOTS_GATE_H
#define TRAWL_COORDINATOR_ROBOTS_GATE_H

#include "coordinator/crawl.h"

enum robots_answer {
    ROBOTS_GATE_OPEN,
    ROBOTS_GATE_CLOSED, /* the page is refused */
    ROBOTS_GATE_ASKED,  /* the entry was put back: the file is to be fetched first */
};

/* What becomes of an entry that frontier_next gave. Files themselves always pass. */
enum robots_answer robots_gate_ask(struct crawl *crawl, struct entry *entry);

/* Takes in the result of the visit of a robots.txt; its lease is closed. */
void robots_gate_collect(struct crawl *crawl, struct entry *entry, const Trawl__Page *page);

/* Finishes a robots.txt that cannot be fetched, for that reason; `why` tells people more, or nothing. `entry`
 * is leased. */
void robots_gate_fail(struct crawl *crawl, struct entry *entry, enum outcome outcome, const char *why,
                      size_t size);

#endif
