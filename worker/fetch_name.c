/* From the host of a URL to the address that libcurl is told, and to the next when nobody answers there. */
#include "worker/fetch_internal.h"

#include "common/url.h"
#include "worker/address.h"

#include <string.h>

/* Keeps of an answer what the exchange may use. */
static void take(struct fetch *fetch, const struct resolve_answer *answer)
{
    struct fetch_name *name = &fetch->name;
    name->outcome = answer->outcome;
    name->error = answer->error;
    for (unsigned i = 0; i < answer->count && name->count < FETCH_ADDRESSES_MAX; i++)
        if (!fetch_is_guarded(fetch) || address_text_is_public(answer->addresses[i]))
            memcpy(name->addresses[name->count++], answer->addresses[i], sizeof *name->addresses);
    if (name->outcome == OUTCOME_OK && name->count == 0) {
        name->outcome = OUTCOME_ADDRESS;
        name->error = "not a public address";
    }
}

/* ---- the look-up ----------------------------------------------------------------------------------- */

/* Copies the host out of a URL. One that does not fit is cut, and still too long for a name. */
static void take_host(struct fetch_name *name, const char *url)
{
    struct url_parts parts;
    url_split(url, strlen(url), &parts);
    size_t size = parts.host.size < sizeof name->host - 1 ? parts.host.size : sizeof name->host - 1;
    memcpy(name->host, url + parts.host.at, size);
    name->host[size] = 0;
}

static void on_answer(void *arg, const struct resolve_answer *answer)
{
    struct fetch *fetch = arg;
    fetch->name.look_up = NULL;
    ev_timer_stop(fetch->fetcher->loop, &fetch->name.patience);
    take(fetch, answer);
    fetch_on_name(fetch);
}

static void on_patience(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    static const struct resolve_answer none = {.outcome = OUTCOME_DNS_TEMPORARY,
                                               .error = "the name servers did not answer in time"};
    struct fetch *fetch = watcher->data;
    resolve_cancel(&fetch->name.look_up);
    take(fetch, &none);
    fetch_on_name(fetch);
}

void fetch_name_set_up(struct fetch *fetch)
{
    ev_init(&fetch->name.patience, on_patience);
    fetch->name.patience.data = fetch;
    fetch->name.connect_to.data = fetch->name.connect_text;
}

bool fetch_name_start(struct fetch *fetch, const char *url)
{
    struct fetcher *fetcher = fetch->fetcher;
    struct fetch_name *name = &fetch->name;
    name->count = name->next = 0;
    take_host(name, url);
    if (fetcher->proxy_knows_names || !*name->host || resolve_is_address(name->host)) {
        name->addresses[name->count++][0] = 0;
        return true;
    }
    const struct resolve_answer *known = resolve_known(fetcher->resolver, name->host);
    if (known && known->outcome == OUTCOME_OK) {
        take(fetch, known);
        if (name->count)
            return true;
    }
    name->look_up = resolve_start(fetcher->resolver, name->host, on_answer, fetch);
    ev_timer_set(&name->patience, fetcher->connect_timeout_ms / 1000.0, 0.);
    ev_timer_start(fetcher->loop, &name->patience);
    return false;
}

void fetch_name_cancel(struct fetch *fetch)
{
    resolve_cancel(&fetch->name.look_up);
    ev_timer_stop(fetch->fetcher->loop, &fetch->name.patience);
}

/* ---- its addresses --------------------------------------------------------------------------------- */

bool fetch_name_next(struct fetch *fetch)
{
    struct fetch_name *name = &fetch->name;
    if (name->next == name->count)
        return false;
    const char *address = name->addresses[name->next++];
    bool is_ipv6 = strchr(address, ':') != NULL;
    char *end = stpcpy(name->connect_text, is_ipv6 ? "::[" : "::"); /* any host and port, to this host */
    end = stpcpy(end, address);
    stpcpy(end, is_ipv6 ? "]:" : ":");
    curl_easy_setopt(fetch->easy, CURLOPT_CONNECT_TO, *address ? &name->connect_to : NULL);
    return true;
}

bool fetch_name_has_next(const struct fetch *fetch)
{
    return fetch->name.next < fetch->name.count;
}

void fetch_name_worked(struct fetch *fetch)
{
    const struct fetch_name *name = &fetch->name;
    if (name->next > 1)
        resolve_prefer(fetch->fetcher->resolver, name->host, name->addresses[name->next - 1]);
}
