/* trawl-worker's command line, checked. */
#ifndef TRAWL_WORKER_CONFIG_H
#define TRAWL_WORKER_CONFIG_H

#include "common/options.h"

struct config {
    const char *connect;
    int workers; /* processes; 1: this one itself */
    int slots;
    const char *name; /* NULL until config_parse has settled it */
    double patience;
    int log_format;
    bool quiet;
    bool verbose;
    char name_text[256];
};

/* Fills *config; strings are borrowed. Returns OPTIONS_RUN, or what main returns after one line on stderr (or
 * help). */
int config_parse(struct config *config, int argc, char **argv);

#endif
