/* Test data that others wrote, from $TRAWL_SHARED/corpora ($TRAWL_SHARED is "../shared" unless set).
 *
 * A test whose corpus is absent says which file it misses and is skipped.
 */
#ifndef TRAWL_TESTS_CORPUS_H
#define TRAWL_TESTS_CORPUS_H

#include "tests/unit/check.h"

#include <jansson.h>

static inline FILE *corpus_open(const char *name)
{
    char path[4096];
    const char *shared = getenv("TRAWL_SHARED");
    snprintf(path, sizeof path, "%s/corpora/%s", shared ? shared : "../shared", name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("absent: %s\n", path);
        skip();
    }
    return file;
}

/* Prints how many cases of a corpus came out as it says; ./dev test lists these lines. */
static inline void corpus_agrees(const char *name, size_t right, size_t all)
{
    print_message("corpus: %s: %zu of %zu\n", name, right, all);
}

/* The whole file with a NUL behind it, the caller's. */
static inline char *corpus_read(const char *name, size_t *size)
{
    FILE *file = corpus_open(name);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    bytes[*size] = 0;
    fclose(file);
    return bytes;
}

/* The file as JSON, a reference of the caller's. */
static inline json_t *corpus_json(const char *name)
{
    FILE *file = corpus_open(name);
    json_error_t error;
    json_t *json = json_loadf(file, JSON_ALLOW_NUL, &error);
    fclose(file);
    if (!json)
        fail_msg("%s:%d: %s", name, error.line, error.text);
    return json;
}

#endif
