#include "coordinator/commit.h"

#include "common/log.h"
#include "coordinator/one_file.h"
#include "coordinator/output_tsv.h"
#include "coordinator/pages_table.h"
#include "coordinator/seed.h"
#include "coordinator/summary.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double longest_group = 1, pause_share = 5;
static const struct output_mark nothing_yet;

/* ---- the store */

/* Where an output's file is or will be; NULL when it is none. */
static const char *output_directory(const char *output, char *out, size_t room)
{
    struct stat file;
    const char *slash = strrchr(output, '/');
    if (!strcmp(output, "-") || (stat(output, &file) == 0 && !S_ISREG(file.st_mode)))
        return NULL;
    if (!slash)
        return ".";
    snprintf(out, room, "%.*s", slash == output ? 1 : (int)(slash - output), output);
    return out;
}

int commit_open_store(struct crawl *crawl)
{
    char directory[4096];
    const struct config *config = crawl->config;
    crawl->store = config->state
                       ? store_open(config->state, config->fresh)
                       : store_open_temporary(output_directory(config->output, directory, sizeof directory));
    if (!crawl->store)
        return -1;
    crawl->resumed = record_load(crawl->store, &crawl->record) == 0;
    if (!crawl->resumed)
        record_begin(&crawl->record);
    crawl->record.incarnation++;
    return 0;
}

/* ---- the outputs */

static const char *header_of_rows(const struct crawl *crawl)
{
    int bare = crawl->config->no_header || crawl->config->format == CONFIG_JSONL;
    return bare ? "" : output_tsv_header;
}

/* Returns the exit code, or 0. */
static int refuse_plain_stdout(const struct crawl *crawl)
{
    struct stat file;
    const struct config *config = crawl->config;
    int to_stdout = !strcmp(config->output, "-") || (config->pages && !strcmp(config->pages, "-"));
    if (!to_stdout || !config->state || fstat(STDOUT_FILENO, &file) || !S_ISREG(file.st_mode))
        return 0;
    log_error("with --state name the output file with -o: the shell empties what stdout goes to before trawl "
              "starts");
    return 2;
}

static struct output *open_one(struct crawl *crawl, const char *path, const struct output_mark *mark)
{
    return crawl->resumed ? output_reopen(path, mark) : output_open(path);
}

/* Returns 0, or -1 with one line logged. */
static int open_both(struct crawl *crawl)
{
    char state[4096];
    const struct config *config = crawl->config;
    snprintf(state, sizeof state, "%s/data.mdb", config->state ? config->state : "");
    const struct one_file files[] = {
        {"--state", config->state ? state : NULL, -1}, {"-i", config->input, STDIN_FILENO},
        {"-o", config->output, STDOUT_FILENO},         {"--pages", config->pages, STDOUT_FILENO},
        {"--summary", config->summary, STDOUT_FILENO},
    };
    /* First, for a name that leads nowhere yet is compared by its spelling only. */
    crawl->rows = open_one(crawl, config->output, &crawl->record.rows);
    if (!crawl->rows || one_file_refuse(files, sizeof files / sizeof *files))
        return -1;
    if (config->pages && !(crawl->pages = open_one(crawl, config->pages, &crawl->record.pages)))
        return -1;
    return config->summary ? summary_check(config->summary) : 0;
}

/* After a kill that is what a resumed run is for; behind the end of a finished one may stand what is
 * someone's. */
static void tell_cut(const char *path, const struct output_mark *mark)
{
    struct stat file;
    if (stat(path, &file) == 0 && (uint64_t)file.st_size > mark->length)
        log_warning("%s: is cut back from %llu bytes to the %llu that the run committed", path,
                    (unsigned long long)file.st_size, (unsigned long long)mark->length);
}

static int go_on_with(const struct crawl *crawl, struct output *output, const char *path,
                      const struct output_mark *mark, const char *header)
{
    if (!output || !output_is_file(output))
        return 0;
    if (crawl->was_finished)
        tell_cut(path, mark);
    if (output_cut(output, mark))
        return -1;
    if (mark->length == 0)
        output_begin(output, header);
    return 0;
}

int commit_open_outputs(struct crawl *crawl)
{
    int code = refuse_plain_stdout(crawl);
    if (!code && crawl->resumed && record_check_identity(crawl->store, crawl->config))
        code = 2;
    if (!code && open_both(crawl))
        code = 1;
    if (code || !crawl->resumed)
        return code;
    /* Both were checked before either is cut. */
    const struct config *config = crawl->config;
    const struct record *record = &crawl->record;
    if (go_on_with(crawl, crawl->rows, config->output, &record->rows, header_of_rows(crawl)) ||
        go_on_with(crawl, crawl->pages, config->pages, &record->pages, pages_table_header))
        return 1;
    crawl->outputs_begun = 1;
    /* The incarnation must last before a lease is numbered after it. */
    record_save(crawl->store, &crawl->record);
    return store_commit(crawl->store, 1) ? 1 : 0;
}

static int sync_names(struct crawl *crawl)
{
    const struct config *config = crawl->config;
    char room[4096], other_room[4096];
    if (output_sync_name(crawl->rows))
        return -1;
    if (!crawl->pages)
        return 0;
    const char *one = output_directory(config->output, room, sizeof room),
               *other = output_directory(config->pages, other_room, sizeof other_room);
    return one && other && !strcmp(one, other) ? 0 : output_sync_name(crawl->pages);
}

void commit_begin(struct crawl *crawl)
{
    struct record *record = &crawl->record;
    record->rows = record->pages = nothing_yet;
    record_save(crawl->store, record);
    record_identify(crawl->store, crawl->config);
    if (store_commit(crawl->store, 0) || (store_is_lasting(crawl->store) && sync_names(crawl))) {
        crawl_stop(crawl, CRAWL_FAILED);
        return;
    }
    output_begin(crawl->rows, header_of_rows(crawl));
    if (crawl->pages)
        output_begin(crawl->pages, pages_table_header);
}

/* ---- a group */

static int outputs_are_good(const struct crawl *crawl)
{
    return output_state(crawl->rows) == OUTPUT_GOOD &&
           (!crawl->pages || output_state(crawl->pages) == OUTPUT_GOOD);
}

void commit_write(struct crawl *crawl)
{
    struct output_mark before = output_mark(crawl->rows);
    if (outputs_are_good(crawl))
        output_flush(crawl->rows);
    if (!crawl->pages || !outputs_are_good(crawl))
        return;
    output_flush(crawl->pages);
    if (output_state(crawl->pages) == OUTPUT_BROKEN)
        output_cut(crawl->rows, &before);
}

/* Returns 0, or -1 when one is not what it should be. */
static int write_for_good(struct crawl *crawl)
{
    if (store_is_lasting(crawl->store))
        return output_sync(crawl->rows) || (crawl->pages && output_sync(crawl->pages)) ? -1 : 0;
    commit_write(crawl);
    return outputs_are_good(crawl) ? 0 : -1;
}

/* Returns 0, or -1 when an output or the store failed. */
static int commit_group(struct crawl *crawl, int finished)
{
    struct record *record = &crawl->record, next = *record;
    double began = clock_now();
    if (store_is_broken(crawl->store) || write_for_good(crawl))
        return -1;
    next.next_id = frontier_next_rank(crawl->frontier, 0);
    next.seconds = began - crawl->began;
    next.finished = (uint64_t)finished;
    next.tally = crawl->tally;
    if (crawl->seed)
        next.cursor = *seed_position(crawl->seed);
    next.rows = output_mark(crawl->rows);
    if (crawl->pages)
        next.pages = output_mark(crawl->pages);
    record_save(crawl->store, &next);
    if (store_commit(crawl->store, 0))
        return -1;
    *record = next;
    crawl->record_pending = crawl_pending(crawl);
    crawl->committed = clock_now();
    crawl->commit_took = crawl->committed - began;
    crawl->commits_took += crawl->commit_took;
    return 0;
}

void commit_turn(struct crawl *crawl)
{
    size_t dirty = store_dirty(crawl->store);
    double since = clock_now() - crawl->committed;
    int due = dirty >= STORE_DIRTY_MOST ||
              (store_is_lasting(crawl->store) && crawl->outputs_begun && dirty && since >= longest_group);
    int too_soon = since < pause_share * crawl->commit_took && dirty < 2 * STORE_DIRTY_MOST;
    if (crawl->end == CRAWL_RUNS && store_is_broken(crawl->store))
        crawl_stop(crawl, CRAWL_FAILED);
    if (!due || too_soon || crawl->end == CRAWL_FAILED || crawl->end == CRAWL_PIPE_CLOSED)
        return;
    if (commit_group(crawl, 0)) {
        crawl_check_outputs(crawl);
        if (store_is_broken(crawl->store))
            crawl_stop(crawl, CRAWL_FAILED);
    }
}

/* ---- the end */

static int any_output_is(const struct crawl *crawl, enum output_state state)
{
    return output_state(crawl->rows) == state || (crawl->pages && output_state(crawl->pages) == state);
}

/* What came after the last commit did not happen. */
static void fall_back(struct crawl *crawl)
{
    crawl->tally = crawl->record.tally;
    crawl->fallen_back = 1;
    if (any_output_is(crawl, OUTPUT_BROKEN) && !any_output_is(crawl, OUTPUT_UNSURE) &&
        !store_is_broken(crawl->store) && output_cut(crawl->rows, &crawl->record.rows) == 0 &&
        (!crawl->pages || output_cut(crawl->pages, &crawl->record.pages) == 0))
        log_error("the outputs are cut back to the last commit; the same command goes on from there");
}

void commit_finish(struct crawl *crawl)
{
    if (!crawl->outputs_begun || any_output_is(crawl, OUTPUT_CLOSED_PIPE))
        return;
    if (commit_group(crawl, crawl->end == CRAWL_FINISHED) == 0)
        return;
    crawl_check_outputs(crawl);
    if (any_output_is(crawl, OUTPUT_CLOSED_PIPE)) {
        crawl->end = CRAWL_PIPE_CLOSED;
        return;
    }
    crawl->end = CRAWL_FAILED;
    if (store_is_lasting(crawl->store))
        fall_back(crawl);
    output_abandon(crawl->rows);
    if (crawl->pages)
        output_abandon(crawl->pages);
}
