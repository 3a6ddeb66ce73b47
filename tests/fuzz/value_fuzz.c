/* Goal: whatever an attribute or a header says, what is read from it lies inside it and is what the standard
 * calls that: srcset candidates, the URL of a refresh, rel tokens, character references, a Content-Type. */
#include "common/link_kind.h"
#include "tests/fuzz/fuzz.h"
#include "worker/content_type.h"
#include "worker/entity.h"
#include "worker/refresh.h"
#include "worker/srcset.h"

static const char spaces[] = "\t\n\f\r ";

static int is_space(char c)
{
    return memchr(spaces, c, sizeof spaces - 1) != NULL;
}

static void must_be_inside(const char *part, size_t size, const char *text, size_t text_size)
{
    FUZZ_MUST(part >= text && size <= text_size && (size_t)(part - text) <= text_size - size);
}

/* Candidates stand behind one another and neither hold white space nor begin or end with a comma. */
static void read_srcset(const char *text, size_t size)
{
    struct srcset srcset;
    const char *last = text;
    srcset_init(&srcset, text, size);
    while (srcset_next(&srcset)) {
        must_be_inside(srcset.url, srcset.url_size, text, size);
        FUZZ_MUST(srcset.url_size && srcset.url >= last);
        FUZZ_MUST(srcset.url[0] != ',' && srcset.url[srcset.url_size - 1] != ',');
        for (size_t i = 0; i < srcset.url_size; i++)
            FUZZ_MUST(!is_space(srcset.url[i]));
        last = srcset.url + srcset.url_size;
    }
}

static void read_refresh(const char *text, size_t size)
{
    const char *url = NULL;
    size_t url_size = 0;
    int result = refresh_parse(text, size, &url, &url_size);
    FUZZ_MUST(result >= -1 && result <= 1);
    if (result == 1)
        must_be_inside(url, url_size, text, size);
}

static void read_type(const char *text, size_t size)
{
    struct content_type type, again;
    int result = content_type_parse(&type, text, size);
    size_t length = strnlen(type.essence, sizeof type.essence);
    FUZZ_MUST(length < sizeof type.essence && (result == 0 || length == 0));
    for (size_t i = 0; i < length; i++)
        FUZZ_MUST(type.essence[i] > ' ' && type.essence[i] < 0x7f &&
                  (type.essence[i] < 'A' || type.essence[i] > 'Z'));
    if (!length)
        return;
    FUZZ_MUST(strchr(type.essence, '/'));
    FUZZ_MUST(content_type_parse(&again, type.essence, length) == 0 &&
              strcmp(type.essence, again.essence) == 0);
}

static void decode(const char *text, size_t size)
{
    struct buf out;
    buf_init(&out, 4 * size + 16);
    FUZZ_MUST(entity_decode(&out, text, size) == 0 && out.size <= size + size / 5); /* &nLt; is 6 bytes */
    if (!size || !memchr(text, '&', size))
        fuzz_must_equal(text, size, out.data, out.size);
    buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    read_srcset(text, size);
    read_refresh(text, size);
    read_type(text, size);
    decode(text, size);
    FUZZ_MUST((link_kind_rel(text, size) & LINK_KIND_REPAIRED) == 0);
    return 0;
}
