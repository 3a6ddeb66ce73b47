#include "bench/world_robots.h"

#include <string.h>

/* A purpose of its own between world.c's and page.c's. */
enum { ROLL_ROBOTS = 900 };

/* Rules stand for so many pages of a host; and so many bytes of a file are read (RFC 9309 §2.5). */
enum { RULED_PAGES = 1000, ONE_IN = 8, READ_MOST = 512 * 1024, REDIRECTS = 3 };

enum world_robots world_robots_of(const struct world *world, int64_t host)
{
    return world->robots == WORLD_ROBOTS_MIXED ? (enum world_robots)(host % WORLD_ROBOTS_MIXED)
                                               : (enum world_robots)world->robots;
}

static bool has_rules(enum world_robots robots)
{
    return robots == WORLD_ROBOTS_PART || robots == WORLD_ROBOTS_DELAY || robots == WORLD_ROBOTS_REDIRECT ||
           robots == WORLD_ROBOTS_HUGE;
}

/* The rules of the files that have any. A host's first page is always free. */
static bool is_ruled_out(const struct world *world, int64_t page)
{
    int64_t nth = page / world->hosts;
    return nth > 0 && nth < RULED_PAGES && world_roll(world, page, ROLL_ROBOTS) % ONE_IN == 0;
}

const char *world_robots_refuse(const struct world *world, struct world_place place)
{
    int64_t host = world_host(world, place);
    enum world_robots robots = world_robots_of(world, host);
    if (robots == WORLD_ROBOTS_ERROR || world_is_silent(world, host))
        return "robots_unreachable";
    if (robots == WORLD_ROBOTS_DENY)
        return "robots";
    return has_rules(robots) && place.hop == 0 && is_ruled_out(world, place.page) ? "robots" : NULL;
}

static void put_rules(const struct world *world, int64_t host, enum world_robots robots, struct buf *out)
{
    buf_append_string(out, "# Others keep out.\nUser-agent: *\nDisallow: /\n\nUser-agent: trawl\n");
    if (robots == WORLD_ROBOTS_DELAY) {
        buf_append_string(out, "Crawl-delay: ");
        world_put_number(out, world->crawl_delay);
        buf_append_byte(out, '\n');
    }
    for (int64_t nth = 1, page; nth < RULED_PAGES; nth++) {
        page = host + nth * world->hosts;
        if (page >= world->pages)
            break;
        if (!is_ruled_out(world, page))
            continue;
        buf_append_string(out, "Disallow: ");
        world_put_path(world, (struct world_place){page, 0}, out);
        buf_append_string(out, "$\n");
    }
    while (robots == WORLD_ROBOTS_HUGE && out->size < READ_MOST)
        buf_append_string(out, "# What follows the first 512 KiB is not read.\n");
    buf_append_string(out, robots == WORLD_ROBOTS_HUGE ? "Disallow: /\n" : "Disallow:\n");
}

/* The one after it that answers. */
static int64_t next_host(const struct world *world, int64_t host)
{
    return (host + 1) % (world->hosts - world->silent_hosts);
}

/* The first step of three leads to the next host, the others stay there. Its number says whose file it is. */
static void put_step(const struct world *world, int64_t host, int64_t step, struct buf *out)
{
    if (step == 1) {
        buf_append_string(out, "//");
        world_put_host(next_host(world, host), out);
        buf_append_byte(out, ':');
        world_put_number(out, world->port);
    }
    buf_append_string(out, "/robots/");
    world_put_number(out, host);
    buf_append_byte(out, '/');
    world_put_number(out, step);
}

static void put_text(struct world_robots_answer *answer, const char *text)
{
    buf_append_string(answer->body, text);
}

static void fill(const struct world *world, int64_t host, struct world_robots_answer *answer)
{
    enum world_robots robots = world_robots_of(world, host);
    *answer = (struct world_robots_answer){200, "text/plain", answer->body, answer->moved};
    switch (robots) {
    case WORLD_ROBOTS_ALLOW:
        put_text(answer, "User-agent: *\nDisallow:\n");
        break;
    case WORLD_ROBOTS_DENY:
        put_text(answer, "User-agent: other\nDisallow:\n\nUser-agent: *\nDisallow: /\n");
        break;
    case WORLD_ROBOTS_ERROR:
        answer->status = 500;
        break;
    case WORLD_ROBOTS_HTML:
        answer->type = "text/html";
        put_text(answer, "<!DOCTYPE html>\n<title>Welcome</title>\n<p>Nobody is kept out.\n");
        break;
    case WORLD_ROBOTS_PART:
    case WORLD_ROBOTS_DELAY:
    case WORLD_ROBOTS_REDIRECT:
    case WORLD_ROBOTS_HUGE:
        put_rules(world, host, robots, answer->body);
        break;
    default:
        answer->status = 404;
    }
}

/* Reads a number and the byte after it; returns -1 where there is none. */
static int64_t number_at(const char *path, size_t size, size_t *at)
{
    int64_t number = 0;
    size_t start = *at;
    for (; *at < size && path[*at] >= '0' && path[*at] <= '9' && *at - start < 10; ++*at)
        number = number * 10 + path[*at] - '0';
    return *at > start ? number : -1;
}

/* One of the steps that a host's robots.txt redirects to: /robots/HOST/STEP, on the host after it. */
static int find_step(const struct world *world, int64_t host, const char *path, size_t size,
                     struct world_robots_answer *answer)
{
    size_t at = sizeof "/robots/" - 1;
    if (size < at || memcmp(path, "/robots/", at) != 0)
        return -1;
    int64_t whose = number_at(path, size, &at);
    if (whose < 0 || next_host(world, whose) != host || at >= size || path[at++] != '/')
        return -1;
    int64_t step = number_at(path, size, &at);
    if (step < 1 || step > REDIRECTS || at != size || world_robots_of(world, whose) != WORLD_ROBOTS_REDIRECT)
        return -1;
    if (step == REDIRECTS) {
        fill(world, whose, answer);
        return 0;
    }
    answer->status = 301;
    put_step(world, whose, step + 1, answer->moved);
    return 0;
}

int world_robots_find(const struct world *world, int64_t host, const char *path, size_t size,
                      struct world_robots_answer *answer)
{
    static const char file[] = "/robots.txt";
    if (size != sizeof file - 1 || memcmp(path, file, size) != 0)
        return find_step(world, host, path, size, answer);
    if (world_robots_of(world, host) != WORLD_ROBOTS_REDIRECT) {
        fill(world, host, answer);
        return 0;
    }
    answer->status = 301;
    put_step(world, host, 1, answer->moved);
    return 0;
}
