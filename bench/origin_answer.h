/* What is sent for a place of the world, as libmicrohttpd's responses: pages plain, compressed, in chunks or
 * cut, redirects, errors, and connections that end without a word.
 */
#ifndef TRAWL_BENCH_ORIGIN_ANSWER_H
#define TRAWL_BENCH_ORIGIN_ANSWER_H

#include "bench/world.h"

#include <microhttpd.h>

struct origin_answer;

/* Returns what answers for a world (borrowed), for use by one thread; the caller's. */
struct origin_answer *origin_answer_create(const struct world *world);

/* Frees it; *answer becomes NULL. Accepts NULL. */
void origin_answer_destroy(struct origin_answer **answer);

/* Queues the answer of a place. Returns what the daemon's request callback must return, and in *status the
 * status sent, 0 when the connection ends without one. */
enum MHD_Result origin_answer_place(struct origin_answer *answer, struct MHD_Connection *connection,
                                    struct world_place place, int *status);

/* Queues the answer to a request target (without its query) that is no place's: of robots.txt and of traps,
 * and 404 for the rest. Returns as origin_answer_place. */
enum MHD_Result origin_answer_other(struct origin_answer *answer, struct MHD_Connection *connection,
                                    int64_t host, const char *target, size_t size, int *status);

/* Queues an answer that is not a page's, with one more header, or NULL. Returns as origin_answer_place. */
enum MHD_Result origin_answer_briefly(struct MHD_Connection *connection, int status, const char *header,
                                      const char *value);

#endif
