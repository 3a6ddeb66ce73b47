#include "coordinator/collect.h"

#include "common/log.h"
#include "common/url.h"
#include "coordinator/commit.h"
#include "coordinator/output_jsonl.h"
#include "coordinator/output_tsv.h"
#include "coordinator/pages_table.h"
#include "coordinator/wire.h"

#include <string.h>

enum { FAILURES_SHOWN = 20 };

/* ---- what people see ------------------------------------------------------------------------------- */

static void log_failure(struct crawl *crawl, const struct entry *entry, const struct pages_row *row)
{
    uint64_t shown = ++crawl->failures_shown[row->outcome];
    const char *name = outcome_name(row->outcome);
    if (shown > FAILURES_SHOWN)
        return;
    char detail[300] = "";
    if (row->error_size)
        snprintf(detail, sizeof detail, ": %.*s", (int)row->error_size, row->error);
    else if (row->outcome == OUTCOME_HTTP_STATUS)
        snprintf(detail, sizeof detail, ": status %u", row->status);
    log_warning("%s: %s%s", entry->source, name, detail);
    if (shown == FAILURES_SHOWN)
        log_warning("further pages with the outcome %s are only counted", name);
}

/* The two lines a page that areq.py prints. */
static void log_page(const struct entry *entry, const struct pages_row *row)
{
    if (row->status)
        log_info("Got response [%u] for URL: %s", row->status, entry->source);
    log_info("Found %u links for %s", row->links, entry->source);
}

/* ---- the end of a URL ------------------------------------------------------------------------------ */

/* Returns whether it is time to write. */
static int add_rows(struct crawl *crawl, const struct entry *entry, const struct pages_row *row,
                    const Trawl__Links *links)
{
    struct buf *rows = output_rows(crawl->rows);
    if (crawl->config->format == CONFIG_JSONL)
        output_jsonl_write(rows, entry, row, links);
    else
        output_tsv_write(rows, entry, links);
    crawl->tally.rows += links ? links->count : 0;
    return output_page_end(crawl->rows);
}

/* Every road of a URL ends here. */
static void finish(struct crawl *crawl, struct entry *entry, const struct pages_row *row,
                   const Trawl__Links *links)
{
    crawl->tally.outcomes[row->outcome]++;
    crawl->tally.links += row->links;
    crawl->tally.bytes += row->bytes;
    crawl->tally.answered += row->status != 0;
    int full = add_rows(crawl, entry, row, outcome_class(row->outcome) == OUTCOME_DONE ? links : NULL);
    if (crawl->pages) {
        pages_table_write(output_rows(crawl->pages), entry, row);
        full |= output_page_end(crawl->pages);
    }
    if (full)
        commit_write(crawl);
    if (outcome_class(row->outcome) == OUTCOME_DONE)
        log_page(entry, row);
    else
        log_failure(crawl, entry, row);
    frontier_finish(crawl->frontier, entry);
    crawl_check_outputs(crawl);
}

void collect_unfetched(struct crawl *crawl, struct entry *entry, enum outcome outcome)
{
    struct pages_row row = {.outcome = outcome};
    finish(crawl, entry, &row, NULL);
}

/* ---- redirects ------------------------------------------------------------------------------------- */

/* Where a redirect leads: the serialised URL as it is requested, in `out`, and 0; or why it leads nowhere. */
static enum outcome resolve_location(const struct crawl *crawl, const struct entry *entry,
                                     const Trawl__Page *page, char *out, size_t *size)
{
    struct url_base base;
    struct url_parts parts;
    char target[URL_LONGEST];
    if (!page->location.len || url_parse_base(&base, entry->url, strlen(entry->url)))
        return OUTCOME_REDIRECT_BAD;
    ssize_t length = url_resolve(&base, (const char *)page->location.data, page->location.len, target,
                                 sizeof target, &parts);
    if (length < 0 || !url_is_web(&parts))
        return OUTCOME_REDIRECT_BAD;
    if (entry->hop >= crawl->config->max_redirects)
        return OUTCOME_REDIRECT_LIMIT;
    *size = (size_t)url_request(target, (size_t)length, out, URL_LONGEST);
    if (frontier_in_chain(entry, out, *size))
        return OUTCOME_REDIRECT_LOOP;
    if (url_has_bad_port(&parts))
        return OUTCOME_PORT;
    return OUTCOME_REDIRECTED;
}

/* ---- a result -------------------------------------------------------------------------------------- */

static struct pages_row describe(const struct crawl *crawl, const struct session *session,
                                 const struct lease *lease, const Trawl__Page *page)
{
    return (struct pages_row){
        .outcome = (enum outcome)page->outcome,
        .status = page->status,
        .type = (const char *)page->type.data,
        .type_size = page->type.len,
        .charset = page->charset,
        .bytes = page->bytes,
        .links = page->links ? page->links->count : 0,
        .worker = session->worker->name,
        .started_ms = (lease->granted - crawl->began) * 1e3,
        .total_ms = page->timings ? (double)page->timings->total / 1e3 : 0,
        .timings = page->timings,
        .truncated = page->truncated || page->links_cut,
        .error = (const char *)page->error.data,
        .error_size = page->error.len,
        .fetched = 1,
    };
}

void collect_page(struct crawl *crawl, struct session *session, const Trawl__Page *page)
{
    struct lease *lease = lease_find(crawl->leases, page->lease);
    if (!lease || lease->session != session) {
        crawl->tally.late++;
        return;
    }
    struct pages_row row = describe(crawl, session, lease, page);
    struct entry *entry = lease_close(crawl->leases, lease);
    session->worker->pages++;
    if (row.outcome == OUTCOME_REDIRECTED) {
        char target[URL_LONGEST];
        size_t size = 0;
        row.outcome = resolve_location(crawl, entry, page, target, &size);
        if (row.outcome == OUTCOME_REDIRECTED) {
            entry->private_ok = entry->private_ok && page->private_address;
            frontier_redirect(crawl->frontier, entry, target, size);
            return;
        }
        row.error = (const char *)page->location.data;
        row.error_size = page->location.len;
    }
    finish(crawl, entry, &row, page->links);
}
