#include "bench/trap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

const struct page_link_spelling trap_entries[TRAP_KINDS] = {
    {PAGE_LINK_SELF, 0, "/trap/calendar/2000/1", "$O/trap/calendar/2000/1"},
    {PAGE_LINK_SELF, 0, "/trap/session/0/a.html", "$O/trap/session/0/a.html"},
    {PAGE_LINK_SELF, 0, "/trap/deeper/", "$O/trap/deeper/"},
};

/* A month leads to the next and to the one a year later. */
static void write_calendar(const char *rest, size_t size, struct buf *body)
{
    char text[32];
    int year = 2000, month = 1;
    snprintf(text, sizeof text, "%.*s", (int)size, rest);
    sscanf(text, "%9d/%2d", &year, &month);
    buf_append_format(body, "<a href=\"/trap/calendar/%d/%d\">next month</a>\n", year + month / 12,
                      month % 12 + 1);
    buf_append_format(body, "<a href=\"/trap/calendar/%d/%d\">next year</a>\n", year + 1, month);
}

/* The same three pages under a session of their own for each page that leads there. */
static void write_session(const char *rest, size_t size, struct buf *body)
{
    unsigned long long session = XXH3_64bits(rest, size);
    for (int name = 'a'; name <= 'c'; name++)
        buf_append_format(body, "<a href=\"/trap/session/%016llx/%c.html\">%c</a>\n", session, name, name);
}

static void write_deeper(const char *rest, size_t size, struct buf *body)
{
    (void)rest, (void)size;
    buf_append_string(body, "<a href=\"a/\">a</a>\n<a href=\"b/\">b</a>\n");
}

int trap_write(const char *path, size_t size, struct buf *body)
{
    static const struct {
        const char *prefix;
        void (*write)(const char *rest, size_t size, struct buf *body);
    } traps[TRAP_KINDS] = {
        {"/trap/calendar/", write_calendar},
        {"/trap/session/", write_session},
        {"/trap/deeper/", write_deeper},
    };
    for (size_t i = 0; i < TRAP_KINDS; i++) {
        size_t prefix = strlen(traps[i].prefix);
        if (size < prefix || memcmp(path, traps[i].prefix, prefix) != 0)
            continue;
        buf_append_string(body, "<!DOCTYPE html>\n<title>A trap</title>\n");
        traps[i].write(path + prefix, size - prefix, body);
        return 0;
    }
    return -1;
}
