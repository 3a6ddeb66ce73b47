#include "common/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST = 4096 };

static const char *const level_names[] = {"ERROR", "WARNING", "INFO"};

static const char *program = "trawl";
static enum log_level shown = LOG_WARNING;
static enum log_format form = LOG_TEXT;
static char progress[512];

void log_init(const char *name, enum log_level level, enum log_format format)
{
    program = name;
    shown = level;
    form = format;
}

int log_shows(enum log_level level)
{
    return level <= shown;
}

/* Copies text to out with everything outside printable ASCII escaped; in JSON also quotes and backslashes. A
 * character that does not fit whole ends the copy. Returns the length. */
static size_t escape(bool json, char *out, size_t room, const char *text, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (json && (c == '"' || c == '\\')) {
            if (room - used < 2)
                break;
            out[used++] = '\\';
            out[used++] = (char)c;
        } else if (c >= 0x20 && c < 0x7f) {
            if (room - used < 1)
                break;
            out[used++] = (char)c;
        } else {
            /* A JSON string holds the same text, \xNN, whose backslash is itself escaped. */
            size_t slashes = json ? 2 : 1;
            if (room - used < slashes + 3)
                break;
            memset(out + used, '\\', slashes);
            used += slashes;
            out[used++] = 'x';
            out[used++] = hex[c >> 4];
            out[used++] = hex[c & 15];
        }
    }
    return used;
}

size_t log_escape(char *out, size_t room, const char *text, size_t size)
{
    return escape(false, out, room, text, size);
}

/* One write a line, so that lines of several processes on one stderr do not mix. */
static void emit(const char *line, size_t size)
{
    char out[LONGEST * 2];
    size_t used = 0;
    if (*progress) {
        memcpy(out, "\r\033[K", 4);
        used = 4;
    }
    memcpy(out + used, line, size);
    used += size;
    size_t tail = strlen(progress);
    memcpy(out + used, progress, tail);
    used += tail;
    ssize_t ignored = write(STDERR_FILENO, out, used);
    (void)ignored;
}

/* Writes what comes before a message. Returns the length. */
static size_t begin_line(char *line, size_t room, enum log_level level)
{
    struct timespec now;
    struct tm local;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    char when[32];
    int used;
    if (form == LOG_JSON) {
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S%z", &local);
        used = snprintf(line, room, "{\"time\":\"%s\",\"level\":\"%s\",\"name\":\"%s\",\"message\":\"", when,
                        level_names[level], program);
    } else {
        strftime(when, sizeof when, "%H:%M:%S", &local);
        used = snprintf(line, room, "%s %s:%s: ", when, level_names[level], program);
    }
    return (size_t)used;
}

static void write_line(enum log_level level, const char *text, size_t size)
{
    char line[LONGEST];
    size_t at = begin_line(line, sizeof line, level);
    const char *end = form == LOG_JSON ? "\"}\n" : "\n";
    at += escape(form == LOG_JSON, line + at, sizeof line - at - strlen(end), text, size);
    memcpy(line + at, end, strlen(end));
    emit(line, at + strlen(end));
}

void log_object(const char *message, const char *key, const char *object)
{
    char head[LONGEST], *line;
    size_t at = begin_line(head, sizeof head, LOG_INFO);
    at += escape(true, head + at, sizeof head - at, message, strlen(message));
    int size = asprintf(&line, "%.*s\",\"%s\":%s}\n", (int)at, head, key, object);
    if (size < 0)
        abort();
    ssize_t ignored = write(STDERR_FILENO, line, (size_t)size); /* may be longer than a line of people's */
    (void)ignored;
    free(line);
}

__attribute__((format(printf, 2, 0))) static void write_message(enum log_level level, const char *format,
                                                                va_list args)
{
    if (!log_shows(level))
        return;
    char text[LONGEST];
    int length = vsnprintf(text, sizeof text, format, args);
    if (length < 0)
        return;
    write_line(level, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

#define LOG_FUNCTION(name, level)           \
    void name(const char *format, ...)      \
    {                                       \
        va_list args;                       \
        va_start(args, format);             \
        write_message(level, format, args); \
        va_end(args);                       \
    }

LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_warning, LOG_WARNING)
LOG_FUNCTION(log_info, LOG_INFO)

void log_relay(const char *line, size_t size)
{
    char out[LONGEST];
    size_t used =
        escape(false, out, sizeof out - 1, line, size); /* a JSON line of the other process passes as it is */
    out[used++] = '\n';
    emit(out, used);
}

const char *log_plural(unsigned long long count)
{
    return count == 1 ? "" : "s";
}

void log_progress(const char *text)
{
    char out[sizeof progress + 8];
    snprintf(progress, sizeof progress, "%s", text ? text : "");
    int length = snprintf(out, sizeof out, "\r\033[K%s", progress);
    ssize_t ignored = write(STDERR_FILENO, out, (size_t)length);
    (void)ignored;
}
