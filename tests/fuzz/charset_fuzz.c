/* Goal: text of any encoding becomes valid UTF-8, the same however it is cut into chunks, and finding out
 * which encoding it is reads no byte beyond it.
 *
 * The first byte of an input chooses the encoding, the second says how long chunks are and seeds
 * them; the text is the rest.
 */
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "worker/charset_convert.h"
#include "worker/charset_prescan.h"

static const char *const labels[] = {
    "utf-8",     "gb18030",        "big5",         "euc-jp",       "iso-2022-jp", "shift_jis",
    "euc-kr",    "utf-16be",       "utf-16le",     "replacement",  "gbk",         "latin1",
    "koi8-u",    "x-user-defined", "windows-1255", "windows-1258", "windows-874", "iso-8859-16",
    "macintosh", "ibm866",         "iso-8859-8-i"};

enum { LABELS = sizeof labels / sizeof *labels, LONGEST_TEXT = 4096 };

static struct charset_convert *converter(size_t choice)
{
    static struct charset_convert *made[LABELS];
    if (!made[choice])
        made[choice] = charset_convert_create(charset_by_label(labels[choice], strlen(labels[choice])));
    charset_convert_reset(made[choice]);
    return made[choice];
}

static void convert(size_t choice, struct buf *out, const char *text, size_t size, size_t most, unsigned seed)
{
    struct charset_convert *convert = converter(choice);
    buf_init(out, 4 * size + 1024);
    while (size) {
        size_t part;
        char *chunk = fuzz_chunk(&text, &size, most, &seed, &part);
        FUZZ_MUST(charset_convert_feed(convert, out, chunk, part, 0) == 0);
        free(chunk);
    }
    FUZZ_MUST(charset_convert_feed(convert, out, "", 0, 1) == 0);
}

static void must_be_utf8(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        uint32_t code_point;
        size_t took = utf8_decode(text + at, size - at, &code_point);
        FUZZ_MUST(code_point != 0xfffd || (took == 3 && memcmp(text + at, "\357\277\275", 3) == 0));
        at += took;
    }
}

static void prescan(const char *text, size_t size)
{
    size_t cut = size < CHARSET_PRESCAN_LIMIT ? size : CHARSET_PRESCAN_LIMIT, mark;
    char *start = memory_resize(memory_copy(text, cut), cut ? cut : 1, 1);
    charset_prescan(start, cut);
    FUZZ_MUST(charset_prescan_page(start, cut, NULL, CHARSET_PRESCAN_LIMIT) != NULL);
    charset_by_mark(start, cut, &mark);
    const struct charset *named = charset_by_label(start, cut);
    if (named)
        FUZZ_MUST(charset_by_label(charset_name(named), strlen(charset_name(named))) == named);
    free(start);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const size_t most[] = {1, 2, 5, 40};
    struct buf whole, chunks;
    if (size < 2 || size > LONGEST_TEXT)
        return 0;
    size_t choice = bytes[0] % LABELS;
    const char *text = (const char *)bytes + 2;
    convert(choice, &whole, text, size - 2, 0, 0);
    must_be_utf8(whole.data, whole.size);
    convert(choice, &chunks, text, size - 2, most[bytes[1] & 3], bytes[1]);
    fuzz_must_equal(whole.data, whole.size, chunks.data, chunks.size);
    buf_clear(&chunks);
    buf_clear(&whole);
    prescan(text, size - 2);
    return 0;
}
