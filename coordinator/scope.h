/* Which hosts are followed into: those of the seeds, those in the seeds' domains, or any.
 *
 * A name is the host's as it stands in a serialised URL, without a last dot; the scheme and the port do not
 * matter. In SCOPE_DOMAIN it is the registrable domain of it, by the public suffix list that libpsl was built
 * with (an unlisted top level domain counts as a public suffix); an IP address, a public suffix itself and a
 * name of over 253 bytes count whole. The members are kept in the store as hashes of these names, under the
 * seed of the run: two of n names share one with a probability of about n^2/2^65.
 */
#ifndef TRAWL_COORDINATOR_SCOPE_H
#define TRAWL_COORDINATOR_SCOPE_H

#include "coordinator/store.h"

#include <stddef.h>
#include <stdint.h>

/* In the order of --scope's words. */
enum scope_kind { SCOPE_HOST, SCOPE_DOMAIN, SCOPE_ANY };

struct scope;

/* Returns the scope whose members `store` (borrowed) holds; the caller's. One store is only ever used with
 * one kind and one seed. */
struct scope *scope_create(enum scope_kind kind, struct store *store, uint64_t hash_seed);

/* *scope becomes NULL. Accepts NULL. */
void scope_destroy(struct scope **scope);

/* Takes in the host of a serialised http or https URL: a seed, or where a seed was redirected to. */
void scope_add(struct scope *scope, const char *url, size_t size);

/* Notes that the user listed that URL: its origin (scheme, host and port) is one of those that he speaks to.
 */
void scope_list(struct scope *scope, const char *url, size_t size);

/* Whether a URL of that one's origin was noted. */
int scope_is_listed(struct scope *scope, const char *url, size_t size);

/* Whether a serialised http or https URL is followed. Answers given lately are remembered: asking again about
 * a host costs no look-up. */
int scope_holds(struct scope *scope, const char *url, size_t size);

#endif
