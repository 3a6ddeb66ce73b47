#include "common/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Nothing here may allocate, stdio included. */
static _Noreturn void out_of_memory(void)
{
    static const char line[] =
        "out of memory: the process ends; give it more, or fewer visits in flight (-c)\n";
    ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
    (void)ignored;
    _exit(1);
}

void *memory_new(size_t size)
{
    void *fresh = calloc(1, size ? size : 1);
    if (!fresh)
        out_of_memory();
    return fresh;
}

void *memory_resize(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    size_t bytes = count * size;
    void *grown = realloc(old, bytes ? bytes : 1);
    if (!grown)
        out_of_memory();
    return grown;
}

char *memory_copy(const void *bytes, size_t size)
{
    char *copy = memory_new(size + 1);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}
