/* Goal: no bytes crash the reader or the matcher of robots.txt, as a file, as a path or as a stored block;
 * what is asked stays within its steps, and an answer follows from the rules as a slow matcher reads them.
 *
 * The first byte of an input says what it is, the second how long the path is; the path and the rest follow.
 */
#include "coordinator/robots.h"

#include "common/memory.h"
#include "coordinator/robots_internal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* By a table of which beginnings match which, without any of the matcher's thoughts. */
static bool matches_slowly(const uint8_t *octets, size_t size, bool at_end, const uint8_t *path,
                           size_t path_size, uint8_t mask)
{
    bool *row = memory_new(path_size + 1), any = false;
    row[0] = true;
    for (size_t i = 0; i < size; i++) {
        bool diagonal = row[0];
        row[0] = row[0] && octets[i] == '*';
        for (size_t at = 1; at <= path_size; at++) {
            bool above = row[at];
            row[at] =
                octets[i] == '*' ? above || row[at - 1] : diagonal && (octets[i] & mask) == path[at - 1];
            diagonal = above;
        }
    }
    for (size_t at = 0; at <= path_size; at++)
        any = any || (row[at] && (!at_end || at == path_size));
    free(row);
    return any;
}

static void compare(const char *block, size_t size, const char *path, size_t path_size, bool permits)
{
    uint8_t *octets = memory_new(path_size * 3);
    size_t count = robots_spell(octets, path, path_size, permits ? ROBOTS_PATH_MEANT : ROBOTS_PATH_WRITTEN);
    struct robots_verdict verdict = robots_ask(block, size, path, path_size, permits);
    if (!verdict.rule && permits && verdict.steps == 0)
        goto done; /* robots.txt itself, or there are no rules */
    size_t at = sizeof(struct robots_head);
    const char *first = NULL;
    while (at < size && !first) {
        struct robots_rule rule;
        memcpy(&rule, block + at, sizeof rule);
        if (matches_slowly((const uint8_t *)block + at + sizeof rule, rule.size, rule.flags & ROBOTS_AT_END,
                           octets, count, permits ? 0x7f : 0xff))
            first = block + at;
        at += sizeof rule + rule.size;
    }
    if (!verdict.exhausted && first != verdict.rule)
        abort();
done:
    free(octets);
}

static void read_file(const char *path, size_t path_size, const char *body, size_t size)
{
    struct buf block, text;
    buf_init(&block, ROBOTS_COMPILED_MAX);
    buf_init(&text, ROBOTS_COMPILED_MAX);
    if (robots_compile(&block, body, size, "trawl") || !robots_is_compiled(block.data, block.size))
        abort();
    compare(block.data, block.size, path, path_size, false);
    compare(block.data, block.size, path, path_size, true);
    struct robots_verdict verdict = robots_ask(block.data, block.size, path, path_size, true);
    if (verdict.rule && robots_rule_text(&text, verdict.rule))
        abort();
    buf_clear(&text);
    buf_clear(&block);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return 0;
    size_t path_size = bytes[1] < size - 2 ? bytes[1] : size - 2;
    char *path =
        memory_copy(bytes + 2, path_size); /* copies of their own size, so that a read beyond one is seen */
    size_t rest = size - 2 - path_size;
    char *body = malloc(rest ? rest : 1);
    if (rest)
        memcpy(body, bytes + 2 + path_size, rest);
    if (bytes[0] & 1) {
        robots_is_compiled(body, rest);
        robots_delay_ms(body, rest);
        robots_permits(body, rest, path, path_size);
    } else {
        read_file(path, path_size, body, rest);
    }
    struct buf out;
    buf_init(&out, size + 1);
    if (robots_path(&out, body, rest))
        abort();
    buf_clear(&out);
    free(body);
    free(path);
    return 0;
}
