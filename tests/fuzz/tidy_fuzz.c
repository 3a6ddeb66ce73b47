/* Goal: no page makes tidy crash, leak or outlive its budgets, and a page that keeps them gives the same tags
 * twice. */
#include "common/clock.h"
#include "tests/fuzz/fuzz.h"
#include "worker/charset_convert.h"
#include "worker/tidy.h"

#include <time.h>

enum { LONGEST_PAGE = 64 * 1024, LONGEST_LIST = 64 * 1024 * 1024 };

static const double seconds = 0.05,
                    lenience = 2; /* of CPU; sanitizers are slow between two looks at the clock */

static void write_text(struct buf *out, const char *text, size_t size)
{
    buf_append(out, text, size);
    buf_append_byte(out, '\n');
}

static void write_tag(void *context, const struct tag *tag)
{
    write_text(context, tag->name, tag->name_size);
    for (size_t i = 0; i < tag->attribute_count; i++) {
        write_text(context, tag->attributes[i].name, tag->attributes[i].name_size);
        write_text(context, tag->attributes[i].value, tag->attributes[i].value_size);
    }
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int parse(struct buf *tags, const struct buf *page)
{
    static struct tidy *tidy;
    if (!tidy)
        tidy = tidy_create();
    buf_init(tags, LONGEST_LIST);
    double began = cpu_seconds();
    int result = tidy_parse(tidy, page->data, page->size, seconds, write_tag, tags);
    FUZZ_MUST(cpu_seconds() - began < seconds + lenience);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct charset_convert *convert = charset_convert_create(charset_utf8());
    struct buf page, once, twice;
    size_t mark = 0;
    if (size > LONGEST_PAGE)
        size = LONGEST_PAGE;
    charset_by_mark((const char *)bytes, size, &mark);
    buf_init(&page, 3 * LONGEST_PAGE + 1024);
    FUZZ_MUST(charset_convert_feed(convert, &page, (const char *)bytes + mark, size - mark, 1) == 0);
    charset_convert_destroy(&convert);
    if (page.size && parse(&once, &page) == 0) {
        if (parse(&twice, &page) == 0)
            fuzz_must_equal(once.data, once.size, twice.data, twice.size);
        buf_clear(&twice);
    }
    if (page.size)
        buf_clear(&once);
    buf_clear(&page);
    return 0;
}
