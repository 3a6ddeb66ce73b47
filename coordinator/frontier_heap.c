#include "coordinator/frontier_internal.h"

#include "common/memory.h"

static void put(struct frontier *frontier, size_t at, struct host *host)
{
    frontier->heap[at] = host;
    host->at = at;
}

static void rise(struct frontier *frontier, struct host *host, size_t at)
{
    for (size_t above; at > 0 && frontier->heap[above = (at - 1) / 2]->time > host->time; at = above)
        put(frontier, at, frontier->heap[above]);
    put(frontier, at, host);
}

static void sink(struct frontier *frontier, struct host *host, size_t at)
{
    for (size_t below; (below = 2 * at + 1) < frontier->waiting; at = below) {
        if (below + 1 < frontier->waiting && frontier->heap[below + 1]->time < frontier->heap[below]->time)
            below++;
        if (frontier->heap[below]->time >= host->time)
            break;
        put(frontier, at, frontier->heap[below]);
    }
    put(frontier, at, host);
}

void frontier_heap_add(struct frontier *frontier, struct host *host, double time)
{
    if (frontier->waiting == frontier->heap_room) {
        frontier->heap_room = frontier->heap_room ? frontier->heap_room * 2 : 64;
        frontier->heap = memory_resize(frontier->heap, frontier->heap_room, sizeof(struct host *));
    }
    host->time = time;
    rise(frontier, host, frontier->waiting++);
}

void frontier_heap_remove(struct frontier *frontier, struct host *host)
{
    struct host *last = frontier->heap[--frontier->waiting];
    if (last == host)
        return;
    if (last->time < host->time)
        rise(frontier, last, host->at);
    else
        sink(frontier, last, host->at);
}
