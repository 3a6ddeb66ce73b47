/* Goal: all hosts are reached through one socket and told apart, others are reset, nobody else is listened
 * to, and a port in use is an error. */
#include "bench/origin_listen.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to(uint32_t address, int64_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(address)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static int accept_next(int socket, int64_t hosts, int64_t *host)
{
    struct sockaddr_in peer;
    struct pollfd ready = {.fd = socket, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, 5000), 1);
    int fd = origin_listen_accept(socket, hosts, host, &peer);
    if (fd >= 0)
        assert_int_equal(peer.sin_family, AF_INET);
    return fd;
}

static void hosts_are_told_apart(void **state)
{
    (void)state;
    static const int64_t hosts[] = {0, 1, 254, 255, 65536, 99999};
    int64_t port = 0;
    int socket = origin_listen_open(&port);
    assert_true(socket >= 0);
    assert_in_range(port, 1, 65535);
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        int64_t host = -1;
        int client = connect_to(INADDR_LOOPBACK + (uint32_t)hosts[i], port);
        int fd = accept_next(socket, 100000, &host);
        assert_true(fd >= 0);
        assert_int_equal(host, hosts[i]);
        close(fd);
        close(client);
    }
    close(socket);
}

static void hosts_beyond_the_last_are_reset(void **state)
{
    (void)state;
    static const uint32_t addresses[] = {INADDR_LOOPBACK + 2, INADDR_LOOPBACK - 1};
    int64_t port = 0, host;
    int socket = origin_listen_open(&port);
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        char byte;
        int client = connect_to(addresses[i], port);
        assert_int_equal(accept_next(socket, 2, &host), -1);
        assert_int_equal(read(client, &byte, 1), -1);
        assert_int_equal(errno, ECONNRESET);
        close(client);
    }
    close(socket);
}

static void only_loopback_is_listened_to(void **state)
{
    (void)state;
    char device[16] = "";
    socklen_t size = sizeof device;
    int64_t port = 0;
    int socket = origin_listen_open(&port);
    assert_int_equal(getsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, device, &size), 0);
    assert_string_equal(device, "lo");
    close(socket);
}

static void a_port_in_use_is_refused(void **state)
{
    (void)state;
    int64_t port = 0;
    int first = origin_listen_open(&port);
    int64_t same = port;
    assert_int_equal(origin_listen_open(&same), -1);
    close(first);
    int second = origin_listen_open(&same);
    assert_true(second >= 0);
    assert_int_equal(same, port);
    close(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_told_apart),
        cmocka_unit_test(hosts_beyond_the_last_are_reset),
        cmocka_unit_test(only_loopback_is_listened_to),
        cmocka_unit_test(a_port_in_use_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
