#include "worker/report.h"

#include "common/memory.h"

#include <stdlib.h>

enum { FLUSH_AT = 48 * 1024, KEEP = 1024 * 1024, ENVELOPE = 64 };

static const double longest_wait = 0.010;

struct report {
    struct ev_loop *loop;
    report_send *send;
    void *arg;
    struct buf pages;
    ev_timer timer;
};

void report_flush(struct report *report)
{
    ev_timer_stop(report->loop, &report->timer);
    if (!report->pages.size)
        return;
    report->send(report->arg, &report->pages);
    buf_reset(&report->pages, KEEP);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    report_flush(watcher->data);
}

/* URLs and rel values may come to 4 MiB each, and to a little more than a message together. */
static int add_without_rels(struct report *report, const Trawl__Page *page)
{
    Trawl__Page bare = *page;
    if (!page->links)
        return -1;
    Trawl__Links links = *page->links;
    links.rels = (ProtobufCBinaryData){0, NULL};
    bare.links = &links;
    bare.truncated = 1;
    return message_add_page(&report->pages, &bare);
}

static void add_without_links(struct report *report, const Trawl__Page *page)
{
    Trawl__Page bare = *page;
    bare.links_cut += page->links ? page->links->count : 0;
    bare.links = NULL;
    bare.body = (ProtobufCBinaryData){0, NULL};
    bare.truncated = 1;
    message_add_page(&report->pages, &bare);
}

void report_add(struct report *report, const Trawl__Page *page)
{
    if (message_add_page(&report->pages, page)) {
        report_flush(report);
        if (message_add_page(&report->pages, page) && add_without_rels(report, page))
            add_without_links(report, page);
    }
    if (report->pages.size >= FLUSH_AT) {
        report_flush(report);
    } else if (!ev_is_active(&report->timer)) {
        ev_timer_set(&report->timer, longest_wait, 0.);
        ev_timer_start(report->loop, &report->timer);
    }
}

void report_clear(struct report *report)
{
    ev_timer_stop(report->loop, &report->timer);
    buf_reset(&report->pages, KEEP);
}

struct report *report_create(struct ev_loop *loop, report_send *send, void *arg)
{
    struct report *report = memory_new(sizeof *report);
    *report = (struct report){.loop = loop, .send = send, .arg = arg};
    buf_init(&report->pages, MESSAGE_MAX - ENVELOPE);
    ev_init(&report->timer, on_timer);
    report->timer.data = report;
    return report;
}

void report_destroy(struct report **report)
{
    if (!*report)
        return;
    report_clear(*report);
    buf_clear(&(*report)->pages);
    free(*report);
    *report = NULL;
}
