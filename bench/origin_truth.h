/* The world's lists, as files for tests: what to fetch, which rows must come of it, how every page must end.
 *
 * Each file is written beside its place and renamed, so whoever sees it sees all of it; what is no plain file
 * (a pipe, a device) is written to. All are in the order of the URL list. Where links are followed, `reach`
 * says which URLs are found, and the files tell of all of them; it is NULL where a list alone is fetched.
 */
#ifndef TRAWL_BENCH_ORIGIN_TRUTH_H
#define TRAWL_BENCH_ORIGIN_TRUTH_H

#include "bench/page.h"
#include "bench/reach.h"
#include "bench/world.h"

/* Each writes one file and returns 0, or -1 (logged; nothing is left behind). */

/* One listed URL a line. */
int origin_truth_write_urls(const struct world *world, const char *path);

/* trawl's TSV without its header: source_url TAB parsed_url. The source is the URL as listed; the rows of one
 * that redirects are those of the page it ends at, or, where links are followed, none. Only pages that end
 * `ok` have any. */
int origin_truth_write_rows(const struct world *world, const struct reach *reach, enum page_links count,
                            const char *path);

/* url TAB outcome TAB status TAB final_url. The status is the last answer's, empty where there was none; the
 * final URL is the last one asked for. Where links are followed every step of a redirect chain has its own
 * line, is its own final URL, and a fifth column tells its depth. */
int origin_truth_write_outcomes(const struct world *world, const struct reach *reach, const char *path);

/* Into an existing directory: for each listed URL that ends at HTML, the body of that page as N.html, and in
 * pages.tsv the line FILE TAB final URL TAB charset (as the Content-Type names it, else empty). */
int origin_truth_write_bodies(const struct world *world, const char *directory);

#endif
