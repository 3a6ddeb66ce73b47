/* A disk that forgets: preloaded into trawl, it keeps beside the real files what would be left of them after
 * a loss of power.
 *
 * Watched is the directory LOST_WRITES_DIR. Each file in it has a durable content, which only a sync of the
 * file changes, and a list of the writes since; each name has a durable meaning, which only a sync of its
 * directory changes. The program itself runs on the real files. At its end, or before its operation number
 * LOST_WRITES_KILL, what is durable is written to LOST_WRITES_SHADOW; of what is not, nothing is kept, or
 * with a LOST_WRITES_SEED above 0 a random half of the writes and a random number of the first names.
 * LOST_WRITES_IGNORE is the number of a sync that does nothing: a mutant. Operations and syncs go to the file
 * LOST_WRITES_LOG, a line each.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILES = 64, NAMES = 64, FDS = 4096 };

struct change {
    struct change *next;
    off_t at;
    size_t size; /* of bytes; for a truncation `at` is the length */
    int is_cut;
    char bytes[];
};

struct file {
    char *content;
    size_t size;
    struct change *first, **last;
};

/* A name and what it will mean when its directory is synced. */
struct naming {
    char path[PATH_MAX];
    struct file *file; /* NULL: the name goes */
};

static struct file files[FILES];
static struct naming durable[NAMES], pending[NAMES];
static unsigned file_count, durable_count, pending_count;
static struct watched {
    struct file *file;
    int is_directory, is_synchronous;
    char path[PATH_MAX];
} * watched[FDS];
static unsigned long operations, syncs, kill_at, ignored;
static unsigned seed;
static const char *directory, *shadow;
static FILE *record;
static pid_t owner;

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
    const char *text;
    directory = getenv("LOST_WRITES_DIR");
    shadow = getenv("LOST_WRITES_SHADOW");
    kill_at = (text = getenv("LOST_WRITES_KILL")) ? strtoul(text, NULL, 10) : 0;
    ignored = (text = getenv("LOST_WRITES_IGNORE")) ? strtoul(text, NULL, 10) : 0;
    seed = (text = getenv("LOST_WRITES_SEED")) ? (unsigned)strtoul(text, NULL, 10) : 0;
    owner = getpid();
    if (directory && (text = getenv("LOST_WRITES_LOG")))
        record = fopen(text, "we");
    unsetenv("LD_PRELOAD"); /* the workers write none of these files */
}

/* ---- files and names ------------------------------------------------------------------------------- */

static void apply(struct file *file, const struct change *change)
{
    size_t end = change->is_cut ? (size_t)change->at : (size_t)change->at + change->size;
    if (end > file->size) {
        file->content = realloc(file->content, end);
        memset(file->content + file->size, 0, end - file->size);
    }
    if (end > file->size || change->is_cut)
        file->size = end;
    if (change->size)
        memcpy(file->content + change->at, change->bytes, change->size);
}

/* Makes the changes durable, all of them or a random half. */
static void settle(struct file *file, int all)
{
    for (struct change *change = file->first, *next; change; change = next) {
        next = change->next;
        if (all || rand() % 2)
            apply(file, change);
        free(change);
    }
    file->first = NULL;
    file->last = &file->first;
}

static void note(struct file *file, off_t at, const void *bytes, size_t size, int is_cut)
{
    struct change *change = malloc(sizeof *change + size);
    *change = (struct change){.at = at, .size = size, .is_cut = is_cut};
    memcpy(change->bytes, bytes ? bytes : "", size);
    *file->last = change;
    file->last = &change->next;
}

static struct file *find(const struct naming *names, unsigned count, const char *path, int *known)
{
    for (unsigned i = count; i-- > 0;)
        if (!strcmp(names[i].path, path)) {
            *known = 1;
            return names[i].file;
        }
    return NULL;
}

static void put_name(const char *path, struct file *file)
{
    snprintf(pending[pending_count].path, PATH_MAX, "%s", path);
    pending[pending_count++].file = file;
}

static struct file *new_file(void)
{
    struct file *file = &files[file_count++];
    file->last = &file->first;
    return file;
}

/* What was there before this process is durable. */
static struct file *read_file(const char *path)
{
    struct stat is;
    struct file *file = new_file();
    int fd = REAL(open)(path, O_RDONLY | O_CLOEXEC);
    fstat(fd, &is);
    file->size = (size_t)is.st_size;
    file->content = malloc(file->size + 1);
    if (read(fd, file->content, file->size) != is.st_size)
        abort();
    REAL(close)(fd);
    snprintf(durable[durable_count].path, PATH_MAX, "%s", path);
    durable[durable_count++].file = file;
    return file;
}

static int is_in(const char *path, const char *parent)
{
    const char *slash = strrchr(path, '/');
    return slash && (size_t)(slash - path) == strlen(parent) && !strncmp(path, parent, strlen(parent));
}

static void settle_names(const char *parent, unsigned most)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < pending_count; i++) {
        if ((parent && !is_in(pending[i].path, parent)) || i >= most) {
            pending[kept++] = pending[i];
            continue;
        }
        unsigned at = 0;
        while (at < durable_count && strcmp(durable[at].path, pending[i].path))
            at++;
        durable_count += at == durable_count;
        durable[at] = pending[i];
    }
    pending_count = kept;
}

static void make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
}

static void lose_power(void)
{
    if (!directory || getpid() != owner)
        return;
    if (seed) {
        srand(seed);
        for (unsigned i = 0; i < file_count; i++)
            settle(&files[i], 0);
        settle_names(NULL, (unsigned)rand() % (pending_count + 1));
    }
    for (unsigned i = 0; i < durable_count; i++) {
        char path[2 * PATH_MAX];
        if (!durable[i].file)
            continue;
        snprintf(path, sizeof path, "%s%s", shadow, durable[i].path + strlen(directory));
        make_parents(path);
        int fd = REAL(open)(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (REAL(write)(fd, durable[i].file->content, durable[i].file->size) !=
            (ssize_t)durable[i].file->size)
            abort();
        REAL(close)(fd);
    }
    directory = NULL;
}

__attribute__((destructor)) static void end(void)
{
    lose_power();
}

static void count_operation(const char *what, const char *path)
{
    operations++;
    if (record)
        fprintf(record, "%lu %s %s\n", operations, what, path), fflush(record);
    if (operations == kill_at) {
        lose_power();
        raise(SIGKILL);
    }
}

static struct watched *watch_of(int fd)
{
    return directory && getpid() == owner && fd >= 0 && fd < FDS ? watched[fd] : NULL;
}

/* ---- what the program calls ------------------------------------------------------------------------ */

static int watch(int fd, const char *path, int flags, int existed)
{
    int is_directory = (flags & O_DIRECTORY) != 0, known = 0;
    if (fd < 0 || fd >= FDS || !directory || getpid() != owner ||
        strncmp(path, directory, strlen(directory)) || (!is_directory && (flags & O_ACCMODE) == O_RDONLY))
        return fd;
    struct watched *one = watched[fd] = calloc(1, sizeof *one);
    snprintf(one->path, sizeof one->path, "%s", path);
    one->is_directory = is_directory;
    one->is_synchronous = (flags & O_DSYNC) != 0;
    if (is_directory)
        return fd;
    one->file = find(pending, pending_count, path, &known);
    if (!known)
        one->file = find(durable, durable_count, path, &known);
    if (!one->file && existed && !known)
        one->file = read_file(path);
    if (!one->file) {
        count_operation("create", path);
        put_name(path, one->file = new_file());
    }
    if (flags & O_TRUNC)
        note(one->file, 0, NULL, 0, 1);
    return fd;
}

static int open_watched(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
    int existed = access(path, F_OK) == 0;
    return watch(real(path, flags, mode), path, flags, existed);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_watched(REAL(open), path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_watched(REAL(open), path, flags, mode);
}

int close(int fd)
{
    if (watch_of(fd)) {
        free(watched[fd]);
        watched[fd] = NULL;
    }
    return REAL(close)(fd);
}

static void note_write(struct watched *one, off_t at, const void *bytes, ssize_t size)
{
    if (size <= 0)
        return;
    note(one->file, at, bytes, (size_t)size, 0);
    if (one->is_synchronous) { /* it alone, for the others wait still */
        struct file *file = one->file;
        struct change **link = &file->first;
        while ((*link)->next)
            link = &(*link)->next;
        apply(file, *link);
        free(*link);
        *link = NULL;
        file->last = link;
    }
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    struct watched *one = watch_of(fd);
    if (!one)
        return REAL(write)(fd, bytes, size);
    count_operation("write", one->path);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t written = REAL(write)(fd, bytes, size);
    note_write(one, at, bytes, written);
    return written;
}

static void note_parts(struct watched *one, off_t at, const struct iovec *parts, int count, ssize_t written)
{
    for (int i = 0; i < count && written > 0; i++) {
        ssize_t size = written < (ssize_t)parts[i].iov_len ? written : (ssize_t)parts[i].iov_len;
        note_write(one, at, parts[i].iov_base, size);
        at += size;
        written -= size;
    }
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    struct watched *one = watch_of(fd);
    if (!one)
        return REAL(writev)(fd, parts, count);
    count_operation("writev", one->path);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t written = REAL(writev)(fd, parts, count);
    note_parts(one, at, parts, count, written);
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    struct watched *one = watch_of(fd);
    if (one)
        count_operation("pwrite", one->path);
    ssize_t written = REAL(pwrite)(fd, bytes, size, at);
    if (one)
        note_write(one, at, bytes, written);
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite(fd, bytes, size, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
    struct watched *one = watch_of(fd);
    if (one)
        count_operation("pwritev", one->path);
    ssize_t written = REAL(pwritev)(fd, parts, count, at);
    if (one)
        note_parts(one, at, parts, count, written);
    return written;
}

int ftruncate(int fd, off_t length)
{
    struct watched *one = watch_of(fd);
    if (one)
        count_operation("ftruncate", one->path);
    int result = REAL(ftruncate)(fd, length);
    if (one && result == 0)
        note(one->file, length, NULL, 0, 1);
    return result;
}

static void sync_watched(struct watched *one, const char *what)
{
    if (!one)
        return;
    count_operation(what, one->path);
    if (++syncs == ignored)
        return;
    if (one->is_directory)
        settle_names(one->path, UINT_MAX);
    else
        settle(one->file, 1);
}

int fsync(int fd)
{
    sync_watched(watch_of(fd), "fsync");
    return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    sync_watched(watch_of(fd), "fdatasync");
    return REAL(fdatasync)(fd);
}

static int is_watched_path(const char *path)
{
    return directory && getpid() == owner && !strncmp(path, directory, strlen(directory));
}

int rename(const char *from, const char *to)
{
    int known = 0;
    if (is_watched_path(from)) {
        count_operation("rename", from);
        struct file *file = find(pending, pending_count, from, &known);
        if (!known)
            file = find(durable, durable_count, from, &known);
        put_name(to, file);
        put_name(from, NULL);
    }
    return REAL(rename)(from, to);
}

int unlink(const char *path)
{
    if (is_watched_path(path) && access(path, F_OK) == 0) {
        count_operation("unlink", path);
        put_name(path, NULL);
    }
    return REAL(unlink)(path);
}
