/* What the user asked for: trawl's command line and environment, checked. */
#ifndef TRAWL_COORDINATOR_CONFIG_H
#define TRAWL_COORDINATOR_CONFIG_H

#include "common/options.h"
#include "coordinator/filter.h"

/* In the order of --format's words. */
enum config_format { CONFIG_TSV, CONFIG_JSONL };

struct config {
    struct options_list urls; /* the arguments */
    const char *input;        /* NULL: none */
    const char *output;
    const char *pages;   /* NULL: none */
    const char *summary; /* NULL: none */
    const char *state;   /* directory; NULL: none */
    bool fresh;
    const char *listen; /* NULL: none */
    int workers;        /* local ones; -1 until config_parse has settled it */
    int slots;          /* visits in flight per local worker */
    int per_host;
    int format; /* enum config_format */
    int links;  /* enum link_kinds */
    int parser; /* the wire's Parser */
    bool all_schemes;
    int depth;                   /* steps to follow; 0: none */
    int scope;                   /* enum scope_kind */
    struct options_list filters; /* --include and --exclude */
    struct filter *filter;       /* the same, compiled; NULL: none */
    bool respect_nofollow;
    int64_t max_pages;    /* 0: no limit; so are the next two */
    int64_t max_per_host; /* pages */
    double max_time;      /* seconds */
    double delay;         /* seconds */
    int retries;
    double timeout;
    size_t max_body;
    int max_redirects;
    const char *user_agent;      /* NULL: the standard one */
    const char *contact;         /* NULL: none */
    struct options_list headers; /* to add to requests; the last `credentials` of them are credentials */
    size_t credentials;
    const char *proxy; /* NULL: none */
    bool no_verify;
    bool no_robots;
    bool no_header;
    bool insecure;
    double grace;
    bool quiet;
    bool verbose;
    int log_format;                  /* enum log_format */
    char user_agent_text[512];       /* what is sent */
    struct options_list environment; /* what was not said on the command line but there */
};

/* Fills *config; strings are borrowed from argv, the environment or the table. Returns OPTIONS_RUN, or what
 * main returns after one line on stderr (or help on stdout). Call config_clear in either case. */
int config_parse(struct config *config, int argc, char **argv);

/* Warns, in one line, of options that can do nothing beside the others. For after log_init. */
void config_warn(const struct config *config);

void config_clear(struct config *config);

#endif
