#include "bench/world.h"

#include "bench/world_robots.h"
#include "bench/world_tree.h"

#include <string.h>

/* How far into a host's pages its one faulty page is looked for. */
enum { FAULT_REACH = 64 };

/* What a roll is for: two purposes never share a number. page.c counts on from ROLL_PAGE. */
enum {
    ROLL_CLASS,
    ROLL_KIND,
    ROLL_FAULTY,
    ROLL_SHAPE,
    ROLL_LENGTH,
    ROLL_END,
    ROLL_LATENCY,
    ROLL_HOP = 100 /* and one for each hop */
};

const struct world_row world_kinds[WORLD_KINDS] = {
    [WORLD_HTML] = {WORLD_PLAIN, 1, 200, "ok", "text/html"},
    [WORLD_TEXT] = {WORLD_OTHER, 2, 200, "not_html", "text/plain"},
    [WORLD_JSON] = {WORLD_OTHER, 1, 200, "not_html", "application/json"},
    [WORLD_IMAGE] = {WORLD_OTHER, 2, 200, "not_html", "image/png"},
    [WORLD_FORBIDDEN] = {WORLD_STATUS, 1, 403, "http_status", NULL},
    [WORLD_NOT_FOUND] = {WORLD_STATUS, 5, 404, "http_status", NULL},
    [WORLD_GONE] = {WORLD_STATUS, 2, 410, "http_status", NULL},
    [WORLD_ERROR] = {WORLD_STATUS, 2, 500, "http_status", NULL},
    [WORLD_BAD_GATEWAY] = {WORLD_STATUS, 1, 502, "http_status", NULL},
    [WORLD_BUSY] = {WORLD_FAULT, 1, 503, "http_status", NULL},
    [WORLD_SILENT] = {WORLD_FAULT, 1, 0, "empty_reply", NULL},
    [WORLD_RESET] = {WORLD_FAULT, 1, 0, "reset", NULL},
    [WORLD_CUT] = {WORLD_FAULT, 1, 200, "reset", "text/html"},
    [WORLD_REDIRECT] = {WORLD_CHAIN, 36, 0, NULL, NULL},
    [WORLD_LOOP] = {WORLD_CHAIN, 2, 0, "redirect_loop", NULL},
    [WORLD_ENDLESS] = {WORLD_CHAIN, 1, 0, "redirect_limit", NULL},
    [WORLD_ASTRAY] = {WORLD_CHAIN, 1, 0, "redirect_bad", NULL},
};

/* The finaliser of splitmix64: every bit of the input reaches every bit of the output. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9;
    x ^= x >> 27;
    x *= 0x94d049bb133111eb;
    return x ^ x >> 31;
}

uint64_t world_roll(const struct world *world, int64_t of, unsigned purpose)
{
    const uint64_t golden = 0x9e3779b97f4a7c15;
    uint64_t x = mix((uint64_t)world->seed + golden);
    x = mix(x ^ ((uint64_t)of + golden));
    return mix(x + golden * (purpose + 1));
}

static int64_t roll_below(const struct world *world, int64_t of, unsigned purpose, int64_t bound)
{
    return (int64_t)(world_roll(world, of, purpose) % (uint64_t)bound);
}

/* ---- what a page is -------------------------------------------------------------------------------- */

static enum world_kind pick_kind(const struct world *world, int64_t number, enum world_group group)
{
    int all = 0;
    for (int k = 0; k < WORLD_KINDS; k++)
        all += world_kinds[k].group == group ? world_kinds[k].weight : 0;
    int64_t left = roll_below(world, number, ROLL_KIND, all);
    for (int k = 0; k < WORLD_KINDS; k++) {
        if (world_kinds[k].group != group)
            continue;
        left -= world_kinds[k].weight;
        if (left < 0)
            return (enum world_kind)k;
    }
    return WORLD_HTML;
}

/* Where in 0..9999 the page falls; errors take the lowest part, redirects the next, others the next. */
static int64_t place_in_class(const struct world *world, int64_t number)
{
    return roll_below(world, number, ROLL_CLASS, 10000);
}

/* A host's only faulty page is the first of its errors, on every third host: known without looking at all
 * pages. */
static bool is_faulty(const struct world *world, int64_t number)
{
    int64_t host = number % world->hosts;
    if (number / world->hosts >= FAULT_REACH || roll_below(world, host, ROLL_FAULTY, 3) != 0)
        return false;
    for (int64_t earlier = host; earlier < number; earlier += world->hosts)
        if (place_in_class(world, earlier) < world->errors * 100)
            return false;
    return true;
}

/* Of a linked world every URL must end in one way, however often it is asked for and whoever follows it. */
static enum world_kind linked_kind(enum world_kind kind)
{
    return kind == WORLD_BUSY ? WORLD_ERROR : kind == WORLD_ENDLESS ? WORLD_REDIRECT : kind;
}

static enum world_kind any_kind(const struct world *world, int64_t number)
{
    int64_t place = place_in_class(world, number);
    if (place < world->errors * 100)
        return pick_kind(world, number, is_faulty(world, number) ? WORLD_FAULT : WORLD_STATUS);
    if (place < (world->errors + world->redirects) * 100)
        return pick_kind(world, number, WORLD_CHAIN);
    if (place < (world->errors + world->redirects + world->others) * 100)
        return pick_kind(world, number, WORLD_OTHER);
    return WORLD_HTML;
}

static enum world_kind kind_of(const struct world *world, int64_t number)
{
    if (number >= world->pages || (world->linked && number < world->hosts))
        return WORLD_HTML;
    enum world_kind kind = any_kind(world, number);
    return world->linked ? linked_kind(kind) : kind;
}

static enum world_charset charset_from(uint64_t percent)
{
    return percent < 60   ? WORLD_UTF8_HEADER
           : percent < 75 ? WORLD_UTF8_META
           : percent < 80 ? WORLD_UTF8_BOM
           : percent < 95 ? WORLD_LATIN1_HEADER
                          : WORLD_LATIN1_ASSUMED;
}

void world_page(const struct world *world, int64_t number, struct world_page *page)
{
    uint64_t size = world_roll(world, number, ROLL_SHAPE), links = mix(size), rest = mix(links);
    *page = (struct world_page){
        .kind = kind_of(world, number),
        .charset = charset_from(rest % 100),
        .size = world->size / 2 + (int64_t)(size % (uint64_t)(world->size + 1)),
        .links = (int64_t)(links % (uint64_t)(world->links * 2 + 1)),
        .gzip = (int64_t)((rest >> 16) % 100) < world->compress,
        .chunked = (int64_t)((rest >> 32) % 100) < world->chunked,
    };
}

int64_t world_host_pages(const struct world *world, int64_t host)
{
    return host < world->pages ? (world->pages - host - 1) / world->hosts + 1 : 0;
}

int64_t world_listed(const struct world *world)
{
    return world->linked ? world->starts : world->pages;
}

bool world_is_silent(const struct world *world, int64_t host)
{
    return host >= world->hosts - world->silent_hosts;
}

int64_t world_latency(const struct world *world, struct world_place place)
{
    int64_t more = world->jitter ? roll_below(world, place.page, ROLL_LATENCY, world->jitter + 1) : 0;
    return world->latency + more;
}

/* ---- redirects ------------------------------------------------------------------------------------- */

/* How many redirects in a row the chain of a page has; 0: it does not redirect. Loops are counted once round.
 */
static int64_t chain_length(const struct world *world, int64_t number, enum world_kind kind)
{
    uint64_t roll = world_roll(world, number, ROLL_LENGTH);
    switch (kind) {
    case WORLD_REDIRECT:
    case WORLD_LOOP:
        return 1 + (int64_t)(roll % 3);
    case WORLD_ENDLESS:
        return WORLD_REDIRECTS_MOST + 1 + (int64_t)(roll % 3);
    default:
        return 0;
    }
}

/* Where a chain ends: mostly at another listed page, which may be missing or no HTML, else at a page of its
 * own. */
static int64_t chain_end(const struct world *world, int64_t number, enum world_kind kind)
{
    if (kind == WORLD_LOOP)
        return number;
    if (world->linked)
        return world_tree_pick(world, number % world->hosts, world_roll(world, number, ROLL_END));
    int64_t other = roll_below(world, number, ROLL_END, world->pages);
    enum world_group group = world_kinds[kind_of(world, other)].group;
    bool ends = group == WORLD_PLAIN || group == WORLD_OTHER || group == WORLD_STATUS;
    return kind == WORLD_REDIRECT && ends ? other : world->pages + number;
}

bool world_next(const struct world *world, struct world_place place, struct world_place *next)
{
    enum world_kind kind = kind_of(world, place.page);
    int64_t length = chain_length(world, place.page, kind);
    if (place.hop >= length)
        return false;
    *next = (struct world_place){place.page, place.hop + 1};
    if (next->hop == length)
        *next = (struct world_place){chain_end(world, place.page, kind), 0};
    return true;
}

/* Every other step of a chain goes elsewhere, and in a linked world as many as were asked for. */
static bool changes_host(const struct world *world, uint64_t roll)
{
    return world->linked ? (int64_t)(roll >> 40) % 100 < world->across : (roll & 1) == 1;
}

int64_t world_host(const struct world *world, struct world_place place)
{
    for (int64_t hop = place.hop; hop > 0; hop--) {
        uint64_t roll = world_roll(world, place.page, ROLL_HOP + (unsigned)hop);
        if (changes_host(world, roll))
            return (int64_t)((roll >> 1) % (uint64_t)world->hosts);
    }
    return place.page % world->hosts;
}

int world_redirect_status(const struct world *world, struct world_place place)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    return statuses[(world_roll(world, place.page, ROLL_HOP + (unsigned)place.hop) >> 32) % 5];
}

struct world_fate world_fate(const struct world *world, int64_t number)
{
    struct world_place place = {number, 0}, next;
    const struct world_row *row = &world_kinds[kind_of(world, number)];
    const char *refused = world_robots_refuse(world, place);
    for (int redirects = 0; !refused && redirects < WORLD_REDIRECTS_MOST && world_next(world, place, &next);
         redirects++) {
        if (next.page == number && next.hop == 0)
            break; /* round once */
        place = next;
        refused = world_robots_refuse(world, place);
    }
    if (refused)
        return (struct world_fate){refused, 0, place};
    const struct world_row *last = &world_kinds[kind_of(world, place.page)];
    if (last->group == WORLD_CHAIN)
        return (struct world_fate){row->outcome, world_redirect_status(world, place), place};
    return (struct world_fate){row->outcome ? row->outcome : last->outcome, last->status, place};
}

/* ---- addresses ------------------------------------------------------------------------------------- */

void world_put_number(struct buf *out, int64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    buf_append(out, digits + at, sizeof digits - at);
}

struct world_directories world_directories(const struct world *world, int64_t number)
{
    int64_t nth = number / world->hosts / WORLD_PER_DIRECTORY;
    return (struct world_directories){nth / WORLD_DIRECTORIES, nth % WORLD_DIRECTORIES};
}

void world_put_path(const struct world *world, struct world_place place, struct buf *out)
{
    if (place.hop) {
        buf_append(out, "/hop/", 5);
        world_put_number(out, place.page);
        buf_append(out, "/", 1);
        world_put_number(out, place.hop);
        return;
    }
    struct world_directories in = world_directories(world, place.page);
    buf_append(out, "/a", 2);
    world_put_number(out, in.outer);
    buf_append(out, "/b", 2);
    world_put_number(out, in.inner);
    buf_append(out, "/", 1);
    world_put_number(out, place.page);
    buf_append(out, ".html", 5);
}

void world_put_host(int64_t host, struct buf *out)
{
    buf_append(out, "127", 3);
    for (int shift = 16; shift >= 0; shift -= 8) {
        buf_append(out, ".", 1);
        world_put_number(out, (host + 1) >> shift & 255);
    }
}

static void put_host(const struct world *world, struct world_place place, struct buf *out)
{
    buf_append(out, "//", 2);
    world_put_host(world_host(world, place), out);
    buf_append(out, ":", 1);
    world_put_number(out, world->port);
}

void world_put_url(const struct world *world, struct world_place place, struct buf *out)
{
    buf_append(out, "http:", 5);
    put_host(world, place, out);
    world_put_path(world, place, out);
}

void world_put_location(const struct world *world, struct world_place place, struct buf *out)
{
    struct world_place next;
    uint64_t form = world_roll(world, place.page, ROLL_HOP + (unsigned)place.hop) >> 40;
    if (!world_next(world, place, &next)) {
        buf_append_string(out, form & 1 ? "http://[oops/" : "http://127.0.0.1:99999/");
        return;
    }
    if (world_host(world, place) != world_host(world, next))
        form |= 2; /* another host must be named */
    switch (form & 3) {
    case 0:
        world_put_path(world, next, out);
        break;
    case 1:
        buf_append(out, "../..", 5); /* all paths are three deep */
        world_put_path(world, next, out);
        break;
    case 2:
        put_host(world, next, out);
        world_put_path(world, next, out);
        break;
    default:
        world_put_url(world, next, out);
    }
}

/* Reads the number that ends at *end, which is moved to before it. Returns it, or -1 when there is none, or a
 * longer one than any of ours. */
static int64_t number_before(const char *path, size_t *end)
{
    int64_t number = 0, unit = 1;
    size_t at = *end;
    for (; at > 0 && path[at - 1] >= '0' && path[at - 1] <= '9'; at--, unit *= 10) {
        if (*end - at > 15)
            return -1;
        number += (path[at - 1] - '0') * unit;
    }
    bool none = at == *end;
    *end = at;
    return none ? -1 : number;
}

int world_find(const struct world *world, int64_t host, const char *path, size_t size,
               struct world_place *place)
{
    struct buf spelled;
    size_t end = size;
    *place = (struct world_place){-1, 0};
    if (size > 5 && memcmp(path + size - 5, ".html", 5) == 0) {
        end -= 5;
        place->page = number_before(path, &end);
    } else if (size > 5 && memcmp(path, "/hop/", 5) == 0) {
        place->hop = number_before(path, &end);
        if (place->hop <= 0 || end == 0 || path[--end] != '/')
            return -1;
        place->page = number_before(path, &end);
    }
    if (place->page < 0 || place->page >= world->pages * (world->linked ? 1 : 2))
        return -1;
    if (place->hop && place->hop >= chain_length(world, place->page, kind_of(world, place->page)))
        return -1;
    if (world_host(world, *place) != host)
        return -1;
    /* Directories must be right too, and numbers without leading zeroes: a page has one path. */
    buf_init(&spelled, 256);
    world_put_path(world, *place, &spelled);
    bool same = spelled.size == size && memcmp(spelled.data, path, size) == 0;
    buf_clear(&spelled);
    return same ? 0 : -1;
}
