/* Goal: whatever a base and a reference are, what comes out is a URL: resolving it again changes nothing, its
 * parts are found again, every spelling of it is one too, and the short way of resolving agrees with the long
 * one.
 *
 * The first byte of an input chooses the encoding of queries, what follows up to a newline is the base, the
 * rest the reference.
 */
#include "common/url.h"
#include "tests/fuzz/fuzz.h"

static const char *const encodings[] = {NULL,     "windows-1252", "Shift_JIS", "EUC-JP", "ISO-2022-JP",
                                        "EUC-KR", "gb18030",      "GBK",       "Big5",   "x-user-defined"};

static void must_be_same_slice(struct url_slice a, struct url_slice b)
{
    FUZZ_MUST(a.at == b.at && a.size == b.size);
}

static void must_be_same_parts(const struct url_parts *a, const struct url_parts *b)
{
    must_be_same_slice(a->scheme, b->scheme);
    must_be_same_slice(a->username, b->username);
    must_be_same_slice(a->password, b->password);
    must_be_same_slice(a->host, b->host);
    must_be_same_slice(a->path, b->path);
    must_be_same_slice(a->query, b->query);
    must_be_same_slice(a->fragment, b->fragment);
    FUZZ_MUST(a->port == b->port && a->kind == b->kind && a->opaque == b->opaque);
}

/* Of bytes that may stand in a serialisation, and the same when read again. */
static void must_be_serialised(const char *url, size_t size, const struct url_parts *parts)
{
    char again[URL_LONGEST];
    struct url_parts found;
    for (size_t i = 0; i < size; i++)
        FUZZ_MUST((url[i] > ' ' && url[i] < 0x7f) || (url[i] == ' ' && parts->opaque));
    url_split(url, size, &found);
    must_be_same_parts(parts, &found);
    ssize_t length = url_resolve(NULL, url, size, again, sizeof again, &found);
    FUZZ_MUST(length >= 0);
    fuzz_must_equal(url, size, again, (size_t)length);
    must_be_same_parts(parts, &found);
}

/* The serialisation of something like it: fewer parts, other spellings. */
static void must_be_url(const char *url, ssize_t size, const struct url_parts *of)
{
    struct url_parts parts;
    FUZZ_MUST(size > 0);
    if (of->opaque)
        return; /* without its fragment it may end in blanks, which are trimmed when it is read again */
    url_split(url, (size_t)size, &parts);
    must_be_serialised(url, (size_t)size, &parts);
    FUZZ_MUST(parts.kind == of->kind && parts.username.at == 0 && parts.password.at == 0 &&
              parts.fragment.at == 0);
}

static void must_have_spellings(const char *url, size_t size, const struct url_parts *parts)
{
    char canonical[URL_LONGEST], again[URL_LONGEST], request[URL_LONGEST], mask[URL_LONGEST + 2];
    ssize_t canonical_size = url_canonicalise(url, size, canonical, sizeof canonical);
    ssize_t request_size = url_request(url, size, request, sizeof request);
    FUZZ_MUST(canonical_size >= 0 && (size_t)canonical_size <= size);
    ssize_t again_size = url_canonicalise(canonical, (size_t)canonical_size, again, sizeof again);
    FUZZ_MUST(again_size >= 0);
    fuzz_must_equal(canonical, (size_t)canonical_size, again, (size_t)again_size);
    if (url_is_web(parts)) {
        must_be_url(canonical, canonical_size, parts);
        must_be_url(request, request_size, parts);
        again_size = url_canonicalise(request, (size_t)request_size, again, sizeof again);
        FUZZ_MUST(again_size >= 0);
        fuzz_must_equal(canonical, (size_t)canonical_size, again, (size_t)again_size);
    }
    FUZZ_MUST(url_mask(url, size, mask, sizeof mask) >= 0);
    struct url_origin origin;
    if (url_origin(url, parts, &origin) == 0)
        FUZZ_MUST(origin.port == url_port(parts));
    url_has_bad_port(parts);
}

/* A tab inside is dropped by rule and sends the reference the long way. */
static void must_agree_with_long_way(const struct url_base *base, const char *ref, size_t size,
                                     const char *url, ssize_t url_size)
{
    char out[URL_LONGEST];
    size_t at = size / 2;
    if (size < 2 || (unsigned char)ref[at] >= 0x80 || (unsigned char)ref[at - 1] >= 0x80 ||
        size >= (size_t)4 * URL_LONGEST)
        return;
    char *longer = memory_resize(NULL, size + 1, 1);
    memcpy(longer, ref, at);
    longer[at] = '\t';
    memcpy(longer + at + 1, ref + at, size - at);
    ssize_t length = url_resolve(base, longer, size + 1, out, sizeof out, NULL);
    free(longer);
    FUZZ_MUST((length < 0) == (url_size < 0));
    if (length >= 0)
        fuzz_must_equal(url, (size_t)url_size, out, (size_t)length);
}

static void resolve(const struct url_base *base, const char *ref, size_t size)
{
    char url[URL_LONGEST], small[URL_LONGEST];
    struct url_parts parts;
    ssize_t length = url_resolve(base, ref, size, url, sizeof url, &parts);
    must_agree_with_long_way(base, ref, size, url, length);
    if (length < 0)
        return;
    must_be_serialised(url, (size_t)length, &parts);
    must_have_spellings(url, (size_t)length, &parts);
    FUZZ_MUST(url_resolve(base, ref, size, small, (size_t)length - 1, NULL) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct url_encoding *made[sizeof encodings / sizeof *encodings];
    static struct url_base base;
    if (size < 1)
        return 0;
    size_t choice = bytes[0] % (sizeof encodings / sizeof *encodings);
    if (!made[choice] && encodings[choice])
        made[choice] = url_encoding_create(encodings[choice]);
    const char *text = (const char *)bytes + 1, *end = (const char *)bytes + size;
    const char *line = memchr(text, '\n', size - 1);
    const char *ref = line ? line + 1 : text;
    int has_base = line && url_parse_base(&base, text, (size_t)(line - text)) == 0;
    if (has_base) {
        must_be_serialised(base.text, base.size, &base.parts);
        url_set_encoding(&base, made[choice]);
    }
    resolve(has_base ? &base : NULL, ref, (size_t)(end - ref));
    return 0;
}
