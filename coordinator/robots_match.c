#include "common/memory.h"
#include "coordinator/robots_internal.h"

#include <stdlib.h>
#include <string.h>

enum { FAST = 16 }; /* octets that memchr looks at in the time of one step */

/* One question under way. */
struct question {
    const uint8_t *path; /* octets */
    size_t size;
    uint8_t mask; /* what of a rule's octets counts */
    uint16_t *borders;
    uint64_t steps;
};

/* ---- one rule ------------------------------------------------------------------------------------------ */

static bool begins_with(struct question *question, size_t at, const uint8_t *piece, size_t size)
{
    if (size > question->size - at)
        return false;
    for (size_t i = 0; i < size; i++) {
        question->steps++;
        if (question->path[at + i] != (piece[i] & question->mask))
            return false;
    }
    return true;
}

/* For each beginning of the piece the longest proper border (what is both its beginning and its end). */
static void find_borders(struct question *question, const uint8_t *piece, size_t size)
{
    uint16_t border = 0;
    question->borders[0] = 0;
    for (size_t i = 1; i < size; i++) {
        uint8_t octet = piece[i] & question->mask;
        while (border && octet != (piece[border] & question->mask)) {
            border = question->borders[border - 1];
            question->steps++;
        }
        border = (uint16_t)(border + (octet == (piece[border] & question->mask)));
        question->borders[i] = border;
    }
    question->steps += size;
}

/* Where the piece, found as early as possible from `at` on, ends; 0 when it is nowhere. Knuth, Morris and
 * Pratt's: a stranger writes the rule and may write the path as well, so no octet is looked at more than
 * twice. */
static size_t find_after(struct question *question, size_t at, const uint8_t *piece, size_t size)
{
    if (size > question->size - at)
        return 0;
    find_borders(question, piece, size);
    size_t same = 0;
    while (at < question->size) {
        if (same == 0) {
            const uint8_t *first =
                memchr(question->path + at, piece[0] & question->mask, question->size - at);
            size_t next = first ? (size_t)(first - question->path) : question->size;
            question->steps += (next - at) / FAST;
            at = next;
            if (!first)
                return 0;
        }
        question->steps++;
        if (question->path[at] == (piece[same] & question->mask)) {
            at++;
            if (++same == size)
                return at;
        } else if (same) {
            same = question->borders[same - 1];
        } else {
            at++;
        }
    }
    return 0;
}

/* Each piece between `*` is taken where it comes first: what is left for the rest is then as long as it can
 * be, so there is nothing to go back for. */
static bool matches(struct question *question, const uint8_t *octets, size_t size, bool at_end)
{
    const uint8_t *end = octets + size, *star = memchr(octets, '*', size);
    size_t piece = (size_t)((star ? star : end) - octets), at = piece;
    if (!begins_with(question, 0, octets, piece))
        return false;
    while (star) {
        octets = star + 1;
        star = memchr(octets, '*', (size_t)(end - octets));
        piece = (size_t)((star ? star : end) - octets);
        if (!star && at_end)
            return piece <= question->size - at &&
                   begins_with(question, question->size - piece, octets, piece);
        if (piece && !(at = find_after(question, at, octets, piece)))
            return false;
    }
    return !at_end || at == question->size;
}

/* ---- the block ----------------------------------------------------------------------------------------- */

static bool read_head(struct robots_head *head, const void *compiled, size_t size)
{
    if (size < sizeof *head)
        return false;
    memcpy(head, compiled, sizeof *head);
    return !memcmp(head->mark, ROBOTS_MARK, sizeof head->mark) && head->size == size &&
           head->delay_ms >= -1 && head->delay_ms <= ROBOTS_DELAY_MAX;
}

/* The rule at `at`, which moves behind it; NULL when it does not end within the block. */
static const uint8_t *next_rule(struct robots_rule *rule, const uint8_t *block, size_t size, size_t *at)
{
    const uint8_t *start = block + *at;
    if (size - *at < sizeof *rule)
        return NULL;
    memcpy(rule, start, sizeof *rule);
    if (size - *at - sizeof *rule < rule->size)
        return NULL;
    *at += sizeof *rule + rule->size;
    return start;
}

bool robots_is_compiled(const void *compiled, size_t size)
{
    struct robots_head head;
    struct robots_rule rule;
    size_t at = sizeof head;
    if (!read_head(&head, compiled, size))
        return false;
    for (uint32_t i = 0; i < head.rules; i++)
        if (!next_rule(&rule, compiled, size, &at))
            return false;
    return at == size;
}

int robots_delay_ms(const void *compiled, size_t size)
{
    struct robots_head head;
    return read_head(&head, compiled, size) ? head.delay_ms : -1;
}

/* ---- questions ----------------------------------------------------------------------------------------- */

static struct robots_verdict ask_rules(struct question *question, const uint8_t *block, size_t size)
{
    struct robots_verdict verdict = {0};
    struct robots_head head;
    struct robots_rule rule;
    size_t at = sizeof head;
    if (!read_head(&head, block, size))
        return verdict;
    for (uint32_t i = 0; i < head.rules && !verdict.exhausted; i++) {
        const uint8_t *start = next_rule(&rule, block, size, &at);
        if (!start)
            return verdict;
        question->steps++;
        if (matches(question, start + sizeof rule, rule.size, rule.flags & ROBOTS_AT_END)) {
            verdict.rule = start;
            verdict.allowed = rule.flags & ROBOTS_ALLOW;
            return verdict;
        }
        verdict.exhausted = question->steps > ROBOTS_STEPS_MAX;
    }
    verdict.allowed = !verdict.exhausted;
    return verdict;
}

struct robots_verdict robots_ask(const void *compiled, size_t size, const char *path, size_t path_size,
                                 bool permits)
{
    static const char own[] = "/robots.txt";
    if (permits && path_size == sizeof own - 1 && !memcmp(path, own, path_size))
        return (struct robots_verdict){.allowed = true};
    if (path_size > ROBOTS_LINE_MAX)
        path_size = ROBOTS_LINE_MAX; /* no rule is longer, and no URL of ours either */
    uint8_t *octets = memory_new(path_size * 3);
    struct question question = {.path = octets, .mask = permits ? (uint8_t)~ROBOTS_ESCAPED : 0xff};
    question.size = robots_spell(octets, path, path_size, permits ? ROBOTS_PATH_MEANT : ROBOTS_PATH_WRITTEN);
    question.borders = memory_new(question.size * sizeof *question.borders);
    struct robots_verdict verdict = ask_rules(&question, compiled, size);
    verdict.steps = question.steps;
    free(question.borders);
    free(octets);
    return verdict;
}

bool robots_allows(const void *compiled, size_t size, const char *path, size_t path_size)
{
    return robots_ask(compiled, size, path, path_size, false).allowed;
}

bool robots_permits(const void *compiled, size_t size, const char *path, size_t path_size)
{
    return robots_ask(compiled, size, path, path_size, true).allowed;
}
