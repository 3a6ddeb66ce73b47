#include "worker/config.h"

#include "common/zwatch.h"
#include "worker/fetch.h"
#include "worker/resolve.h"

#include <string.h>
#include <unistd.h>

static const struct options_row rows[] = {
    {.name = "connect",
     .argument = "ENDPOINT",
     .help = "where trawl --listen waits, e.g. tcp://127.0.0.1:7777",
     OPTIONS_STRING(struct config, connect)},
    {.name = "workers",
     .letter = 'w',
     .argument = "N",
     .standard = "1",
     .help = "processes",
     OPTIONS_INTEGER(struct config, workers, 1, 1024)},
    {.name = "concurrency",
     .letter = 'c',
     .argument = "N",
     .standard = "64",
     .help = "pages in flight per process",
     OPTIONS_INTEGER(struct config, slots, 1, 10000)},
    {.name = "name",
     .argument = "NAME",
     .help = "what trawl calls this worker; HOST-PID",
     OPTIONS_STRING(struct config, name)},
    {.name = "patience",
     .argument = "TIME",
     .standard = "10m",
     .help = "without a coordinator, before it gives up",
     OPTIONS_SECONDS(struct config, patience, 1, 86400 * 365.0)},
    {.name = "quiet", .letter = 'q', .help = "errors only", OPTIONS_FLAG(struct config, quiet)},
    {.name = "verbose",
     .letter = 'v',
     .help = "say when sessions begin and end",
     OPTIONS_FLAG(struct config, verbose)},
    {.name = "log-format",
     .standard = "text",
     .help = "of what is said on stderr",
     OPTIONS_CHOICE(struct config, log_format, "text|json")},
    {0},
};

static struct options_program program = {
    .name = "trawl-worker",
    .summary = "Fetch and parse pages for a coordinator (trawl --listen).",
    .rows = rows,
    .notes = "Workers may come and go at any time; what one held is done by another.\n",
};

static int check_name(struct config *config)
{
    if (!config->name) {
        char host[128] = "worker";
        gethostname(host, sizeof host - 1);
        snprintf(config->name_text, sizeof config->name_text, "%s-%d", host, (int)getpid());
        config->name = config->name_text;
    }
    if (!*config->name || strlen(config->name) > 200)
        return options_complain(&program, stderr, "--name takes 1 to 200 bytes");
    for (const char *c = config->name; *c; c++)
        if (*c <= 0x20 || *c >= 0x7f)
            return options_complain(&program, stderr, "--name takes printable ASCII without spaces");
    return OPTIONS_RUN;
}

int config_parse(struct config *config, int argc, char **argv)
{
    static char libraries[512];
    snprintf(libraries, sizeof libraries, "%s\n%s\n%s\n", zwatch_version(), fetch_version(),
             resolve_version());
    program.libraries = libraries;
    *config = (struct config){0};
    struct options_list arguments = {0};
    int code = options_parse(&program, argc, argv, config, &arguments, stdout, stderr);
    if (code == OPTIONS_RUN && !config->connect)
        code = options_complain(&program, stderr, "--connect ENDPOINT is missing: where is trawl listening?");
    if (code == OPTIONS_RUN && !zwatch_is_endpoint(config->connect))
        code = options_complain(&program, stderr,
                                "--connect: '%s' is not an endpoint: write tcp://HOST:PORT or ipc://PATH",
                                config->connect);
    if (code == OPTIONS_RUN)
        code = check_name(config);
    options_list_clear(&arguments);
    return code;
}
