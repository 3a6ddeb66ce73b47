/* Goal: whatever a list of URLs holds, each of its lines is counted once, and what is admitted can stand in a
 * row: a source without control bytes that resolves to the URL that is requested. */
#include "common/log.h"
#include "common/url.h"
#include "common/utf8.h"
#include "coordinator/seed.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LONGEST_LIST = 2048, LISTS_A_STORE = 100000 };

static struct config config = {.per_host = 1000000};
static struct crawl crawl = {.config = &config, .outputs_begun = 1};
static uint64_t lists;

/* Counts as the manual says: what ends in \n is a line, and so is what stands behind the last one. */
static uint64_t count_lines(const uint8_t *bytes, size_t size)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    return lines + (size && bytes[size - 1] != '\n');
}

static void must_fit_a_row(const char *source)
{
    for (size_t at = 0, size = strlen(source); at < size;) {
        uint32_t code_point;
        size_t took = utf8_decode(source + at, size - at, &code_point);
        FUZZ_MUST(code_point >= 0x20 && code_point != 0x7f);
        FUZZ_MUST(code_point != 0xfffd || took == 3);
        at += took;
    }
}

static void take_out(struct entry *entry)
{
    char url[URL_LONGEST], request[URL_LONGEST];
    struct url_parts parts;
    must_fit_a_row(entry->source);
    ssize_t size = url_resolve(NULL, entry->source, strlen(entry->source), url, sizeof url, &parts);
    FUZZ_MUST(size > 0 && url_is_web(&parts) && strlen(entry->source) <= URL_LONGEST);
    size = url_request(url, (size_t)size, request, sizeof request);
    FUZZ_MUST(size > 0);
    fuzz_must_equal(request, (size_t)size, entry->url, strlen(entry->url));
    frontier_finish(crawl.frontier, entry);
}

static void make_once(void)
{
    if (crawl.loop)
        return;
    log_init("fuzz", LOG_ERROR, LOG_TEXT);
    crawl.loop = ev_loop_new(0);
    crawl.rows = output_open("/dev/null");
}

/* One store serves many lists, so that it fills up, but not all: what they leave in it only grows. */
static void make_store(void)
{
    if (lists % LISTS_A_STORE)
        return;
    store_close(&crawl.store);
    crawl.store = store_open_temporary(NULL);
}

/* Reads the list as a crawl does: what stops reading is a store without room, and a commit makes room. */
static void read_all(struct seed *seed)
{
    seed_start(seed);
    ev_run(crawl.loop, 0);
    while (!seed_is_done(seed)) {
        FUZZ_MUST(store_dirty(crawl.store) >= STORE_DIRTY_MOST);
        FUZZ_MUST(store_commit(crawl.store, 0) == 0);
        seed_resume(seed);
        ev_run(crawl.loop, 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[40];
    if (size > LONGEST_LIST)
        return 0;
    make_once();
    make_store();
    int list = memfd_create("list", MFD_CLOEXEC);
    FUZZ_MUST(write(list, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", list);
    config.input = path;
    crawl.tally = (struct tally){0};
    /* A seed a list: what an earlier list held is new in this one. */
    crawl.seen = seen_create(crawl.store, ++lists, 0);
    crawl.frontier = frontier_create(&(struct frontier_rules){.per_host = 6}, crawl.store, 1, 0);
    struct seed *seed = seed_create(&crawl);
    read_all(seed);
    const struct tally *tally = &crawl.tally;
    FUZZ_MUST(tally->lines == count_lines(bytes, size));
    FUZZ_MUST(tally->lines == tally->blank + tally->malformed + tally->duplicate + tally->admitted);
    FUZZ_MUST(frontier_queued(crawl.frontier) + tally->outcomes[OUTCOME_PORT] == tally->admitted);
    for (struct entry *entry; (entry = frontier_next(crawl.frontier));)
        take_out(entry);
    FUZZ_MUST(store_queue_count(crawl.store) == 0);
    seed_destroy(&seed);
    seen_destroy(&crawl.seen);
    frontier_destroy(&crawl.frontier);
    close(list);
    return 0;
}
