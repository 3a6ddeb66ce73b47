#include "coordinator/filter.h"

#include "common/memory.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct expression {
    regex_t compiled;
    bool includes;
};

struct filter {
    bool by_default; /* what holds when no expression matches */
    size_t count;
    struct expression expressions[];
};

/* ---- what regcomp takes and we do not -------------------------------------------------------------- */

/* Returns where the bracket expression that begins at `at` ends: on its `]`, or on the end of the text. */
static const char *skip_brackets(const char *at)
{
    at += at[1] == '^' ? 2 : 1;
    if (*at == ']')
        at++;
    while (*at && *at != ']') {
        char kind = *at == '[' && at[1] && strchr(":.=", at[1]) ? at[1] : 0; /* [:alpha:], [.-.], [=a=] */
        const char closing[] = {kind, ']', 0}, *end = kind ? strstr(at + 2, closing) : NULL;
        at = end ? end + 2 : at + 1;
    }
    return at;
}

/* Returns what is wrong with an expression that compiles, or NULL. */
static const char *objection(const char *text)
{
    unsigned depth = 0;
    if (!*text)
        return "it is empty and would match every URL";
    for (const char *at = text; *at; at++) {
        if (*at < 0x20 || *at >= 0x7f)
            return "it holds a byte that no URL does: they are printable ASCII";
        if (*at == '\\') {
            if (*++at >= '1' && *at <= '9')
                return "back-references are not supported";
        } else if (*at == '[') {
            at = skip_brackets(at);
        } else if (*at == '(') {
            depth++;
        } else if (*at == ')' && depth-- == 0) {
            return "Unmatched ); escape it as \\)"; /* an ordinary character to glibc, undefined by the
                                                       standard */
        }
    }
    return NULL;
}

/* ---- compiling ------------------------------------------------------------------------------------- */

static int explain(char *why, size_t room, const char *text, const char *reason)
{
    snprintf(why, room, "'%.200s': %s", text, reason);
    return -1;
}

/* Compiled as it is glibc tries an expression from every place of the URL, which takes quadratic time; behind
 * `^.*` it means the same and is tried from the beginning only. */
static int compile(regex_t *compiled, const char *text)
{
    char *searching;
    if (asprintf(&searching, "^.*(%s)", text) < 0)
        abort();
    int error = regcomp(compiled, searching, REG_EXTENDED | REG_NOSUB);
    free(searching);
    return error;
}

/* The special character that an expression with that error may have meant as it is, or 0. */
static char special_of(int error, const char *text)
{
    const char *repeats = strpbrk(text, "*+?{");
    switch (error) {
    case REG_EBRACK:
        return '[';
    case REG_EPAREN:
        return '(';
    case REG_EBRACE:
        return '{';
    case REG_BADRPT:
        return (char)(repeats ? *repeats : 0);
    default:
        return 0;
    }
}

static int explain_error(char *why, size_t room, const char *text, int error)
{
    char reason[200], hint[40] = "";
    if (error == REG_BADPAT && strchr(text, '['))
        error = REG_EBRACK; /* of a [ at the very end glibc knows no more than that it is wrong */
    regerror(error, NULL, reason, sizeof reason);
    char special = special_of(error, text);
    if (special)
        snprintf(hint, sizeof hint, "; escape it as \\%c", special);
    strncat(reason, hint, sizeof reason - strlen(reason) - 1);
    return explain(why, room, text, reason);
}

/* Returns 0, or -1 with `why` filled in; then there is nothing to free. */
static int check(const char *text, char *why, size_t room)
{
    regex_t alone;
    int error = regcomp(&alone, text, REG_EXTENDED | REG_NOSUB);
    if (error)
        return explain_error(why, room, text, error);
    regfree(&alone);
    const char *wrong = objection(text);
    return wrong ? explain(why, room, text, wrong) : 0;
}

struct filter *filter_create(const struct options_list *list, const char **option, char *why, size_t room)
{
    struct filter *filter = memory_new(sizeof *filter + list->count * sizeof *filter->expressions);
    filter->by_default = true;
    for (size_t i = 0; i < list->count; i++) {
        struct expression *expression = &filter->expressions[i];
        const char *text = list->words[i];
        *option = list->options[i];
        int error = check(text, why, room);
        if (!error && compile(&expression->compiled, text))
            error = explain(why, room, text, "Memory exhausted");
        if (error) {
            filter_destroy(&filter);
            return NULL;
        }
        filter->count++;
        expression->includes = !strcmp(*option, "include");
        filter->by_default &= !expression->includes;
    }
    return filter;
}

void filter_destroy(struct filter **filter)
{
    for (size_t i = 0; *filter && i < (*filter)->count; i++)
        regfree(&(*filter)->expressions[i].compiled);
    free(*filter);
    *filter = NULL;
}

/* ---- asking ---------------------------------------------------------------------------------------- */

bool filter_allows(const struct filter *filter, const char *url, size_t size)
{
    char subject[FILTER_LONGEST + 1];
    if (!filter)
        return true;
    if (size > FILTER_LONGEST)
        return false;
    memcpy(subject, url, size);
    subject[size] = 0;
    for (size_t i = 0; i < filter->count; i++)
        if (!regexec(&filter->expressions[i].compiled, subject, 0, NULL, 0))
            return filter->expressions[i].includes;
    return filter->by_default;
}
