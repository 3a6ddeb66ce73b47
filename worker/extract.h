/* A page's bytes in, its links out.
 *
 * One extractor serves one page at a time, again and again: begin, feed the decoded body as it arrives,
 * finish. Which encoding the page is written in, which parser reads it and what its links resolve against is
 * settled here; fetching is not, and neither is whether the page is HTML at all.
 */
#ifndef TRAWL_WORKER_EXTRACT_H
#define TRAWL_WORKER_EXTRACT_H

#include "worker/charset.h"
#include "worker/links.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The words for --parser, in the order of the enum, which is that of the wire's Parser, as an option's list
 * of choices. */
#define EXTRACT_PARSER_CHOICES "auto|stream|tidy|none"

enum extract_parser {
    EXTRACT_AUTO, /* stream, and what it finds; then the tail of a page that swallows it, repaired by tidy */
    EXTRACT_STREAM, /* our tokenizer, on the bytes as they come; keeps nothing of the page but its links */
    EXTRACT_TIDY,   /* HTML Tidy's tree, built when the body is complete */
    EXTRACT_NONE    /* counts bytes, finds nothing: for measuring */
};

enum extract_outcome {
    EXTRACT_OK,
    EXTRACT_PARSE_ABORTED /* tidy ran out of budget; the links found by then are there. Not in auto: there
                             nothing that a browser would find is missing */
};

struct extract_settings {
    enum extract_parser parser;
    struct links_settings links;
    size_t body; /* bytes of a page that are looked at; more is dropped */
};

struct extract;

/* Returns an extractor, the caller's. */
struct extract *extract_create(const struct extract_settings *settings);

/* Frees it; *extract becomes NULL. Accepts NULL. */
void extract_destroy(struct extract **extract);

/* Begins a page. `url` (copied) is the address its body came from, `declared` the encoding that its
 * Content-Type names (content_type_parse), or NULL. A page begun and not finished is forgotten. Returns 0, or
 * -1 when the URL is none: the page may be fed and finished all the same and has no links. */
int extract_begin(struct extract *extract, const char *url, size_t size, const struct charset *declared);

/* Takes in the next bytes of the body, with content codings undone; read only during the call. */
void extract_feed(struct extract *extract, const char *bytes, size_t size);

/* Ends the page; `cut` says that more of it was on the way, so its end proves nothing: auto repairs then as
 * little as when more came than settings->body. */
enum extract_outcome extract_finish(struct extract *extract, bool cut);

/* The links of the page last finished, the extractor's until the next begin. Those of a page not finished are
 * none. */
const struct links_page *extract_links(const struct extract *extract);

/* The encoding the page last finished was read in; NULL for parser none. */
const struct charset *extract_charset(const struct extract *extract);

/* Bytes fed since the begin, dropped ones included. */
uint64_t extract_bytes(const struct extract *extract);

#endif
