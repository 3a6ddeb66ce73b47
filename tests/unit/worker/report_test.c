/* Goal: pages leave in batches: at 48 KB, after 10 ms, or when asked; none twice, none too large for a
 * message, none after the session (D44). */
#include "common/clock.h"
#include "tests/unit/check.h"
#include "worker/report.h"

static struct ev_loop *loop;
static struct report *report;
static struct arena *arena;
static int sent, answer;
static size_t sent_bytes;
static Trawl__Message *last;

/* What arrives at the other side of the wire. */
static int take(void *arg, const struct buf *pages)
{
    static struct buf out;
    assert_ptr_equal(arg, &sent);
    sent++;
    sent_bytes = pages->size;
    buf_clear(&out);
    buf_init(&out, MESSAGE_MAX);
    assert_int_equal(message_seal_pages(&out, (uint64_t)sent, pages), 0);
    arena_reset(arena);
    last = message_unpack(arena, out.data, out.size);
    assert_non_null(last);
    buf_clear(&out);
    return answer;
}

static int setup(void **state)
{
    (void)state;
    sent = answer = 0;
    last = NULL;
    loop = ev_loop_new(0);
    arena = arena_create(MESSAGE_ARENA_MAX);
    report = report_create(loop, take, &sent);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    report_destroy(&report);
    assert_null(report);
    report_destroy(&report);
    arena_destroy(&arena);
    ev_loop_destroy(loop);
    return 0;
}

/* A page whose error text is `size` bytes, so that it has a size. */
static void add(uint64_t lease, size_t size)
{
    static uint8_t text[MESSAGE_TEXT_MAX];
    Trawl__Page page = TRAWL__PAGE__INIT;
    memset(text, 'e', sizeof text);
    page.lease = lease;
    page.error = (ProtobufCBinaryData){size, text};
    report_add(report, &page);
}

static void pages_wait_for_each_other_at_most_10_ms(void **state)
{
    (void)state;
    add(1, 5);
    add(2, 5);
    assert_int_equal(sent, 0);
    double before = clock_now();
    ev_run(loop, 0); /* ends when no timer is left */
    assert_true(clock_now() - before > 0.005);
    assert_int_equal(sent, 1);
    assert_int_equal(last->pages->n_pages, 2);
    assert_int_equal(last->pages->pages[0]->lease, 1);
    assert_int_equal(last->pages->pages[1]->lease, 2);
}

static void a_full_batch_leaves_at_once(void **state)
{
    (void)state;
    for (uint64_t lease = 1; lease <= 100 && !sent; lease++)
        add(lease, 1000);
    assert_int_equal(sent, 1);
    assert_in_range(sent_bytes, 48 * 1024, 48 * 1024 + 1100);
    ev_run(loop, 0);
    assert_int_equal(sent, 1);
}

static void a_flush_sends_what_there_is_once(void **state)
{
    (void)state;
    report_flush(report);
    assert_int_equal(sent, 0);
    add(7, 3);
    report_flush(report);
    report_flush(report);
    ev_run(loop, 0);
    assert_int_equal(sent, 1);
    assert_int_equal(last->pages->pages[0]->lease, 7);
}

static void what_is_cleared_is_never_sent(void **state)
{
    (void)state;
    add(1, 3);
    report_clear(report);
    ev_run(loop, 0);
    report_flush(report);
    assert_int_equal(sent, 0);
}

static void a_failed_send_is_not_repeated(void **state)
{
    (void)state;
    answer = -1;
    add(1, 3);
    report_flush(report);
    answer = 0;
    add(2, 3);
    report_flush(report);
    assert_int_equal(sent, 2);
    assert_int_equal(last->pages->n_pages, 1);
    assert_int_equal(last->pages->pages[0]->lease, 2);
}

/* Rows of `length` bytes a URL, with as many rel bytes. */
static void add_links(uint64_t lease, uint32_t count, size_t length, size_t rels)
{
    uint8_t *urls = malloc(count * length), *kinds = calloc(count, 1), *flags = calloc(count, 2),
            *rel = calloc(rels + 1, 1);
    memset(urls, 'u', count * length);
    for (uint32_t i = 1; i < count; i++)
        urls[i * length - 1] = '\n';
    Trawl__Links links = TRAWL__LINKS__INIT;
    links.count = count;
    links.urls = (ProtobufCBinaryData){count * length, urls};
    links.kinds = (ProtobufCBinaryData){count, kinds};
    links.flags = (ProtobufCBinaryData){2 * (size_t)count, flags};
    links.rels = (ProtobufCBinaryData){rels, rel};
    Trawl__Page page = TRAWL__PAGE__INIT;
    page.lease = lease;
    page.links = &links;
    page.links_cut = 5;
    report_add(report, &page);
    free(urls), free(kinds), free(flags), free(rel);
}

/* Each as large as a robots.txt may be, many at once: none is lost, no message is too large. */
static void many_bodies_travel_whole(void **state)
{
    (void)state;
    enum { BODIES = 40 };
    uint8_t *body = calloc(MESSAGE_BODY_MAX, 1);
    for (uint64_t lease = 1; lease <= BODIES; lease++) {
        Trawl__Page page = TRAWL__PAGE__INIT;
        memset(body, (int)lease, MESSAGE_BODY_MAX);
        page.lease = lease;
        page.body = (ProtobufCBinaryData){MESSAGE_BODY_MAX, body};
        add(1000 + lease, 1000);
        report_add(report, &page);
        assert_int_equal(sent, lease);
        const Trawl__Page *got = last->pages->pages[last->pages->n_pages - 1];
        assert_int_equal(got->lease, lease);
        assert_int_equal(got->body.len, MESSAGE_BODY_MAX);
        assert_int_equal(got->body.data[MESSAGE_BODY_MAX - 1], lease);
        assert_false(got->truncated);
    }
    free(body);
}

static void the_largest_page_travels_whole(void **state)
{
    (void)state;
    add(1, 3);
    add_links(2, 50000, 83, 0); /* 4.15 MB */
    assert_int_equal(sent, 1);
    assert_int_equal(last->pages->n_pages, 2);
    assert_int_equal(last->pages->pages[1]->links->count, 50000);
}

/* Two that do not fit into one message travel in two. */
static void a_page_that_does_not_fit_behind_others_comes_next(void **state)
{
    (void)state;
    add(1, 1000);
    add_links(2, 10000, 400, 4358000);
    assert_int_equal(sent, 2);
    assert_int_equal(last->pages->n_pages, 1);
    assert_int_equal(last->pages->pages[0]->lease, 2);
    assert_int_equal(last->pages->pages[0]->links->count, 10000);
}

static void a_page_too_large_for_a_message_loses_its_rel_values_and_nothing_else(void **state)
{
    (void)state;
    add_links(9, 10000, 400, 5000000);
    report_flush(report);
    assert_int_equal(sent, 1);
    const Trawl__Page *page = last->pages->pages[0];
    assert_int_equal(page->lease, 9);
    assert_int_equal(page->links->count, 10000);
    assert_int_equal(page->links->rels.len, 0);
    assert_int_equal(page->links_cut, 5);
    assert_true(page->truncated);
}

static void a_page_still_too_large_loses_its_links(void **state)
{
    (void)state;
    add_links(9, 20000, 420, 0);
    report_flush(report);
    assert_int_equal(sent, 1);
    const Trawl__Page *page = last->pages->pages[0];
    assert_int_equal(page->lease, 9);
    assert_null(page->links);
    assert_int_equal(page->links_cut, 20005);
    assert_true(page->truncated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_wait_for_each_other_at_most_10_ms, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_batch_leaves_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flush_sends_what_there_is_once, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_cleared_is_never_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_send_is_not_repeated, setup, teardown),
        cmocka_unit_test_setup_teardown(many_bodies_travel_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(the_largest_page_travels_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_that_does_not_fit_behind_others_comes_next, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_too_large_for_a_message_loses_its_rel_values_and_nothing_else,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_still_too_large_loses_its_links, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
