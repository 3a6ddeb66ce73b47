#include "coordinator/seed.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/url.h"
#include "coordinator/collect.h"
#include "coordinator/follow.h"
#include "coordinator/seed_known.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unicode/ustring.h>
#include <unistd.h>

enum {
    LINE_LONGEST = 64 * 1024,
    PIECE = 64 * 1024, /* read per turn */
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
    int told_of_users;
    struct seed_cursor cursor;
    XXH3_state_t *hash; /* of the bytes read */
    uint64_t bytes;     /* read */
    uint64_t known;     /* bytes of a pipe that an earlier process has read */
    int known_line;     /* the line in hand was the last of these, and it had no end */
};

/* Whether the line in hand was counted by an earlier process. */
static int is_known(const struct seed *seed)
{
    return seed->known > 0 || seed->known_line;
}

static void count(struct seed *seed, uint64_t *column)
{
    if (is_known(seed))
        return;
    seed->crawl->tally.lines++;
    ++*column;
}

/* ---- one line -------------------------------------------------------------------------------------- */

static void complain(struct seed *seed, enum complaint kind, const char *line, size_t size, const char *why)
{
    count(seed, &seed->crawl->tally.malformed);
    if (is_known(seed) || ++seed->shown[kind] > SHOWN)
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
    } else if (!seed->number && size == 1 && *line == '-') {
        complain(seed, NOT_A_URL, line, size, "not a URL; -i - reads the standard input");
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

/* A URL that links have led to is no news, but it may have been farther away. */
static int is_new(struct crawl *crawl, const char *url, size_t size)
{
    uint64_t fingerprint = seen_fingerprint(crawl->seen, url, size);
    uint64_t rank = frontier_next_rank(crawl->frontier, 0);
    enum seen_answer answer = seen_add(crawl->seen, fingerprint, &rank);
    if (answer == SEEN_DEEPER)
        follow_move_up(crawl, url, size, fingerprint, rank, 0);
    return answer == SEEN_NEW;
}

static void admit(struct seed *seed, const char *line, size_t size, const char *url, size_t url_size,
                  const struct url_parts *parts)
{
    struct crawl *crawl = seed->crawl;
    char request[URL_LONGEST];
    size_t request_size = (size_t)url_request(url, url_size, request, sizeof request);
    crawl_begin_outputs(crawl);     /* before anything is in the store: it commits that nothing is */
    if (crawl->config->credentials) /* also where a link has led before */
        scope_list(crawl->scope, request, request_size);
    if (!is_new(crawl, url, url_size)) {
        count(seed, &crawl->tally.duplicate);
        return;
    }
    if (crawl->config->depth > 0)
        scope_add(crawl->scope, url, url_size);
    crawl->tally.lines++;
    crawl->tally.admitted++;
    if ((parts->username.size || parts->password.size) && !seed->told_of_users++)
        log_warning("%s: names and passwords in URLs are not sent: use -H 'Authorization: ...'", seed->name);
    int clean = is_clean(line, size);
    struct frontier_url all = {
        .source = clean ? line : url,
        .source_size = clean ? size : url_size,
        .url = request,
        .size = request_size,
        .private_ok = true, /* hosts that the user listed are theirs to choose */
    };
    if (url_has_bad_port(parts))
        collect_unfetched(crawl, frontier_add_taken(crawl->frontier, &all), OUTCOME_PORT);
    else
        frontier_add(crawl->frontier, &all);
}

static void take_line(struct seed *seed, const char *line, size_t size)
{
    char url[URL_LONGEST];
    struct url_parts parts;
    while (size && (unsigned char)line[size - 1] <= 0x20)
        size--;
    while (size && (unsigned char)*line <= 0x20)
        line++, size--;
    if (!size) {
        count(seed, &seed->crawl->tally.blank);
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
        complain(seed, TOO_LONG, line->data, line->size, "longer than 8192 bytes");
    } else {
        take_line(seed, line->size ? line->data + bom : "", line->size - bom);
    }
    seed->too_long = seed->known_line = 0;
    line->size = 0;
}

static void take_bytes(struct seed *seed, const char *bytes, size_t size)
{
    while (size) {
        const char *stop = memchr(bytes, '\n', size);
        size_t part = stop ? (size_t)(stop - bytes) : size;
        if (part)
            seed->known_line = 0; /* it goes on: another line */
        if (!seed->too_long && buf_append(&seed->line, bytes, part))
            seed->too_long = 1;
        if (!stop)
            return;
        end_line(seed);
        bytes += part + 1;
        size -= part + 1;
    }
}

/* Takes a piece of the list and moves the cursor to the end of its last whole line. */
static void take_piece(struct seed *seed, const char *piece, size_t size)
{
    const char *last = memrchr(piece, '\n', size);
    size_t whole = last ? (size_t)(last - piece) + 1 : 0;
    take_bytes(seed, piece, size);
    XXH3_64bits_update(seed->hash, piece, whole);
    if (whole && !is_known(seed)) {
        seed->cursor.bytes = seed->bytes + whole;
        seed->cursor.lines = seed->number;
        seed->cursor.prefix = XXH3_64bits_digest(seed->hash);
    }
    XXH3_64bits_update(seed->hash, piece + whole, size - whole);
    seed->bytes += size;
}

/* As take_piece; of a pipe the part that is known first. */
static void take_known_and_new(struct seed *seed, const char *piece, size_t size)
{
    if (is_known(seed)) {
        size_t known = size < seed->known ? size : (size_t)seed->known;
        take_piece(seed, piece, known);
        seed->known -= known;
        seed->known_line = !seed->known && (seed->line.size || seed->too_long);
        piece += known;
        size -= known;
    }
    if (size)
        take_piece(seed, piece, size);
}

static void end_list(struct seed *seed)
{
    if (seed->line.size || seed->too_long)
        end_line(seed);
    seed->cursor.bytes = seed->bytes;
    seed->cursor.lines = seed->number;
    seed->cursor.prefix = XXH3_64bits_digest(seed->hash);
    seed->cursor.ended = 1;
    seed->known = 0;
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
    take_known_and_new(seed, piece, (size_t)got);
    if (got == 0) {
        end_list(seed);
        close_input(seed);
    } else if (store_dirty(seed->crawl->store) >= STORE_DIRTY_MOST) {
        ev_io_stop(loop, watcher);
        seed->paused = 1;
    }
}

static uint64_t hash_of(const struct options_list *words)
{
    uint64_t hash = words->count;
    for (size_t i = 0; i < words->count; i++)
        hash = XXH3_64bits_withSeed(words->words[i], strlen(words->words[i]), hash);
    return hash;
}

void seed_start(struct seed *seed)
{
    const struct options_list *urls = &seed->crawl->config->urls;
    uint64_t number = seed->number, hash = hash_of(urls);
    seed->number = 0; /* arguments are no lines of the list */
    if (urls->count && hash != seed->cursor.arguments) {
        for (size_t i = 0; i < urls->count; i++)
            take_line(seed, urls->words[i], strlen(urls->words[i]));
        seed->cursor.arguments = hash;
    }
    seed->number = number;
    if (!seed->crawl->config->input)
        seed->cursor.ended = 1;
    if (seed->fd >= 0)
        ev_io_start(seed->crawl->loop, &seed->readable);
}

void seed_resume(struct seed *seed)
{
    if (!seed->paused || store_dirty(seed->crawl->store) >= STORE_DIRTY_MOST)
        return;
    seed->paused = 0;
    ev_io_start(seed->crawl->loop, &seed->readable);
}

void seed_stop(struct seed *seed)
{
    close_input(seed);
}

int seed_has_news(const struct seed *seed)
{
    const struct options_list *urls = &seed->crawl->config->urls;
    return (urls->count && hash_of(urls) != seed->cursor.arguments) ||
           (seed->fd >= 0 && seed_known_has_more(seed->fd));
}

const struct seed_cursor *seed_position(const struct seed *seed)
{
    return &seed->cursor;
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

/* Goes to where an earlier process stopped reading, if this is the list that it read. */
static void skip_known(struct seed *seed)
{
    struct seed_cursor *cursor = &seed->cursor;
    if (cursor->bytes == 0 || seed->fd < 0)
        return;
    switch (seed_known_skip(seed->fd, cursor, seed->hash)) {
    case SEED_KNOWN_PREFIX:
        seed->bytes = cursor->bytes;
        seed->number = cursor->lines;
        break;
    case SEED_KNOWN_PIPE:
        seed->known = cursor->bytes;
        break;
    case SEED_KNOWN_OTHER:
        log_warning("%s: this is not the list that the run began with: what is new in it is added",
                    seed->name);
        cursor->bytes = cursor->lines = cursor->prefix = cursor->ended = 0;
    }
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
    seed->hash = XXH3_createState();
    if (!seed->hash)
        abort();
    XXH3_64bits_reset(seed->hash);
    seed->cursor = crawl->record.cursor;
    skip_known(seed);
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
    XXH3_freeState((*seed)->hash);
    free(*seed);
    *seed = NULL;
}
