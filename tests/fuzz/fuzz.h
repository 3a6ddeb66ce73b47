/* What every fuzz target includes. */
#ifndef TRAWL_TESTS_FUZZ_H
#define TRAWL_TESTS_FUZZ_H

#include "common/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes one input of the fuzzer's, or one that is kept. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Ends the process where something that must hold does not. */
#define FUZZ_MUST(condition)                                                        \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                \
        }                                                                           \
    } while (0)

static inline void fuzz_must_equal(const char *a, size_t a_size, const char *b, size_t b_size)
{
    if (a_size == b_size && (!a_size || memcmp(a, b, a_size) == 0))
        return;
    fprintf(stderr, "not equal:\n%.*s\n%.*s\n", (int)a_size, a, (int)b_size, b);
    abort();
}

/* Cuts the next chunk off, of at most `most` bytes (0: all): a copy of its own size, so that a read beyond it
 * is seen; the caller's. */
static inline char *fuzz_chunk(const char **bytes, size_t *left, size_t most, unsigned *seed, size_t *size)
{
    *size = most ? 1 + (size_t)rand_r(seed) % most : *left;
    if (*size > *left)
        *size = *left;
    char *chunk = memory_copy(*bytes, *size);
    chunk = memory_resize(chunk, *size ? *size : 1, 1);
    *bytes += *size;
    *left -= *size;
    return chunk;
}

#endif
