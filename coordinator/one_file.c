#include "coordinator/one_file.h"

#include "common/log.h"

#include <string.h>
#include <sys/stat.h>

static int is_dash(const struct one_file *file)
{
    return !strcmp(file->path, "-");
}

static int look_up(const struct one_file *file, struct stat *found)
{
    return is_dash(file) ? fstat(file->dash, found) : stat(file->path, found);
}

static int are_one(const struct one_file *a, const struct one_file *b)
{
    struct stat first, second;
    if (is_dash(a) && is_dash(b) && a->dash == b->dash)
        return 1;
    if (look_up(a, &first) || look_up(b, &second))
        return !is_dash(a) && !is_dash(b) && !strcmp(a->path, b->path);
    return S_ISREG(first.st_mode) && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

int one_file_refuse(const struct one_file *files, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = i + 1; j < count; j++)
            if (files[i].path && files[j].path && are_one(&files[i], &files[j])) {
                log_error("%s: %s and %s are one file; name two", files[j].path, files[i].option,
                          files[j].option);
                return -1;
            }
    return 0;
}
