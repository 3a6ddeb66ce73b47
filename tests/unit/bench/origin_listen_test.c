/* Goal: every host listens on its own loopback address, all on one port, and a port in use is an error. */
#include "bench/origin_listen.h"
#include "common/log.h"
#include "tests/unit/check.h"

#include <netinet/in.h>
#include <sys/socket.h>

static void hosts_listen_on_loopback_on_one_port(void **state)
{
    (void)state;
    int sockets[5];
    int64_t port = 0;
    assert_int_equal(origin_listen_open(sockets, 5, &port), 0);
    assert_in_range(port, 1, 65535);
    for (uint32_t i = 0; i < 5; i++) {
        struct sockaddr_in address;
        socklen_t size = sizeof address;
        assert_int_equal(getsockname(sockets[i], (struct sockaddr *)&address, &size), 0);
        assert_int_equal(ntohl(address.sin_addr.s_addr), 0x7f000001 + i);
        assert_int_equal(ntohs(address.sin_port), port);
    }
    origin_listen_close(sockets, 5);
}

static void a_port_in_use_is_refused(void **state)
{
    (void)state;
    int first[2], second[2];
    int64_t port = 0;
    assert_int_equal(origin_listen_open(first, 2, &port), 0);
    close(first[0]); /* free on the first host, taken on the second */
    int64_t same = port;
    assert_int_equal(origin_listen_open(second, 2, &same), -1);
    close(first[1]);
    assert_int_equal(origin_listen_open(second, 2, &same), 0);
    assert_int_equal(same, port);
    origin_listen_close(second, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_listen_on_loopback_on_one_port),
        cmocka_unit_test(a_port_in_use_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
