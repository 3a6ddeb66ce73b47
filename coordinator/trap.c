#include "coordinator/trap.h"

#include "common/url.h"

#include <string.h>

enum { TIMES = 3 };

struct segment {
    const char *bytes;
    size_t size;
};

/* Parts the path behind its first slash. Returns how many segments there are; above `room` it stops. */
static size_t split(const char *path, size_t size, struct segment *segments, size_t room)
{
    size_t count = 0;
    const char *at = path + 1, *end = path + size;
    while (at < end) {
        if (count == room)
            return count + 1;
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *stop = slash ? slash : end;
        segments[count++] = (struct segment){at, (size_t)(stop - at)};
        at = slash ? slash + 1 : end;
    }
    return count;
}

static int same(const struct segment *one, const struct segment *other)
{
    return one->size == other->size && !memcmp(one->bytes, other->bytes, one->size);
}

/* Whether each of `TIMES - 1` groups of that many segments in a row is what stands a group before it. */
static int repeats(const struct segment *segments, size_t count, size_t group)
{
    size_t alike = 0;
    for (size_t i = group; i < count; i++) {
        alike = same(&segments[i], &segments[i - group]) ? alike + 1 : 0;
        if (alike == (TIMES - 1) * group)
            return 1;
    }
    return 0;
}

enum trap trap_check(const char *url, size_t size)
{
    struct url_parts parts;
    struct segment segments[TRAP_DEEPEST];
    if (size > TRAP_LONGEST)
        return TRAP_LONG;
    url_split(url, size, &parts);
    size_t count = split(url + parts.path.at, parts.path.size, segments, TRAP_DEEPEST);
    if (count > TRAP_DEEPEST)
        return TRAP_DEEP;
    for (size_t group = 1; group * TIMES <= count; group++)
        if (repeats(segments, count, group))
            return TRAP_REPEATED;
    return TRAP_NONE;
}
