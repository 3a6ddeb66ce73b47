#include "worker/resolve_hosts.h"

#include "common/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct entry {
    UT_hash_handle hh;
    struct resolve_answer answer;
    char name[];
};

struct resolve_hosts {
    struct entry *entries; /* by name */
};

static const char blanks[] = " \t\r\n\f\v";

static void add(struct resolve_hosts *hosts, const char *address, char *name)
{
    struct entry *entry;
    size_t length = strlen(name);
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    HASH_FIND(hh, hosts->entries, name, length, entry);
    if (!entry) {
        if (HASH_COUNT(hosts->entries) == RESOLVE_HOSTS_MAX)
            return;
        entry = memory_new(sizeof *entry + length + 1);
        memcpy(entry->name, name, length);
        HASH_ADD_KEYPTR(hh, hosts->entries, entry->name, length, entry);
    }
    if (entry->answer.count < RESOLVE_ADDRESSES_MAX)
        memcpy(entry->answer.addresses[entry->answer.count++], address, INET6_ADDRSTRLEN);
}

/* An address and its names; from a `#` on it is for people. */
static void read_line(struct resolve_hosts *hosts, char *line)
{
    unsigned char bytes[16];
    char address[INET6_ADDRSTRLEN], *rest;
    line[strcspn(line, "#")] = 0;
    const char *text = strtok_r(line, blanks, &rest);
    if (!text)
        return;
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, text, bytes) != 1) /* nor one of a zone: a URL has none */
        return;
    inet_ntop(family, bytes, address, sizeof address);
    for (char *name; (name = strtok_r(NULL, blanks, &rest));)
        add(hosts, address, name);
}

struct resolve_hosts *resolve_hosts_read(const char *path)
{
    struct resolve_hosts *hosts = memory_new(sizeof *hosts);
    char *line = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "re");
    while (file && getline(&line, &room, file) >= 0)
        read_line(hosts, line);
    free(line);
    if (file)
        fclose(file);
    return hosts;
}

void resolve_hosts_destroy(struct resolve_hosts **at)
{
    struct resolve_hosts *hosts = *at;
    if (!hosts)
        return;
    struct entry *entry, *next;
    HASH_ITER(hh, hosts->entries, entry, next)
    {
        HASH_DEL(hosts->entries, entry);
        free(entry);
    }
    free(hosts);
    *at = NULL;
}

static bool is_localhost(const char *name, size_t length)
{
    static const char suffix[] = ".localhost";
    size_t bare = sizeof suffix - 2;
    return (length == bare && !memcmp(name, suffix + 1, bare)) ||
           (length > bare && !memcmp(name + length - bare - 1, suffix, bare + 1));
}

bool resolve_hosts_find(const struct resolve_hosts *hosts, const char *name, struct resolve_answer *answer)
{
    static const struct resolve_answer localhost = {
        .count = 2, .addresses = {"127.0.0.1", "::1"}, .error = ""};
    size_t length = strlen(name);
    const struct entry *entry;
    if (length && name[length - 1] == '.')
        length--;
    HASH_FIND(hh, hosts->entries, name, length, entry);
    if (!entry && !is_localhost(name, length))
        return false;
    *answer = entry ? entry->answer : localhost;
    answer->error = "";
    return true;
}
