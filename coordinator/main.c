#include "common/descriptors.h"
#include "common/log.h"
#include "coordinator/config.h"
#include "coordinator/crawl.h"

#include <signal.h>

static enum log_level level_of(const struct config *config)
{
    return config->quiet ? LOG_ERROR : config->verbose ? LOG_INFO : LOG_WARNING;
}

int main(int argc, char **argv)
{
    struct config config;
    struct crawl crawl;
    descriptors_fill_standard();
    int code = config_parse(&config, argc, argv);
    if (code == OPTIONS_RUN) {
        descriptors_raise(); /* a connection each */
        log_init("trawl", level_of(&config), (enum log_format)config.log_format);
        config_warn(&config);
        signal(SIGPIPE, SIG_IGN);
        signal(SIGXFSZ, SIG_IGN); /* a file-size limit is a failed write, not a torn page */
        code = crawl_start(&crawl, &config, ev_default_loop(0));
        if (code == 0)
            code = crawl_run(&crawl);
        else if (code == CRAWL_WAS_FINISHED)
            code = 0;
        crawl_destroy(&crawl);
    }
    config_clear(&config);
    return code;
}
