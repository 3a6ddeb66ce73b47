#include "coordinator/record.h"

#include "common/link_kind.h"
#include "common/log.h"
#include "coordinator/header.h"
#include "coordinator/scope.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { IDENTITY_MOST = 4 << 20, FIRST_ID = 1 };

static const char record_name[] = "record", identity_name[] = "identity";

static void draw(void *bytes, size_t size)
{
    if (getrandom(bytes, size, 0) != (ssize_t)size)
        abort();
}

void record_begin(struct record *record)
{
    uint32_t random;
    *record = (struct record){.next_id = FIRST_ID};
    tally_init(&record->tally);
    draw(record->run_id, sizeof record->run_id);
    draw(&record->hash_seed, sizeof record->hash_seed);
    /* Lease numbers of two runs must not meet, nor those of two processes of one run. */
    draw(&random, sizeof random);
    record->incarnation = random & 0x3fffff;
}

int record_load(struct store *store, struct record *record)
{
    size_t size;
    const void *bytes = store_run_get(store, record_name, &size);
    if (!bytes || size != sizeof *record)
        return -1;
    memcpy(record, bytes, size);
    return 0;
}

void record_save(struct store *store, const struct record *record)
{
    store_run_put(store, record_name, record, sizeof *record);
}

/* ---- identity: for each option its name, or "name=value"; "name=" when it is not given */

/* A file as the system knows it, so that two spellings of one path are one output. */
static void add_path(struct buf *out, const char *option, const char *path)
{
    char real[PATH_MAX], *slash;
    if (!path || !strcmp(path, "-")) {
        buf_append_format(out, "%s=%s\n", option, path ? path : "");
        return;
    }
    if (realpath(path, real)) {
        buf_append_format(out, "%s=%s\n", option, real);
        return;
    }
    char *directory = strdup(path); /* the file need not be there; where it would be does */
    slash = strrchr(directory, '/');
    const char *name = slash ? slash + 1 : directory;
    if (slash)
        slash[slash == directory] = 0;
    if (!slash || !realpath(directory, real))
        strcpy(real, ".");
    if (!slash && !realpath(".", real))
        strcpy(real, ".");
    buf_append_format(out, "%s=%s/%s\n", option, real, slash ? path + (name - directory) : path);
    free(directory);
}

static void add_flag(struct buf *out, const char *option, bool given)
{
    buf_append_format(out, "%s%s\n", option, given ? "" : "=");
}

/* Which pages are in the run. Limits are not: a run goes on with higher ones. */
static void describe_following(struct buf *out, const struct config *config)
{
    static const char *const scopes[] = {
        [SCOPE_HOST] = "host", [SCOPE_DOMAIN] = "domain", [SCOPE_ANY] = "any"};
    buf_append_format(out, "depth=%d\n", config->depth);
    buf_append_format(out, "scope=%s\n", scopes[config->scope]);
    add_flag(out, "respect-nofollow", config->respect_nofollow);
    for (size_t i = 0; i < config->filters.count; i++)
        buf_append_format(out, "%s=%s\n", config->filters.options[i], config->filters.words[i]);
}

/* Of credentials only that there are some: they may be renewed, and are not kept on disk. */
static void describe_headers(struct buf *out, const struct config *config)
{
    size_t plain = config->headers.count - config->credentials;
    for (size_t i = 0; i < config->headers.count; i++) {
        const char *line = config->headers.words[i];
        size_t shown = i < plain ? strlen(line) : header_name_size(line);
        buf_append_format(out, "header=%.*s\n", (int)shown, line);
    }
}

static void describe(struct buf *out, const struct config *config)
{
    static const char *const parsers[] = {"auto", "stream", "tidy", "none"};
    buf_init(out, IDENTITY_MOST);
    add_path(out, "output", config->output);
    add_path(out, "pages", config->pages);
    buf_append_format(out, "format=%s\n", config->format == CONFIG_JSONL ? "jsonl" : "tsv");
    add_flag(out, "no-header", config->no_header);
    buf_append_format(out, "links=%s\n", link_kind_name((enum link_kind)config->links));
    buf_append_format(out, "parser=%s\n", parsers[config->parser]);
    add_flag(out, "all-schemes", config->all_schemes);
    buf_append_format(out, "max-body=%zu\n", config->max_body);
    buf_append_format(out, "max-redirects=%d\n", config->max_redirects);
    buf_append_format(out, "user-agent=%s\n", config->user_agent_text);
    add_flag(out, "no-robots", config->no_robots);
    describe_following(out, config);
    describe_headers(out, config);
}

void record_identify(struct store *store, const struct config *config)
{
    struct buf now;
    describe(&now, config);
    store_run_put(store, identity_name, now.data, now.size);
    buf_clear(&now);
}

struct line {
    const char *text;
    size_t size;
};

/* Whether the line says that an option was given. */
static bool is_given(struct line line)
{
    const char *equals = memchr(line.text, '=', line.size);
    return line.size && (!equals || equals + 1 < line.text + line.size);
}

/* The line at `at`, without its end; an empty one at the end of all. */
static struct line line_at(const char *at, const char *end)
{
    const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : at;
    return (struct line){at, (size_t)(stop - at)};
}

static void log_difference(struct line then, struct line now)
{
    static const char why[] = "decides what is written and cannot change; --fresh starts again";
    struct line named = then.size ? then : now;
    const char *equals = memchr(named.text, '=', named.size);
    int then_size = (int)then.size, now_size = (int)now.size;
    int name = equals ? (int)(equals - named.text) : (int)named.size;
    if (!is_given(now))
        log_error("the state is of a run with --%.*s: %.*s %s", then_size, then.text, name, named.text, why);
    else if (!is_given(then))
        log_error("the state is of a run without --%.*s: %.*s %s", now_size, now.text, name, named.text, why);
    else
        log_error("the state is of a run with --%.*s, not --%.*s: %.*s %s", then_size, then.text, now_size,
                  now.text, name, named.text, why);
}

/* Logs the first line that differs. */
static void name_difference(const char *now, size_t now_size, const char *then, size_t then_size)
{
    const char *now_end = now + now_size, *then_end = then + then_size;
    while (now < now_end || then < then_end) {
        struct line ours = line_at(now, now_end), theirs = line_at(then, then_end);
        if (ours.size != theirs.size || memcmp(ours.text, theirs.text, ours.size) != 0) {
            log_difference(theirs, ours);
            return;
        }
        now += ours.size + 1;
        then += theirs.size + 1;
    }
}

int record_check_identity(struct store *store, const struct config *config)
{
    struct buf now;
    size_t size = 0;
    const char *then = store_run_get(store, identity_name, &size);
    describe(&now, config);
    int same = then && size == now.size && !memcmp(then, now.data, size);
    if (!same)
        name_difference(now.data, now.size, then ? then : "", size);
    buf_clear(&now);
    return same ? 0 : -1;
}
