#include "coordinator/robots.h"

#include "common/memory.h"
#include "coordinator/robots_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whom what follows is said to. */
enum { TO_NOBODY_OF_OURS = 0, TO_US = 1, TO_ANY = 2 };

struct slice {
    const char *at;
    size_t size;
};

struct found_rule {
    uint32_t at; /* in the octets */
    uint8_t to;
    struct robots_rule head;
};

struct parser {
    const char *token;
    size_t token_size;
    uint8_t to;    /* the agents named since the last rule */
    uint8_t named; /* in the whole file */
    bool ruled;    /* a rule has come since: the next user-agent line begins a group */
    int delay_own; /* ms, said to us; -1: none */
    int delay_any;
    struct buf octets;
    struct found_rule *rules;
    size_t count;
    size_t room;
};

/* ---- what a line says ---------------------------------------------------------------------------------- */

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct slice trim(const char *at, size_t size)
{
    while (size && is_blank(*at))
        at++, size--;
    while (size && is_blank(at[size - 1]))
        size--;
    return (struct slice){at, size};
}

static bool is_word(struct slice slice, const char *word)
{
    return slice.size == strlen(word) && !strncasecmp(slice.at, word, slice.size);
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_';
}

static void take_agent(struct parser *parser, struct slice value)
{
    if (parser->ruled) {
        parser->to = TO_NOBODY_OF_OURS;
        parser->ruled = false;
    }
    /* Of "Foo/1.0" or "Foo Bar" the token is Foo. */
    size_t size = 0;
    while (size < value.size && is_letter(value.at[size]))
        size++;
    if (size && size == parser->token_size && !strncasecmp(value.at, parser->token, size))
        parser->to |= TO_US;
    if (value.size && value.at[0] == '*' && (value.size == 1 || is_blank(value.at[1])))
        parser->to |= TO_ANY;
    parser->named |= parser->to;
}

static void take_rule(struct parser *parser, struct slice value, uint8_t flags)
{
    parser->ruled = true;
    if (!parser->to || !value.size)
        return;
    size_t at = parser->octets.size;
    uint8_t *octets = (uint8_t *)buf_reserve(&parser->octets, value.size * 3);
    size_t size = robots_spell(octets, value.at, value.size, ROBOTS_RULE), kept = 0;
    struct found_rule rule = {.at = (uint32_t)at, .to = parser->to};
    rule.head.octets = (uint16_t)size;
    if (octets[size - 1] == '$') {
        flags |= ROBOTS_AT_END;
        size--;
    }
    for (size_t i = 0; i < size; i++) /* several `*` in a row say what one says */
        if (octets[i] != '*' || kept == 0 || octets[kept - 1] != '*')
            octets[kept++] = octets[i];
    parser->octets.size += kept;
    rule.head.size = (uint16_t)kept;
    rule.head.flags = flags;
    if (parser->count == parser->room) {
        parser->room = parser->room ? parser->room * 2 : 64;
        parser->rules = memory_resize(parser->rules, parser->room, sizeof *parser->rules);
    }
    parser->rules[parser->count++] = rule;
}

static void take_allow(struct parser *parser, struct slice value)
{
    take_rule(parser, value, ROBOTS_ALLOW);
}

static void take_disallow(struct parser *parser, struct slice value)
{
    take_rule(parser, value, 0);
}

/* Not of RFC 9309: seconds, for the agents named above. What is no number says nothing; below 0 is 0 (H86).
 */
static void take_delay(struct parser *parser, struct slice value)
{
    char text[64] = "", *end;
    memcpy(text, value.at, value.size < sizeof text ? value.size : sizeof text - 1);
    double seconds = strtod(text, &end);
    if (end == text || seconds != seconds)
        return;
    double most = ROBOTS_DELAY_MAX / 1e3;
    int ms = (int)((seconds < 0 ? 0 : seconds > most ? most : seconds) * 1e3 + 0.5);
    if (parser->to & TO_US && ms > parser->delay_own)
        parser->delay_own = ms;
    if (parser->to & TO_ANY && ms > parser->delay_any)
        parser->delay_any = ms;
}

/* Names that sites write; the misspelt ones are obeyed, as their authors meant them to be. */
static const struct {
    const char *name;
    void (*take)(struct parser *parser, struct slice value);
} records[] = {
    {"user-agent", take_agent},  {"useragent", take_agent},   {"user agent", take_agent},
    {"allow", take_allow},       {"disallow", take_disallow}, {"dissallow", take_disallow},
    {"dissalow", take_disallow}, {"disalow", take_disallow},  {"diasllow", take_disallow},
    {"disallaw", take_disallow}, {"crawl-delay", take_delay},
};

/* Where the name ends. Without a colon a line of just two words is taken as if it had one. */
static const char *find_separator(struct slice line)
{
    const char *colon = memchr(line.at, ':', line.size);
    if (colon)
        return colon;
    size_t at = 0;
    while (at < line.size && !is_blank(line.at[at]))
        at++;
    struct slice rest = trim(line.at + at, line.size - at);
    for (size_t i = 0; i < rest.size; i++)
        if (is_blank(rest.at[i]))
            return NULL;
    return rest.size ? line.at + at : NULL;
}

static void take_line(struct parser *parser, const char *at, size_t size)
{
    if (size > ROBOTS_LINE_MAX - 1)
        size = ROBOTS_LINE_MAX - 1;
    const char *comment = memchr(at, '#', size);
    struct slice line = trim(at, comment ? (size_t)(comment - at) : size);
    const char *separator = find_separator(line);
    if (!separator)
        return;
    size_t name_size = (size_t)(separator - line.at);
    struct slice name = trim(line.at, name_size), value = trim(separator + 1, line.size - name_size - 1);
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        if (is_word(name, records[i].name))
            records[i].take(parser, value);
}

/* ---- lines --------------------------------------------------------------------------------------------- */

static void take_body(struct parser *parser, const char *body, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *end = body + (size < ROBOTS_BODY_MAX ? size : ROBOTS_BODY_MAX);
    bool cut = size > ROBOTS_BODY_MAX;
    for (int i = 0; mark[i] && body < end && *body == mark[i];
         i++) /* half a byte order mark is dropped too */
        body++;
    while (body < end) {
        const char *stop = body;
        while (stop < end && *stop != '\n' && *stop != '\r')
            stop++;
        if (stop == end && cut)
            return; /* half a rule would say something else */
        take_line(parser, body, (size_t)(stop - body));
        body = stop + 1; /* the \n of a \r\n ends an empty line: no harm */
    }
}

/* ---- the block ----------------------------------------------------------------------------------------- */

static int compare_octets(const struct found_rule *a, const struct found_rule *b, const char *octets)
{
    if (a->head.size != b->head.size)
        return a->head.size < b->head.size ? -1 : 1;
    int order = memcmp(octets + a->at, octets + b->at, a->head.size);
    return order ? order : (a->head.flags & ROBOTS_AT_END) - (b->head.flags & ROBOTS_AT_END);
}

/* The rule that decides first comes first: more octets, then Allow. */
static int compare_rules(const void *left, const void *right, void *octets)
{
    const struct found_rule *a = left, *b = right;
    if (a->head.octets != b->head.octets)
        return a->head.octets > b->head.octets ? -1 : 1;
    int allow = (b->head.flags & ROBOTS_ALLOW) - (a->head.flags & ROBOTS_ALLOW);
    return allow ? allow : compare_octets(a, b, octets);
}

static int write_block(struct parser *parser, struct buf *out)
{
    uint8_t to = parser->named & TO_US ? TO_US : TO_ANY;
    const char *octets = parser->octets.data;
    struct robots_head head = {.mark = ROBOTS_MARK,
                               .delay_ms = to == TO_US ? parser->delay_own : parser->delay_any};
    size_t start = out->size;
    if (buf_append(out, &head, sizeof head))
        return -1;
    if (parser->count)
        qsort_r(parser->rules, parser->count, sizeof *parser->rules, compare_rules, parser->octets.data);
    const struct found_rule *last = NULL;
    for (size_t i = 0; i < parser->count; i++) {
        const struct found_rule *rule = &parser->rules[i];
        if (!(rule->to & to) || (last && !compare_rules(last, rule, parser->octets.data)))
            continue;
        if (buf_append(out, &rule->head, sizeof rule->head) ||
            buf_append(out, octets + rule->at, rule->head.size))
            return -1;
        head.rules++;
        last = rule;
    }
    head.size = (uint32_t)(out->size - start);
    memcpy(out->data + start, &head, sizeof head);
    return 0;
}

int robots_compile(struct buf *out, const char *body, size_t size, const char *token)
{
    struct parser parser = {.token = token, .token_size = strlen(token), .delay_own = -1, .delay_any = -1};
    buf_init(&parser.octets, 3 * ROBOTS_BODY_MAX);
    take_body(&parser, body, size);
    size_t start = out->size;
    int failed = write_block(&parser, out);
    if (failed)
        out->size = start;
    buf_clear(&parser.octets);
    free(parser.rules);
    return failed;
}
