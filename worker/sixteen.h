/* Sixteen bytes looked at together.
 *
 * For the loops that every byte of every page passes: a branch for each byte is what they would spend their
 * time on. Each question is answered for all sixteen at once, bit n of the answer being about byte n. On
 * machines without SSE2 the same is done byte by byte.
 */
#ifndef TRAWL_WORKER_SIXTEEN_H
#define TRAWL_WORKER_SIXTEEN_H

#include <stddef.h>
#include <string.h>

enum { SIXTEEN = 16 };

#ifdef __SSE2__
#include <emmintrin.h>

typedef __m128i sixteen;

/* Reads them from anywhere; all must be readable. */
static inline sixteen sixteen_at(const char *bytes)
{
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

/* Which are that byte. */
static inline unsigned sixteen_equal(sixteen them, char byte)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(them, _mm_set1_epi8(byte)));
}

/* Which lie between these two, both included, as unsigned numbers. */
static inline unsigned sixteen_between(sixteen them, unsigned char first, unsigned char last)
{
    __m128i above = _mm_sub_epi8(them, _mm_set1_epi8((char)first));
    __m128i most = _mm_set1_epi8((char)(last - first));
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(above, most), above));
}

#else

typedef struct {
    unsigned char bytes[SIXTEEN];
} sixteen;

static inline sixteen sixteen_at(const char *bytes)
{
    sixteen them;
    memcpy(them.bytes, bytes, SIXTEEN);
    return them;
}

static inline unsigned sixteen_between(sixteen them, unsigned char first, unsigned char last)
{
    unsigned found = 0;
    for (unsigned i = 0; i < SIXTEEN; i++)
        found |= (unsigned)(them.bytes[i] >= first && them.bytes[i] <= last) << i;
    return found;
}

static inline unsigned sixteen_equal(sixteen them, char byte)
{
    return sixteen_between(them, (unsigned char)byte, (unsigned char)byte);
}

#endif

#endif
