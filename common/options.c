#include "common/options.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/options_value.h"
#include "common/spelling.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOT_WRITTEN = 1,
    WRONG_USAGE = 2,
    LONGEST_NAME = 64,
    LONGEST_LINE = 1024,
    FIRST_KEY = 256, /* argp's keys for rows without a letter start above all letters */
};

/* One call of options_parse. */
struct parse {
    const struct options_program *program;
    size_t rows; /* without the ending one */
    void *settings;
    struct options_list *arguments;
    bool *given; /* by row: stood on the command line */
    FILE *out;
    FILE *err;
    int code;
};

/* Their kind is FLAG without a field: they are answered, not stored. */
static const struct options_row help_row = {
    .name = "help", .letter = 'h', .help = "Show this help", .kind = OPTIONS_KIND_FLAG};
static const struct options_row version_row = {
    .name = "version", .help = "Show the version, and those of the libraries", .kind = OPTIONS_KIND_FLAG};

static size_t row_count(const struct options_row *rows)
{
    size_t count = 0;
    while (rows[count].name || rows[count].help)
        count++;
    return count;
}

/* The row at `place`, which counts the program's rows and then our two. */
static const struct options_row *row_at(const struct parse *parse, size_t place)
{
    if (place < parse->rows)
        return &parse->program->rows[place];
    return place == parse->rows ? &help_row : &version_row;
}

static bool takes_value(const struct options_row *row)
{
    return row->kind != OPTIONS_KIND_FLAG;
}

static int key_of(const struct parse *parse, size_t place)
{
    const struct options_row *row = row_at(parse, place);
    return row->letter ? row->letter : FIRST_KEY + (int)place;
}

void options_list_clear(struct options_list *list)
{
    free(list->words);
    free(list->options);
    *list = (struct options_list){0};
}

void options_variable(const struct options_row *row, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "TRAWL_");
    for (const char *at = row->name; *at && used + 1 < size; at++)
        out[used++] = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    if (used < size)
        out[used] = 0;
}

/* ---- complaints ------------------------------------------------------------------------------------ */

__attribute__((format(printf, 3, 0))) static void complain(const struct options_program *program, FILE *err,
                                                           const char *format, va_list args)
{
    char text[LONGEST_LINE], line[LONGEST_LINE];
    int used = snprintf(text, sizeof text, "%s: ", program->name);
    vsnprintf(text + used, sizeof text - (size_t)used, format, args);
    size_t size = log_escape(line, sizeof line - 1, text, strlen(text));
    line[size++] = '\n';
    fwrite(line, 1, size, err);
}

int options_complain(const struct options_program *program, FILE *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(program, err, format, args);
    va_end(args);
    return WRONG_USAGE;
}

int options_complain_of(const struct options_program *program, const char *name, FILE *err,
                        const char *format, ...)
{
    char source[LONGEST_NAME + 8], text[LONGEST_LINE];
    const struct options_list *environment = program->environment;
    snprintf(source, sizeof source, "--%s", name);
    for (size_t i = 0; environment && i < environment->count; i++)
        if (!strcmp(environment->options[i], name))
            options_variable(&(struct options_row){.name = name}, source, sizeof source);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return options_complain(program, err, "%s%s", source, text);
}

/* Ends the parse. Always returns -1. */
__attribute__((format(printf, 2, 3))) static int wrong(struct parse *parse, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(parse->program, parse->err, format, args);
    va_end(args);
    parse->code = WRONG_USAGE;
    return -1;
}

static int unknown_name(struct parse *parse, const char *dashes, const char *written, size_t length)
{
    const char *nearest = NULL;
    int shortest = 0;
    for (size_t place = 0; place < parse->rows + 2; place++) {
        const struct options_row *row = row_at(parse, place);
        if (!row->name || row->hidden)
            continue;
        int edits = spelling_distance(written, length, row->name);
        if (!nearest || edits < shortest) {
            nearest = row->name;
            shortest = edits;
        }
    }
    if (!spelling_is_near(shortest, length))
        return wrong(parse, "unknown option %s%.*s: see --help", dashes, (int)length, written);
    return wrong(parse, "unknown option %s%.*s: did you mean --%s?", dashes, (int)length, written, nearest);
}

static int unknown_letter(struct parse *parse, const char *word, size_t at)
{
    int other = islower((unsigned char)word[at]) ? toupper((unsigned char)word[at])
                                                 : tolower((unsigned char)word[at]);
    for (size_t place = 0; place < parse->rows + 2; place++) {
        const struct options_row *row = row_at(parse, place);
        if (row->letter && row->letter == other && !row->hidden)
            return wrong(parse, "unknown option -%c: did you mean -%c (--%s)?", word[at], other, row->name);
    }
    /* A long name written with one dash is a cluster whose first letter is unknown. */
    return at == 1 ? unknown_name(parse, "-", word + 1, strcspn(word + 1, "="))
                   : unknown_name(parse, "-", word + at, 1);
}

/* ---- names: checked before argp sees them, for getopt takes any beginning of a name for the name --- */

static const struct options_row *find_name(const struct parse *parse, const char *name, size_t length)
{
    for (size_t place = 0; place < parse->rows + 2; place++) {
        const struct options_row *row = row_at(parse, place);
        if (row->name && !strncmp(row->name, name, length) && !row->name[length])
            return row;
    }
    return NULL;
}

static const struct options_row *find_letter(const struct parse *parse, char letter)
{
    for (size_t place = 0; place < parse->rows + 2; place++)
        if (row_at(parse, place)->letter == letter)
            return row_at(parse, place);
    return NULL;
}

/* These return the row whose value is in the next word, or NULL; what is wrong is in parse->code. */
static const struct options_row *check_long(struct parse *parse, const char *word)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    const struct options_row *row = find_name(parse, name, length);
    if (!row)
        unknown_name(parse, "--", name, length);
    else if (!takes_value(row) && name[length])
        wrong(parse, "option --%s takes no value", row->name);
    else if (takes_value(row) && !name[length])
        return row;
    return NULL;
}

static const struct options_row *check_letters(struct parse *parse, const char *word)
{
    for (size_t at = 1; word[at]; at++) {
        const struct options_row *row = find_letter(parse, word[at]);
        if (!row) {
            unknown_letter(parse, word, at);
            return NULL;
        }
        if (takes_value(row))
            return word[at + 1] ? NULL : row;
    }
    return NULL;
}

static int check_names(struct parse *parse, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (argv[i][0] != '-' || !argv[i][1])
            continue;
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return 0; /* what follows is not read */
        const struct options_row *row =
            argv[i][1] == '-' ? check_long(parse, argv[i]) : check_letters(parse, argv[i]);
        if (parse->code != OPTIONS_RUN)
            return -1;
        if (row && ++i >= argc)
            return wrong(parse, "option --%s needs a value (%s)", row->name,
                         row->argument ? row->argument : row->choices);
    }
    return 0;
}

/* ---- values ---------------------------------------------------------------------------------------- */

static int store(struct parse *parse, const struct options_row *row, const char *source, const char *text)
{
    if (options_value_store(row, text, parse->settings) == 0)
        return 0;
    char allowed[LONGEST_LINE / 2];
    options_value_allowed(row, allowed, sizeof allowed);
    return wrong(parse, "%s: '%.200s' is not %s", source, text, allowed);
}

static void print_version(const struct parse *parse)
{
    fprintf(parse->out, "%s %s\n%s", parse->program->name, TRAWL_VERSION,
            parse->program->libraries ? parse->program->libraries : "");
}

/* Answers --help and --version. Returns -1, which ends argp's walk. */
static int answer(struct parse *parse, const struct options_row *row, struct argp_state *state)
{
    state->name = (char *)(uintptr_t)parse->program->name;
    if (row == &version_row)
        print_version(parse);
    else
        argp_state_help(state, parse->out, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC);
    parse->code = 0;
    if (fflush(parse->out) != 0 || ferror(parse->out)) {
        options_complain(parse->program, parse->err, "cannot write what --%s shows: %s", row->name,
                         strerror(errno));
        parse->code = NOT_WRITTEN;
    }
    return -1;
}

static int take_option(struct parse *parse, size_t place, const char *text, struct argp_state *state)
{
    const struct options_row *row = row_at(parse, place);
    if (row == &help_row || row == &version_row)
        return answer(parse, row, state);
    char source[LONGEST_NAME + 3];
    snprintf(source, sizeof source, "--%s", row->name);
    /* Of two values one would be dropped in silence; a flag says the same again. */
    if (parse->given[place] && takes_value(row) && row->kind != OPTIONS_KIND_LIST)
        return wrong(parse, "%s was given twice: it takes one value (%s)", source,
                     row->argument ? row->argument : row->choices);
    parse->given[place] = true;
    return store(parse, row, source, takes_value(row) ? text : "1");
}

static int take_argument(struct parse *parse, const char *text)
{
    if (!parse->program->arguments)
        return wrong(parse, "unexpected argument '%.200s'", text);
    options_value_append(parse->arguments, text, NULL);
    return 0;
}

static error_t argp_callback(int key, char *text, struct argp_state *state)
{
    struct parse *parse = state->input;
    if (key == ARGP_KEY_ARG)
        return take_argument(parse, text) < 0 ? EINVAL : 0;
    for (size_t place = 0; place < parse->rows + 2; place++)
        if (row_at(parse, place)->name && key == key_of(parse, place))
            return take_option(parse, place, text, state) < 0 ? EINVAL : 0;
    return ARGP_ERR_UNKNOWN;
}

/* What the command line left open: the environment, then the standard. An empty variable is as good as none.
 */
static int fill_rest(struct parse *parse)
{
    for (size_t place = 0; place < parse->rows; place++) {
        const struct options_row *row = row_at(parse, place);
        if (!row->name || parse->given[place])
            continue;
        char variable[LONGEST_NAME + 8];
        options_variable(row, variable, sizeof variable);
        const char *text = getenv(variable);
        if (text && *text) {
            if (store(parse, row, variable, text) < 0)
                return -1;
            if (parse->program->environment)
                options_value_append(parse->program->environment, text, row->name);
        } else if (row->standard && store(parse, row, row->name, row->standard) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- argp's table ---------------------------------------------------------------------------------- */

/* Returns the row's text in help, the caller's. */
static char *row_help(const struct options_row *row)
{
    char text[LONGEST_LINE];
    snprintf(text, sizeof text, row->standard ? "%s (%s)" : "%s%s", row->help,
             row->standard ? row->standard : "");
    if (row->kind == OPTIONS_KIND_LIST)
        strncat(text, "; may be given again", sizeof text - strlen(text) - 1);
    return memory_copy(text, strlen(text));
}

/* argp sorts within a group and keeps the order of groups: each heading opens one, our own two options come
 * last. */
static struct argp_option *table_create(const struct parse *parse)
{
    struct argp_option *table = memory_new((parse->rows + 3) * sizeof *table);
    int group = 0;
    for (size_t place = 0; place < parse->rows + 2; place++) {
        const struct options_row *row = row_at(parse, place);
        struct argp_option *option = &table[place];
        option->doc = row_help(row);
        if (!row->name || place == parse->rows)
            group++;
        option->group = group;
        if (!row->name)
            continue;
        option->name = row->name;
        option->key = key_of(parse, place);
        option->flags = row->hidden ? OPTION_HIDDEN : 0;
        if (takes_value(row))
            option->arg = row->argument || !row->choices ? row->argument : row->choices;
    }
    return table;
}

static void table_destroy(struct argp_option *table)
{
    for (struct argp_option *option = table; option->doc; option++)
        free((char *)(uintptr_t)option->doc);
    free(table);
}

static bool has_kind(const struct parse *parse, enum options_kind kind)
{
    for (size_t place = 0; place < parse->rows; place++)
        if (parse->program->rows[place].kind == kind)
            return true;
    return false;
}

/* Returns the texts above and below the options, the caller's; argp parts them at \v. */
static char *help_frame(const struct parse *parse)
{
    const struct options_program *program = parse->program;
    size_t last = parse->rows - 1;
    char *text, variable[LONGEST_NAME + 8];
    while (last > 0 && (!program->rows[last].name || program->rows[last].hidden))
        last--;
    options_variable(&program->rows[last], variable, sizeof variable);
    if (asprintf(
            &text,
            "%s\v%s%sThe value in parentheses holds when an option is not given. %s%sEach option can also "
            "be set in the environment (--%s as %s); the command line wins.",
            program->summary, program->notes ? program->notes : "", program->notes ? "\n" : "",
            has_kind(parse, OPTIONS_KIND_SECONDS) ? "Times are seconds, or 10m, 2h, 1d. " : "",
            has_kind(parse, OPTIONS_KIND_BYTES) ? "Sizes are bytes, or 64K, 8M, 1G. " : "",
            program->rows[last].name, variable) < 0)
        abort();
    return text;
}

/* argp's remark that what a long option takes its letter takes too. */
static char *drop_note(int key, const char *text, void *input)
{
    (void)input;
    return key == ARGP_KEY_HELP_DUP_ARGS_NOTE ? NULL : (char *)(uintptr_t)text;
}

int options_parse(const struct options_program *program, int argc, char **argv, void *settings,
                  struct options_list *arguments, FILE *out, FILE *err)
{
    struct parse parse = {
        .program = program, .settings = settings, .arguments = arguments, .out = out, .err = err};
    parse.rows = row_count(program->rows);
    parse.code = OPTIONS_RUN;
    parse.given = memory_new(parse.rows);
    *arguments = (struct options_list){0};
    struct argp_option *table = table_create(&parse);
    char *frame = help_frame(&parse);
    const struct argp argp = {.options = table,
                              .parser = argp_callback,
                              .args_doc = program->arguments,
                              .doc = frame,
                              .help_filter = drop_note};
    /* ARGP_NO_ERRS would silence --help too; what argp itself complains about cannot be left at that point.
     */
    if (check_names(&parse, argc, argv) == 0 &&
        argp_parse(&argp, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &parse) == 0)
        fill_rest(&parse);
    free(frame);
    table_destroy(table);
    free(parse.given);
    return parse.code;
}
