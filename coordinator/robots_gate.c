#include "coordinator/robots_gate.h"

#include "common/log.h"
#include "common/url.h"
#include "coordinator/redirect.h"
#include "coordinator/robots.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { REDIRECTS_MOST = 5, TRIES_MOST = 3 };

/* All tries together take at most 90 s as long as each takes no more than 25. */
static const char our_token[] = "trawl";
static const double kept = 24 * 3600, refused_for = 3600, between_tries = 5;

/* What the store knows of a host; the compiled rules follow. */
struct remembered {
    int64_t until;   /* wall clock, in seconds */
    uint8_t verdict; /* enum outcome: what becomes of its pages; OUTCOMES: what the rules say */
};

/* ---- what is remembered ---------------------------------------------------------------------------- */

static void remember(struct crawl *crawl, uint64_t host, double seconds, enum outcome verdict,
                     const struct buf *rules)
{
    struct buf record;
    struct remembered head = {.until = (int64_t)time(NULL) + (int64_t)seconds, .verdict = (uint8_t)verdict};
    buf_init(&record, sizeof head + ROBOTS_COMPILED_MAX);
    buf_append(&record, &head, sizeof head);
    if (rules)
        buf_append(&record, rules->data, rules->size);
    store_host_put(crawl->store, host, record.data, record.size);
    buf_clear(&record);
}

/* Returns the compiled rules of a host, the store's, with what stands before them; NULL when there are none
 * that could be asked. */
static const char *recall(struct crawl *crawl, uint64_t host, struct remembered *head, size_t *size)
{
    const char *record = store_host_get(crawl->store, host, size);
    if (!record || *size < sizeof *head)
        return NULL;
    memcpy(head, record, sizeof *head);
    *size -= sizeof *head;
    return head->verdict < OUTCOMES || robots_is_compiled(record + sizeof *head, *size)
               ? record + sizeof *head
               : NULL;
}

static void learn(struct crawl *crawl, struct host *host, double seconds, const char *rules, size_t size)
{
    double delay = fmax(0, robots_delay_ms(rules, size)) / 1e3;
    frontier_host_learn(crawl->frontier, host, seconds, delay);
}

/* Whether the store knows enough of the host to go on; a clock that was set back makes nothing last longer.
 */
static int is_known(struct crawl *crawl, struct host *host)
{
    struct remembered head = {0};
    size_t size;
    const char *rules = recall(crawl, frontier_host_key(host), &head, &size);
    double left = rules ? fmin((double)(head.until - (int64_t)time(NULL)), kept) : 0;
    if (left <= 0)
        return 0;
    if (head.verdict < OUTCOMES)
        frontier_host_condemn(host, (enum outcome)head.verdict);
    else
        learn(crawl, host, left, rules, size);
    return 1;
}

/* ---- asking ---------------------------------------------------------------------------------------- */

/* Returns 0, or -1 when the host's name is so long that the file's URL would be longer than any may be. */
static int fetch_first(struct crawl *crawl, struct entry *entry)
{
    static const char name[] = "/robots.txt";
    char url[URL_LONGEST];
    struct url_parts parts;
    url_split(entry->url, strlen(entry->url), &parts);
    size_t size = parts.path.at + sizeof name - 1;
    if (size > sizeof url)
        return -1;
    memcpy(url, entry->url, parts.path.at);
    memcpy(url + parts.path.at, name, sizeof name - 1);
    frontier_host_ask(crawl->frontier, entry, url, size);
    return 0;
}

static int permits(struct crawl *crawl, const struct entry *entry)
{
    struct remembered head;
    struct url_parts parts;
    size_t size, length = strlen(entry->url);
    const char *rules = recall(crawl, frontier_host_key(entry->host), &head, &size);
    url_split(entry->url, length, &parts);
    return rules && robots_permits(rules, size, entry->url + parts.path.at, length - parts.path.at);
}

enum robots_answer robots_gate_ask(struct crawl *crawl, struct entry *entry)
{
    if (crawl->config->no_robots || entry->kind == ENTRY_ROBOTS)
        return ROBOTS_GATE_OPEN;
    if (frontier_host_robots(crawl->frontier, entry->host) != FRONTIER_ROBOTS_KNOWN &&
        !is_known(crawl, entry->host)) {
        if (fetch_first(crawl, entry) == 0)
            return ROBOTS_GATE_ASKED;
        frontier_host_condemn(entry->host, OUTCOME_DNS); /* nobody is called that (RFC 1035 2.3.4) */
    }
    if (frontier_host_verdict(entry->host) != OUTCOMES)
        return ROBOTS_GATE_OPEN; /* which is not the gate's to say again */
    return permits(crawl, entry) ? ROBOTS_GATE_OPEN : ROBOTS_GATE_CLOSED;
}

/* ---- answers --------------------------------------------------------------------------------------- */

static void take_rules(struct crawl *crawl, struct entry *entry, const void *body, size_t size)
{
    struct buf rules;
    buf_init(&rules, ROBOTS_COMPILED_MAX);
    robots_compile(&rules, body, size, our_token);
    remember(crawl, frontier_host_key(entry->home), kept, OUTCOMES, &rules);
    learn(crawl, entry->home, kept, rules.data, rules.size);
    buf_clear(&rules);
    frontier_finish(crawl->frontier, entry);
}

/* How much of the body to believe: of one that was cut, the line that the cut is in may say less than it did.
 */
static size_t whole_lines(const Trawl__Page *page)
{
    size_t size = page->body.len;
    if (page->truncated)
        while (size && page->body.data[size - 1] != '\n' && page->body.data[size - 1] != '\r')
            size--;
    return size;
}

static void allow_all(struct crawl *crawl, struct entry *entry)
{
    take_rules(crawl, entry, "", 0);
}

static int is_without_connection(enum outcome outcome)
{
    return outcome == OUTCOME_DNS || outcome == OUTCOME_DNS_TEMPORARY || outcome == OUTCOME_CONNECT ||
           outcome == OUTCOME_TLS || outcome == OUTCOME_TIMEOUT_CONNECT || outcome == OUTCOME_ADDRESS ||
           outcome == OUTCOME_PORT;
}

void robots_gate_fail(struct crawl *crawl, struct entry *entry, enum outcome outcome, const char *why,
                      size_t length)
{
    struct host *host = entry->home;
    struct remembered head = {0};
    size_t size;
    const char *rules = recall(crawl, frontier_host_key(host), &head, &size);
    if (rules && head.verdict == OUTCOMES) {
        learn(crawl, host, refused_for, rules, size);
    } else {
        if (!is_without_connection(outcome))
            outcome = OUTCOME_ROBOTS_UNREACHABLE;
        log_warning("%s: %s%s%.*s: the pages of this host are not fetched", entry->source,
                    outcome_name(outcome), length ? ": " : "", (int)length, why);
        remember(crawl, frontier_host_key(host), refused_for, outcome, NULL);
        frontier_host_condemn(host, outcome);
    }
    frontier_finish(crawl->frontier, entry);
}

static void redirect(struct crawl *crawl, struct entry *entry, const Trawl__Page *page)
{
    char target[URL_LONGEST];
    size_t size = 0;
    enum outcome outcome = redirect_resolve(entry, (const char *)page->location.data, page->location.len,
                                            REDIRECTS_MOST, target, &size);
    if (outcome != OUTCOME_REDIRECTED) {
        allow_all(crawl, entry);
        return;
    }
    entry->private_ok = entry->private_ok && page->private_address;
    frontier_redirect(crawl->frontier, entry, target, size);
}

/* What no other try would change. */
static int is_final(enum outcome outcome)
{
    return outcome == OUTCOME_DNS || outcome == OUTCOME_TLS || outcome == OUTCOME_ADDRESS;
}

static void try_again(struct crawl *crawl, struct entry *entry, const Trawl__Page *page)
{
    enum outcome outcome = (enum outcome)page->outcome;
    if (++entry->failures >= TRIES_MOST || is_final(outcome))
        robots_gate_fail(crawl, entry, outcome, (const char *)page->error.data, page->error.len);
    else
        frontier_put_off(crawl->frontier, entry,
                         page->retry_after ? fmin(page->retry_after, 4 * between_tries) : between_tries);
}

void robots_gate_collect(struct crawl *crawl, struct entry *entry, const Trawl__Page *page)
{
    uint32_t status = page->status;
    if (page->outcome == OUTCOME_REDIRECTED)
        redirect(crawl, entry, page);
    else if (page->outcome == OUTCOME_OK)
        take_rules(crawl, entry, page->body.data, whole_lines(page));
    else if (page->outcome == OUTCOME_HTTP_STATUS && status < 500 && status != 429)
        allow_all(crawl, entry);
    else
        try_again(crawl, entry, page);
}
