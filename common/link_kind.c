#include "common/link_kind.h"

#include <string.h>
#include <strings.h>

static const struct link_kind_row rows[] = {
    {"a", "href", LINK_KIND_URL, LINKS_A},
    {"a", "ping", LINK_KIND_WORDS, LINKS_ALL},
    {"area", "href", LINK_KIND_URL, LINKS_A},
    {"area", "ping", LINK_KIND_WORDS, LINKS_ALL},
    {"link", "href", LINK_KIND_URL, LINKS_HREF},
    {"link", "imagesrcset", LINK_KIND_SRCSET, LINKS_ALL},
    {"img", "src", LINK_KIND_URL, LINKS_ALL},
    {"img", "srcset", LINK_KIND_SRCSET, LINKS_ALL},
    {"img", "longdesc", LINK_KIND_URL, LINKS_ALL},
    {"script", "src", LINK_KIND_URL, LINKS_ALL},
    {"iframe", "src", LINK_KIND_URL, LINKS_ALL},
    {"frame", "src", LINK_KIND_URL, LINKS_ALL},
    {"embed", "src", LINK_KIND_URL, LINKS_ALL},
    {"object", "data", LINK_KIND_URL, LINKS_ALL},
    {"source", "src", LINK_KIND_URL, LINKS_ALL},
    {"source", "srcset", LINK_KIND_SRCSET, LINKS_ALL},
    {"video", "src", LINK_KIND_URL, LINKS_ALL},
    {"video", "poster", LINK_KIND_URL, LINKS_ALL},
    {"audio", "src", LINK_KIND_URL, LINKS_ALL},
    {"track", "src", LINK_KIND_URL, LINKS_ALL},
    {"input", "src", LINK_KIND_URL, LINKS_ALL},
    {"input", "formaction", LINK_KIND_URL, LINKS_ALL},
    {"button", "formaction", LINK_KIND_URL, LINKS_ALL},
    {"form", "action", LINK_KIND_URL, LINKS_ALL},
    {"meta", "content", LINK_KIND_REFRESH, LINKS_ALL},
    {"html", "manifest", LINK_KIND_URL, LINKS_ALL},
    {"table", "background", LINK_KIND_URL, LINKS_ALL},
    {"blockquote", "cite", LINK_KIND_URL, LINKS_ALL},
    {"q", "cite", LINK_KIND_URL, LINKS_ALL},
    {"ins", "cite", LINK_KIND_URL, LINKS_ALL},
    {"del", "cite", LINK_KIND_URL, LINKS_ALL},
    {"body", "background", LINK_KIND_URL, LINKS_ALL},
};

static const char *const names[] = {[LINKS_HREF] = "href", [LINKS_A] = "a", [LINKS_ALL] = "all"};

static const struct {
    const char *token;
    unsigned flag;
} tokens[] = {
    {"nofollow", LINK_KIND_NOFOLLOW},
    {"ugc", LINK_KIND_UGC},
    {"sponsored", LINK_KIND_SPONSORED},
    {"noopener", LINK_KIND_NOOPENER},
    {"noreferrer", LINK_KIND_NOREFERRER},
    {"external", LINK_KIND_EXTERNAL},
    {"canonical", LINK_KIND_CANONICAL},
    {"next", LINK_KIND_NEXT},
    {"prev", LINK_KIND_PREV},
    {"alternate", LINK_KIND_ALTERNATE},
    {"stylesheet", LINK_KIND_STYLESHEET},
    {"icon", LINK_KIND_ICON},
    {"author", LINK_KIND_AUTHOR},
    {"license", LINK_KIND_LICENSE},
};

const struct link_kind_row *link_kind_row(unsigned index)
{
    return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}

bool link_kind_counts(const struct link_kind_row *row, enum link_kind kind)
{
    switch (kind) {
    case LINKS_A:
        return row->least == LINKS_A;
    case LINKS_HREF:
        return row->least != LINKS_ALL;
    default:
        return true;
    }
}

const char *link_kind_name(enum link_kind kind)
{
    return names[kind];
}

int link_kind_by_name(const char *name, enum link_kind *kind)
{
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *kind = (enum link_kind)i;
        return 0;
    }
    return -1;
}

static unsigned token_flag(const char *token, size_t size)
{
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
        if (strlen(tokens[i].token) == size && strncasecmp(tokens[i].token, token, size) == 0)
            return tokens[i].flag;
    return 0;
}

unsigned link_kind_rel(const char *rel, size_t size)
{
    static const char spaces[] = " \t\n\f\r";
    unsigned flags = 0;
    for (size_t at = 0; at < size;) {
        size_t start = at;
        while (at < size && !memchr(spaces, rel[at], sizeof spaces - 1))
            at++;
        flags |= token_flag(rel + start, at - start);
        at++;
    }
    return flags;
}
