/* What workers are told of the options: what all of them must do alike, and which requests carry the user's
 * credentials.
 */
#ifndef TRAWL_COORDINATOR_SETTINGS_H
#define TRAWL_COORDINATOR_SETTINGS_H

#include "coordinator/crawl.h"

/* Fills in the settings of a Welcome. Strings and arrays are the config's. */
void settings_fill(const struct config *config, Trawl__Settings *settings);

/* Whether the request for that entry carries the credentials: only at an origin of which the user listed a
 * URL, and not at another one that a redirect leads to. */
int settings_allow_credentials(const struct crawl *crawl, const struct entry *entry);

#endif
