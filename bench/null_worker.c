/* A worker that answers every URL at once with a page of so many links, without fetching: what remains is the
 * coordinator.
 *
 * usage: null-worker ENDPOINT LINKS
 */
#include "common/arena.h"
#include "common/buf.h"
#include "common/memory.h"
#include "common/outcome.h"
#include "common/zwatch.h"
#include "proto/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SLOTS = 512, CAPACITY = 4096, FLUSH_AT = 48 * 1024, LINK_SIZE = 50 };

static struct {
    struct ev_loop *loop;
    struct zwatch *socket;
    struct arena *arena;
    struct buf out;
    uint64_t sequence;
    uint8_t instance[MESSAGE_ID_SIZE];
    Trawl__Links links;
} null;

static int send_message(Trawl__Message *message)
{
    message->sequence = null.sequence + 1;
    if (message_pack(&null.out, message) || zwatch_send(null.socket, NULL, null.out.data, null.out.size))
        return -1;
    null.sequence++;
    return 0;
}

static void say_hello(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Hello hello = TRAWL__HELLO__INIT;
    hello.protocol = MESSAGE_PROTOCOL;
    hello.instance = (ProtobufCBinaryData){sizeof null.instance, null.instance};
    hello.name = "null";
    hello.slots = SLOTS;
    hello.capacity = CAPACITY;
    message.body_case = TRAWL__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    if (send_message(&message) == 0)
        ev_timer_stop(loop, timer);
}

static void say_alive(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Heartbeat heartbeat = TRAWL__HEARTBEAT__INIT;
    heartbeat.capacity = CAPACITY;
    message.body_case = TRAWL__MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    if (null.sequence)
        send_message(&message);
}

static void answer(const Trawl__Assign *assign)
{
    size_t page_size = 60 + null.links.count * (LINK_SIZE + 3), most = FLUSH_AT / page_size + 1;
    Trawl__Page *pages = memory_new(most * sizeof *pages);
    Trawl__Page **list = memory_new(most * sizeof *list);
    for (size_t done = 0; done < assign->n_visits;) {
        Trawl__Message message = TRAWL__MESSAGE__INIT;
        Trawl__Pages body = TRAWL__PAGES__INIT;
        size_t count = 0;
        for (; count < most && done < assign->n_visits; count++, done++) {
            trawl__page__init(&pages[count]);
            pages[count].lease = assign->visits[done]->lease;
            pages[count].outcome = OUTCOME_OK;
            pages[count].status = 200;
            pages[count].links = &null.links;
            list[count] = &pages[count];
        }
        body.pages = list;
        body.n_pages = count;
        message.body_case = TRAWL__MESSAGE__BODY_PAGES;
        message.pages = &body;
        if (send_message(&message))
            exit(1);
    }
    free(list);
    free(pages);
}

static void on_message(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)arg, (void)from;
    arena_reset(null.arena);
    const Trawl__Message *message = message_unpack(null.arena, bytes, size);
    if (!message || message->body_case == TRAWL__MESSAGE__BODY_BYE ||
        message->body_case == TRAWL__MESSAGE__BODY_REFUSE)
        ev_break(null.loop, EVBREAK_ALL);
    else if (message->body_case == TRAWL__MESSAGE__BODY_ASSIGN)
        answer(message->assign);
}

static void make_links(uint32_t count)
{
    struct buf urls;
    buf_init(&urls, 16 << 20);
    for (uint32_t i = 0; i < count; i++)
        buf_append_format(&urls, "%shttp://example.com/some/path/to/a/page%012u", i ? "\n" : "", i);
    trawl__links__init(&null.links);
    null.links.count = count;
    null.links.urls = (ProtobufCBinaryData){urls.size, (uint8_t *)urls.data};
    null.links.kinds = (ProtobufCBinaryData){count, memory_new(count)};
    null.links.flags = (ProtobufCBinaryData){2ul * count, memory_new(2ul * count)};
}

int main(int argc, char **argv)
{
    static const struct zwatch_callbacks callbacks = {.on_message = on_message};
    ev_timer hello, alive;
    if (argc != 3 || getrandom(null.instance, sizeof null.instance, 0) != sizeof null.instance)
        return 2;
    make_links((uint32_t)strtoul(argv[2], NULL, 10));
    null.loop = ev_default_loop(0);
    null.arena = arena_create(MESSAGE_ARENA_MAX);
    buf_init(&null.out, MESSAGE_MAX);
    null.socket = zwatch_create(null.loop, ZWATCH_DEALER, MESSAGE_MAX, &callbacks, NULL);
    if (!null.socket || zwatch_connect(null.socket, argv[1]))
        return 1;
    ev_timer_init(&hello, say_hello, 0., 0.02);
    ev_timer_init(&alive, say_alive, 1., 1.);
    ev_timer_start(null.loop, &hello);
    ev_timer_start(null.loop, &alive);
    ev_run(null.loop, 0);
    zwatch_destroy(&null.socket, 100);
    return 0;
}
