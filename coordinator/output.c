#include "coordinator/output.h"

#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

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
    if (!output->is_regular || is_stdout(output->path) || flock(output->fd, LOCK_EX | LOCK_NB) == 0)
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

struct output *output_open(const char *path)
{
    struct stat file;
    int is_new = 0, fd = is_stdout(path) ? STDOUT_FILENO : open_or_create(path, &is_new);
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
    buf_consume(&output->rows, output->whole);
    output->whole = 0;
    if (!output->rows.size)
        buf_reset(&output->rows, KEEP);
}

struct buf *output_rows(struct output *output)
{
    return &output->rows;
}

void output_page_end(struct output *output)
{
    if (output->state != OUTPUT_GOOD) {
        output->rows.size = 0;
        return;
    }
    output->whole = output->rows.size;
    if (output->whole >= FLUSH_AT)
        output_flush(output);
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
