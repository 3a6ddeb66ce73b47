#include "coordinator/output.h"

#include "common/descriptors.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { FLUSH_AT = 256 * 1024, KEEP = 4 * FLUSH_AT };
/* 50,000 links, each under a source of 8 KiB: with less, rows of such a page would be missing. */
#define LARGEST_PAGE (512ul * 1024 * 1024)

struct output {
    const char *path;
    int fd;
    int is_regular;
    int is_unused; /* made by us, and nothing is in it */
    off_t written; /* bytes of whole pages in the file */
    size_t whole;  /* bytes of whole pages in rows */
    struct buf rows;
    enum output_state state;
    char tail[OUTPUT_TAIL]; /* the last bytes written, the newest at its end */
};

static int is_stdout(const char *path)
{
    return !strcmp(path, "-");
}

/* For people. */
static const char *name_of(const struct output *output)
{
    return is_stdout(output->path) ? "stdout" : output->path;
}

static int lock(const struct output *output)
{
    if (!output->is_regular || is_stdout(output->path) || descriptors_lock(output->fd) == 0)
        return 0;
    log_error("%s: another process is writing it; name another file or wait", output->path);
    return -1;
}

/* Non-blocking, so that a FIFO without a reader is an error (ENXIO) and not a wait without end. */
static int open_or_create(const char *path, int *is_new)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, fd = open(path, flags | O_EXCL, 0666);
    *is_new = fd >= 0;
    return fd >= 0 || errno != EEXIST ? fd : open(path, flags, 0666);
}

static int open_existing(const char *path)
{
    return open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
}

static struct output *open_with(const char *path, int may_create)
{
    struct stat file;
    int is_new = 0, fd = is_stdout(path) ? STDOUT_FILENO
                         : may_create    ? open_or_create(path, &is_new)
                                         : open_existing(path);
    if (fd < 0 || fstat(fd, &file)) {
        log_error("%s: cannot be written: %s", is_stdout(path) ? "stdout" : path,
                  errno == ENXIO ? "a FIFO that nobody reads" : strerror(errno));
        return NULL;
    }
    if (!is_stdout(path))
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    struct output *output = memory_new(sizeof *output);
    *output = (struct output){.path = path, .fd = fd, .is_regular = S_ISREG(file.st_mode)};
    output->is_unused = is_new;
    buf_init(&output->rows, LARGEST_PAGE);
    if (lock(output))
        output_close(&output);
    return output;
}

struct output *output_open(const char *path)
{
    return open_with(path, 1);
}

/* ---- what an earlier process left */

/* Fills `tail` with the bytes before `length`. Returns 0, or -1 with errno set. */
static int read_tail(const char *path, uint64_t length, char tail[OUTPUT_TAIL])
{
    size_t size = length < OUTPUT_TAIL ? (size_t)length : OUTPUT_TAIL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    memset(tail, 0, OUTPUT_TAIL);
    ssize_t got = pread(fd, tail + OUTPUT_TAIL - size, size, (off_t)(length - size));
    close(fd);
    if (got >= 0 && (size_t)got != size)
        errno = EIO;
    return got == (ssize_t)size ? 0 : -1;
}

static int check_against(struct output *output, const struct output_mark *mark)
{
    struct stat file;
    if (fstat(output->fd, &file) == 0 && (uint64_t)file.st_size < mark->length) {
        log_error("%s: is %lld bytes long, but %llu were written: this is not the file that the run left",
                  output->path, (long long)file.st_size, (unsigned long long)mark->length);
        return -1;
    }
    if (read_tail(output->path, mark->length, output->tail)) {
        log_error("%s: cannot be read to see whether it is the file that the run left: %s", output->path,
                  strerror(errno));
        return -1;
    }
    output->written = (off_t)mark->length;
    if (mark->length == 0 || output_mark(output).tail == mark->tail)
        return 0;
    log_error(
        "%s: of its %lld bytes the first %llu do not end as they did: this is not the file that the run left",
        output->path, (long long)file.st_size, (unsigned long long)mark->length);
    return -1;
}

struct output *output_reopen(const char *path, const struct output_mark *mark)
{
    struct output *output = open_with(path, mark->length == 0);
    if (output && output->is_regular && !is_stdout(path) && check_against(output, mark))
        output_close(&output);
    return output;
}

int output_cut(struct output *output, const struct output_mark *mark)
{
    buf_clear(&output->rows);
    output->whole = 0;
    if (!output_is_file(output))
        return 0;
    output->is_unused = 0;
    if (ftruncate(output->fd, (off_t)mark->length) || lseek(output->fd, (off_t)mark->length, SEEK_SET) < 0) {
        log_error("%s: cannot be cut back to byte %llu: %s", output->path, (unsigned long long)mark->length,
                  strerror(errno));
        return -1;
    }
    output->written = (off_t)mark->length;
    return 0;
}

int output_is_file(const struct output *output)
{
    return output->is_regular && !is_stdout(output->path);
}

struct output_mark output_mark(const struct output *output)
{
    size_t size = output->written < OUTPUT_TAIL ? (size_t)output->written : OUTPUT_TAIL;
    return (struct output_mark){(uint64_t)output->written,
                                XXH3_64bits(output->tail + OUTPUT_TAIL - size, size)};
}

void output_begin(struct output *output, const char *header)
{
    output->is_unused = 0;
    /* A shell's stdout may be one of several writers' (>>): it is not ours to empty. */
    if (output->is_regular && !is_stdout(output->path) && ftruncate(output->fd, 0))
        log_warning("%s: cannot be emptied: %s", output->path, strerror(errno));
    buf_append_string(&output->rows, header);
    output_page_end(output);
    output_flush(output);
}

/* ---- writing --------------------------------------------------------------------------------------- */

/* Waits until a stdout that someone else made non-blocking takes bytes again. */
static void wait_for_room(int fd)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    poll(&room, 1, -1);
}

/* Returns 0, or -1 with errno set. */
static int write_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t written = write(fd, bytes, size);
        if (written >= 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (errno == EAGAIN) {
            wait_for_room(fd);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

static void keep_tail(struct output *output, const char *bytes, size_t size)
{
    if (size >= OUTPUT_TAIL) {
        memcpy(output->tail, bytes + size - OUTPUT_TAIL, OUTPUT_TAIL);
        return;
    }
    memmove(output->tail, output->tail + size, OUTPUT_TAIL - size);
    memcpy(output->tail + OUTPUT_TAIL - size, bytes, size);
}

static void fail(struct output *output)
{
    int error = errno;
    output->state = error == EPIPE ? OUTPUT_CLOSED_PIPE : OUTPUT_BROKEN;
    buf_clear(&output->rows);
    output->whole = 0;
    if (error == EPIPE)
        return;
    if (output->is_regular && !is_stdout(output->path) && ftruncate(output->fd, output->written))
        log_error("%s: cannot be cut back to its last whole page: %s", output->path, strerror(errno));
    log_error("%s: cannot be written: %s; it holds whole pages up to byte %lld", name_of(output),
              strerror(error), (long long)output->written);
}

void output_flush(struct output *output)
{
    if (output->state != OUTPUT_GOOD || !output->whole)
        return;
    if (write_all(output->fd, output->rows.data, output->whole)) {
        fail(output);
        return;
    }
    output->written += (off_t)output->whole;
    keep_tail(output, output->rows.data, output->whole);
    buf_consume(&output->rows, output->whole);
    output->whole = 0;
    if (!output->rows.size)
        buf_reset(&output->rows, KEEP);
}

void output_abandon(struct output *output)
{
    buf_clear(&output->rows);
    output->whole = 0;
    output->state = OUTPUT_UNSURE;
}

int output_sync(struct output *output)
{
    output_flush(output);
    if (output->state != OUTPUT_GOOD)
        return -1;
    if (!output_is_file(output) || fdatasync(output->fd) == 0)
        return 0;
    /* Not tried again: the kernel may have dropped the pages and would say that all is well. */
    log_error("%s: cannot be synced: %s", output->path, strerror(errno));
    output_abandon(output);
    return -1;
}

int output_sync_name(const struct output *output)
{
    if (!output_is_file(output))
        return 0;
    char *directory = memory_copy(output->path, strlen(output->path)), *slash = strrchr(directory, '/');
    if (slash)
        slash[slash == directory] = 0;
    int fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 ? -1 : fsync(fd);
    if (result)
        log_error("%s: the directory it is in cannot be synced: %s", output->path, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(directory);
    return result;
}

struct buf *output_rows(struct output *output)
{
    return &output->rows;
}

int output_page_end(struct output *output)
{
    if (output->state != OUTPUT_GOOD)
        output->rows.size = 0;
    output->whole = output->rows.size;
    return output->whole >= FLUSH_AT;
}

void output_close(struct output **at)
{
    struct output *output = *at;
    if (!output)
        return;
    output_flush(output);
    buf_clear(&output->rows);
    if (output->is_unused)
        unlink(output->path);
    if (!is_stdout(output->path))
        close(output->fd);
    free(output);
    *at = NULL;
}

enum output_state output_state(const struct output *output)
{
    return output->state;
}
