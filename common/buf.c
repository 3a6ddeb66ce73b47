#include "common/buf.h"

#include "common/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 256 };

void buf_init(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit};
}

void buf_clear(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->limit);
}

void buf_reset(struct buf *buf, size_t keep)
{
    if (buf->capacity > keep)
        buf_clear(buf);
    buf->size = 0;
}

char *buf_reserve(struct buf *buf, size_t size)
{
    if (size > buf->limit - buf->size)
        return NULL;
    size_t needed = buf->size + size;
    if (needed > buf->capacity || !buf->data) {
        size_t grown = buf->capacity * 2 > SMALLEST ? buf->capacity * 2 : SMALLEST;
        if (grown < needed)
            grown = needed;
        if (grown > buf->limit)
            grown = buf->limit;
        buf->data = memory_resize(buf->data, grown, 1);
        buf->capacity = grown;
    }
    return buf->data + buf->size;
}

int buf_append(struct buf *buf, const void *bytes, size_t size)
{
    char *room = buf_reserve(buf, size);
    if (!room)
        return -1;
    if (size)
        memcpy(room, bytes, size);
    buf->size += size;
    return 0;
}

int buf_append_byte(struct buf *buf, char byte)
{
    return buf_append(buf, &byte, 1);
}

int buf_append_string(struct buf *buf, const char *string)
{
    return buf_append(buf, string, strlen(string));
}

int buf_append_format(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text;
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        return -1;
    int result = buf_append(buf, text, (size_t)length);
    free(text);
    return result;
}

void buf_consume(struct buf *buf, size_t size)
{
    if (size >= buf->size) {
        buf->size = 0;
        return;
    }
    memmove(buf->data, buf->data + size, buf->size - size);
    buf->size -= size;
}
