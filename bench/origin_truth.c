#include "bench/origin_truth.h"

#include "common/buf.h"
#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MOST = 1 << 30, FILE_BUFFER = 1 << 20 };

/* Appends to `out` what a file says about one listed page; returns 0, or -1 (logged). */
typedef int put_lines(const struct world *world, int64_t number, void *arg, struct buf *out);

/* What a file says. */
struct list {
    const struct world *world;
    int64_t pages; /* of the first so many */
    put_lines *put;
    void *arg;
};

static int write_lines(const struct list *list, FILE *file)
{
    struct buf lines;
    int result = 0;
    buf_init(&lines, LINE_MOST);
    for (int64_t number = 0; number < list->pages && result == 0; number++) {
        buf_reset(&lines, FILE_BUFFER);
        result = list->put(list->world, number, list->arg, &lines);
        if (lines.size && fwrite(lines.data, lines.size, 1, file) != 1)
            break; /* fclose or ferror says so */
    }
    buf_clear(&lines);
    return result;
}

/* Returns 0, or -1 with errno set. */
static int write_to(const struct list *list, const char *path)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return -1;
    setvbuf(file, NULL, _IOFBF, FILE_BUFFER);
    int result = write_lines(list, file), failed = ferror(file);
    return fclose(file) != 0 || failed ? -1 : result;
}

/* Beside the file that links lead to, for they are to stay. Returns 0, or -1 with errno set. */
static int replace(const struct list *list, const char *path)
{
    char *beside = NULL, *real = realpath(path, NULL);
    if (asprintf(&beside, "%s.tmp", real ? real : path) < 0)
        abort();
    int result = write_to(list, beside) || rename(beside, real ? real : path) ? -1 : 0, error = errno;
    if (result != 0)
        unlink(beside);
    free(beside);
    free(real);
    errno = error;
    return result;
}

/* A device, a pipe or a terminal is written to: a rename would put a plain file in its place. */
static bool is_in_place(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && !S_ISREG(file.st_mode);
}

static int write_file(const struct list *list, const char *path)
{
    if ((is_in_place(path) ? write_to(list, path) : replace(list, path)) == 0)
        return 0;
    log_error("cannot write %s: %s", path, strerror(errno));
    return -1;
}

static int put_url(const struct world *world, int64_t number, void *arg, struct buf *out)
{
    (void)arg;
    world_put_url(world, (struct world_place){number, 0}, out);
    return buf_append_byte(out, '\n');
}

int origin_truth_write_urls(const struct world *world, const char *path)
{
    return write_file(&(struct list){world, world_listed(world), put_url, NULL}, path);
}

static struct world_fate fate_of(const struct world *world, const struct reach *reach, int64_t number)
{
    return reach ? reach_fate(reach, (struct world_place){number, 0}) : world_fate(world, number);
}

static bool ends_at_html(const struct world_fate *fate)
{
    return strcmp(fate->outcome, "ok") == 0;
}

struct rows {
    const struct reach *reach;
    enum page_links count;
    struct buf links; /* of the page at hand */
};

static int put_rows(const struct world *world, int64_t number, void *arg, struct buf *out)
{
    struct rows *rows = arg;
    struct world_fate fate = fate_of(world, rows->reach, number);
    buf_reset(&rows->links, FILE_BUFFER);
    if (!ends_at_html(&fate) || (rows->reach && reach_depth(rows->reach, fate.place) < 0))
        return 0;
    page_write_links(world, fate.place.page, rows->count, &rows->links);
    for (size_t at = 0; at < rows->links.size;) {
        const char *link = rows->links.data + at;
        size_t size = (size_t)((char *)memchr(link, '\n', rows->links.size - at) - link) + 1;
        world_put_url(world, (struct world_place){number, 0}, out);
        buf_append_byte(out, '\t');
        buf_append(out, link, size);
        at += size;
    }
    return 0;
}

int origin_truth_write_rows(const struct world *world, const struct reach *reach, enum page_links count,
                            const char *path)
{
    struct rows rows = {.reach = reach, .count = count};
    buf_init(&rows.links, LINE_MOST);
    int result = write_file(&(struct list){world, world->pages, put_rows, &rows}, path);
    buf_clear(&rows.links);
    return result;
}

static void put_fate(const struct world *world, struct world_place place, const struct world_fate *fate,
                     struct buf *out)
{
    world_put_url(world, place, out);
    buf_append_format(out, "\t%s\t", fate->outcome);
    if (fate->status)
        world_put_number(out, fate->status);
    buf_append_byte(out, '\t');
    world_put_url(world, fate->place, out);
}

static int put_outcome(const struct world *world, int64_t number, void *arg, struct buf *out)
{
    (void)arg;
    struct world_fate fate = world_fate(world, number);
    put_fate(world, (struct world_place){number, 0}, &fate, out);
    return buf_append_byte(out, '\n');
}

/* A page, and the steps of the redirect chain that begins there. */
static int put_found(const struct world *world, int64_t number, void *arg, struct buf *out)
{
    const struct reach *reach = arg;
    struct world_place place = {number, 0}, next;
    for (int64_t depth; (depth = reach_depth(reach, place)) >= 0; place = next) {
        struct world_fate fate = reach_fate(reach, place);
        put_fate(world, place, &fate, out);
        buf_append_byte(out, '\t');
        world_put_number(out, depth);
        buf_append_byte(out, '\n');
        if (!world_next(world, place, &next) || next.hop == 0)
            break;
    }
    return 0;
}

int origin_truth_write_outcomes(const struct world *world, const struct reach *reach, const char *path)
{
    struct list list = {world, world->pages, reach ? put_found : put_outcome, (void *)reach};
    return write_file(&list, path);
}

static int put_body(const struct world *world, int64_t number, void *arg, struct buf *out)
{
    const char *directory = arg;
    struct world_fate fate = world_fate(world, number);
    struct world_page page;
    struct buf body;
    char *name;
    if (!ends_at_html(&fate))
        return 0;
    if (asprintf(&name, "%s/%lld.html", directory, (long long)fate.place.page) < 0)
        return -1;
    world_page(world, fate.place.page, &page);
    buf_append_format(out, "%s\t", name);
    world_put_url(world, fate.place, out);
    buf_append_format(out, "\t%s\n", page_charset(&page) ? page_charset(&page) : "");
    buf_init(&body, LINE_MOST);
    page_write(world, fate.place.page, &body);
    FILE *file = fopen(name, "we");
    int result = file && fwrite(body.data, body.size, 1, file) == 1 ? 0 : -1;
    if (file && fclose(file) != 0)
        result = -1;
    if (result != 0)
        log_error("cannot write %s: %s", name, strerror(errno));
    buf_clear(&body);
    free(name);
    return result;
}

int origin_truth_write_bodies(const struct world *world, const char *directory)
{
    char *path;
    if (asprintf(&path, "%s/pages.tsv", directory) < 0)
        return -1;
    int result = write_file(&(struct list){world, world->pages, put_body, (void *)directory}, path);
    free(path);
    return result;
}
