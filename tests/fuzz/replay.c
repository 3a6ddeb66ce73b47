/* Runs a fuzz target over the files named on the command line, without a fuzzer: for inputs kept as tests. */
#include "common/buf.h"

#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return -1;
    }
    struct buf input;
    buf_init(&input, (size_t)1 << 30);
    char part[65536];
    size_t size;
    while ((size = fread(part, 1, sizeof part, file)) > 0)
        buf_append(&input, part, size);
    fclose(file);
    LLVMFuzzerTestOneInput((const uint8_t *)input.data, input.size);
    buf_clear(&input);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= replay(argv[i]);
    printf("%d inputs\n", argc - 1);
    return failed ? 1 : 0;
}
