#include "worker/refresh.h"

#include <string.h>

struct scan {
    const char *at;
    const char *end;
};

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static void skip_spaces(struct scan *scan)
{
    while (scan->at < scan->end && is_space(*scan->at))
        scan->at++;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int take(struct scan *scan, char lower)
{
    if (scan->at == scan->end || (*scan->at | 0x20) != (lower | 0x20))
        return 0;
    scan->at++;
    return 1;
}

/* The time, which may be fractional, and what parts it from the URL. Returns 0, or -1 when this is no
 * refresh. */
static int take_time(struct scan *scan)
{
    skip_spaces(scan);
    if (scan->at == scan->end || (!is_digit(*scan->at) && *scan->at != '.'))
        return -1;
    while (scan->at < scan->end && (is_digit(*scan->at) || *scan->at == '.'))
        scan->at++;
    if (scan->at == scan->end)
        return 0;
    if (*scan->at != ';' && *scan->at != ',' && !is_space(*scan->at))
        return -1;
    skip_spaces(scan);
    if (scan->at < scan->end && (*scan->at == ';' || *scan->at == ','))
        scan->at++;
    skip_spaces(scan);
    return 0;
}

/* Passes `url=`. Returns 0 when what begins like it is not: then it is part of the URL, quotes and all. */
static int take_name(struct scan *scan)
{
    if (!take(scan, 'u'))
        return 1;
    if (!take(scan, 'r') || !take(scan, 'l'))
        return 0;
    skip_spaces(scan);
    if (scan->at == scan->end || *scan->at != '=')
        return 0;
    scan->at++;
    skip_spaces(scan);
    return 1;
}

int refresh_parse(const char *content, size_t size, const char **url, size_t *url_size)
{
    struct scan scan = {content, content + size};
    if (take_time(&scan))
        return -1;
    *url = scan.at;
    *url_size = (size_t)(scan.end - scan.at);
    if (!take_name(&scan))
        return 1;
    *url = scan.at;
    *url_size = (size_t)(scan.end - scan.at);
    if (*url_size && (**url == '"' || **url == '\'')) {
        const char *close = memchr(*url + 1, **url, *url_size - 1);
        *url += 1;
        *url_size = (size_t)((close ? close : scan.end) - *url);
    }
    return *url_size > 0;
}
