#include "common/json.h"

#include "common/utf8.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST_NUMBER = 24 };

/* ---- strings --------------------------------------------------------------------------------------- */

/* Has its high bit set in the first byte that is zero, and perhaps in bytes behind that one. */
static uint64_t zero_bytes(uint64_t word)
{
    return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}

/* Whether one of eight bytes is no printable ASCII, or a quote or backslash. */
static bool has_awkward(uint64_t word)
{
    static const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t below_space = (word - ones * 0x20) & ~word;
    return ((word | below_space) & ones * 0x80) | zero_bytes(word ^ ones * '"') |
           zero_bytes(word ^ ones * '\\') | zero_bytes(word ^ ones * 0x7f);
}

static bool is_awkward(unsigned char c)
{
    return c < 0x20 || c >= 0x7f || c == '"' || c == '\\';
}

/* How many bytes stand for themselves. */
static size_t plain_run(const char *bytes, size_t size)
{
    size_t at = 0;
    for (uint64_t word; size - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        if (has_awkward(word))
            break;
    }
    while (at < size && !is_awkward((unsigned char)bytes[at]))
        at++;
    return at;
}

static int append_escape(struct buf *out, uint32_t code_point)
{
    static const char hex[] = "0123456789abcdef";
    static const char short_form[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
    };
    char letter = code_point < 0x20 ? short_form[code_point] : (char)code_point;
    if (letter && code_point < 0x7f)
        return buf_append(out, (char[]){'\\', letter}, 2);
    char escape[6] = {'\\', 'u'};
    for (unsigned i = 0; i < 4; i++)
        escape[2 + i] = hex[code_point >> (12 - 4 * i) & 15];
    return buf_append(out, escape, sizeof escape);
}

/* Appends the code point that `bytes` begin with and says how many of them it took. */
static int append_awkward(struct buf *out, const char *bytes, size_t size, size_t *took)
{
    uint32_t c;
    *took = utf8_decode(bytes, size, &c);
    if (c < 0xa0 || c == 0x2028 || c == 0x2029)
        return append_escape(out, c);
    if (c == 0xfffd)
        return buf_append(out, "\xef\xbf\xbd", 3);
    return buf_append(out, bytes, *took);
}

int json_append_string(struct buf *out, const char *bytes, size_t size)
{
    size_t start = out->size, at = 0;
    int failed = buf_append_byte(out, '"');
    while (size && !failed) {
        size_t run = plain_run(bytes + at, size - at), took = 0;
        failed = buf_append(out, bytes + at, run);
        at += run;
        if (at == size)
            break;
        failed |= append_awkward(out, bytes + at, size - at, &took);
        at += took;
    }
    failed |= buf_append_byte(out, '"');
    if (failed)
        out->size = start;
    return failed ? -1 : 0;
}

int json_append_text(struct buf *out, const char *bytes, size_t size)
{
    return size ? json_append_string(out, bytes, size) : buf_append(out, "null", 4);
}

/* ---- numbers --------------------------------------------------------------------------------------- */

/* Writes digits up to `end`, at least `least` of them; returns where they begin. */
static char *put_digits(char *end, uint64_t value, int least)
{
    for (; value || least > 0; least--, value /= 10)
        *--end = (char)('0' + value % 10);
    return end;
}

int json_append_number(struct buf *out, uint64_t value)
{
    char text[LONGEST_NUMBER], *end = text + sizeof text, *start = put_digits(end, value, 1);
    return buf_append(out, start, (size_t)(end - start));
}

int json_append_thousandths(struct buf *out, uint64_t value)
{
    char text[LONGEST_NUMBER], *end = text + sizeof text, *start = put_digits(end, value % 1000, 3);
    *--start = '.';
    start = put_digits(start, value / 1000, 1);
    return buf_append(out, start, (size_t)(end - start));
}
