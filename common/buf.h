/* A growing run of bytes with a ceiling given at birth.
 *
 * It never grows past its limit: an append that would is refused whole and changes nothing, so what is in a
 * buf is always made of complete appends. It holds bytes, not strings: NULs are ordinary and there is no
 * terminator.
 */
#ifndef TRAWL_COMMON_BUF_H
#define TRAWL_COMMON_BUF_H

#include <stddef.h>

struct buf {
    char *data; /* NULL until the first append */
    size_t size;
    size_t capacity;
    size_t limit;
};

/* Makes an empty buf that may hold up to `limit` bytes. Allocates nothing. */
void buf_init(struct buf *buf, size_t limit);

/* Frees the bytes; the buf is empty again and keeps its limit. */
void buf_clear(struct buf *buf);

/* Forgets the content and keeps the memory, except where it grew beyond `keep` bytes: then it is given back.
 */
void buf_reset(struct buf *buf, size_t keep);

/* Appends `size` bytes. Returns 0, or -1 when they do not fit below the limit (nothing is appended then). */
int buf_append(struct buf *buf, const void *bytes, size_t size);

/* Appends one byte; as buf_append. */
int buf_append_byte(struct buf *buf, char byte);

/* Appends a NUL-terminated string without its NUL; as buf_append. */
int buf_append_string(struct buf *buf, const char *string);

/* Appends formatted text; as buf_append. */
int buf_append_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for `size` more bytes and returns where they go, or NULL when they do not fit below the limit.
 * The caller writes there and adds what it wrote to buf->size. The pointer holds until the next call on this
 * buf. */
char *buf_reserve(struct buf *buf, size_t size);

/* Drops the first `size` bytes (at most all of them) and moves the rest to the front. */
void buf_consume(struct buf *buf, size_t size);

#endif
