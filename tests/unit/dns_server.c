#include "tests/unit/dns_server.h"

#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

enum { UDP_MAX = 512, TCP_MAX = 65535, LATE_MAX = 16 };

struct late {
    uint8_t bytes[UDP_MAX];
    size_t size;
    struct sockaddr_in to;
    double at;
};

struct dns_server {
    const struct dns_name *table;
    int udp, tcp;
    char address[32];
    pthread_t thread;
    atomic_int stopping;
    atomic_uint questions;
    struct late late[LATE_MAX]; /* answers that wait; free where size is 0 */
};

/* What is written, with a ceiling. */
struct packet {
    uint8_t bytes[TCP_MAX];
    size_t size, room;
    int full;
};

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* ---- writing an answer ----------------------------------------------------------------------------- */

static void put(struct packet *packet, const void *bytes, size_t size)
{
    if (packet->size + size > packet->room) {
        packet->full = 1;
        return;
    }
    memcpy(packet->bytes + packet->size, bytes, size);
    packet->size += size;
}

static void put16(struct packet *packet, unsigned value)
{
    uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(packet, bytes, 2);
}

static void put_name(struct packet *packet, const char *name)
{
    while (*name) {
        size_t length = strcspn(name, ".");
        uint8_t size = (uint8_t)length;
        put(packet, &size, 1);
        put(packet, name, length);
        name += length + (name[length] == '.');
    }
    put(packet, "", 1);
}

static void put_record(struct packet *packet, const char *name, unsigned type, unsigned ttl, const void *data,
                       size_t size)
{
    put_name(packet, name);
    put16(packet, type);
    put16(packet, ns_c_in);
    put16(packet, ttl >> 16);
    put16(packet, ttl & 0xffff);
    put16(packet, (unsigned)size);
    put(packet, data, size);
    if (!packet->full)
        packet->bytes[7]++; /* answers, of fewer than 256 */
    if (!packet->full && packet->bytes[7] == 0)
        packet->bytes[6]++;
}

static void put_alias(struct packet *packet, const char *name, const char *of)
{
    struct packet data = {.room = 256};
    put_name(&data, of);
    put_record(packet, name, ns_t_cname, 300, data.bytes, data.size);
}

static void put_addresses(struct packet *packet, const char *owner, unsigned type, unsigned ttl,
                          const char *list)
{
    char text[512], *rest;
    uint8_t bytes[16];
    snprintf(text, sizeof text, "%s", list ? list : "");
    for (char *one = strtok_r(text, " ", &rest); one; one = strtok_r(NULL, " ", &rest)) {
        assert_int_equal(inet_pton(type == ns_t_a ? AF_INET : AF_INET6, one, bytes), 1);
        put_record(packet, owner, type, ttl, bytes, type == ns_t_a ? 4 : 16);
    }
}

static void answer(struct packet *packet, const struct dns_name *row, unsigned type)
{
    const char *owner = row->name;
    if (row->alias)
        put_alias(packet, owner, row->alias), owner = row->alias;
    if (row->alias_of_alias)
        put_alias(packet, owner, row->alias_of_alias), owner = row->alias_of_alias;
    put_addresses(packet, owner, type, row->ttl, type == ns_t_a ? row->ipv4 : row->ipv6);
    for (unsigned i = 0; type == ns_t_a && i < row->many && !packet->full; i++) {
        uint8_t bytes[] = {198, 51, (uint8_t)(i >> 8), (uint8_t)i};
        put_record(packet, owner, type, row->ttl, bytes, 4);
    }
}

/* ---- reading a question ---------------------------------------------------------------------------- */

static const struct dns_name *find(const struct dns_server *server, const char *name)
{
    for (const struct dns_name *row = server->table; row->name; row++)
        if (!strcasecmp(row->name, name))
            return row;
    return NULL;
}

/* Answers one question into *packet, whose room is the transport's. Returns the row, NULL for an unknown
 * name. */
static const struct dns_name *take(struct dns_server *server, const uint8_t *bytes, size_t size,
                                   struct packet *packet)
{
    char name[300] = "";
    size_t at = 12;
    packet->size = 0;
    packet->full = 0;
    atomic_fetch_add(&server->questions, 1);
    for (; at < size && bytes[at]; at += 1u + bytes[at])
        snprintf(name + strlen(name), sizeof name - strlen(name), "%s%.*s", *name ? "." : "", bytes[at],
                 (const char *)bytes + at + 1);
    unsigned type = (unsigned)bytes[at + 1] << 8 | bytes[at + 2];
    const struct dns_name *row = find(server, name);
    put(packet, bytes, at + 5);
    packet->bytes[2] = 0x81;
    packet->bytes[3] = (uint8_t)(0x80 | (row ? row->code : ns_r_nxdomain));
    memset(packet->bytes + 6, 0, 6);
    if (row && !row->code)
        answer(packet, row, type);
    if (packet->full)
        packet->bytes[2] |= 2; /* truncated: ask over TCP */
    if (row && row->junk)
        memset(packet->bytes + 3, 0xff, packet->size - 3);
    return row;
}

/* ---- the transports -------------------------------------------------------------------------------- */

static void send_later(struct dns_server *server, const struct packet *packet, const struct sockaddr_in *to,
                       unsigned ms)
{
    for (struct late *late = server->late; late < server->late + LATE_MAX; late++) {
        if (late->size)
            continue;
        memcpy(late->bytes, packet->bytes, packet->size);
        late->size = packet->size;
        late->to = *to;
        late->at = now() + ms / 1000.0;
        return;
    }
}

static void send_due(struct dns_server *server)
{
    for (struct late *late = server->late; late < server->late + LATE_MAX; late++) {
        if (!late->size || late->at > now())
            continue;
        sendto(server->udp, late->bytes, late->size, 0, (const struct sockaddr *)&late->to, sizeof late->to);
        late->size = 0;
    }
}

static void serve_udp(struct dns_server *server, struct packet *packet)
{
    uint8_t bytes[UDP_MAX];
    struct sockaddr_in from;
    socklen_t from_size = sizeof from;
    ssize_t size =
        recvfrom(server->udp, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
    if (size < 17)
        return;
    packet->room = UDP_MAX;
    const struct dns_name *row = take(server, bytes, (size_t)size, packet);
    if (row && row->silent)
        return;
    send_later(server, packet, &from, row ? row->ms : 0);
}

static void serve_tcp(struct dns_server *server, struct packet *packet)
{
    uint8_t bytes[2 + UDP_MAX], head[2];
    int fd = accept(server->tcp, NULL, NULL);
    ssize_t size = recv(fd, bytes, sizeof bytes, 0);
    packet->room = TCP_MAX;
    if (size >= 2 + 17) {
        take(server, bytes + 2, (size_t)size - 2, packet);
        head[0] = (uint8_t)(packet->size >> 8);
        head[1] = (uint8_t)packet->size;
        send(fd, head, 2, MSG_NOSIGNAL | MSG_MORE);
        send(fd, packet->bytes, packet->size, MSG_NOSIGNAL);
    }
    close(fd);
}

static void *serve(void *arg)
{
    struct dns_server *server = arg;
    struct packet *packet = calloc(1, sizeof *packet);
    struct pollfd pollers[] = {{.fd = server->udp, .events = POLLIN}, {.fd = server->tcp, .events = POLLIN}};
    while (!atomic_load(&server->stopping)) {
        poll(pollers, 2, 5);
        if (pollers[0].revents & POLLIN)
            serve_udp(server, packet);
        if (pollers[1].revents & POLLIN)
            serve_tcp(server, packet);
        send_due(server);
    }
    free(packet);
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------------ */

/* Both at one port: another is tried where TCP's is taken. */
static void bind_both(struct dns_server *server)
{
    for (;;) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t size = sizeof address;
        server->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        server->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(server->udp, (struct sockaddr *)&address, size), 0);
        assert_int_equal(getsockname(server->udp, (struct sockaddr *)&address, &size), 0);
        snprintf(server->address, sizeof server->address, "127.0.0.1:%u", ntohs(address.sin_port));
        if (bind(server->tcp, (struct sockaddr *)&address, size) == 0)
            break;
        close(server->udp);
        close(server->tcp);
    }
    assert_int_equal(listen(server->tcp, 16), 0);
}

struct dns_server *dns_server_start(const struct dns_name *table)
{
    struct dns_server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->table = table;
    bind_both(server);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
    return server;
}

void dns_server_stop(struct dns_server **at)
{
    struct dns_server *server = *at;
    atomic_store(&server->stopping, 1);
    pthread_join(server->thread, NULL);
    close(server->udp);
    close(server->tcp);
    free(server);
    *at = NULL;
}

const char *dns_server_address(const struct dns_server *server)
{
    return server->address;
}

unsigned dns_server_questions(const struct dns_server *server)
{
    return server->questions;
}
