#include "common/url_internal.h"

/* Everything here looks at each byte once and gives up at the first that would have to be changed, dropped or
 * thought about: the long way then starts anew. What is accepted is copied as it stands behind a prefix of
 * the base. */

/* What is made of a prefix of the base and a piece of the reference. */
struct joint {
    size_t kept;          /* bytes of the base */
    const char *at;       /* the piece of the reference */
    const char *end;      /* ends with the reference */
    const char *query;    /* in the piece, NULL for none */
    const char *fragment; /* the same */
    bool only_fragment;   /* path and query are the base's */
};

/* Reads the rest of a path from a place where no segment begins with a dot or an escape. Returns where it
 * ends, or NULL. */
static const char *scan_path(const char *at, const char *end)
{
    for (;; at++) {
        while (at < end && !url_byte_is(*at, URL_PATH_STOP))
            at++;
        if (at == end || *at == '?' || *at == '#')
            return at;
        if (*at != '/' || (at + 1 < end && (at[1] == '.' || at[1] == '%')))
            return NULL;
    }
}

/* Reads from the end of the path to the end of all. Returns 0 or -1. */
static int scan_tail(const char *at, struct joint *joint)
{
    const char *end = joint->end;
    if (at < end && *at == '?') {
        joint->query = ++at;
        while (at < end && !url_byte_is(*at, URL_SET_SPECIAL_QUERY))
            at++;
        if (at < end && *at != '#')
            return -1;
    }
    if (at < end) {
        joint->fragment = ++at;
        while (at < end && !url_byte_is(*at, URL_SET_FRAGMENT))
            at++;
    }
    return at == end ? 0 : -1;
}

static int scan_from_path(const char *at, struct joint *joint)
{
    at = scan_path(at, joint->end);
    return at ? scan_tail(at, joint) : -1;
}

/* Writes what is kept of `before` and the piece behind it. Returns the length, or -1 when it does not fit. */
static ssize_t put(const char *before, const struct joint *joint, char *out, size_t room)
{
    size_t added = (size_t)(joint->end - joint->at);
    if (room > URL_LONGEST)
        room = URL_LONGEST;
    if (joint->kept > room || added > room - joint->kept)
        return -1;
    memcpy(out, before, joint->kept);
    memcpy(out + joint->kept, joint->at, added);
    return (ssize_t)(joint->kept + added);
}

/* Says where path, query and fragment are; the path begins where parts says already. */
static void measure(const struct joint *joint, size_t size, struct url_parts *parts)
{
    parts->fragment = (struct url_slice){0};
    if (joint->fragment) {
        size_t start = joint->kept + (size_t)(joint->fragment - joint->at);
        parts->fragment = url_slice(start, size);
        size = start - 1;
    }
    if (joint->only_fragment)
        return;
    parts->query = (struct url_slice){0};
    if (joint->query) {
        size_t start = joint->kept + (size_t)(joint->query - joint->at);
        parts->query = url_slice(start, size);
        size = start - 1;
    }
    parts->path = url_slice(parts->path.at, size);
}

/* ---- absolute references --------------------------------------------------------------------------- */

/* Reads a host that is written as it stands: lower-case letters, digits, hyphens, underscores and dots, its
 * last label no number. Returns its end, or NULL. */
static const char *scan_host(const char *at, const char *end)
{
    const char *label = at;
    for (; at < end && url_byte_is(*at, URL_PLAIN_HOST); at++)
        if (*at == '.')
            label = at + 1;
    return label == at || (*label >= '0' && *label <= '9') ? NULL : at;
}

/* Resolves an http or https URL that is its own serialisation but for a missing slash at its end. */
static ssize_t resolve_absolute(const char *ref, size_t size, char *out, size_t room, struct url_parts *parts)
{
    struct joint joint = {.at = ref, .end = ref + size};
    size_t scheme = size > 4 && ref[4] == 's' ? 5 : 4;
    if (size < scheme + 4 || memcmp(ref, "https", scheme) != 0 || memcmp(ref + scheme, "://", 3) != 0)
        return -1;
    const char *host = ref + scheme + 3;
    const char *path = scan_host(host, joint.end);
    if (!path || (path < joint.end && *path != '/') || scan_from_path(path, &joint) < 0)
        return -1;
    bool bare = path == joint.end;
    if (room == 0)
        return -1;
    ssize_t length = put("", &joint, out, room - bare);
    if (length < 0 || length + bare > URL_LONGEST)
        return -1;
    if (bare)
        out[length++] = '/';
    if (parts) {
        *parts = (struct url_parts){
            .scheme = url_slice(0, scheme),
            .host = url_slice(scheme + 3, (size_t)(path - ref)),
            .path = {.at = (uint16_t)(path - ref)},
            .port = -1,
            .kind = scheme == 5 ? URL_HTTPS : URL_HTTP,
        };
        measure(&joint, (size_t)length, parts);
    }
    return length;
}

/* ---- relative references --------------------------------------------------------------------------- */

/* Takes the `./` and `../` off the front of a path, and from the base's directory what they mean. */
static int climb(const struct url_base *base, struct joint *joint)
{
    size_t root = base->parts.path.at + 1u;
    while (joint->at < joint->end && *joint->at == '.') {
        size_t left = (size_t)(joint->end - joint->at);
        if (left >= 2 && joint->at[1] == '/') {
            joint->at += 2;
            continue;
        }
        if (left < 3 || joint->at[1] != '.' || joint->at[2] != '/')
            return -1;
        joint->at += 3;
        if (joint->kept > root)
            joint->kept--;
        while (joint->kept > root && base->text[joint->kept - 1] != '/')
            joint->kept--;
    }
    return joint->at < joint->end && *joint->at == '%' ? -1 : 0;
}

/* Whether what comes before the first byte that no scheme has ends in a colon. */
static bool may_have_scheme(const char *at, const char *end)
{
    while (at < end && url_byte_is(*at, URL_IN_SCHEME))
        at++;
    return at < end && *at == ':';
}

/* Sets joint->kept and joint->at for a reference that begins with a path. Returns 0 or -1. */
static int place_path(const struct url_base *base, struct joint *joint)
{
    size_t root = base->parts.path.at, size = (size_t)(joint->end - joint->at);
    joint->kept = base->directory;
    switch (*joint->at) {
    case '/':
        joint->kept = root;
        return size >= 2 && (joint->at[1] == '/' || joint->at[1] == '\\') ? -1 : 0;
    case '.':
        return climb(base, joint);
    case '%':
        return -1;
    }
    if (!may_have_scheme(joint->at, joint->end))
        return 0;
    /* The page's own site spelled out, with port and all, needs no second look. */
    if (size <= root || joint->at[root] != '/' || memcmp(joint->at, base->text, root) != 0)
        return -1;
    joint->at += root;
    joint->kept = root;
    return 0;
}

static int place(const struct url_base *base, struct joint *joint)
{
    if (*joint->at == '#') {
        joint->kept = base->unfragmented;
        joint->only_fragment = true;
        return scan_tail(joint->at, joint);
    }
    if (*joint->at == '?') {
        joint->kept = base->unqueried;
        return scan_tail(joint->at, joint);
    }
    return place_path(base, joint) < 0 ? -1 : scan_from_path(joint->at, joint);
}

ssize_t url_resolve_plain(const struct url_base *base, const char *ref, size_t size, char *out, size_t room,
                          struct url_parts *parts)
{
    struct joint joint = {.at = ref, .end = ref + size};
    if (!size)
        return -1;
    if (base && base->plain && place(base, &joint) == 0) {
        ssize_t length = put(base->text, &joint, out, room);
        if (length >= 0 && parts) {
            *parts = base->parts;
            measure(&joint, (size_t)length, parts);
        }
        return length;
    }
    return *ref == 'h' ? resolve_absolute(ref, size, out, room, parts) : -1;
}
