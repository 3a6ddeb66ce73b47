#include "bench/origin_listen.h"

#include "common/log.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

/* Returns 0, or -1 with errno set. */
static int open_on(int fd, int64_t *port)
{
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    socklen_t size = sizeof address;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", sizeof "lo") < 0 ||
        bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return -1;
    *port = ntohs(address.sin_port);
    return 0;
}

int origin_listen_open(int64_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && open_on(fd, port) == 0)
        return fd;
    log_error("cannot listen on lo, port %d: %s", (int)*port, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Returns the host that was connected to, from 0, or -1. */
static int64_t host_of(int fd)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return -1;
    return (int64_t)ntohl(address.sin_addr.s_addr) - INADDR_LOOPBACK;
}

static void reset(int fd)
{
    struct linger at_once = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

int origin_listen_accept(int socket, int64_t hosts, int64_t *host, struct sockaddr_in *peer)
{
    for (;;) {
        socklen_t size = sizeof *peer;
        int fd = accept4(socket, (struct sockaddr *)peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
            log_warning("accept: %s", strerror(errno));
        if (fd < 0)
            return -1;
        *host = host_of(fd);
        if (*host >= 0 && *host < hosts)
            return fd;
        reset(fd);
    }
}
