#include "bench/origin_listen.h"

#include "common/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, TRIES = 20 };

/* Returns a listening socket, or -1 with errno set. */
static int listen_on(int64_t host, int64_t port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)host),
    };
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

static int64_t port_of(int fd)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &size) == 0 ? ntohs(address.sin_port) : -1;
}

void origin_listen_close(const int *sockets, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        close(sockets[i]);
}

int origin_listen_open(int *sockets, int64_t count, int64_t *port)
{
    /* A port that the kernel picked for the first host may be taken on a later one. */
    for (int tries = *port ? 1 : TRIES; tries > 0; tries--) {
        int64_t chosen = *port, open = 0;
        for (int fd; open < count && (fd = listen_on(open, chosen)) >= 0; sockets[open++] = fd)
            if (open == 0)
                chosen = port_of(fd);
        if (open == count) {
            *port = chosen;
            return 0;
        }
        log_warning("cannot listen on 127.0.0.%d port %d: %s", (int)open + 1, (int)chosen, strerror(errno));
        origin_listen_close(sockets, open);
    }
    log_error("no port to listen on");
    return -1;
}
