/* Headers that the user adds to requests: what may stand in one, and which of them are credentials.
 *
 * A credential is for the origin it was meant for alone; the rest goes to every host. Which are is the rule
 * of curl: Authorization and Cookie.
 */
#ifndef TRAWL_COORDINATOR_HEADER_H
#define TRAWL_COORDINATOR_HEADER_H

#include <stddef.h>

enum header_kind { HEADER_PLAIN, HEADER_CREDENTIAL, HEADER_REFUSED };

/* What the line "Name: value" is. When it is refused *why becomes the reason, static. */
enum header_kind header_judge(const char *line, const char **why);

/* Bytes of the line's name: what may be shown of a credential. */
size_t header_name_size(const char *line);

#endif
