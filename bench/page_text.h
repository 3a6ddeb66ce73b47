/* What pages are made of: elements that carry a link, text that looks like a link and is none, and prose.
 */
#ifndef TRAWL_BENCH_PAGE_TEXT_H
#define TRAWL_BENCH_PAGE_TEXT_H

#include <stdbool.h>

/* How an element carries a link: what stands before and after the value of its href. */
struct page_element {
    int weight;
    bool quoted;
    bool anchor; /* a or area */
    const char *before;
    const char *after;
};

/* The tables; a page draws its pieces from them. The first element of each is quoted, and the sentences are
 * sixteen because four bits choose one. */
enum { PAGE_TEXT_BODY = 8, PAGE_TEXT_HEAD = 3, PAGE_TEXT_FAKES = 10, PAGE_TEXT_SENTENCES = 16 };
extern const struct page_element page_text_body[PAGE_TEXT_BODY];
extern const struct page_element page_text_head[PAGE_TEXT_HEAD];
extern const char *const page_text_fakes[PAGE_TEXT_FAKES];
extern const char *const page_text_sentences[PAGE_TEXT_SENTENCES];

#endif
