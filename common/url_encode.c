#include "common/url_internal.h"

#include "common/utf8.h"

/* One letter a class, so that a row of the table reads as the sets do in the standard. The path set grows out
 * of the query set and the userinfo set out of the path set, so a byte is listed under the smallest set that
 * has it. */
#define U URL_SET_USERINFO
#define P (URL_SET_PATH | URL_PATH_STOP | U)
#define Q (URL_SET_QUERY | URL_SET_SPECIAL_QUERY | P)
#define F URL_SET_FRAGMENT
#define C (URL_SET_C0 | F | Q)
#define D URL_FORBIDDEN_DOMAIN
#define H (URL_FORBIDDEN_HOST | D)
#define W URL_WHITE
#define S URL_PATH_STOP
#define LETTER (URL_IN_SCHEME | URL_UNRESERVED)

const uint16_t url_bytes[256] = {
    [0x00] = C | H,
    [0x01 ... 0x08] = C | D,
    ['\t'] = C | H | W,
    ['\n'] = C | H | W,
    [0x0b ... 0x0c] = C | D,
    ['\r'] = C | H | W,
    [0x0e ... 0x1f] = C | D,
    [' '] = F | Q | H,
    ['"'] = F | Q,
    ['#'] = Q | H,
    ['%'] = D,
    ['\''] = URL_SET_SPECIAL_QUERY,
    ['+'] = URL_IN_SCHEME,
    ['-'] = LETTER | URL_PLAIN_HOST,
    ['.'] = LETTER | URL_PLAIN_HOST,
    ['/'] = U | S | H,
    ['0' ... '9'] = LETTER | URL_PLAIN_HOST,
    [':'] = U | H,
    [';'] = U,
    ['<'] = F | Q | H,
    ['='] = U,
    ['>'] = F | Q | H,
    ['?'] = P | H,
    ['@'] = U | H,
    ['A' ... 'Z'] = LETTER,
    ['['] = U | H,
    ['\\'] = U | S | H,
    [']'] = U | H,
    ['^'] = P | H,
    ['_'] = URL_UNRESERVED | URL_PLAIN_HOST,
    ['`'] = F | P,
    ['a' ... 'z'] = LETTER | URL_PLAIN_HOST,
    ['{'] = P,
    ['|'] = U | H,
    ['}'] = P,
    ['~'] = URL_UNRESERVED,
    [0x7f] = C | D,
    [0x80 ... 0xff] = C,
};

int url_hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

void url_put_escape(struct url_writer *to, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    const char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
    url_put(to, escape, sizeof escape);
}

/* Writes one code point's bytes escaped and returns how many bytes of text it took. */
static size_t put_code_point(struct url_writer *to, const char *text, size_t size)
{
    uint32_t code_point;
    size_t took = utf8_decode(text, size, &code_point);
    if (code_point == 0xfffd)
        url_put(to, "%EF%BF%BD", 9);
    else
        for (size_t i = 0; i < took; i++)
            url_put_escape(to, (unsigned char)text[i]);
    return took;
}

void url_put_encoded(struct url_writer *to, const char *text, size_t size, unsigned set)
{
    const char *end = text + size;
    while (text < end) {
        const char *run = text;
        while (text < end && !url_byte_is(*text, set))
            text++;
        url_put(to, run, (size_t)(text - run));
        if (text < end)
            text += put_code_point(to, text, (size_t)(end - text));
    }
}
