/* Shared by the tests of fetch*.c: one exchange with a scripted server, and what came of it. Each test runs
 * between setup and teardown, which see to it that no descriptor is left behind (I6). */
#ifndef TRAWL_TESTS_EXCHANGE_H
#define TRAWL_TESTS_EXCHANGE_H

#include "tests/unit/check.h"
#include "tests/unit/raw_server.h"
#include "worker/fetch.h"

#include <dirent.h>

/* A row of a table says what is special about it and leaves the rest zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define SCRIPT(...) ((const struct raw_step[]){__VA_ARGS__, {.verb = RAW_END_}})
#define SAYS(text) SCRIPT(RAW_READ, RAW_SEND(text))
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define SOLID(n) OK_HEAD "Content-Length: " #n "\r\n\r\n"
#define LINE100 \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct ending {
    int times;
    enum outcome outcome;
    long status;
    uint64_t bytes;
    bool truncated, private_address;
    uint32_t retry_after, dns_us, connect_us, first_byte_us, total_us;
    char type[2048], location[8300], error[512];
    char body[1 << 20];
    size_t body_size; /* what was handed over, all of it */
    int asked;
};

static struct ev_loop *loop;
static struct ending ending;
static bool unwanted;

static inline bool on_headers(void *arg, const char *type)
{
    assert_ptr_equal(arg, &ending);
    assert_non_null(type);
    ending.asked++;
    return !unwanted;
}

static inline void on_body(void *arg, const char *bytes, size_t size)
{
    assert_ptr_equal(arg, &ending);
    assert_int_equal(ending.asked, 1);
    assert_true(size > 0);
    for (size_t i = 0; i < size && ending.body_size + i < sizeof ending.body; i++)
        ending.body[ending.body_size + i] = bytes[i];
    ending.body_size += size;
}

static inline void on_done(void *arg, const struct fetch_result *result)
{
    assert_ptr_equal(arg, &ending);
    ending.times++;
    ending.outcome = result->outcome;
    ending.status = result->status;
    ending.bytes = result->bytes;
    ending.truncated = result->truncated;
    ending.private_address = result->private_address;
    ending.retry_after = result->retry_after;
    ending.dns_us = result->dns_us;
    ending.connect_us = result->connect_us;
    ending.first_byte_us = result->first_byte_us;
    ending.total_us = result->total_us;
    snprintf(ending.type, sizeof ending.type, "%s", result->type);
    snprintf(ending.location, sizeof ending.location, "%s", result->location);
    snprintf(ending.error, sizeof ending.error, "%s", result->error);
    ev_break(loop, EVBREAK_ALL);
}

static const struct fetch_callbacks callbacks = {on_headers, on_body, on_done};

static inline void on_guard(struct ev_loop *l, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    ev_break(l, EVBREAK_ALL);
}

static inline void run_for(double seconds)
{
    ev_timer guard;
    ev_timer_init(&guard, on_guard, seconds, 0.);
    ev_timer_start(loop, &guard);
    ev_run(loop, 0);
    ev_timer_stop(loop, &guard);
}

static uint64_t ceiling; /* of the exchanges to come */

static inline struct fetcher *new_fetcher(uint64_t max_body, uint32_t timeout_ms)
{
    ceiling = max_body;
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    settings.timeout_ms = timeout_ms;
    settings.connect_timeout_ms = timeout_ms;
    settings.user_agent = "trawl/test";
    struct fetcher *fetcher = fetcher_create(loop, 4, &settings, &callbacks);
    assert_non_null(fetcher);
    return fetcher;
}

static inline void exchange(struct fetcher *fetcher, const char *scheme, unsigned port, bool private_ok)
{
    char url[128];
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/page", scheme, port);
    memset(&ending, 0, sizeof ending);
    struct fetch_request request = {.url = url, .max_body = ceiling, .private_ok = private_ok};
    fetch_start(fetcher, &request, &ending);
    assert_int_equal(ending.times, 0); /* not from within fetch_start */
    run_for(20.);
    assert_int_equal(ending.times, 1);
}

static inline int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static int descriptors_before;

static inline int setup(void **state)
{
    (void)state;
    unwanted = false;
    descriptors_before = open_descriptors();
    loop = ev_loop_new(0);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    ev_loop_destroy(loop);
    assert_int_equal(open_descriptors(), descriptors_before);
    return 0;
}

static inline void assert_ended(enum outcome outcome, const char *body, bool truncated)
{
    assert_string_equal(outcome_name(ending.outcome), outcome_name(outcome));
    assert_string_equal(ending.body, body);
    assert_int_equal(ending.body_size, strlen(body));
    assert_int_equal(ending.bytes, strlen(body));
    assert_int_equal(ending.truncated, truncated);
}

#endif
