/* A worker that harms itself on marked pages: linked in place of extract_feed, so that nothing of it is in
 * the real worker.
 *
 * The marks stand in the body: trawl:crash aborts, trawl:segv writes to nowhere, trawl:exit leaves with code
 * 7, trawl:hang never returns, trawl:eat takes memory until there is no more.
 */
#include "common/memory.h"
#include "worker/extract.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void __real_extract_feed(struct extract *extract, const char *bytes, size_t size);
void __wrap_extract_feed(struct extract *extract, const char *bytes, size_t size);

static int is_marked(const char *bytes, size_t size, const char *mark)
{
    return memmem(bytes, size, mark, strlen(mark)) != NULL;
}

static void eat(void)
{
    for (;;)
        memset(memory_resize(NULL, 16 << 20, 1), 1, 16 << 20);
}

void __wrap_extract_feed(struct extract *extract, const char *bytes, size_t size)
{
    if (is_marked(bytes, size, "trawl:crash"))
        abort();
    if (is_marked(bytes, size, "trawl:segv"))
        raise(SIGSEGV);
    if (is_marked(bytes, size, "trawl:exit"))
        _exit(7);
    while (is_marked(bytes, size, "trawl:hang"))
        pause();
    if (is_marked(bytes, size, "trawl:eat"))
        eat();
    __real_extract_feed(extract, bytes, size);
}
