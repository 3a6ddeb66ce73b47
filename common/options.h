/* Command lines: one table per program, from which parsing, --help and the environment's names follow.
 *
 * A row says what an option is called, what it takes, what holds when it is not given and where the value
 * goes. A value comes from the first of these that has one: the command line, the environment (--per-host is
 * TRAWL_PER_HOST), the row's standard. -h, --help and --version are known without a row.
 *
 * Short options may be clustered (-qw4), long ones take their value as --name=VALUE or as the next word. A
 * name is written whole: abbreviations are unknown options. `--` ends the options, `-` is an ordinary word,
 * options and arguments may be mixed. A list grows with every value and a flag may be repeated; any other
 * option given twice is a mistake, where one value would silently replace the other.
 *
 * Whatever is wrong is said in one line, printable ASCII, and nothing here ends the process: options_parse
 * returns what main should return. It does not judge how options go together: that is the program's, which
 * says so with options_complain.
 */
#ifndef TRAWL_COMMON_OPTIONS_H
#define TRAWL_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Words in the order given. The arrays are the list's, the words are borrowed from argv or the environment.
 * Rows may share a list, which keeps their order: what the command line says, then what the environment does.
 */
struct options_list {
    const char **words;
    const char **options; /* by word, the name of the row that took it; NULL for an argument */
    size_t count;
};

/* Frees the arrays; the list is empty again. */
void options_list_clear(struct options_list *list);

enum options_kind {
    OPTIONS_KIND_HEADING, /* no option: `help` is a heading above the rows that follow */
    OPTIONS_KIND_FLAG,    /* takes no value; in the environment 1, yes, true or 0, no, false */
    OPTIONS_KIND_INTEGER,
    OPTIONS_KIND_SECONDS, /* 30, 0.5, 90s, 10m, 2h, 1d */
    OPTIONS_KIND_BYTES,   /* 65536, 64K, 8M, 1G: powers of 1024 */
    OPTIONS_KIND_STRING,
    OPTIONS_KIND_CHOICE, /* one word out of a list, stored as its place there, from 0 */
    OPTIONS_KIND_LIST,   /* may be given again; in the environment one word */
};

/* The part of a row that says what it takes and where it goes is written with one of these, whose field must
 * have the type behind it: a field of another type does not compile. `least` and `most` are both allowed;
 * numbers stay below 2^53, and a `most` of OPTIONS_NO_LIMIT is not mentioned to people. */
#define OPTIONS_NO_LIMIT 9007199254740992.0
#define OPTIONS_FLAG(settings, field) OPTIONS_PLACE_(FLAG, settings, field, _Bool)
#define OPTIONS_INTEGER(settings, field, low, high) \
    OPTIONS_PLACE2_(INTEGER, settings, field, int, int64_t), .least = (low), .most = (high)
#define OPTIONS_SECONDS(settings, field, low, high) \
    OPTIONS_PLACE_(SECONDS, settings, field, double), .least = (low), .most = (high)
#define OPTIONS_BYTES(settings, field, low, high) \
    OPTIONS_PLACE_(BYTES, settings, field, size_t), .least = (low), .most = (high)
#define OPTIONS_STRING(settings, field) OPTIONS_PLACE_(STRING, settings, field, const char *)
#define OPTIONS_CHOICE(settings, field, list) /* an int or an enum; the list is "host|domain|any" */ \
    OPTIONS_PLACE2_(CHOICE, settings, field, int, unsigned), .choices = (list)
#define OPTIONS_LIST(settings, field) OPTIONS_PLACE_(LIST, settings, field, struct options_list)

struct options_row {
    const char *name;     /* without its dashes */
    const char *argument; /* what help calls the value: "N", "FILE"; a choice shows its words instead where
                             this is NULL */
    const char *standard; /* parsed like a given value and shown in help; NULL leaves the field as the caller
                             set it */
    const char *help;
    char letter; /* the short option, or 0; 'h' is taken */
    bool hidden; /* works, but is neither shown nor suggested: for what our programs tell each other */
    enum options_kind kind; /* from here on written by the macros above */
    size_t offset;
    size_t size;
    double least;
    double most;
    const char *choices;
};

struct options_program {
    const char *name;
    const char *arguments;            /* how usage shows the arguments, "[URL...]"; NULL: there are none */
    const char *summary;              /* one sentence */
    const struct options_row *rows;   /* ended by a row of zeroes */
    const char *notes;                /* shown below the options, such as examples; or NULL */
    const char *libraries;            /* --version's lines after the first, each ended by \n; or NULL */
    struct options_list *environment; /* takes what came from there, for options_complain_of; or NULL */
};

/* What options_parse returns where it is not an exit code. */
enum { OPTIONS_RUN = -1 };

/* Fills `settings` (the struct the rows were written for) and `arguments` (emptied first) from argv, whose
 * pointers may be put into another order, and the environment. Returns OPTIONS_RUN; 0 when --help or
 * --version was printed on `out`, 1 when it could not be; 2 when one line on `err` says what is wrong.
 * Strings and words are borrowed from argv, the environment and the table. In each case the caller clears
 * `arguments`, the lists in `settings` and the program's `environment`. */
int options_parse(const struct options_program *program, int argc, char **argv, void *settings,
                  struct options_list *arguments, FILE *out, FILE *err);

/* Prints "NAME: message" as one line, bytes outside printable ASCII as \xNN. Returns 2, the exit code of
 * wrong usage. */
int options_complain(const struct options_program *program, FILE *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same of an option's value, whose name comes first and the message right behind it: --NAME, or
 * TRAWL_NAME where the value came from the environment. */
int options_complain_of(const struct options_program *program, const char *name, FILE *err,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Writes the name of the row's variable (TRAWL_PER_HOST) to out, cut to `size` bytes with its NUL. */
void options_variable(const struct options_row *row, char *out, size_t size);

/* For the macros above. A type cannot stand in parentheses here. NOLINTBEGIN(bugprone-macro-parentheses) */
#define OPTIONS_PLACE_(k, settings, field, type)                      \
    .kind = OPTIONS_KIND_##k, .size = sizeof(((settings *)0)->field), \
    .offset = _Generic(((settings *)0)->field, type                   \
                       : offsetof(settings, field))
#define OPTIONS_PLACE2_(k, settings, field, type, other)              \
    .kind = OPTIONS_KIND_##k, .size = sizeof(((settings *)0)->field), \
    .offset = _Generic(((settings *)0)->field, type                   \
                       : offsetof(settings, field), other             \
                       : offsetof(settings, field))
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
