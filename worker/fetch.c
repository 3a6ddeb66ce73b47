#include "worker/fetch_internal.h"

#include "common/clock.h"
#include "common/descriptors.h"
#include "common/log.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { IDLE_CONNECTIONS = 64 };

/* ---- the end of an exchange ------------------------------------------------------------------------ */

/* A libcurl handle serves one exchange: before 8.1.1 a second that begins with a folded header line writes to
 * where the last one of the first has been, and making a handle costs a microsecond. */
static void let_go(struct fetch *fetch)
{
    curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy); /* which may not have it yet */
    curl_easy_cleanup(fetch->easy);
    fetch->easy = NULL;
}

static void put_back(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;
    fetch_name_cancel(fetch);
    let_go(fetch);
    TAILQ_REMOVE(&fetcher->active, fetch, in_list);
    TAILQ_INSERT_HEAD(&fetcher->idle, fetch, in_list);
}

/* The owner may start others from here; this one joins the idle ones only when its result has been read. */
static void tell(struct fetch *fetch, const struct fetch_result *result)
{
    struct fetcher *fetcher = fetch->fetcher;
    TAILQ_REMOVE(&fetcher->active, fetch, in_list);
    fetcher->callbacks.on_done(fetch->arg, result);
    TAILQ_INSERT_HEAD(&fetcher->idle, fetch, in_list);
}

static void end(struct fetch *fetch, CURLcode code)
{
    struct fetch_result result;
    fetch_note_socket(fetch);
    fetch_judge(fetch, code, &result);
    if (result.status)
        fetch_name_worked(fetch);
    let_go(fetch);
    tell(fetch, &result);
}

/* ---- its attempts ---------------------------------------------------------------------------------- */

/* Milliseconds left at a time; libcurl takes 0 for no limit. */
static long left_ms(const struct fetch *fetch, uint32_t limit_ms, double now)
{
    double left = limit_ms - (now - fetch->began) * 1000.0;
    return left < 1 ? 1 : (long)left;
}

/* All attempts together have the time of one, the look-up included. Who may be silent leaves half of it to
 * the addresses behind; a fresh connection in an old one's place is not to suffer for that one's time. */
static void set_timeouts(struct fetch *fetch, double now, bool fresh)
{
    const struct fetcher *fetcher = fetch->fetcher;
    long total = left_ms(fetch, fetcher->timeout_ms, now);
    long connect = fresh ? fetcher->connect_timeout_ms : left_ms(fetch, fetcher->connect_timeout_ms, now);
    if (fetch_name_has_next(fetch))
        connect = (connect + 1) / 2;
    curl_easy_setopt(fetch->easy, CURLOPT_TIMEOUT_MS, total);
    curl_easy_setopt(fetch->easy, CURLOPT_CONNECTTIMEOUT_MS, connect < total ? connect : total);
}

/* Sets libcurl to work, with nothing known of an answer. */
static void attempt(struct fetch *fetch, double now, bool fresh)
{
    fetch->attempted = now;
    fetch->abort = FETCH_NOT_ABORTED;
    fetch->asked = fetch->wanted = false;
    fetch->header_bytes = 0;
    fetch->head = (struct fetch_head){0};
    fetch->bytes = 0;
    fetch->type.size = fetch->location.size = 0;
    fetch->error[0] = 0;
    curl_easy_setopt(fetch->easy, CURLOPT_FORBID_REUSE, 0L);
    curl_easy_setopt(fetch->easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    set_timeouts(fetch, now, fresh);
    curl_multi_add_handle(fetch->fetcher->multi, fetch->easy);
}

/* Whether old connections were all that was tried: libcurl gives up after five that died, and what the server
 * has to say of this page is not known. */
static bool wants_fresh(const struct fetch *fetch, CURLcode code)
{
    long connects = 0;
    curl_easy_getinfo(fetch->easy, CURLINFO_NUM_CONNECTS, &connects);
    return fetch->abort == FETCH_STALE ||
           (code == CURLE_SEND_ERROR && connects == 0 && fetch->header_bytes == 0);
}

/* Whether it goes on at another address of the host, which libcurl is told then. */
static bool wants_next(struct fetch *fetch, CURLcode code, double now)
{
    return fetch_found_nobody(fetch, code) &&
           (now - fetch->began) * 1000.0 < fetch->fetcher->connect_timeout_ms && fetch_name_next(fetch);
}

static void take_ended(struct fetcher *fetcher)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(fetcher->multi, &left))) {
        struct fetch *fetch;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch);
        CURLcode code = message->data.result;
        double now = clock_now();
        bool fresh = wants_fresh(fetch, code);
        if (fresh || wants_next(fetch, code, now)) {
            curl_multi_remove_handle(fetcher->multi, fetch->easy);
            attempt(fetch, now, fresh);
        } else {
            end(fetch, code);
        }
    }
}

void fetch_on_name(struct fetch *fetch)
{
    struct fetch_result result;
    fetch->resolved = clock_now();
    if (fetch_name_next(fetch)) {
        attempt(fetch, fetch->resolved, false);
        return;
    }
    fetch_judge_name(fetch, &result);
    let_go(fetch);
    tell(fetch, &result);
}

/* ---- libcurl in the loop --------------------------------------------------------------------------- */

static void on_socket(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    struct fetcher *fetcher = watcher->data;
    int running, mask = (events & EV_READ ? CURL_CSELECT_IN : 0) | (events & EV_WRITE ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(fetcher->multi, watcher->fd, mask, &running);
    take_ended(fetcher);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    struct fetcher *fetcher = watcher->data;
    int running;
    curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    take_ended(fetcher);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *slot)
{
    (void)easy;
    struct fetcher *fetcher = arg;
    ev_io *watcher = slot;
    if (watcher)
        ev_io_stop(fetcher->loop, watcher);
    if (what == CURL_POLL_REMOVE) {
        free(watcher);
        return 0;
    }
    if (!watcher) {
        watcher = memory_new(sizeof *watcher);
        curl_multi_assign(fetcher->multi, fd, watcher);
    }
    ev_io_init(watcher, on_socket, fd,
               (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
    watcher->data = fetcher;
    ev_io_start(fetcher->loop, watcher);
    return 0;
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
    (void)multi;
    struct fetcher *fetcher = arg;
    ev_timer_stop(fetcher->loop, &fetcher->timer);
    if (ms >= 0) {
        ev_timer_set(&fetcher->timer, (double)ms / 1000.0, 0.);
        ev_timer_start(fetcher->loop, &fetcher->timer);
    }
    return 0;
}

/* ---- starting and cancelling ----------------------------------------------------------------------- */

static struct fetch *new_fetch(struct fetcher *fetcher)
{
    struct fetch *fetch = memory_new(sizeof *fetch);
    fetch->fetcher = fetcher;
    buf_init(&fetch->type, MESSAGE_TEXT_MAX + 1); /* and a NUL */
    buf_init(&fetch->location, MESSAGE_URL_MAX + 1);
    fetch_name_set_up(fetch);
    return fetch;
}

static struct fetch *idle_fetch(struct fetcher *fetcher)
{
    struct fetch *fetch = TAILQ_FIRST(&fetcher->idle);
    if (fetch)
        TAILQ_REMOVE(&fetcher->idle, fetch, in_list);
    else
        fetch = new_fetch(fetcher);
    if (fetch_set_up(fetch) == 0)
        return fetch;
    log_error("libcurl gives no handle");
    exit(1);
}

struct fetch *fetch_start(struct fetcher *fetcher, const struct fetch_request *request, void *arg)
{
    struct fetch *fetch = idle_fetch(fetcher);
    fetch->arg = arg;
    fetch->private_ok = request->private_ok;
    fetch->max_body = request->max_body;
    fetch->began = fetch->resolved = clock_now();
    curl_easy_setopt(fetch->easy, CURLOPT_URL, request->url);
    curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER,
                     request->credentials ? fetcher->all_headers : fetcher->headers);
    TAILQ_INSERT_TAIL(&fetcher->active, fetch, in_list);
    if (fetch_name_start(fetch, request->url) && fetch_name_next(fetch))
        attempt(fetch, fetch->began, false);
    return fetch;
}

void fetch_cancel(struct fetch **fetch)
{
    if (*fetch)
        put_back(*fetch);
    *fetch = NULL;
}

/* ---- life ------------------------------------------------------------------------------------------ */

/* All but two kinds do, and without any nobody does. */
static bool knows_names(const char *proxy)
{
    return *proxy && strncasecmp(proxy, "socks4:", 7) != 0 && strncasecmp(proxy, "socks5:", 7) != 0;
}

static void copy_settings(struct fetcher *fetcher, const Trawl__Settings *settings)
{
    fetcher->timeout_ms = settings->timeout_ms;
    fetcher->connect_timeout_ms = settings->connect_timeout_ms < settings->timeout_ms
                                      ? settings->connect_timeout_ms
                                      : settings->timeout_ms;
    fetcher->user_agent = memory_copy(settings->user_agent, strlen(settings->user_agent));
    fetcher->proxy = memory_copy(settings->proxy, strlen(settings->proxy));
    fetcher->proxy_knows_names = knows_names(settings->proxy);
    fetcher->no_verify = settings->no_verify;
    for (size_t i = 0; i < settings->n_headers; i++) {
        fetcher->headers = curl_slist_append(fetcher->headers, settings->headers[i]);
        fetcher->all_headers = curl_slist_append(fetcher->all_headers, settings->headers[i]);
    }
    for (size_t i = 0; i < settings->n_credentials; i++)
        fetcher->all_headers = curl_slist_append(fetcher->all_headers, settings->credentials[i]);
}

/* In use and idle. Where descriptors are few, the idle ones give way, but for one that an exchange finds
 * before it opens its own. */
static long most_connections(unsigned concurrency)
{
    enum { OTHERS = 40 };
    long spare = (long)descriptors_raise() - OTHERS - 2l * concurrency;
    return (long)concurrency + (spare < 0 ? 0 : spare < IDLE_CONNECTIONS ? spare : IDLE_CONNECTIONS);
}

static void set_multi_options(struct fetcher *fetcher, unsigned concurrency)
{
    CURLM *multi = fetcher->multi;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fetcher);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, most_connections(concurrency));
}

struct fetcher *fetcher_create(struct ev_loop *loop, unsigned concurrency, const Trawl__Settings *settings,
                               const struct fetch_callbacks *callbacks)
{
    CURLM *multi = curl_multi_init();
    if (!multi) {
        log_error("libcurl gives no multi handle");
        return NULL;
    }
    struct fetcher *fetcher = memory_new(sizeof *fetcher);
    *fetcher = (struct fetcher){.loop = loop, .multi = multi, .callbacks = *callbacks};
    TAILQ_INIT(&fetcher->idle);
    TAILQ_INIT(&fetcher->active);
    ev_init(&fetcher->timer, on_timer);
    fetcher->timer.data = fetcher;
    copy_settings(fetcher, settings);
    set_multi_options(fetcher, concurrency);
    if (fetcher_look_up_in(fetcher, NULL))
        fetcher_destroy(&fetcher);
    return fetcher;
}

int fetcher_look_up_in(struct fetcher *fetcher, const struct resolve_sources *sources)
{
    resolver_destroy(&fetcher->resolver);
    fetcher->resolver = resolver_create(fetcher->loop, sources);
    return fetcher->resolver ? 0 : -1;
}

static void free_fetch(struct fetch *fetch)
{
    buf_clear(&fetch->type);
    buf_clear(&fetch->location);
    free(fetch);
}

void fetcher_destroy(struct fetcher **at)
{
    struct fetcher *fetcher = *at;
    if (!fetcher)
        return;
    struct fetch *fetch;
    while ((fetch = TAILQ_FIRST(&fetcher->idle))) {
        TAILQ_REMOVE(&fetcher->idle, fetch, in_list);
        free_fetch(fetch);
    }
    curl_multi_cleanup(fetcher->multi);
    resolver_destroy(&fetcher->resolver);
    ev_timer_stop(fetcher->loop, &fetcher->timer);
    curl_slist_free_all(fetcher->headers);
    curl_slist_free_all(fetcher->all_headers);
    free(fetcher->user_agent);
    free(fetcher->proxy);
    free(fetcher);
    *at = NULL;
}

const char *fetch_version(void)
{
    return curl_version();
}
