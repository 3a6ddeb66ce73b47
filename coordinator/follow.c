#include "coordinator/follow.h"

#include "common/link_kind.h"
#include "common/url.h"
#include "coordinator/filter.h"
#include "coordinator/scope.h"
#include "coordinator/trap.h"

#include <string.h>

/* What was found, and where. */
struct finding {
    const char *url;
    size_t size;
    unsigned depth;
    unsigned hop;
    unsigned flags; /* enum link_kind_flag */
    bool private_ok;
};

int follow_is_on(const struct crawl *crawl)
{
    return crawl->config->depth > 0;
}

/* Why a link is not followed, or SKIPS. */
static enum skip judge(const struct crawl *crawl, const struct finding *found)
{
    const struct config *config = crawl->config;
    struct url_parts parts;
    if (config->respect_nofollow && found->flags & LINK_KIND_NOFOLLOW)
        return SKIP_NOFOLLOW;
    if (!scope_holds(crawl->scope, found->url, found->size))
        return SKIP_SCOPE;
    switch (trap_check(found->url, found->size)) {
    case TRAP_LONG:
        return SKIP_LONG;
    case TRAP_DEEP:
        return SKIP_DEEP;
    case TRAP_REPEATED:
        return SKIP_REPEATED;
    case TRAP_NONE:
        break;
    }
    if (!filter_allows(config->filter, found->url, found->size))
        return SKIP_FILTER;
    url_split(found->url, found->size, &parts);
    return url_has_bad_port(&parts) ? SKIP_PORT : SKIPS;
}

void follow_move_up(struct crawl *crawl, const char *url, size_t size, uint64_t fingerprint, uint64_t rank,
                    unsigned depth)
{
    char request[URL_LONGEST];
    size_t request_size = (size_t)url_request(url, size, request, sizeof request);
    rank = frontier_move_up(crawl->frontier, request, request_size, rank, depth);
    if (rank)
        seen_move(crawl->seen, fingerprint, rank);
}

/* Whether a link is spelled as the URL parser spells it. Workers of ours say nothing else, but what a worker
 * of another make calls a URL may be one that no worker takes, and then none would ever be done with it. */
static int is_serialised(const char *url, size_t size)
{
    char spelled[URL_LONGEST];
    struct url_parts parts;
    ssize_t length = url_resolve(NULL, url, size, spelled, sizeof spelled, &parts);
    return length == (ssize_t)size && !memcmp(spelled, url, size) && url_is_web(&parts);
}

static void admit(struct crawl *crawl, const struct finding *found)
{
    char request[URL_LONGEST];
    size_t size = (size_t)url_request(found->url, found->size, request, sizeof request);
    struct frontier_url url = {
        .source = request,
        .source_size = size,
        .url = request,
        .size = size,
        .depth = found->depth,
        .hop = found->hop,
        .private_ok = found->private_ok,
    };
    crawl->tally.found++;
    crawl->tally.admitted++;
    frontier_add(crawl->frontier, &url);
}

static void take(struct crawl *crawl, const struct finding *found)
{
    enum skip skip = judge(crawl, found);
    if (skip != SKIPS) {
        crawl->tally.skips[skip]++;
        return;
    }
    uint64_t fingerprint = seen_fingerprint(crawl->seen, found->url, found->size);
    uint64_t rank = frontier_next_rank(crawl->frontier, found->depth);
    switch (seen_add(crawl->seen, fingerprint, &rank)) {
    case SEEN_NEW:
        if (is_serialised(found->url, found->size))
            admit(crawl, found);
        break;
    case SEEN_DEEPER:
        follow_move_up(crawl, found->url, found->size, fingerprint, rank, found->depth);
        break;
    case SEEN_BEFORE:
        break;
    }
}

static int is_web(const char *url, size_t size)
{
    return size <= URL_LONGEST &&
           ((size > 7 && !memcmp(url, "http://", 7)) || (size > 8 && !memcmp(url, "https://", 8)));
}

void follow_links(struct crawl *crawl, const struct entry *entry, const Trawl__Page *page)
{
    const Trawl__Links *links = page->links;
    struct finding found = {.depth = frontier_depth(entry) + 1};
    if (!links || found.depth > (unsigned)crawl->config->depth)
        return;
    found.private_ok = entry->private_ok && page->private_address;
    const char *at = (const char *)links->urls.data, *end = at + links->urls.len;
    for (uint32_t i = 0; i < links->count; i++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        found.url = at;
        found.size = (size_t)((stop ? stop : end) - at);
        found.flags = links->flags.data[2 * i] | (unsigned)links->flags.data[2 * i + 1] << 8;
        if (is_web(found.url, found.size))
            take(crawl, &found);
        at += found.size + 1;
    }
}

void follow_redirect(struct crawl *crawl, const struct entry *entry, const Trawl__Page *page, const char *url,
                     size_t size)
{
    struct finding found = {.url = url, .size = size, .depth = frontier_depth(entry), .hop = entry->hop + 1u};
    found.private_ok = entry->private_ok && page->private_address;
    if (found.depth == 0)
        scope_add(crawl->scope, url, size);
    take(crawl, &found);
}
