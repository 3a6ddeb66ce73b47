/* What one exchange asks of libcurl, and the callbacks that see headers, bodies and sockets go by. */
#include "worker/fetch_internal.h"

#include "worker/address.h"

#define XXH_INLINE_ALL
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <xxhash.h>

enum {
    HEADERS_MAX = 256 * 1024, /* bytes of all header lines of an answer */
    UNWANTED_MAX = 64 * 1024, /* bytes of an unwanted body read for the sake of the connection */
    CONNECTION_AGE = 15,      /* seconds an idle connection is trusted; servers close them early */
    STALL_SECONDS = 20,       /* without a byte */
};

/* ---- headers --------------------------------------------------------------------------------------- */

/* Whether the line is that header; then *value and *value_size are what it says, without the blanks around.
 */
static bool is_header(const char *name, const char *line, size_t size, const char **value, size_t *value_size)
{
    size_t length = strlen(name);
    if (size <= length || line[length] != ':' || strncasecmp(line, name, length) != 0)
        return false;
    const char *begin = line + length + 1, *end = line + size;
    while (begin < end && (*begin == ' ' || *begin == '\t'))
        begin++;
    while (end > begin && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *value = begin;
    *value_size = (size_t)(end - begin);
    return true;
}

/* The first header of a name counts, even one that is empty or does not fit. */
static void take_text(struct buf *into, bool *has, const char *value, size_t size)
{
    char *room = *has ? NULL : buf_reserve(into, size + 1); /* fetch_text will want its NUL */
    if (room) {
        memcpy(room, value, size);
        into->size += size;
    }
    *has = true;
}

/* A length is digits, and the same wherever it is said again (RFC 9112 6.3); libcurl would read `5x`, `5, 7`
 * and the last of two. */
static bool take_length(struct fetch_head *head, const char *value, size_t size)
{
    uint64_t length = 0;
    if (size == 0 || size > 18)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (value[i] < '0' || value[i] > '9')
            return false;
        length = length * 10 + (uint64_t)(value[i] - '0');
    }
    if (head->has_length && head->length != length)
        return false;
    head->has_length = true;
    head->length = length;
    return true;
}

/* A CR inside a line is a line end to other readers (RFC 9112 2.2). */
static bool has_bare_cr(const char *line, size_t size)
{
    if (size && line[size - 1] == '\n')
        size--;
    if (size && line[size - 1] == '\r')
        size--;
    return memchr(line, '\r', size) != NULL;
}

/* Who says two lengths may have smuggled a second answer in, and libcurl drops unseen what a server wrongly
 * sends behind 204 or 304 (RFC 9112 6.3): such a connection is not used again. */
static void end_head(struct fetch *fetch)
{
    long status = 0;
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    fetch->head.over = true;
    if ((fetch->head.has_length && fetch->head.has_coding) || status == 204 || status == 304)
        curl_easy_setopt(fetch->easy, CURLOPT_FORBID_REUSE, 1L);
}

/* Returns whether the line may stand there. */
static bool take_line(struct fetch *fetch, const char *line, size_t size)
{
    const char *value;
    size_t value_size;
    if (size >= 5 && !memcmp(line, "HTTP/", 5)) { /* after an interim answer the final one begins */
        fetch->head = (struct fetch_head){0};
        fetch->type.size = fetch->location.size = 0;
    }
    if (has_bare_cr(line, size))
        return false;
    if (fetch->head.over)
        return true;
    if (line[0] == '\r' || line[0] == '\n')
        end_head(fetch);
    else if (is_header("Content-Type", line, size, &value, &value_size))
        take_text(&fetch->type, &fetch->head.has_type, value, value_size);
    else if (is_header("Location", line, size, &value, &value_size))
        take_text(&fetch->location, &fetch->head.has_location, value, value_size);
    else if (is_header("Transfer-Encoding", line, size, &value, &value_size))
        fetch->head.has_coding = true;
    else if (is_header("Content-Length", line, size, &value, &value_size))
        return take_length(&fetch->head, value, value_size);
    return true;
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    struct fetch *fetch = arg;
    size *= count;
    fetch->header_bytes += size;
    if (fetch->header_bytes > HEADERS_MAX) {
        fetch->abort = FETCH_HEADERS_TOO_BIG;
        return 0;
    }
    if (size && !take_line(fetch, line, size)) {
        fetch->abort = FETCH_BAD_HEADER;
        return 0;
    }
    return size;
}

/* ---- bodies ---------------------------------------------------------------------------------------- */

static bool ask_owner(struct fetch *fetch)
{
    long status = 0;
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300 &&
           fetch->fetcher->callbacks.on_headers(fetch->arg, fetch_text(&fetch->type));
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct fetch *fetch = arg;
    uint64_t left = fetch->max_body - fetch->bytes;
    size *= count;
    if (!fetch->asked) {
        fetch->asked = true;
        fetch->wanted = ask_owner(fetch);
    }
    if (!fetch->wanted) {
        fetch->bytes += size;
        if (fetch->bytes <= UNWANTED_MAX && fetch->bytes <= fetch->max_body)
            return size;
        fetch->abort = FETCH_UNWANTED;
        return 0;
    }
    size_t taken = size <= left ? size : (size_t)left;
    fetch->bytes += taken;
    if (taken)
        fetch->fetcher->callbacks.on_body(fetch->arg, bytes, taken);
    if (taken == size)
        return size;
    fetch->abort = FETCH_BODY_FULL;
    return 0;
}

/* ---- sockets --------------------------------------------------------------------------------------- */

/* A proxy is the user's choice, and behind it the gate is the proxy's (H65). */
bool fetch_is_guarded(const struct fetch *fetch)
{
    return !fetch->private_ok && !*fetch->fetcher->proxy;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct fetch *fetch = arg;
    fetch_name_put_address(fetch, address);
    if (fetch_is_guarded(fetch) && !address_is_public(&address->addr)) {
        fetch->abort = FETCH_ADDRESS_REFUSED;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Where a connection's socket is noted. The key holds both ends: connections to two servers may share a local
 * port, and who looks into the wrong one takes its error away from it. */
static struct fetch_socket *socket_of(struct fetcher *fetcher, const char *peer, long peer_port,
                                      long local_port, uint64_t *ends)
{
    *ends = XXH3_64bits_withSeed(peer, strlen(peer), (uint64_t)peer_port << 16 | (uint64_t)local_port);
    return &fetcher->sockets[*ends % FETCH_SOCKETS];
}

void fetch_note_socket(struct fetch *fetch)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    long peer_port = 0, local_port = 0;
    const char *peer = NULL;
    curl_easy_getinfo(fetch->easy, CURLINFO_ACTIVESOCKET, &fd);
    curl_easy_getinfo(fetch->easy, CURLINFO_PRIMARY_IP, &peer);
    curl_easy_getinfo(fetch->easy, CURLINFO_PRIMARY_PORT, &peer_port);
    curl_easy_getinfo(fetch->easy, CURLINFO_LOCAL_PORT, &local_port);
    if (fd == CURL_SOCKET_BAD || !peer)
        return;
    uint64_t ends;
    struct fetch_socket *noted = socket_of(fetch->fetcher, peer, peer_port, local_port, &ends);
    *noted = (struct fetch_socket){ends, fd};
}

/* Whether something arrived on an old connection before anything was asked: the end, or what this libcurl
 * would take for the answer (H38). */
static bool is_stale(const struct fetch *fetch, const char *peer, int peer_port, int local_port)
{
    long connects = 0;
    char byte;
    uint64_t ends;
    const struct fetch_socket *noted = socket_of(fetch->fetcher, peer, peer_port, local_port, &ends);
    curl_easy_getinfo(fetch->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && noted->ends == ends && recv(noted->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

/* A connection, new or old, is about to carry the request: an old one was judged for another visit, maybe
 * under another policy (H66). */
static int on_connection(void *arg, char *peer, char *local, int peer_port, int local_port)
{
    (void)local;
    struct fetch *fetch = arg;
    if (fetch_is_guarded(fetch) && !address_text_is_public(peer))
        fetch->abort = FETCH_ADDRESS_REFUSED;
    else if (is_stale(fetch, peer, peer_port, local_port))
        fetch->abort = FETCH_STALE;
    return fetch->abort == FETCH_NOT_ABORTED ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* ---- options --------------------------------------------------------------------------------------- */

#define SET(option, value) curl_easy_setopt(fetch->easy, CURLOPT_##option, value)

static void set_callbacks(struct fetch *fetch)
{
    SET(PRIVATE, fetch);
    SET(ERRORBUFFER, fetch->error);
    SET(HEADERFUNCTION, on_header);
    SET(HEADERDATA, fetch);
    SET(WRITEFUNCTION, on_body);
    SET(WRITEDATA, fetch);
    SET(OPENSOCKETFUNCTION, open_socket);
    SET(OPENSOCKETDATA, fetch);
    SET(PREREQFUNCTION, on_connection);
    SET(PREREQDATA, fetch);
}

static void set_limits(struct fetch *fetch)
{
    const struct fetcher *fetcher = fetch->fetcher;
    long stall = STALL_SECONDS * 1000L < (long)fetcher->timeout_ms * 2 / 3 ? STALL_SECONDS
                                                                           : (long)fetcher->timeout_ms / 1500;
    SET(LOW_SPEED_LIMIT, 1L);
    SET(LOW_SPEED_TIME, stall > 0 ? stall : 1L);
    SET(MAXAGE_CONN, (long)CONNECTION_AGE);
    SET(BUFFERSIZE, 65536L);
}

static void set_tls(struct fetch *fetch)
{
    const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
    if (version->cainfo) {
        SET(CAINFO, version->cainfo);
        SET(CAPATH, NULL); /* with a directory set, every connection would read the whole bundle again */
    }
    SET(SSL_VERIFYPEER, fetch->fetcher->no_verify ? 0L : 1L);
    SET(SSL_VERIFYHOST, fetch->fetcher->no_verify ? 0L : 2L);
}

int fetch_set_up(struct fetch *fetch)
{
    const struct fetcher *fetcher = fetch->fetcher;
    fetch->easy = curl_easy_init();
    if (!fetch->easy)
        return -1;
    set_callbacks(fetch);
    set_limits(fetch);
    set_tls(fetch);
    SET(NOSIGNAL, 1L);
    SET(HTTPGET, 1L);
    SET(FOLLOWLOCATION, 0L);
    SET(HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    SET(PROTOCOLS_STR, "http,https");
    SET(ACCEPT_ENCODING, ""); /* all that this libcurl decodes */
    SET(USERAGENT, fetcher->user_agent);
    SET(HTTPHEADER, fetcher->headers);
    SET(PROXY, fetcher->proxy); /* "" also keeps the environment's proxies out... */
    SET(NOPROXY, "");           /* ...and this its exceptions: past the proxy the gate is not kept */
    if (!*fetcher->proxy)
        SET(DNS_CACHE_TIMEOUT, 0L); /* it would hold addresses under their own names, walked at every end */
    SET(PATH_AS_IS, 1L);            /* the URL is serialised already: dot segments are gone */
    return 0;
}
