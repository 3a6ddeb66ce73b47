#include "coordinator/collect.h"

#include "common/log.h"
#include "common/url.h"
#include "coordinator/commit.h"
#include "coordinator/follow.h"
#include "coordinator/output_jsonl.h"
#include "coordinator/output_tsv.h"
#include "coordinator/pages_table.h"
#include "coordinator/redirect.h"
#include "coordinator/robots_gate.h"
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
    else if (row->outcome == OUTCOME_PORT)
        snprintf(detail, sizeof detail, ": browsers refuse it, and so does trawl");
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

/* Every road of an admitted URL ends here. */
static void finish(struct crawl *crawl, struct entry *entry, const struct pages_row *row,
                   const Trawl__Links *links)
{
    crawl->tally.outcomes[row->outcome]++;
    crawl->tally.links += row->links;
    crawl->tally.bytes += row->bytes;
    crawl->tally.truncated += row->truncated;
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
    if (entry->kind == ENTRY_ROBOTS)
        robots_gate_fail(crawl, entry, outcome, "", 0);
    else
        finish(crawl, entry, &row, NULL);
}

/* ---- what may come another time -------------------------------------------------------------------- */

static const double first_retry = 1;

/* Whether there was no answer, and there may be one another time. */
static int is_silence(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_DNS_TEMPORARY:
    case OUTCOME_CONNECT:
    case OUTCOME_TIMEOUT_CONNECT:
    case OUTCOME_TIMEOUT_FIRST_BYTE:
    case OUTCOME_TIMEOUT_TOTAL:
    case OUTCOME_STALL:
    case OUTCOME_RESET:
    case OUTCOME_EMPTY_REPLY:
        return 1;
    default:
        return 0;
    }
}

static int is_transient(const Trawl__Page *page)
{
    uint32_t status = page->status;
    return is_silence((enum outcome)page->outcome) ||
           (page->outcome == OUTCOME_HTTP_STATUS && (status == 408 || status == 502 || status == 504));
}

/* A host that asks for a pause is given one; what asked is not counted against the URL. A 503 that does not
 * say for how long may be that page's alone and for ever: it is counted. Returns whether the entry waits. */
static int pause_host(struct crawl *crawl, struct entry *entry, const Trawl__Page *page)
{
    double pause, asked = page->retry_after ? (double)page->retry_after : -1;
    int counts = page->status == 503 && !page->retry_after;
    if ((page->status != 429 && page->status != 503) || (counts && entry->failures >= crawl->config->retries))
        return 0;
    if (frontier_host_pause(crawl->frontier, entry, asked, &pause))
        return 0;
    entry->failures = (uint16_t)(entry->failures + counts);
    frontier_put_off(crawl->frontier, entry, pause);
    return 1;
}

static int retry(struct crawl *crawl, struct entry *entry, const Trawl__Page *page)
{
    if (!is_transient(page) || entry->failures >= crawl->config->retries)
        return 0;
    double wait = first_retry * (1u << (entry->failures < 8 ? entry->failures : 8));
    entry->failures++;
    frontier_put_off(crawl->frontier, entry, frontier_jitter(crawl->frontier, wait));
    return 1;
}

static void tell_parked(struct crawl *crawl, const struct entry *entry, double seconds)
{
    if (seconds <= 0 || ++crawl->parkings_shown > FAILURES_SHOWN)
        return;
    log_warning("%s: its host does not answer, and is left alone for %.0f s", entry->source, seconds);
    if (crawl->parkings_shown == FAILURES_SHOWN)
        log_warning("of further hosts that do not answer nothing is said");
}

/* What the result says of the host. */
static void note_host(struct crawl *crawl, const struct entry *entry, const Trawl__Page *page)
{
    if (page->status)
        frontier_host_answered(crawl->frontier, entry);
    else if (entry->kind == ENTRY_PAGE && is_silence((enum outcome)page->outcome))
        tell_parked(crawl, entry, frontier_host_failed(crawl->frontier, entry));
}

/* ---- redirects ------------------------------------------------------------------------------------- */

/* Sends the URL on, when listing; when following, its target is another. Otherwise says in the row why not.
 * Returns whether the URL goes on. */
static int redirect(struct crawl *crawl, struct entry *entry, const Trawl__Page *page, struct pages_row *row)
{
    static char target[URL_LONGEST + 1]; /* the row's until it is written */
    size_t size = 0;
    row->outcome = redirect_resolve(entry, (const char *)page->location.data, page->location.len,
                                    (unsigned)crawl->config->max_redirects, target, &size);
    if (row->outcome != OUTCOME_REDIRECTED) {
        row->error = (const char *)page->location.data;
        row->error_size = page->location.len;
        return 0;
    }
    if (follow_is_on(crawl)) {
        follow_redirect(crawl, entry, page, target, size);
        target[size] = 0;
        row->final_url = target;
        return 0;
    }
    entry->private_ok = entry->private_ok && page->private_address;
    frontier_redirect(crawl->frontier, entry, target, size);
    return 1;
}

/* ---- a result -------------------------------------------------------------------------------------- */

static struct pages_row describe(const struct crawl *crawl, const struct session *session, double granted,
                                 const Trawl__Page *page)
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
        .started_ms = (granted - crawl->began) * 1e3,
        .total_ms = page->timings ? (double)page->timings->total / 1e3 : 0,
        .timings = page->timings,
        .truncated = page->truncated || page->links_cut,
        .error = (const char *)page->error.data,
        .error_size = page->error.len,
        .fetched = 1,
    };
}

static void take_page(struct crawl *crawl, struct session *session, struct entry *entry,
                      const Trawl__Page *page)
{
    struct pages_row row = describe(crawl, session, entry->granted, page);
    if (pause_host(crawl, entry, page))
        return;
    note_host(crawl, entry, page);
    if (retry(crawl, entry, page))
        return;
    if (row.outcome == OUTCOME_REDIRECTED && redirect(crawl, entry, page, &row))
        return;
    if (outcome_class(row.outcome) == OUTCOME_DONE && follow_is_on(crawl))
        follow_links(crawl, entry, page);
    finish(crawl, entry, &row, page->links);
}

void collect_page(struct crawl *crawl, struct session *session, const Trawl__Page *page)
{
    struct lease *lease = lease_find(crawl->leases, page->lease);
    if (!lease || lease->session != session) {
        crawl->tally.late++;
        return;
    }
    struct entry *entry = lease_close(crawl->leases, lease);
    frontier_tell(crawl->frontier, clock_now());
    if (entry->kind == ENTRY_ROBOTS) {
        note_host(crawl, entry, page);
        robots_gate_collect(crawl, entry, page);
        return;
    }
    session->worker->pages++;
    take_page(crawl, session, entry, page);
}
