#include "coordinator/header.h"

#include "proto/message.h"

#include <string.h>
#include <strings.h>

static const char malformed[] = "write 'Name: value', in printable ASCII and up to 8192 bytes";
static const char ours[] = "trawl says that itself";

/* What decides how a message is read, and what other options are for. */
static const struct {
    const char *name, *why;
} refused[] = {
    {"Accept-Encoding", ours},
    {"Connection", ours},
    {"Content-Length", ours},
    {"Expect", ours},
    {"Host", ours},
    {"Keep-Alive", ours},
    {"Proxy-Authorization", "write --proxy http://USER:PASSWORD@HOST:PORT"},
    {"Proxy-Connection", ours},
    {"TE", ours},
    {"Trailer", ours},
    {"Transfer-Encoding", ours},
    {"Upgrade", ours},
    {"User-Agent", "--user-agent is for that"},
};

size_t header_name_size(const char *line)
{
    return strcspn(line, ":");
}

/* RFC 9110 5.6.2 "token". */
static int is_token(const char *name, size_t size)
{
    static const char others[] = "!#$%&'*+-.^_`|~0123456789"
                                 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return size > 0 && strspn(name, others) == size;
}

static int is_well_formed(const char *line)
{
    size_t size = header_name_size(line), length = strlen(line);
    if (length > MESSAGE_HEADER_MAX || line[size] != ':' || !is_token(line, size))
        return 0;
    const char *value = line + size + 1;
    for (const char *c = value; *c; c++)
        if (*c < 0x20 || *c >= 0x7f)
            return 0;
    return value[strspn(value, " ")] != 0;
}

static int is_named(const char *line, const char *name)
{
    size_t size = header_name_size(line);
    return strlen(name) == size && strncasecmp(line, name, size) == 0;
}

enum header_kind header_judge(const char *line, const char **why)
{
    *why = malformed;
    if (!is_well_formed(line))
        return HEADER_REFUSED;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        *why = refused[i].why;
        if (is_named(line, refused[i].name))
            return HEADER_REFUSED;
    }
    return is_named(line, "Authorization") || is_named(line, "Cookie") ? HEADER_CREDENTIAL : HEADER_PLAIN;
}
