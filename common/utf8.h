/* UTF-8 as the Encoding Standard's decoder reads it: whatever comes in, code points come out. */
#ifndef TRAWL_COMMON_UTF8_H
#define TRAWL_COMMON_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads one code point; U+FFFD for each maximal invalid part (Encoding Standard 8.1.1). Returns how many of
 * the `size` > 0 bytes it took. */
size_t utf8_decode(const char *text, size_t size, uint32_t *code_point);

#endif
