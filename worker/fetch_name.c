/* From the host of a URL to the address that is connected to, and to the next when nobody answers there. */
#include "worker/fetch_internal.h"

#include "common/url.h"
#include "worker/address.h"

#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

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

/* libcurl keeps connections in rows by the address that it is told, and looks at each socket of a row for
 * every exchange: behind the few addresses of a large network there are all. So it is told one that stands
 * for the host and the policy, and the real one takes its place when a socket is opened. */
static void stand_in(const struct fetch *fetch, char text[INET6_ADDRSTRLEN])
{
    const char *host = fetch->name.host;
    uint64_t hash = XXH3_64bits_withSeed(host, strlen(host), fetch_is_guarded(fetch));
    inet_ntop(AF_INET, &hash, text, INET6_ADDRSTRLEN);
}

/* From any host and port, to that address. */
static void tell(struct fetch_name *name, const char *address)
{
    bool is_ipv6 = strchr(address, ':') != NULL;
    char *end = stpcpy(name->connect_text, is_ipv6 ? "::[" : "::");
    end = stpcpy(end, address);
    stpcpy(end, is_ipv6 ? "]:" : ":");
}

bool fetch_name_next(struct fetch *fetch)
{
    struct fetch_name *name = &fetch->name;
    char text[INET6_ADDRSTRLEN];
    if (name->next == name->count)
        return false;
    const char *address = name->addresses[name->next++];
    name->stands_in = *address && !*fetch->fetcher->proxy; /* who asks a SOCKS proxy must tell it the truth */
    if (name->stands_in)
        stand_in(fetch, text);
    tell(name, name->stands_in ? text : address);
    curl_easy_setopt(fetch->easy, CURLOPT_CONNECT_TO, *address ? &name->connect_to : NULL);
    return true;
}

const char *fetch_name_address(const struct fetch *fetch)
{
    return fetch->name.stands_in ? fetch->name.addresses[fetch->name.next - 1] : "";
}

void fetch_name_put_address(const struct fetch *fetch, struct curl_sockaddr *address)
{
    const char *text = fetch_name_address(fetch);
    in_port_t port = ((const struct sockaddr_in *)(const void *)&address->addr)->sin_port; /* IPv6's too */
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = port};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = port};
    void *room = &address->addr; /* libcurl's, for any family */
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        address->family = AF_INET;
        address->addrlen = sizeof four;
        memcpy(room, &four, sizeof four);
    } else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1) {
        address->family = AF_INET6;
        address->addrlen = sizeof six;
        memcpy(room, &six, sizeof six);
    }
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
