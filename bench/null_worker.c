/* A worker that answers every URL at once with a page of so many links, without fetching: what remains is the
 * coordinator.
 *
 * usage: null-worker ENDPOINT LINKS [NEW HOSTS RECENT]
 *
 * Without more words all pages hold the same links. With them NEW in a thousand links of a page were in none
 * before; the others are drawn from the last RECENT new ones (0: from all there were). They are spread over
 * so many hosts, http://127.0.0.1:20000/ and on. When it is asked for the first time it says so.
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

/* Fresh links, when asked for. */
static struct {
    unsigned new_in_thousand, hosts;
    uint64_t recent;
    uint64_t issued; /* new ones so far */
    uint64_t random;
} fresh;

static struct {
    struct ev_loop *loop;
    struct zwatch *socket;
    struct arena *arena;
    struct buf out;
    uint64_t sequence;
    uint8_t instance[MESSAGE_ID_SIZE];
    Trawl__Page **pages; /* of one message */
    size_t most;
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

static uint64_t draw(void)
{
    fresh.random ^= fresh.random << 13;
    fresh.random ^= fresh.random >> 7;
    fresh.random ^= fresh.random << 17;
    return fresh.random >> 11;
}

static uint64_t choose_link(void)
{
    if (!fresh.issued || draw() % 1000 < fresh.new_in_thousand)
        return fresh.issued++;
    uint64_t span = fresh.recent && fresh.recent < fresh.issued ? fresh.recent : fresh.issued;
    return fresh.issued - 1 - draw() % span;
}

static void write_digits(char *end, uint64_t number, int digits)
{
    for (; digits--; number /= 10)
        *--end = (char)('0' + number % 10);
}

/* Writes the links of another page over those of the one before. */
static void make_page(Trawl__Links *links)
{
    char *at = (char *)links->urls.data;
    for (uint32_t i = 0; i < links->count; i++) {
        uint64_t number = choose_link();
        if (i)
            *at++ = '\n';
        memcpy(at, "http://127.0.0.1:20000/some/path/page000000000000", LINK_SIZE - 1);
        write_digits(at + strlen("http://127.0.0.1:20000"), 20000 + number % fresh.hosts, 5);
        write_digits(at + LINK_SIZE - 1, number, 12);
        at += LINK_SIZE - 1;
    }
    links->urls.len = (size_t)(at - (char *)links->urls.data);
}

static void answer(const Trawl__Assign *assign)
{
    for (size_t done = 0; done < assign->n_visits;) {
        Trawl__Message message = TRAWL__MESSAGE__INIT;
        Trawl__Pages body = TRAWL__PAGES__INIT;
        size_t count = 0;
        for (; count < null.most && done < assign->n_visits; count++, done++) {
            null.pages[count]->lease = assign->visits[done]->lease;
            if (fresh.hosts)
                make_page(null.pages[count]->links);
        }
        body.pages = null.pages;
        body.n_pages = count;
        message.body_case = TRAWL__MESSAGE__BODY_PAGES;
        message.pages = &body;
        if (send_message(&message))
            exit(1);
    }
}

/* For who measures how soon it comes. */
static void tell_first(void)
{
    static int told;
    if (!told++)
        puts("asked");
    fflush(stdout);
}

static void on_message(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)arg, (void)from;
    arena_reset(null.arena);
    const Trawl__Message *message = message_unpack(null.arena, bytes, size);
    if (!message || message->body_case == TRAWL__MESSAGE__BODY_BYE ||
        message->body_case == TRAWL__MESSAGE__BODY_REFUSE)
        ev_break(null.loop, EVBREAK_ALL);
    else if (message->body_case == TRAWL__MESSAGE__BODY_ASSIGN) {
        tell_first();
        answer(message->assign);
    }
}

static Trawl__Links *make_links(uint32_t count)
{
    struct buf urls;
    Trawl__Links *links = memory_new(sizeof *links);
    buf_init(&urls, 16 << 20);
    for (uint32_t i = 0; i < count; i++)
        buf_append_format(&urls, "%shttp://example.com/some/path/to/a/page%012u", i ? "\n" : "", i);
    trawl__links__init(links);
    links->count = count;
    links->urls = (ProtobufCBinaryData){urls.size, (uint8_t *)urls.data};
    links->kinds = (ProtobufCBinaryData){count, memory_new(count)};
    links->flags = (ProtobufCBinaryData){2ul * count, memory_new(2ul * count)};
    return links;
}

/* As many as one message takes. */
static void make_pages(uint32_t links)
{
    null.most = FLUSH_AT / (60 + links * (LINK_SIZE + 3)) + 1;
    null.pages = memory_new(null.most * sizeof *null.pages);
    for (size_t i = 0; i < null.most; i++) {
        Trawl__Page *page = null.pages[i] = memory_new(sizeof *page);
        trawl__page__init(page);
        page->outcome = OUTCOME_OK;
        page->status = 200;
        page->links = make_links(links);
    }
}

static void read_words(int argc, char **argv)
{
    if ((argc != 3 && argc != 6) || getrandom(null.instance, sizeof null.instance, 0) != sizeof null.instance)
        exit(2);
    if (argc == 6) {
        fresh.new_in_thousand = (unsigned)strtoul(argv[3], NULL, 10);
        fresh.hosts = (unsigned)strtoul(argv[4], NULL, 10);
        fresh.recent = strtoul(argv[5], NULL, 10);
        fresh.random = 1;
    }
    make_pages((uint32_t)strtoul(argv[2], NULL, 10));
}

int main(int argc, char **argv)
{
    static const struct zwatch_callbacks callbacks = {.on_message = on_message};
    ev_timer hello, alive;
    read_words(argc, argv);
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
