#include "coordinator/seed.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/url.h"
#include "coordinator/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unicode/ustring.h>
#include <unistd.h>

enum {
    LINE_LONGEST = 64 * 1024,
    PIECE = 64 * 1024,      /* read per turn */
    FRONTIER_FULL = 100000, /* queued URLs at which reading pauses */
    FRONTIER_ROOM = 50000,  /* and at which it goes on */
    SHOWN = 20,
};

enum complaint { NO_SCHEME, OTHER_SCHEME, NOT_A_URL, TOO_LONG, COMPLAINTS };

struct seed {
    struct crawl *crawl;
    const char *name; /* of the input, for people */
    int fd;           /* -1: none, or read to its end */
    ev_io readable;
    int paused;
    struct buf line; /* what is there of a line whose end is not */
    int too_long;    /* the line in hand is, and its rest is skipped */
    uint64_t number; /* of the line in hand, in the input */
    uint64_t shown[COMPLAINTS];
};

/* ---- one line -------------------------------------------------------------------------------------- */

static void complain(struct seed *seed, enum complaint kind, const char *line, size_t size, const char *why)
{
    seed->crawl->tally.malformed++;
    if (++seed->shown[kind] > SHOWN)
        return;
    char where[300] = "argument";
    if (seed->number)
        snprintf(where, sizeof where, "%s, line %llu", seed->name, (unsigned long long)seed->number);
    log_warning("%s: %.*s%s: %s", where, (int)(size < 200 ? size : 200), line, size > 200 ? "..." : "", why);
    if (seed->shown[kind] == SHOWN)
        log_warning("%s: further lines of this kind are only counted", seed->name);
}

/* Whether putting a scheme in front would make it a URL of the web, as with "example.com" and
 * "localhost:8080". */
static int lacks_only_a_scheme(const char *line, size_t size)
{
    char with[URL_LONGEST + 8], out[URL_LONGEST];
    int length =
        snprintf(with, sizeof with, "https://%.*s", (int)(size < URL_LONGEST ? size : URL_LONGEST), line);
    size_t name = 0;
    while (name < size && !strchr(":/?#", line[name]))
        name++;
    int has_one = size - name >= 3 && !memcmp(line + name, "://", 3);
    return !has_one && memchr(line, ' ', size) == NULL && line[0] != '/' && line[0] != '#' &&
           url_resolve(NULL, with, (size_t)length, out, sizeof out, NULL) > 0;
}

/* A name before the colon and a number behind it: a host and a port, not a scheme. */
static int is_host_and_port(const char *line, size_t size)
{
    const char *colon = memchr(line, ':', size);
    return colon && colon + 1 < line + size && colon[1] >= '0' && colon[1] <= '9';
}

static void complain_of_url(struct seed *seed, const char *line, size_t size, int parsed)
{
    char why[400];
    if (size > URL_LONGEST) {
        complain(seed, TOO_LONG, line, size, "longer than 8192 bytes");
    } else if ((!parsed || is_host_and_port(line, size)) && lacks_only_a_scheme(line, size)) {
        snprintf(why, sizeof why, "no scheme; did you mean https://%.*s ?", (int)(size < 200 ? size : 200),
                 line);
        complain(seed, NO_SCHEME, line, size, why);
    } else if (parsed) {
        complain(seed, OTHER_SCHEME, line, size, "neither http nor https");
    } else {
        complain(seed, NOT_A_URL, line, size, "not a URL");
    }
}

/* Whether a line may stand in the output as it is: valid UTF-8 without control bytes. */
static int is_clean(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            return 0;
    UErrorCode error = U_ZERO_ERROR;
    int32_t length;
    u_strFromUTF8(NULL, 0, &length, line, (int32_t)size, &error);
    return error != U_INVALID_CHAR_FOUND;
}

static void admit(struct seed *seed, const char *line, size_t size, const char *url, size_t url_size,
                  const struct url_parts *parts)
{
    struct crawl *crawl = seed->crawl;
    char request[URL_LONGEST];
    if (!seen_add(crawl->seen, seen_fingerprint(url, url_size))) {
        crawl->tally.duplicate++;
        return;
    }
    crawl->tally.admitted++;
    crawl_begin_outputs(crawl);
    size_t request_size = (size_t)url_request(url, url_size, request, sizeof request);
    int clean = is_clean(line, size);
    struct entry *entry =
        frontier_add(crawl->frontier, clean ? line : url, clean ? size : url_size, request, request_size);
    if (url_has_bad_port(parts))
        collect_unfetched(crawl, frontier_take(crawl->frontier, entry), OUTCOME_PORT);
}

static void take_line(struct seed *seed, const char *line, size_t size)
{
    char url[URL_LONGEST];
    struct url_parts parts;
    seed->crawl->tally.lines++;
    while (size && (unsigned char)line[size - 1] <= 0x20)
        size--;
    while (size && (unsigned char)*line <= 0x20)
        line++, size--;
    if (!size) {
        seed->crawl->tally.blank++;
        return;
    }
    /* A longer line may resolve to a URL that is not, but rows stand under the line. */
    ssize_t length = size > URL_LONGEST ? -1 : url_resolve(NULL, line, size, url, sizeof url, &parts);
    if (length < 0 || !url_is_web(&parts))
        complain_of_url(seed, line, size, length >= 0);
    else
        admit(seed, line, size, url, (size_t)length, &parts);
}

/* ---- the stream ------------------------------------------------------------------------------------ */

static void end_line(struct seed *seed)
{
    struct buf *line = &seed->line;
    seed->number++;
    size_t bom = seed->number == 1 && line->size >= 3 && !memcmp(line->data, "\xef\xbb\xbf", 3) ? 3 : 0;
    if (seed->too_long) {
        seed->crawl->tally.lines++;
        complain(seed, TOO_LONG, line->data, line->size, "longer than 8192 bytes");
    } else {
        take_line(seed, line->size ? line->data + bom : "", line->size - bom);
    }
    seed->too_long = 0;
    line->size = 0;
}

static void take_bytes(struct seed *seed, const char *bytes, size_t size)
{
    while (size) {
        const char *stop = memchr(bytes, '\n', size);
        size_t part = stop ? (size_t)(stop - bytes) : size;
        if (!seed->too_long && buf_append(&seed->line, bytes, part))
            seed->too_long = 1;
        if (!stop)
            return;
        end_line(seed);
        bytes += part + 1;
        size -= part + 1;
    }
}

static void close_input(struct seed *seed)
{
    if (seed->fd < 0)
        return;
    ev_io_stop(seed->crawl->loop, &seed->readable);
    if (seed->fd != STDIN_FILENO)
        close(seed->fd);
    seed->fd = -1;
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)events;
    struct seed *seed = watcher->data;
    char piece[PIECE];
    ssize_t got = read(seed->fd, piece, sizeof piece);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got < 0) {
        log_error("%s: cannot be read: %s", seed->name, strerror(errno));
        close_input(seed);
        crawl_stop(seed->crawl, CRAWL_FAILED);
        return;
    }
    take_bytes(seed, piece, (size_t)got);
    if (got == 0) {
        if (seed->line.size || seed->too_long)
            end_line(seed);
        close_input(seed);
    } else if (frontier_queued(seed->crawl->frontier) >= FRONTIER_FULL) {
        ev_io_stop(loop, watcher);
        seed->paused = 1;
    }
}

void seed_start(struct seed *seed)
{
    const struct options_list *urls = &seed->crawl->config->urls;
    for (size_t i = 0; i < urls->count; i++)
        take_line(seed, urls->words[i], strlen(urls->words[i]));
    if (seed->fd >= 0)
        ev_io_start(seed->crawl->loop, &seed->readable);
}

void seed_resume(struct seed *seed)
{
    if (!seed->paused || frontier_queued(seed->crawl->frontier) > FRONTIER_ROOM)
        return;
    seed->paused = 0;
    ev_io_start(seed->crawl->loop, &seed->readable);
}

void seed_stop(struct seed *seed)
{
    close_input(seed);
}

int seed_is_done(const struct seed *seed)
{
    return seed->fd < 0;
}

/* ---- life ------------------------------------------------------------------------------------------ */

/* Returns the descriptor, -1 with one line logged, or -2 when there is nothing to open. */
static int open_input(const char *path)
{
    if (!path)
        return -2;
    if (!strcmp(path, "-")) {
        if (isatty(STDIN_FILENO))
            log_warning("reading URLs from the terminal, one a line; end with Ctrl-D");
        return STDIN_FILENO;
    }
    struct stat file;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &file) == 0 && S_ISDIR(file.st_mode)) {
        close(fd);
        fd = -1;
        errno = EISDIR;
    }
    if (fd < 0)
        log_error("%s: cannot be read: %s", path, strerror(errno));
    return fd;
}

struct seed *seed_create(struct crawl *crawl)
{
    int fd = open_input(crawl->config->input);
    if (fd == -1)
        return NULL;
    struct seed *seed = memory_new(sizeof *seed);
    *seed = (struct seed){.crawl = crawl, .fd = fd, .name = crawl->config->input};
    if (!seed->name || fd == STDIN_FILENO)
        seed->name = fd == STDIN_FILENO ? "stdin" : "arguments";
    buf_init(&seed->line, LINE_LONGEST);
    ev_io_init(&seed->readable, on_readable, fd < 0 ? STDIN_FILENO : fd, EV_READ);
    seed->readable.data = seed;
    return seed;
}

void seed_destroy(struct seed **seed)
{
    if (!*seed)
        return;
    close_input(*seed);
    buf_clear(&(*seed)->line);
    free(*seed);
    *seed = NULL;
}
