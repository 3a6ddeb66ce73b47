#include "common/url_internal.h"

#include <unicode/uidna.h>

/* What UTS 46 reports and the standard lets pass (beStrict is false): lengths, empty labels, hyphens. */
static const uint32_t tolerated = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                                  UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
                                  UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;

/* ICU's time for a label grows with the square of its length: 3 KB of kanji take 1.6 ms. No name of a third
 * of this can be looked up. */
enum { LONGEST_FOREIGN = 1024 };

/* Opened once and kept: opening costs more than a conversion. */
static const UIDNA *idna(void)
{
    static UIDNA *opened;
    if (!opened) {
        UErrorCode error = U_ZERO_ERROR;
        opened = uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                                     UIDNA_NONTRANSITIONAL_TO_UNICODE,
                                 &error);
        if (U_FAILURE(error))
            opened = NULL;
    }
    return opened;
}

/* URL 3.3 "domain to ASCII" for a domain that is not ASCII, by ICU. (One that is ASCII is only lower-cased,
 * be there valid Punycode in it or not: such names exist.) Puts the result in place of the domain written
 * last, which began at `start`. */
static int map_domain(struct url_writer *to, size_t start)
{
    char mapped[4 * LONGEST_FOREIGN];
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode error = U_ZERO_ERROR;
    if (to->size - start > LONGEST_FOREIGN || !idna())
        return -1;
    int32_t size = uidna_nameToASCII_UTF8(idna(), to->out + start, (int32_t)(to->size - start), mapped,
                                          (int32_t)sizeof mapped, &info, &error);
    if (U_FAILURE(error) || size > (int32_t)sizeof mapped || (info.errors & ~tolerated))
        return -1;
    to->size = start;
    url_put(to, mapped, (size_t)size);
    return 0;
}

/* Writes a domain percent-decoded and says whether there is a byte in it that is not ASCII. */
static bool put_decoded(struct url_writer *to, const char *text, size_t size)
{
    unsigned seen = 0;
    for (const char *end = text + size; text < end; text++) {
        char byte = *text;
        if (byte == '%' && end - text > 2 && url_hex(text[1]) >= 0 && url_hex(text[2]) >= 0) {
            byte = (char)(url_hex(text[1]) << 4 | url_hex(text[2]));
            text += 2;
        }
        seen |= (unsigned char)byte;
        url_put_byte(to, byte);
    }
    return seen >= 0x80;
}

static void lower(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] | 0x20);
}

static int put_domain(struct url_writer *to, const char *text, size_t size)
{
    size_t start = to->size;
    bool foreign = put_decoded(to, text, size);
    if (to->full)
        return -1;
    if (!foreign)
        lower(to->out + start, to->size - start);
    else if (map_domain(to, start) < 0 || to->full)
        return -1;
    if (to->size == start)
        return -1;
    for (size_t i = start; i < to->size; i++)
        if (url_byte_is(to->out[i], URL_FORBIDDEN_DOMAIN))
            return -1;
    if (url_ends_in_number(to->out + start, to->size - start)) {
        uint32_t address;
        if (url_parse_ipv4(to->out + start, to->size - start, &address) < 0)
            return -1;
        to->size = start;
        url_put_ipv4(to, address);
    }
    return 0;
}

/* URL 3.5 "opaque-host parser". */
static int put_opaque_host(struct url_writer *to, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (url_byte_is(text[i], URL_FORBIDDEN_HOST))
            return -1;
    url_put_encoded(to, text, size, URL_SET_C0);
    return 0;
}

int url_put_host(struct url_writer *to, const char *text, size_t size, bool special)
{
    if (size && *text == '[') {
        uint16_t address[8];
        if (text[size - 1] != ']' || url_parse_ipv6(text + 1, size - 2, address) < 0)
            return -1;
        url_put_ipv6(to, address);
        return 0;
    }
    return special ? put_domain(to, text, size) : put_opaque_host(to, text, size);
}
