#include "coordinator/summary.h"

#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *summary_reason(enum crawl_end end)
{
    static const char *const names[] = {
        [CRAWL_RUNS] = "running",
        [CRAWL_FINISHED] = "finished",
        [CRAWL_LIMIT] = "limit",
        [CRAWL_INTERRUPTED] = "interrupted",
        [CRAWL_PIPE_CLOSED] = "pipe_closed",
        [CRAWL_FAILED] = "failed",
    };
    return names[end];
}

/* ---- for programs ---------------------------------------------------------------------------------- */

static void put(json_t *object, const char *name, uint64_t value)
{
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

static json_t *outcomes_of(const struct tally *tally)
{
    json_t *outcomes = json_object();
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
        if (tally->outcomes[outcome])
            put(outcomes, outcome_name(outcome), tally->outcomes[outcome]);
    return outcomes;
}

static json_t *skips_of(const struct tally *tally)
{
    json_t *skips = json_object();
    for (enum skip skip = 0; skip < SKIPS; skip++)
        if (tally->skips[skip])
            put(skips, tally_skip_name(skip), tally->skips[skip]);
    return skips;
}

static json_t *workers_of(struct roster *roster)
{
    json_t *workers = json_array();
    for (const struct worker *worker = roster_workers(roster); worker; worker = worker->hh.next) {
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(worker->name));
        put(object, "pages", worker->pages);
        put(object, "deaths", worker->deaths);
        json_array_append_new(workers, object);
    }
    return workers;
}

static json_t *describe(const struct crawl *crawl)
{
    const struct tally *tally = &crawl->tally;
    char run_id[2 * MESSAGE_ID_SIZE + 1];
    for (int i = 0; i < MESSAGE_ID_SIZE; i++)
        snprintf(run_id + 2 * i, 3, "%02x", crawl->record.run_id[i]);
    json_t *object = json_object();
    json_object_set_new(object, "version", json_string(TRAWL_VERSION));
    json_object_set_new(object, "run_id", json_string(run_id));
    json_object_set_new(object, "exit_reason", json_string(summary_reason(crawl->end)));
    json_object_set_new(object, "seconds", json_real(clock_now() - crawl->began));
    put(object, "lines", tally->lines);
    put(object, "blank", tally->blank);
    put(object, "malformed", tally->malformed);
    put(object, "duplicate", tally->duplicate);
    put(object, "admitted", tally->admitted);
    put(object, "found", tally->found);
    for (enum outcome_class class = 0; class < OUTCOME_CLASSES; class ++)
        put(object, outcome_class_name(class), tally_class(tally, class));
    put(object, "pending", crawl_pending(crawl));
    put(object, "skipped", tally_skipped(tally));
    json_object_set_new(object, "skipped_by", skips_of(tally));
    put(object, "rows", tally->rows);
    put(object, "links", tally->links);
    put(object, "bytes", tally->bytes);
    put(object, "truncated", tally->truncated);
    put(object, "late_results", tally->late);
    put(object, "overdue_leases", tally->overdue);
    put(object, "garbage_messages", tally->garbage);
    json_object_set_new(object, "longest_stop_ms", json_real(tally->longest_stop * 1e3));
    json_object_set_new(object, "smallest_gap_ms",
                        tally->smallest_gap < 0 ? json_null() : json_real(tally->smallest_gap * 1e3));
    put(object, "most_in_flight", tally->most_in_flight);
    json_object_set_new(object, "commit_seconds", json_real(crawl->commits_took));
    json_object_set_new(object, "outcomes", outcomes_of(tally));
    json_object_set_new(object, "workers", workers_of(crawl->roster));
    return object;
}

/* Not to wait for the reader of a FIFO without one (ENXIO): nothing could end that. Returns NULL with errno
 * set. */
static FILE *open_to_write(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
    if (fd < 0)
        return NULL;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fdopen(fd, "w");
}

/* Returns 0, or -1 with errno set. */
static int write_object(const json_t *object, const char *path)
{
    FILE *file = open_to_write(path);
    if (!file)
        return -1;
    int bad = json_dumpf(object, file, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) || fputc('\n', file) == EOF;
    bad |= fclose(file) != 0;
    return bad ? -1 : 0;
}

/* A device, a pipe or a terminal is written to: a rename would put a plain file in its place. */
static int is_in_place(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && !S_ISREG(file.st_mode);
}

/* The name under which a summary grows, beside the file that it will replace. That is the one which links
 * lead to
 * (/dev/stdout is one). Returns it and that file's name, the caller's. */
static char *temporary_of(const char *path, char **real)
{
    char *temporary;
    *real = realpath(path, NULL);
    if (!*real)
        *real = memory_copy(path, strlen(path));
    if (asprintf(&temporary, "%s.tmp%d", *real, getpid()) < 0)
        abort();
    return temporary;
}

/* Never half a summary under that name. Returns 0, or -1 with errno set. */
static int replace(const json_t *object, const char *path)
{
    char *real, *temporary = temporary_of(path, &real);
    int result = write_object(object, temporary) || rename(temporary, real) ? -1 : 0;
    int error = errno;
    if (result)
        unlink(temporary);
    free(temporary);
    free(real);
    errno = error;
    return result;
}

/* Returns 0, or -1 with errno set. */
static int try_beside(const char *path)
{
    char *real, *temporary = temporary_of(path, &real);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0666), error = errno;
    if (fd >= 0) {
        close(fd);
        unlink(temporary);
    }
    free(temporary);
    free(real);
    errno = error;
    return fd < 0 ? -1 : 0;
}

/* Returns 0, or -1 with errno set. */
static int try_in_place(const char *path)
{
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd < 0 && errno != ENXIO ? -1 : 0; /* a FIFO whose reader may still come */
}

static int complain(const char *path)
{
    log_error("%s: cannot write the summary: %s", path,
              errno == ENXIO ? "a FIFO that nobody reads" : strerror(errno));
    return -1;
}

int summary_check(const char *path)
{
    return (is_in_place(path) ? try_in_place(path) : try_beside(path)) ? complain(path) : 0;
}

int summary_write(const struct crawl *crawl, const char *path)
{
    json_t *object = describe(crawl);
    int failed = is_in_place(path) ? write_object(object, path) : replace(object, path);
    json_decref(object);
    return failed ? complain(path) : 0;
}

/* ---- for people ------------------------------------------------------------------------------------ */

typedef unsigned long long wide;

static void print_outcomes(const struct tally *tally, enum outcome_class class)
{
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
        if (outcome_class(outcome) == class && tally->outcomes[outcome])
            fprintf(stderr, "  %-20s %llu\n", outcome_name(outcome), (wide)tally->outcomes[outcome]);
}

static void print_lines(const struct tally *tally, int following)
{
    fprintf(stderr, "lines %llu = blank %llu + malformed %llu + duplicate %llu + ", (wide)tally->lines,
            (wide)tally->blank, (wide)tally->malformed, (wide)tally->duplicate);
    if (following)
        fprintf(stderr, "(admitted %llu - found %llu)\n", (wide)tally->admitted, (wide)tally->found);
    else
        fprintf(stderr, "admitted %llu\n", (wide)tally->admitted);
}

static void print_skips(const struct tally *tally)
{
    const char *before = " = ";
    if (!tally_skipped(tally))
        return;
    fprintf(stderr, "links not followed %llu", (wide)tally_skipped(tally));
    for (enum skip skip = 0; skip < SKIPS; skip++)
        if (tally->skips[skip]) {
            fprintf(stderr, "%s%s %llu", before, tally_skip_name(skip), (wide)tally->skips[skip]);
            before = " + ";
        }
    fputc('\n', stderr);
}

void summary_print(const struct crawl *crawl)
{
    const struct tally *tally = &crawl->tally;
    double seconds = clock_now() - crawl->began;
    fprintf(stderr, "%s in %.1f s: %llu rows of %llu pages, %.1f MB, %.0f pages/s\n",
            summary_reason(crawl->end), seconds, (wide)tally->rows, (wide)tally_finished(tally),
            (double)tally->bytes / 1e6, (double)tally_finished(tally) / seconds);
    print_lines(tally, crawl->config->depth > 0);
    fprintf(stderr,
            "admitted %llu = done %llu + failed %llu + refused %llu + quarantined %llu + pending %llu\n",
            (wide)tally->admitted, (wide)tally_class(tally, OUTCOME_DONE),
            (wide)tally_class(tally, OUTCOME_FAILED), (wide)tally_class(tally, OUTCOME_REFUSED),
            (wide)tally_class(tally, OUTCOME_QUARANTINED), (wide)crawl_pending(crawl));
    for (enum outcome_class class = OUTCOME_FAILED; class < OUTCOME_CLASSES; class ++)
        print_outcomes(tally, class);
    print_skips(tally);
    if (tally->truncated)
        fprintf(stderr, "pages cut short %llu (--pages tells which; --max-body is one reason)\n",
                (wide)tally->truncated);
}
