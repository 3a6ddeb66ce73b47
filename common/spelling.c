#include "common/spelling.h"

#include <string.h>

static int least_of(int a, int b, int c)
{
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Whether that many bytes, one at least, are how a name begins or its last words. */
static bool is_part(const char *written, size_t length, const char *name, size_t size)
{
    if (length == 0 || length >= size)
        return false;
    const char *end = name + size - length;
    return !memcmp(written, name, length) || (end[-1] == '-' && !memcmp(written, end, length));
}

static size_t compared(size_t length)
{
    return length < SPELLING_LONGEST ? length : SPELLING_LONGEST;
}

int spelling_distance(const char *written, size_t length, const char *name)
{
    int rows[3][SPELLING_LONGEST + 1];
    size_t size = strnlen(name, SPELLING_LONGEST);
    length = compared(length);
    if (is_part(written, length, name, size))
        return 0;
    for (size_t j = 0; j <= size; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= length; i++) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= size; j++) {
            now[j] = least_of(now[j - 1] + 1, before[j] + 1, before[j - 1] + (written[i - 1] != name[j - 1]));
            bool swapped = i > 1 && j > 1 && written[i - 1] == name[j - 2] && written[i - 2] == name[j - 1];
            if (swapped && earlier[j - 2] + 1 < now[j])
                now[j] = earlier[j - 2] + 1;
        }
    }
    return rows[length % 3][size];
}

bool spelling_is_near(int distance, size_t length)
{
    return (size_t)distance * 3 <= compared(length) + 1;
}
