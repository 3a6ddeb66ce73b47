#include "common/options_value.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

struct unit {
    char letter;
    double factor;
};

/* Largest first; a letter of 0 ends the table. */
static const struct unit no_units[] = {{0, 1}};
static const struct unit times[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}, {0, 1}};
static const struct unit sizes[] = {{'G', 1 << 30}, {'M', 1 << 20}, {'K', 1 << 10}, {0, 1}};

static const struct unit *units_of(const struct options_row *row)
{
    switch (row->kind) {
    case OPTIONS_KIND_SECONDS:
        return times;
    case OPTIONS_KIND_BYTES:
        return sizes;
    default:
        return no_units;
    }
}

/* Digits, for seconds with a fraction, and one unit: none of what strtod knows besides (spaces, inf,
 * hexadecimal, 1e9). */
static int parse_number(const struct options_row *row, const char *text, double *out)
{
    const char *at = text + (*text == '-');
    size_t digits = strspn(at, "0123456789");
    size_t fraction = 0;
    if (row->kind == OPTIONS_KIND_SECONDS && at[digits] == '.')
        fraction = 1 + strspn(at + digits + 1, "0123456789");
    if (digits == 0 || fraction == 1)
        return -1;
    at += digits + fraction;
    const struct unit *unit = units_of(row);
    while (unit->letter && unit->letter != *at)
        unit++;
    if (at[unit->letter != 0])
        return -1;
    *out = strtod(text, NULL) * unit->factor;
    return *out >= row->least && *out <= row->most && *out <= OPTIONS_NO_LIMIT ? 0 : -1;
}

static int store_number(const struct options_row *row, const char *text, void *field)
{
    double number;
    if (parse_number(row, text, &number) < 0)
        return -1;
    if (row->kind == OPTIONS_KIND_SECONDS)
        *(double *)field = number;
    else if (row->kind == OPTIONS_KIND_BYTES)
        *(size_t *)field = (size_t)number;
    else if (row->size == sizeof(int64_t))
        *(int64_t *)field = (int64_t)number;
    else
        *(int *)field = (int)number;
    return 0;
}

static int store_flag(const char *text, bool *field)
{
    static const char *const words[] = {"0", "no", "false", "1", "yes", "true"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(text, words[i])) {
            *field = i >= 3;
            return 0;
        }
    return -1;
}

static int store_choice(const char *choices, const char *text, int *field)
{
    size_t length = strlen(text);
    int place = 0;
    for (const char *word = choices;; word++, place++) {
        size_t size = strcspn(word, "|");
        if (size == length && !memcmp(word, text, size)) {
            *field = place;
            return 0;
        }
        word += size;
        if (!*word)
            return -1;
    }
}

void options_value_append(struct options_list *list, const char *word, const char *option)
{
    list->words = memory_resize(list->words, list->count + 1, sizeof *list->words);
    list->options = memory_resize(list->options, list->count + 1, sizeof *list->options);
    list->words[list->count] = word;
    list->options[list->count++] = option;
}

int options_value_store(const struct options_row *row, const char *text, void *settings)
{
    void *field = (char *)settings + row->offset;
    switch (row->kind) {
    case OPTIONS_KIND_FLAG:
        return store_flag(text, field);
    case OPTIONS_KIND_INTEGER:
    case OPTIONS_KIND_SECONDS:
    case OPTIONS_KIND_BYTES:
        return store_number(row, text, field);
    case OPTIONS_KIND_CHOICE:
        return store_choice(row->choices, text, field);
    case OPTIONS_KIND_STRING:
        *(const char **)field = text;
        return 0;
    case OPTIONS_KIND_LIST:
        options_value_append(field, text, row->name);
        return 0;
    case OPTIONS_KIND_HEADING:
        break;
    }
    return -1;
}

/* In the largest unit that divides it: 8M, 1h, 1500. */
static void print_number(const struct unit *unit, double number, char *out, size_t size)
{
    while (unit->letter &&
           (number < unit->factor || (double)(int64_t)(number / unit->factor) * unit->factor != number))
        unit++;
    bool second = unit->letter == 's'; /* needs no letter */
    int length = snprintf(out, size, "%.15g", number / unit->factor);
    if (unit->letter && !second)
        snprintf(out + length, size - (size_t)length, "%c", unit->letter);
}

/* Appends ", such as 10m, 2h or 1d": those of the examples that the row allows. */
static void add_examples(const struct options_row *row, char *out, size_t size)
{
    static const char *const times_shown[] = {"0.5", "30", "10m", "2h", "1d", NULL};
    static const char *const sizes_shown[] = {"65536", "64K", "8M", "1G", NULL};
    const char *const *all = row->kind == OPTIONS_KIND_SECONDS ? times_shown : sizes_shown;
    const char *fit[5] = {0};
    size_t count = 0, used = strlen(out);
    double number;
    for (; *all; all++)
        if (parse_number(row, *all, &number) == 0)
            fit[count++] = *all;
    for (size_t i = 0; i < count && used < size; i++) {
        const char *before = i + 1 == count ? " or " : ", ";
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? before : ", such as ", fit[i]);
    }
}

static void print_number_allowed(const struct options_row *row, const char *what, char *out, size_t size)
{
    char least[40], most[40];
    print_number(units_of(row), row->least, least, sizeof least);
    print_number(units_of(row), row->most, most, sizeof most);
    if (row->most >= OPTIONS_NO_LIMIT)
        snprintf(out, size, "%s of at least %s", what, least);
    else
        snprintf(out, size, "%s from %s to %s", what, least, most);
    if (row->kind != OPTIONS_KIND_INTEGER)
        add_examples(row, out, size);
}

static void print_choices(const char *choices, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "one of ");
    for (const char *at = choices; *at && used + 3 < size; at++) {
        out[used++] = *at == '|' ? ',' : *at;
        if (*at == '|')
            out[used++] = ' ';
    }
    out[used] = 0;
}

void options_value_allowed(const struct options_row *row, char *out, size_t size)
{
    switch (row->kind) {
    case OPTIONS_KIND_INTEGER:
        print_number_allowed(row, "a whole number", out, size);
        break;
    case OPTIONS_KIND_SECONDS:
        print_number_allowed(row, "a time in seconds", out, size);
        break;
    case OPTIONS_KIND_BYTES:
        print_number_allowed(row, "a size in bytes", out, size);
        break;
    case OPTIONS_KIND_CHOICE:
        print_choices(row->choices, out, size);
        break;
    case OPTIONS_KIND_FLAG:
        snprintf(out, size, "1, yes, true, 0, no or false");
        break;
    default:
        snprintf(out, size, "a value");
    }
}
