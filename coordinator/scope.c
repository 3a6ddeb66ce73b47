#include "coordinator/scope.h"

#include "common/memory.h"
#include "common/url.h"

#include <libpsl.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { RECENT = 1 << 12, LONGEST_NAME = 253 };

/* What was answered about a host. A no holds until a name is added: that may be the domain of this host. */
struct answer {
    uint64_t host;
    uint64_t good_for; /* additions; 0: there is no answer */
};

static const uint64_t always = UINT64_MAX;

struct scope {
    enum scope_kind kind;
    struct store *store;
    const psl_ctx_t *suffixes;
    uint64_t seed;
    uint64_t additions; /* from 1 */
    struct answer recent[RECENT];
};

/* The bytes of a host. */
struct name {
    const char *bytes;
    size_t size;
};

struct scope *scope_create(enum scope_kind kind, struct store *store, uint64_t hash_seed)
{
    struct scope *scope = memory_new(sizeof *scope);
    scope->kind = kind;
    scope->store = store;
    scope->seed = hash_seed;
    scope->suffixes = psl_builtin();
    scope->additions = 1;
    return scope;
}

void scope_destroy(struct scope **scope)
{
    free(*scope);
    *scope = NULL;
}

/* ---- names ----------------------------------------------------------------------------------------- */

static struct name host_of(const char *url, size_t size)
{
    struct url_parts parts;
    url_split(url, size, &parts);
    struct name host = {url + parts.host.at, parts.host.size};
    if (host.size > 1 && host.bytes[host.size - 1] == '.' && host.bytes[host.size - 2] != '.')
        host.size--;
    return host;
}

/* The URL parser lets no other host end in a number, or begin with a bracket. */
static int is_address(struct name host)
{
    size_t at = host.size;
    while (at && host.bytes[at - 1] >= '0' && host.bytes[at - 1] <= '9')
        at--;
    return (host.size && host.bytes[0] == '[') || (at < host.size && (at == 0 || host.bytes[at - 1] == '.'));
}

/* The end of `host` that somebody registered. */
static struct name domain_of(const struct scope *scope, struct name host)
{
    char text[LONGEST_NAME + 1];
    if (host.size > LONGEST_NAME || is_address(host))
        return host;
    memcpy(text, host.bytes, host.size);
    text[host.size] = 0;
    const char *domain = psl_registrable_domain(scope->suffixes, text);
    size_t before = domain ? (size_t)(domain - text) : 0;
    return (struct name){host.bytes + before, host.size - before};
}

static uint64_t hash_of(const struct scope *scope, struct name name)
{
    return XXH3_64bits_withSeed(name.bytes, name.size, scope->seed);
}

/* ---- members --------------------------------------------------------------------------------------- */

/* Whether the host is in, which that hash stands for. */
static int holds(struct scope *scope, struct name host, uint64_t hash)
{
    struct answer *answer = &scope->recent[hash % RECENT];
    if (answer->host == hash && answer->good_for >= scope->additions)
        return answer->good_for == always;
    uint64_t member = scope->kind == SCOPE_DOMAIN ? hash_of(scope, domain_of(scope, host)) : hash;
    int in = store_scope_holds(scope->store, member);
    *answer = (struct answer){hash, in ? always : scope->additions};
    return in;
}

void scope_add(struct scope *scope, const char *url, size_t size)
{
    struct name host = host_of(url, size);
    if (scope->kind == SCOPE_ANY || holds(scope, host, hash_of(scope, host)))
        return;
    store_scope_add(scope->store,
                    hash_of(scope, scope->kind == SCOPE_DOMAIN ? domain_of(scope, host) : host));
    scope->additions++;
}

int scope_holds(struct scope *scope, const char *url, size_t size)
{
    if (scope->kind == SCOPE_ANY)
        return 1;
    struct name host = host_of(url, size);
    return holds(scope, host, hash_of(scope, host));
}

/* ---- origins --------------------------------------------------------------------------------------- */

/* No name holds the slashes of an origin: the two share a table. */
static uint64_t origin_of(const struct scope *scope, const char *url, size_t size)
{
    struct url_parts parts;
    url_split(url, size, &parts);
    return XXH3_64bits_withSeed(url, parts.path.at, scope->seed);
}

void scope_list(struct scope *scope, const char *url, size_t size)
{
    store_scope_add(scope->store, origin_of(scope, url, size));
}

int scope_is_listed(struct scope *scope, const char *url, size_t size)
{
    return store_scope_holds(scope->store, origin_of(scope, url, size));
}
