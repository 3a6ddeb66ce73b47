/* A crawl put together for a test: the parts that hold URLs, outputs in memory-backed files, no socket and no
 * processes.
 *
 * What the code under test says on stderr is kept between rig_listen and rig_heard.
 */
#ifndef TRAWL_TESTS_COORDINATOR_RIG_H
#define TRAWL_TESTS_COORDINATOR_RIG_H

#include "coordinator/crawl.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <sys/mman.h>

struct rig {
    struct crawl crawl;
    struct config config;
    int rows_fd, pages_fd;
    char rows_path[40], pages_path[40];
    uint8_t joined;
};

static int rig_stderr = -1, rig_log = -1;

/* From here on stderr goes into memory. */
static inline void rig_listen(void)
{
    rig_stderr = dup(STDERR_FILENO);
    rig_log = memfd_create("stderr", MFD_CLOEXEC);
    dup2(rig_log, STDERR_FILENO);
}

/* All that was said since; static until the next call. stderr is what it was. */
static inline const char *rig_heard(void)
{
    static char text[100000];
    dup2(rig_stderr, STDERR_FILENO);
    close(rig_stderr);
    ssize_t size = pread(rig_log, text, sizeof text - 1, 0);
    close(rig_log);
    text[size > 0 ? size : 0] = 0;
    return text;
}

/* Fails unless `needle` was said that often. */
static inline unsigned rig_times(const char *heard, const char *needle)
{
    unsigned times = 0;
    while ((heard = strstr(heard, needle))) {
        times++;
        heard++;
    }
    return times;
}

/* What stands in a file now; static until the next call. */
static inline const char *rig_content(int fd)
{
    static char text[1000000];
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    text[size > 0 ? size : 0] = 0;
    return text;
}

static inline int rig_file(char *path, size_t room)
{
    int fd = memfd_create("output", MFD_CLOEXEC);
    snprintf(path, room, "/proc/self/fd/%d", fd);
    return fd;
}

/* Makes everything but seed, wire and local; both outputs are open, and begun without a header. */
static inline void rig_make(struct rig *rig)
{
    memset(rig, 0, sizeof *rig);
    rig->config = (struct config){
        .per_host = 6, .max_redirects = 10, .timeout = 30, .no_robots = true, .no_header = true};
    rig->rows_fd = rig_file(rig->rows_path, sizeof rig->rows_path);
    rig->pages_fd = rig_file(rig->pages_path, sizeof rig->pages_path);
    struct crawl *crawl = &rig->crawl;
    crawl->config = &rig->config;
    crawl->loop = ev_loop_new(0);
    crawl->began = clock_now();
    crawl->store = store_open_temporary("/tmp");
    assert_non_null(crawl->store);
    record_begin(&crawl->record);
    crawl->tally = crawl->record.tally;
    crawl->seen = seen_create(crawl->store, crawl->record.hash_seed, 1);
    crawl->frontier = frontier_create(&(struct frontier_rules){.per_host = (unsigned)rig->config.per_host},
                                      crawl->store, 1, crawl->record.hash_seed);
    crawl->roster = roster_create();
    crawl->leases = lease_table_create(crawl->frontier, crawl->roster, 45, 1);
    crawl->rows = output_open(rig->rows_path);
    crawl->pages = output_open(rig->pages_path);
    assert_non_null(crawl->rows);
    assert_non_null(crawl->pages);
}

static inline void rig_break(struct rig *rig)
{
    struct crawl *crawl = &rig->crawl;
    lease_table_destroy(&crawl->leases);
    roster_destroy(&crawl->roster);
    frontier_destroy(&crawl->frontier);
    seen_destroy(&crawl->seen);
    store_close(&crawl->store);
    output_close(&crawl->rows);
    output_close(&crawl->pages);
    ev_loop_destroy(crawl->loop);
    close(rig->rows_fd);
    close(rig->pages_fd);
}

/* What the rows file holds, everything written. */
static inline const char *rig_rows(struct rig *rig)
{
    output_flush(rig->crawl.rows);
    return rig_content(rig->rows_fd);
}

static inline const char *rig_pages(struct rig *rig)
{
    output_flush(rig->crawl.pages);
    return rig_content(rig->pages_fd);
}

/* Lists a URL as seed does. */
static inline struct entry *rig_admit(struct rig *rig, const char *source, const char *url)
{
    rig->crawl.tally.lines++;
    rig->crawl.tally.admitted++;
    struct frontier_url all = {source, strlen(source), url, strlen(url), 0, 0, true};
    return frontier_add(rig->crawl.frontier, &all);
}

/* A session of a worker that holds up to 1000. */
static inline struct session *rig_join(struct rig *rig, const char *name)
{
    struct zwatch_peer peer = {.size = 2, .id = {0, ++rig->joined}};
    uint8_t instance[MESSAGE_ID_SIZE] = {rig->joined};
    Trawl__Hello hello = TRAWL__HELLO__INIT;
    hello.instance = (ProtobufCBinaryData){MESSAGE_ID_SIZE, instance};
    hello.name = (char *)name;
    hello.slots = 100;
    hello.capacity = 1000;
    return roster_open(rig->crawl.roster, &peer, &hello, 0.);
}

/* Grants the next URL. */
static inline struct lease *rig_grant(struct rig *rig, struct session *session)
{
    struct entry *entry = frontier_next(rig->crawl.frontier);
    assert_non_null(entry);
    frontier_grant(rig->crawl.frontier, entry);
    return lease_open(rig->crawl.leases, entry, session, 0.);
}

/* Both lines of the balance. */
static inline void rig_check_balance(const struct rig *rig)
{
    assert_true(tally_balances(&rig->crawl.tally, crawl_pending(&rig->crawl)));
}

#endif
