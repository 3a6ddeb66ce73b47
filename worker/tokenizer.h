/* Finds the tags of an HTML page as its bytes arrive.
 *
 * The tokenization rules of the HTML standard (13.2.5) for everything that decides where a tag starts and
 * what its attributes are: comments, doctypes, CDATA sections, the text modes of title, textarea, style, xmp,
 * iframe, noembed, noframes, noscript (scripting is on), script with its escapes, and plaintext. There is no
 * tree: text is skipped, never copied or reported. Chunk boundaries may stand anywhere and change nothing.
 * Linear on any input; what it keeps between chunks is the unfinished tag, if anyone wants it.
 *
 * Works on UTF-8 and, raw, on every ASCII-compatible encoding: no trailing byte of EUC-*, Big5, Shift_JIS,
 * GBK or gb18030 means anything here, but for a `]` before the end of a CDATA section. UTF-16 and ISO-2022-JP
 * are converted first, by the caller.
 *
 * What a tree would know better, and how it is approximated:
 * - The text modes follow the start tag alone. A tree ignores such a tag inside a frameset (but noframes),
 *   and some of them inside a select; here it begins its text mode there too.
 * - svg and math (13.2.6.5): their nesting, the integration points (foreignObject, desc, title in svg;
 *   annotation-xml with an HTML encoding, mi, mo, mn, ms, mtext in math) and the tags that break out are
 *   followed, 32 deep. Other elements are not: an end tag of an integration point or of an svg closes what is
 *   above it even where a tree would ignore it; the end tag of an element that only HTML has ends the foreign
 *   content, as if that element had been open around it; CDATA sections are known directly inside an
 *   integration point until its first HTML tag.
 */
#ifndef TRAWL_WORKER_TOKENIZER_H
#define TRAWL_WORKER_TOKENIZER_H

#include "common/buf.h"
#include "worker/tag.h"

#include <stddef.h>
#include <stdint.h>

struct tokenizer;

enum {
    TOKENIZER_LONGEST_NAME = 31,   /* bytes in a name that can be wanted */
    TOKENIZER_MOST_ATTRIBUTES = 16 /* attributes of one tag that can be wanted */
};

/* A tag the caller wants to hear of. Names are lower case, neither empty nor longer than the longest name. */
struct tokenizer_want {
    const char *name;
    const char *const *attributes; /* NULL behind the last; NULL itself for none */
    int ends;                      /* end tags too */
};

/* Runs for each wanted tag, within tokenizer_feed, when its `>` has come. All that the tag points to is the
 * tokenizer's and lasts until the callback returns. It must not call the tokenizer. */
typedef void tokenizer_on_tag(void *context, const struct tag *tag);

/* Returns a tokenizer at the start of a page, the caller's.
 *
 * The `count` wants (copied, their strings borrowed for its life) say which tags are reported and which
 * attributes they then have: those found of the wanted ones, each once, the first counts. With `wants` NULL
 * every start and end tag is reported with every attribute as it stands, duplicates included: for tests and
 * tools, slower. End tags never have attributes.
 *
 * A wanted tag longer than `limit` bytes (64 at least, below 1 GiB), `<` and `>` included, is reported
 * without attributes as overlong; if even its name passes the limit it is not reported. Memory is bounded by
 * the limit, or by some sixty times that with `wants` NULL. */
struct tokenizer *tokenizer_create(const struct tokenizer_want *wants, size_t count, size_t limit,
                                   tokenizer_on_tag *on_tag, void *context);

/* Frees it; *tokenizer becomes NULL. Accepts NULL. */
void tokenizer_destroy(struct tokenizer **tokenizer);

/* Goes back to the start of a page: the same wants, and the memory, except what an extraordinary tag took. */
void tokenizer_reset(struct tokenizer *tokenizer);

/* Takes the next `size` bytes of the page, read only during the call. */
void tokenizer_feed(struct tokenizer *tokenizer, const char *bytes, size_t size);

/* Where a page can end. What is in a text mode ends there by rule, but no browser shows it as its author
 * meant. */
enum tokenizer_place {
    TOKENIZER_IN_TEXT, /* or behind a lone `<` or `</`: nothing is open */
    TOKENIZER_IN_TAG,
    TOKENIZER_IN_QUOTE, /* of an attribute value */
    TOKENIZER_IN_COMMENT,
    TOKENIZER_IN_BOGUS_COMMENT, /* `<!x`, `<?x`, `</5`, and a doctype */
    TOKENIZER_IN_CDATA,
    TOKENIZER_IN_TITLE,
    TOKENIZER_IN_TEXTAREA,
    TOKENIZER_IN_STYLE,
    TOKENIZER_IN_XMP,
    TOKENIZER_IN_IFRAME,
    TOKENIZER_IN_NOEMBED,
    TOKENIZER_IN_NOFRAMES,
    TOKENIZER_IN_NOSCRIPT,
    TOKENIZER_IN_SCRIPT,
    TOKENIZER_IN_PLAINTEXT
};

struct tokenizer_rest {
    enum tokenizer_place place;
    uint64_t opener; /* offset of what opened it: the `<` of the tag or comment, the quote; in text the end */
    uint64_t inside; /* offset of the first byte behind the opener, at most the end of the page */
};

/* Says where the page stands after the bytes fed so far; if they are all, that is how it ended. Changes
 * nothing. */
struct tokenizer_rest tokenizer_rest(const struct tokenizer *tokenizer);

/* Appends to `out` what a raw value says: NUL becomes U+FFFD, CR LF and CR become LF (13.2.3.5), then
 * character references are decoded by the rule for attributes. Writes UTF-8 for these and leaves all other
 * bytes alone, so a value in another encoding is converted to UTF-8 first. Returns 0, or -1 when the result
 * does not fit below the limit of `out`, which is then as it was. */
int tokenizer_decode(struct buf *out, const char *raw, size_t size);

#endif
