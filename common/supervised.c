#include "common/supervised.h"

#include "common/memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

static struct {
    ev_io lifeline;
    void (*on_parent_gone)(void *arg);
    void *arg;
    struct supervised_page *page; /* there until the process ends, and no leak */
} self;

static void on_lifeline(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)events;
    char byte;
    if (read(watcher->fd, &byte, 1) != 0)
        return;
    ev_io_stop(loop, watcher);
    if (self.on_parent_gone)
        self.on_parent_gone(self.arg);
}

/* Returns the parent's page, or NULL when there is no parent. */
static struct supervised_page *map_parents_page(void)
{
    if (!getenv(SUPERVISED_ENVIRONMENT))
        return NULL;
    unsetenv(SUPERVISED_ENVIRONMENT);
    void *page =
        mmap(NULL, sizeof(struct supervised_page), PROT_READ | PROT_WRITE, MAP_SHARED, SUPERVISED_PAGE_FD, 0);
    return page == MAP_FAILED ? NULL : page;
}

struct supervised_page *supervised_join(struct ev_loop *loop, void (*on_parent_gone)(void *arg), void *arg)
{
    struct supervised_page *page = map_parents_page();
    if (page) {
        self.on_parent_gone = on_parent_gone;
        self.arg = arg;
        fcntl(SUPERVISED_LIFELINE_FD, F_SETFL, O_NONBLOCK);
        ev_io_init(&self.lifeline, on_lifeline, SUPERVISED_LIFELINE_FD, EV_READ);
        ev_io_start(loop, &self.lifeline);
    } else {
        page = memory_new(sizeof *page);
    }
    self.page = page;
    if (getrandom(page->instance, sizeof page->instance, 0) != sizeof page->instance)
        abort();
    return page;
}
