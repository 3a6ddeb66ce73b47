#include "coordinator/record.h"

#include "common/log.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { IDENTITY_MOST = 64 * 1024, FIRST_ID = 1 };

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

/* ---- identity: a line "option=value" each */

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

static void describe(struct buf *out, const struct config *config)
{
    buf_init(out, IDENTITY_MOST);
    add_path(out, "output", config->output);
    add_path(out, "pages", config->pages);
    buf_append_format(out, "format=%s\n", config->format == CONFIG_JSONL ? "jsonl" : "tsv");
    buf_append_format(out, "no-header=%d\n", config->no_header);
    buf_append_format(out, "links=%d\n", config->links);
    buf_append_format(out, "parser=%d\n", config->parser);
    buf_append_format(out, "all-schemes=%d\n", config->all_schemes);
    buf_append_format(out, "max-body=%zu\n", config->max_body);
    buf_append_format(out, "max-redirects=%d\n", config->max_redirects);
    buf_append_format(out, "user-agent=%s\n", config->user_agent_text);
    buf_append_format(out, "no-robots=%d\n", config->no_robots);
}

void record_identify(struct store *store, const struct config *config)
{
    struct buf now;
    describe(&now, config);
    store_run_put(store, identity_name, now.data, now.size);
    buf_clear(&now);
}

/* Logs the first line that differs. */
static void name_difference(const char *now, size_t now_size, const char *then, size_t then_size)
{
    const char *now_end = now + now_size, *then_end = then + then_size;
    while (now < now_end && then < then_end) {
        const char *now_stop = memchr(now, '\n', (size_t)(now_end - now)),
                   *then_stop = memchr(then, '\n', (size_t)(then_end - then));
        size_t now_length = (size_t)(now_stop - now), then_length = (size_t)(then_stop - then);
        if (now_length != then_length || memcmp(now, then, now_length)) {
            const char *equals = memchr(then, '=', then_length);
            log_error("the state is of a run with --%.*s, not --%.*s: %.*s decides what is written and "
                      "cannot change; "
                      "--fresh starts again",
                      (int)then_length, then, (int)now_length, now, (int)(equals - then), then);
            return;
        }
        now = now_stop + 1;
        then = then_stop + 1;
    }
    log_error("the state is of a run with other options; --fresh starts again");
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
