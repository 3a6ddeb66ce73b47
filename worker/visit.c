#include "worker/visit.h"

#include "common/clock.h"
#include "common/memory.h"
#include "worker/content_type.h"
#include "worker/extract.h"
#include "worker/fetch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

static const double parse_budget = 0.001; /* seconds of parsing per turn of the loop, at least one page */

enum visit_state {
    VISIT_WAITS,   /* for a slot */
    VISIT_FETCHES, /* waits for libcurl */
    VISIT_ARRIVED, /* waits for its turn to be parsed */
};

struct visit {
    TAILQ_ENTRY(visit) in_list; /* of its state */
    struct visits *visits;
    enum visit_state state;
    bool private_ok;
    bool credentials;
    bool robots; /* the body itself is wanted, whatever its type */
    bool html;   /* what arrives is handed to the extraction */
    bool sniff;  /* no type was given: the first byte decides */
    char *url;
    char *type;
    char *error;
    char *base;
    struct buf body; /* of a robots.txt */
    struct fetch *fetch;
    struct extract *extract; /* while there is a body to look at */
    double parse_seconds;    /* spent on it so far */
    Trawl__Page page;
    Trawl__Timings timings;
};

TAILQ_HEAD(visit_list, visit);

struct visits {
    struct ev_loop *loop;
    struct visits_settings settings;
    struct extract_settings extract_settings;
    struct fetcher *fetcher;
    struct visit_list waiting, fetching, arrived;
    unsigned waiting_count, running_count;
    uint64_t ended_count;
    bool held;
    struct extract **idle_extracts; /* kept for the next visits */
    unsigned idle_extract_count;
    ev_prepare before_sleep;
    ev_idle stay_awake;
};

/* ---- the end --------------------------------------------------------------------------------------- */

static void put_back_extract(struct visit *visit)
{
    struct visits *visits = visit->visits;
    if (visit->extract)
        visits->idle_extracts[visits->idle_extract_count++] = visit->extract;
    visit->extract = NULL;
}

static struct visit_list *list_of(struct visits *visits, enum visit_state state)
{
    return state == VISIT_WAITS     ? &visits->waiting
           : state == VISIT_FETCHES ? &visits->fetching
                                    : &visits->arrived;
}

/* The only function that moves a visit. */
static void move(struct visit *visit, enum visit_state to)
{
    struct visits *visits = visit->visits;
    TAILQ_REMOVE(list_of(visits, visit->state), visit, in_list);
    if (visit->state == VISIT_WAITS) {
        visits->waiting_count--;
        visits->running_count++;
    }
    visit->state = to;
    TAILQ_INSERT_TAIL(list_of(visits, to), visit, in_list);
}

static void visit_free(struct visit *visit)
{
    struct visits *visits = visit->visits;
    fetch_cancel(&visit->fetch);
    put_back_extract(visit);
    TAILQ_REMOVE(list_of(visits, visit->state), visit, in_list);
    if (visit->state == VISIT_WAITS)
        visits->waiting_count--;
    else
        visits->running_count--;
    free(visit->url);
    free(visit->type);
    free(visit->error);
    free(visit->base);
    buf_clear(&visit->body);
    free(visit);
}

/* Every visit that is not dropped ends here. */
static void visit_finish(struct visit *visit)
{
    struct visits *visits = visit->visits;
    visits->ended_count++;
    visits->settings.on_page(visits->settings.arg, &visit->page);
    visit_free(visit);
}

/* ---- parsing --------------------------------------------------------------------------------------- */

static void take_links(struct visit *visit, Trawl__Links *wire)
{
    const struct links_page *links = extract_links(visit->extract);
    const struct charset *charset = extract_charset(visit->extract);
    wire->count = (uint32_t)links->count;
    wire->urls = (ProtobufCBinaryData){links->urls_size, (uint8_t *)links->urls};
    wire->kinds = (ProtobufCBinaryData){links->count, (uint8_t *)links->kinds};
    wire->flags = (ProtobufCBinaryData){2 * links->count, (uint8_t *)links->flags};
    wire->rels = (ProtobufCBinaryData){links->rels_size, (uint8_t *)links->rels};
    visit->page.links = wire;
    visit->page.links_cut = (uint32_t)links->cut;
    visit->page.charset = (char *)(charset ? charset_name(charset) : "");
    visit->page.truncated |= links->cut > 0;
    if (links->base_size != strlen(visit->url) || memcmp(links->base, visit->url, links->base_size)) {
        visit->base = memory_copy(links->base, links->base_size);
        visit->page.base_url = visit->base;
    }
}

static void parse(struct visit *visit)
{
    struct visits *visits = visit->visits;
    Trawl__Links links = TRAWL__LINKS__INIT;
    double began = clock_now();
    visits->settings.black_box->lease = visit->page.lease;
    enum extract_outcome outcome = extract_finish(visit->extract, visit->page.truncated);
    visits->settings.black_box->lease = 0;
    visit->parse_seconds += clock_now() - began;
    visit->timings.parse = (uint32_t)(visit->parse_seconds * 1e6);
    visit->page.outcome = outcome == EXTRACT_OK ? OUTCOME_OK : OUTCOME_PARSE_ABORTED;
    take_links(visit, &links);
    visit_finish(visit);
}

static void start(struct visit *visit)
{
    struct visits *visits = visit->visits;
    struct fetch_request request = {
        .url = visit->url,
        .max_body = visit->robots ? MESSAGE_BODY_MAX : visits->extract_settings.body,
        .private_ok = visit->private_ok,
        .credentials = visit->credentials,
    };
    move(visit, VISIT_FETCHES);
    visit->fetch = fetch_start(visits->fetcher, &request, visit);
}

/* Between two turns of the loop: what has arrived is parsed, for a bounded time, and what waits is started.
 */
static void on_before_sleep(struct ev_loop *loop, ev_prepare *watcher, int events)
{
    (void)events;
    struct visits *visits = watcher->data;
    double until = 0;
    struct visit *visit;
    while ((visit = TAILQ_FIRST(&visits->arrived)) && (until == 0 || clock_now() < until)) {
        if (until == 0)
            until = clock_now() + parse_budget;
        parse(visit);
    }
    if (until > 0)
        ev_now_update(loop); /* timers set from here on must not count the parsing */
    if (TAILQ_EMPTY(&visits->arrived))
        ev_idle_stop(loop, &visits->stay_awake);
    else
        ev_idle_start(loop, &visits->stay_awake);
    while (!visits->held && visits->running_count < visits->settings.slots &&
           (visit = TAILQ_FIRST(&visits->waiting))) {
        start(visit);
    }
}

static void on_idle(struct ev_loop *loop, ev_idle *watcher, int events)
{
    (void)loop, (void)watcher, (void)events;
}

/* ---- the fetch ------------------------------------------------------------------------------------- */

static void begin_extract(struct visit *visit, const struct charset *declared)
{
    struct visits *visits = visit->visits;
    visit->extract = visits->idle_extract_count ? visits->idle_extracts[--visits->idle_extract_count]
                                                : extract_create(&visits->extract_settings);
    extract_begin(visit->extract, visit->url, strlen(visit->url), declared);
}

static bool is_html(const char *essence)
{
    return !strcmp(essence, "text/html") || !strcmp(essence, "application/xhtml+xml");
}

static bool on_headers(void *arg, const char *type)
{
    struct visit *visit = arg;
    struct content_type parsed;
    if (visit->robots)
        return true;
    content_type_parse(&parsed, type, strlen(type));
    visit->sniff = !*type;
    visit->html = visit->sniff || is_html(parsed.essence);
    if (visit->html)
        begin_extract(visit, parsed.charset);
    return visit->html;
}

/* A body without a type is taken for HTML when its first byte that is no white space is `<`. */
static void sniff(struct visit *visit, const char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && memchr("\t\n\f\r ", bytes[at], 5))
        at++;
    if (at == size)
        return;
    visit->sniff = false;
    visit->html = bytes[at] == '<';
}

static void on_body(void *arg, const char *bytes, size_t size)
{
    struct visit *visit = arg;
    if (visit->robots)
        buf_append(&visit->body, bytes, size); /* its limit is the fetch's */
    if (visit->sniff)
        sniff(visit, bytes, size);
    if (!visit->html)
        return;
    visit->visits->settings.black_box->lease = visit->page.lease;
    double began = clock_now();
    extract_feed(visit->extract, bytes, size);
    visit->parse_seconds += clock_now() - began;
    visit->visits->settings.black_box->lease = 0;
}

/* The result's strings end with the call: what is reported later is copied. */
static void keep_result(struct visit *visit, const struct fetch_result *result)
{
    Trawl__Page *page = &visit->page;
    visit->type = memory_copy(result->type, strlen(result->type));
    visit->error = memory_copy(result->error, strlen(result->error));
    page->outcome = result->outcome;
    page->status = (uint32_t)result->status;
    page->bytes = result->bytes;
    page->truncated = result->truncated;
    page->private_address = result->private_address;
    page->retry_after = result->retry_after;
    page->type = (ProtobufCBinaryData){strlen(visit->type), (uint8_t *)visit->type};
    page->error = (ProtobufCBinaryData){strlen(visit->error), (uint8_t *)visit->error};
    visit->timings.dns = result->dns_us;
    visit->timings.connect = result->connect_us;
    visit->timings.tls = result->tls_us;
    visit->timings.first_byte = result->first_byte_us;
    visit->timings.total = result->total_us;
}

/* Without a byte of body nobody was asked whether it is wanted. */
static bool is_empty_html(const struct fetch_result *result)
{
    struct content_type parsed;
    content_type_parse(&parsed, result->type, strlen(result->type));
    return result->bytes == 0 && is_html(parsed.essence);
}

static void on_done(void *arg, const struct fetch_result *result)
{
    struct visit *visit = arg;
    visit->fetch = NULL;
    keep_result(visit, result);
    if (result->outcome == OUTCOME_REDIRECTED)
        visit->page.location = (ProtobufCBinaryData){strlen(result->location), (uint8_t *)result->location};
    if (result->outcome == OUTCOME_OK && visit->html && visit->extract) {
        move(visit, VISIT_ARRIVED);
        return;
    }
    if (result->outcome == OUTCOME_OK && visit->robots)
        visit->page.body = (ProtobufCBinaryData){visit->body.size, (uint8_t *)visit->body.data};
    else if (result->outcome == OUTCOME_OK && !is_empty_html(result))
        visit->page.outcome = OUTCOME_NOT_HTML;
    visit_finish(visit);
}

/* ---- life ------------------------------------------------------------------------------------------ */

void visits_add(struct visits *visits, const Trawl__Visit *assigned)
{
    struct visit *visit = memory_new(sizeof *visit);
    visit->visits = visits;
    visit->url = memory_copy(assigned->url, strlen(assigned->url));
    visit->private_ok = assigned->private_ok;
    visit->credentials = assigned->credentials;
    visit->robots = assigned->kind == TRAWL__VISIT__KIND__ROBOTS; /* any other kind is a page */
    buf_init(&visit->body, MESSAGE_BODY_MAX);
    trawl__page__init(&visit->page);
    trawl__timings__init(&visit->timings);
    visit->page.lease = assigned->lease;
    visit->page.timings = &visit->timings;
    TAILQ_INSERT_TAIL(&visits->waiting, visit, in_list);
    visits->waiting_count++;
}

void visits_hold(struct visits *visits)
{
    visits->held = true;
}

struct visits *visits_create(struct ev_loop *loop, const struct visits_settings *settings)
{
    static const struct fetch_callbacks callbacks = {on_headers, on_body, on_done};
    struct fetcher *fetcher = fetcher_create(loop, settings->slots, settings->wire, &callbacks);
    if (!fetcher)
        return NULL;
    struct visits *visits = memory_new(sizeof *visits);
    *visits = (struct visits){.loop = loop, .settings = *settings, .fetcher = fetcher};
    visits->extract_settings = (struct extract_settings){
        .parser = (enum extract_parser)settings->wire->parser,
        .links = {.kind = (enum link_kind)settings->wire->links,
                  .all_schemes = settings->wire->all_schemes,
                  .rels = settings->wire->want_rels,
                  .most = LINKS_MOST,
                  .bytes = LINKS_BYTES},
        .body = settings->wire->max_body,
    };
    visits->idle_extracts = memory_new(settings->slots * sizeof(struct extract *));
    TAILQ_INIT(&visits->waiting);
    TAILQ_INIT(&visits->fetching);
    TAILQ_INIT(&visits->arrived);
    ev_prepare_init(&visits->before_sleep, on_before_sleep);
    ev_idle_init(&visits->stay_awake, on_idle);
    visits->before_sleep.data = visits;
    ev_prepare_start(loop, &visits->before_sleep);
    return visits;
}

static void drop_all(struct visit_list *list)
{
    struct visit *visit;
    while ((visit = TAILQ_FIRST(list)))
        visit_free(visit);
}

void visits_destroy(struct visits **at)
{
    struct visits *visits = *at;
    if (!visits)
        return;
    ev_prepare_stop(visits->loop, &visits->before_sleep);
    ev_idle_stop(visits->loop, &visits->stay_awake);
    drop_all(&visits->waiting);
    drop_all(&visits->fetching);
    drop_all(&visits->arrived);
    fetcher_destroy(&visits->fetcher);
    while (visits->idle_extract_count)
        extract_destroy(&visits->idle_extracts[--visits->idle_extract_count]);
    free(visits->idle_extracts);
    free(visits);
    *at = NULL;
}

unsigned visits_waiting(const struct visits *visits)
{
    return visits->waiting_count;
}

unsigned visits_running(const struct visits *visits)
{
    return visits->running_count;
}

uint64_t visits_ended(const struct visits *visits)
{
    return visits->ended_count;
}
