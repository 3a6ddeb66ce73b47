/* Everything human, to stderr.
 *
 * One line a message, in the format of Python's logging as areq.py set it up: `HH:MM:SS LEVEL:name: message`,
 * or one JSON object a line. Bytes outside printable ASCII are written as \xNN, so that nothing a stranger
 * sends can move a cursor or forge a line. A failed or full stderr is ignored: the log never stops the
 * program.
 */
#ifndef TRAWL_COMMON_LOG_H
#define TRAWL_COMMON_LOG_H

#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO };
enum log_format { LOG_TEXT, LOG_JSON };

/* Sets the program's name (borrowed for good), the most talkative level shown and the format. Before the
 * first call warnings and errors are shown as text under the name "trawl". */
void log_init(const char *name, enum log_level level, enum log_format format);

/* Whether a message of this level would be shown: for callers whose message is expensive to make. */
int log_shows(enum log_level level);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For LOG_JSON: one line of level INFO, whatever level is shown, with `object` (JSON on one line, escaped as
 * JSON has it) under `key` beside the message. */
void log_object(const char *message, const char *key, const char *object);

/* Passes on one line that another process logged (its time, level and name stand in it already), escaped like
 * ours. */
void log_relay(const char *line, size_t size);

/* Copies text to out with every byte outside printable ASCII as \xNN, for what is printed elsewhere; cut
 * before the first character that does not fit into `room` whole. Writes no NUL. Returns the length. */
size_t log_escape(char *out, size_t room, const char *text, size_t size);

/* What ends the word behind a count: "s", or nothing behind 1; static. */
const char *log_plural(unsigned long long count);

/* Shows `text` as a progress line that stays below the messages and is rewritten in place; NULL or "" takes
 * it away. Only for a stderr that is a terminal: the caller checks. */
void log_progress(const char *text);

#endif
