#include "coordinator/store_internal.h"

#include "common/descriptors.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t map_largest = 1ul << 40, map_smallest = 1ul << 26;
static const char version_name[] = "version", content_name[] = "data.mdb", unfinished_name[] = "data.mdb.new";

/* How the child that reads the whole store found it. */
enum finding { WHOLE, OTHER_VERSION, DAMAGED };

/* ---- LMDB */

int store_open_env(struct store *store, const char *path, unsigned flags)
{
    int error = ENOMEM;
    for (size_t size = map_largest; size >= map_smallest; size /= 2) {
        error = mdb_env_create(&store->env);
        if (error)
            return error;
        mdb_env_set_maxdbs(store->env, STORE_TABLES);
        mdb_env_set_mapsize(store->env, size);
        error = mdb_env_open(store->env, path, flags | MDB_NOLOCK | MDB_NORDAHEAD, 0600);
        if (!error)
            return 0;
        mdb_env_close(store->env);
        store->env = NULL;
        if (error != ENOMEM && error != EFBIG && error != EINVAL)
            break;
    }
    return error;
}

static struct store *create(const char *name, int lasting)
{
    struct store *store = memory_new(sizeof *store);
    *store = (struct store){.name = memory_copy(name, strlen(name)), .lasting = lasting};
    store->lock = store->directory = -1;
    return store;
}

void store_close(struct store **at)
{
    struct store *store = *at;
    if (!store)
        return;
    if (store->txn)
        mdb_txn_abort(store->txn);
    if (store->env)
        mdb_env_close(store->env);
    if (store->unfinished)
        unlinkat(store->directory, unfinished_name, 0);
    if (store->lock >= 0)
        close(store->lock);
    if (store->directory >= 0)
        close(store->directory);
    free(store->name);
    free(store);
    *at = NULL;
}

/* ---- the directory and its lock */

static int open_directory(struct store *store)
{
    if (mkdir(store->name, 0700) && errno != EEXIST)
        return -1;
    store->directory = open(store->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return store->directory < 0 ? -1 : 0;
}

static void name_holder(const struct store *store)
{
    char holder[64] = "";
    ssize_t size = pread(store->lock, holder, sizeof holder - 1, 0);
    holder[size > 0 ? strcspn(holder, "\n") : 0] = 0;
    log_error("%s: process %s is using this state; wait for it or name another directory", store->name,
              *holder ? holder : "?");
}

/* The lock is of the open file: it ends with the process, however that ends. */
static int lock_directory(struct store *store)
{
    char holder[64];
    store->lock = openat(store->directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock < 0) {
        log_error("%s: cannot be locked: %s", store->name, strerror(errno));
        return -1;
    }
    if (descriptors_lock(store->lock)) {
        name_holder(store);
        return -1;
    }
    int size = snprintf(holder, sizeof holder, "%d\n", getpid());
    if (ftruncate(store->lock, 0) || pwrite(store->lock, holder, (size_t)size, 0) != size)
        log_warning("%s: the lock cannot name its holder: %s", store->name, strerror(errno));
    return 0;
}

/* ---- what is there already */

static enum finding look(struct store *store, const char *path)
{
    size_t size;
    int error = store_open_env(store, path, MDB_NOSUBDIR | MDB_RDONLY);
    if (error)
        return error == MDB_VERSION_MISMATCH ? OTHER_VERSION : DAMAGED;
    if (store_begin(store, MDB_RDONLY))
        return DAMAGED;
    const char *version = store_run_get(store, version_name, &size);
    if (version && (size != strlen(STORE_VERSION) || memcmp(version, STORE_VERSION, size)))
        return OTHER_VERSION;
    return !version || store_check(store) ? DAMAGED : WHOLE;
}

/* Reads the whole store in a child: LMDB trusts its pages, and a damaged one may end whoever reads it. */
static enum finding examine(struct store *store, const char *path)
{
    pid_t child = fork();
    if (child < 0)
        return WHOLE;
    if (child == 0) {
        int silent = open("/dev/null", O_WRONLY);
        dup2(silent, STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        signal(SIGABRT, SIG_DFL);
        alarm(600);
        _exit((int)look(store, path));
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? (enum finding)WEXITSTATUS(status) : DAMAGED;
}

static int check_content(struct store *store, const char *path)
{
    switch (examine(store, path)) {
    case WHOLE:
        return 0;
    case OTHER_VERSION:
        log_error("%s: this state was made by another version of trawl; --fresh starts again", store->name);
        return -1;
    default:
        log_error("%s: this state is damaged and cannot be resumed; --fresh starts again", store->name);
        return -1;
    }
}

/* ---- opening */

/* A new store appears whole or not at all: it is made under another name, and what it replaces stays until
 * there is something in it. */
static int make_content(struct store *store)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", store->name, unfinished_name);
    if (unlink(path) && errno != ENOENT)
        return errno;
    int error = store_open_env(store, path, MDB_NOSUBDIR);
    if (!error)
        error = store_begin(store, MDB_CREATE);
    if (error)
        return error;
    store_run_put(store, version_name, STORE_VERSION, strlen(STORE_VERSION));
    mdb_env_set_flags(store->env, MDB_NOSYNC, 1); /* the next commit syncs this one too */
    error = store_commit(store, 0);
    mdb_env_set_flags(store->env, MDB_NOSYNC, 0);
    store->unfinished = !error;
    return error;
}

int store_take_place(struct store *store)
{
    char from[PATH_MAX], to[PATH_MAX];
    if (!store->unfinished)
        return 0;
    snprintf(from, sizeof from, "%s/%s", store->name, unfinished_name);
    snprintf(to, sizeof to, "%s/%s", store->name, content_name);
    if (rename(from, to)) /* not renameat, which the tests' disk that forgets does not know */
        return errno;
    store->unfinished = 0;
    return fsync(store->directory) ? errno : 0;
}

static int open_content(struct store *store, const char *path, int fresh)
{
    struct stat file;
    if (fresh || stat(path, &file))
        return make_content(store);
    if (check_content(store, path))
        return -1;
    int error = store_open_env(store, path, MDB_NOSUBDIR);
    if (!error)
        error = store_begin(store, 0);
    if (!error)
        error = store_load_sums(store) ? MDB_CORRUPTED : 0;
    return error;
}

struct store *store_open(const char *directory, int fresh)
{
    char path[PATH_MAX];
    struct store *store = create(directory, 1);
    snprintf(path, sizeof path, "%s/%s", directory, content_name);
    if (open_directory(store)) {
        log_error("%s: no directory for the state: %s", directory, strerror(errno));
    } else if (lock_directory(store) == 0) {
        int error = open_content(store, path, fresh);
        if (error == 0)
            return store;
        if (error != -1)
            log_error("%s: the state cannot be opened: %s", directory, mdb_strerror(error));
    }
    store_close(&store);
    return NULL;
}

static int open_unnamed(struct store *store, const char *directory)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/.trawl-queue-XXXXXX", directory);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return errno;
    close(fd);
    int error = store_open_env(store, path, MDB_NOSUBDIR | MDB_NOSYNC);
    unlink(path);
    return error ? error : store_begin(store, MDB_CREATE);
}

struct store *store_open_temporary(const char *directory)
{
    const char *named = getenv("TRAWL_TMPDIR");
    const char *places[] = {named && *named ? named : NULL, directory, "/tmp"};
    int error = ENOENT;
    struct store *store = create("the queue", 0);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!places[i])
            continue;
        error = open_unnamed(store, places[i]);
        if (!error)
            return store;
    }
    log_error("%s: cannot be kept in /tmp: %s; TRAWL_TMPDIR names another place", store->name,
              mdb_strerror(error));
    store_close(&store);
    return NULL;
}
