/* --include and --exclude: which links are followed, by what their URLs look like.
 *
 * Each is a POSIX extended regular expression (regex(7)), found anywhere in the serialised URL unless it says
 * ^ or $. They are tried in the order in which they were given, and the first that matches decides. When none
 * does, the link is followed, unless there is any --include. Seeds are not asked about.
 *
 * Strangers write the URLs, so no expression may make one take long. Back-references, which the standard
 * leaves undefined and glibc takes, are refused: with them time can be exponential. Without them, and tried
 * from the URL's beginning only, glibc runs an automaton that it builds as it goes: time in proportion to the
 * URL and to the expression with its {m,n} written out. What remains is the user's own: (a{1,999}){1,999}
 * costs what it says, and (a|b)*a(a|b){20} has a million states, which are kept once URLs have led to them.
 */
#ifndef TRAWL_COORDINATOR_FILTER_H
#define TRAWL_COORDINATOR_FILTER_H

#include "common/options.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the longest URL that is tried: longer ones are not followed anyway (trap.h). */
enum { FILTER_LONGEST = 2048 };

struct filter;

/* Compiles the words of a list that the options "include" and "exclude" share. Returns the filter, the
 * caller's; or NULL, then *option is whose word is wrong and `why`, one line, which it is and what is wrong
 * with it. */
struct filter *filter_create(const struct options_list *expressions, const char **option, char *why,
                             size_t room);

/* *filter becomes NULL. Accepts NULL. */
void filter_destroy(struct filter **filter);

/* Whether a link with that serialised URL is followed. NULL is a filter without expressions; a URL of over
 * FILTER_LONGEST bytes is not tried and not followed. */
bool filter_allows(const struct filter *filter, const char *url, size_t size);

#endif
