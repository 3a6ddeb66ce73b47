#include "coordinator/seed_known.h"

#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

/* Reads `size` bytes and hashes them; `last` becomes the last of them. Returns 0, or -1 when there are not as
 * many. */
static int hash_prefix(int fd, uint64_t size, XXH3_state_t *hash, char *last)
{
    char piece[PIECE];
    while (size) {
        ssize_t got = read(fd, piece, size < sizeof piece ? (size_t)size : sizeof piece);
        if (got <= 0)
            return -1;
        XXH3_64bits_update(hash, piece, (size_t)got);
        *last = piece[got - 1];
        size -= (uint64_t)got;
    }
    return 0;
}

/* Returns 0, or -1 when the last line that was read goes on. */
static int end_last_line(int fd, struct seed_cursor *cursor, XXH3_state_t *hash)
{
    char next;
    if (read(fd, &next, 1) != 1)
        return 0;
    if (next != '\n')
        return -1;
    XXH3_64bits_update(hash, &next, 1);
    cursor->bytes++;
    cursor->prefix = XXH3_64bits_digest(hash);
    return 0;
}

enum seed_known seed_known_skip(int fd, struct seed_cursor *cursor, XXH3_state_t *hash)
{
    struct stat file;
    char last = '\n';
    if (fstat(fd, &file) || !S_ISREG(file.st_mode))
        return SEED_KNOWN_PIPE;
    off_t start = lseek(fd, 0, SEEK_CUR);
    if (hash_prefix(fd, cursor->bytes, hash, &last) == 0 &&
        (cursor->bytes == 0 || XXH3_64bits_digest(hash) == cursor->prefix) &&
        (last == '\n' || end_last_line(fd, cursor, hash) == 0))
        return SEED_KNOWN_PREFIX;
    lseek(fd, start, SEEK_SET);
    XXH3_64bits_reset(hash);
    return SEED_KNOWN_OTHER;
}

int seed_known_has_more(int fd)
{
    struct stat file;
    return fstat(fd, &file) || !S_ISREG(file.st_mode) || lseek(fd, 0, SEEK_CUR) < file.st_size;
}
