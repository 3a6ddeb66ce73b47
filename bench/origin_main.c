/* trawl-origin: a loopback world that is as large, slow or broken as asked. */
#include "bench/origin_listen.h"
#include "bench/origin_serve.h"
#include "bench/origin_truth.h"
#include "bench/world_robots.h"
#include "common/log.h"
#include "common/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct settings {
    struct world world;
    size_t size;
    struct origin_limit_settings limit;
    int64_t threads;
    int kind, scope, status;
    const char *urls, *truth, *outcomes, *dump, *log;
};

#define PERCENT(field) OPTIONS_INTEGER(struct settings, field, 0, 100)

static const struct options_row rows[] = {
    {.kind = OPTIONS_KIND_HEADING, .help = "The world"},
    {"seed", "N", "1", "what everything follows from",
     OPTIONS_INTEGER(struct settings, world.seed, 0, OPTIONS_NO_LIMIT)},
    {"pages", "N", "1000", "listed pages", OPTIONS_INTEGER(struct settings, world.pages, 1, 1e9)},
    {"links", "N", "20", "links a page, on average",
     OPTIONS_INTEGER(struct settings, world.links, 0, 1000000)},
    {"size", "BYTES", "6000", "body of a page, on average",
     OPTIONS_BYTES(struct settings, size, 0, 256 << 20)},
    {"hosts", "N", "200", "hosts, 127.0.0.1 and up, all on one port",
     OPTIONS_INTEGER(struct settings, world.hosts, 1, WORLD_HOSTS_MOST)},
    {"errors", "PERCENT", "5", "pages that answer with an error or break off", PERCENT(world.errors)},
    {"redirects", "PERCENT", "5", "pages that redirect", PERCENT(world.redirects)},
    {"others", "PERCENT", "3", "pages that are not HTML", PERCENT(world.others)},
    {.kind = OPTIONS_KIND_HEADING, .help = "A world to follow links in"},
    {"linked", NULL, NULL, "list only first pages of hosts, from which links lead to all others",
     OPTIONS_FLAG(struct settings, world.linked)},
    {"starts", "N", "0", "hosts whose first page is listed; 0 is all of them",
     OPTIONS_INTEGER(struct settings, world.starts, 0, WORLD_HOSTS_MOST)},
    {"across", "PERCENT", "0", "random links, and redirects, that may leave their host",
     PERCENT(world.across)},
    {"branch", "N", "4", "pages that each page leads to, besides its random links",
     OPTIONS_INTEGER(struct settings, world.branch, 1, 1000)},
    {"scope", NULL, "host", "hosts followed into, for the truth: those listed, or all",
     OPTIONS_CHOICE(struct settings, scope, "host|any")},
    {"traps", NULL, NULL, "each host's first page also leads to where paths never end, /trap/",
     OPTIONS_FLAG(struct settings, world.traps)},
    {.kind = OPTIONS_KIND_HEADING, .help = "What hosts ask for"},
    {"robots", "WHAT", "none",
     "robots.txt of each host: none, allow, deny, part, delay, error, redirect, huge, html, or mixed: each "
     "of them",
     OPTIONS_CHOICE(struct settings, world.robots, WORLD_ROBOTS_WORDS)},
    {"crawl-delay", "S", "1", "seconds, where robots.txt names a delay",
     OPTIONS_INTEGER(struct settings, world.crawl_delay, 0, 3600)},
    {"silent-hosts", "N", "0", "of the last so many hosts each takes connections and never answers",
     OPTIONS_INTEGER(struct settings, world.silent_hosts, 0, WORLD_HOSTS_MOST)},
    {"refuse-first", "N", "0", "refuse so many page requests of each host",
     OPTIONS_INTEGER(struct settings, limit.first, 0, 1000000)},
    {"refuse-beyond", "N", "0", "refuse more requests of a host at once than so many; 0: none",
     OPTIONS_INTEGER(struct settings, limit.parallel, 0, 1000000)},
    {"refuse-within", "MS", "0", "refuse requests sooner than so much after an answer of the host",
     OPTIONS_INTEGER(struct settings, limit.gap, 0, 3600000)},
    {"refuse-with", NULL, "429", "the status of what is refused",
     OPTIONS_CHOICE(struct settings, status, "429|503")},
    {"retry-after", NULL, "never", "how a refusal says when to come again",
     OPTIONS_CHOICE(struct settings, limit.after, "never|seconds|date")},
    {"retry-seconds", "S", "1", "after how long", OPTIONS_INTEGER(struct settings, limit.seconds, 0, 86400)},
    {.kind = OPTIONS_KIND_HEADING, .help = "How it answers"},
    {"port", "N", "0", "port of all hosts; 0 picks one",
     OPTIONS_INTEGER(struct settings, world.port, 0, 65535)},
    {"latency", "MS", "0", "time before an answer begins",
     OPTIONS_INTEGER(struct settings, world.latency, 0, 3600000)},
    {"jitter", "MS", "0", "up to so much more, fixed for each page",
     OPTIONS_INTEGER(struct settings, world.jitter, 0, 3600000)},
    {"compress", "PERCENT", "0", "bodies sent gzip-encoded", PERCENT(world.compress)},
    {"chunked", "PERCENT", "5", "bodies sent in chunks, without a length", PERCENT(world.chunked)},
    {"threads", "N", "1", "threads that serve", OPTIONS_INTEGER(struct settings, threads, 1, 64)},
    {.kind = OPTIONS_KIND_HEADING, .help = "Files, written before it answers"},
    {"urls", "FILE", NULL, "the listed URLs, one a line", OPTIONS_STRING(struct settings, urls)},
    {"truth", "FILE", NULL, "the rows a crawl of the list must write, without header",
     OPTIONS_STRING(struct settings, truth)},
    {"kind", NULL, "href", "which links are rows of the truth",
     OPTIONS_CHOICE(struct settings, kind, "href|a")},
    {"outcomes", "FILE", NULL, "url, outcome, status and final URL of each URL, and its depth if linked",
     OPTIONS_STRING(struct settings, outcomes)},
    {"dump", "DIR", NULL, "bodies, and pages.tsv to say which is whose",
     OPTIONS_STRING(struct settings, dump)},
    {"log", "FILE", NULL, "access log: asked at, host, path, status, answered at",
     OPTIONS_STRING(struct settings, log)},
    {0},
};

static const struct options_program program = {
    .name = "trawl-origin",
    .summary = "A loopback world that is as large, slow or broken as asked.",
    .rows = rows,
    .notes = "It prints one line, \"listening on 127.0.0.1:PORT hosts N\", when it is ready, and ends on "
             "SIGINT or SIGTERM.\n",
};

static int write_files(const struct settings *settings, const struct reach *reach)
{
    const struct world *world = &settings->world;
    if (settings->urls && origin_truth_write_urls(world, settings->urls) != 0)
        return -1;
    if (settings->truth &&
        origin_truth_write_rows(world, reach, (enum page_links)settings->kind, settings->truth) != 0)
        return -1;
    if (settings->outcomes && origin_truth_write_outcomes(world, reach, settings->outcomes) != 0)
        return -1;
    if (!settings->dump)
        return 0;
    if (mkdir(settings->dump, 0777) != 0 && errno != EEXIST) {
        log_error("cannot make %s: %s", settings->dump, strerror(errno));
        return -1;
    }
    return origin_truth_write_bodies(world, settings->dump);
}

static void announce(void *arg)
{
    const struct world *world = arg;
    printf("listening on 127.0.0.1:%d hosts %d\n", (int)world->port, (int)world->hosts);
    fflush(stdout);
}

/* The truth is known only once the port is. */
static int write_truth(const struct settings *settings)
{
    struct reach *reach = NULL;
    if (settings->world.linked && (settings->truth || settings->outcomes))
        reach = reach_create(&settings->world, (enum page_links)settings->kind,
                             (enum reach_scope)settings->scope);
    int result = write_files(settings, reach);
    reach_destroy(&reach);
    return result;
}

static int serve(struct settings *settings)
{
    const struct origin_limit_settings *limit = &settings->limit;
    int result = -1, socket = origin_listen_open(&settings->world.port);
    struct origin_serve serve = {.world = &settings->world, .socket = socket, .threads = settings->threads};
    if (socket < 0)
        return -1;
    if (limit->first || limit->parallel || limit->gap)
        serve.limit = origin_limit_create(limit, settings->world.hosts);
    if (settings->log && !(serve.log = fopen(settings->log, "we")))
        log_error("cannot write %s: %s", settings->log, strerror(errno));
    else if (write_truth(settings) == 0)
        result = origin_serve_run(&serve, announce, &settings->world);
    if (serve.log && fclose(serve.log) != 0) {
        log_error("cannot write %s: %s", settings->log, strerror(errno));
        result = -1;
    }
    origin_limit_destroy(&serve.limit);
    close(socket);
    return result;
}

/* Returns what is wrong with the numbers, or NULL. */
static const char *complaint(const struct world *world)
{
    int64_t odd = world->errors + world->redirects + world->others;
    if (odd > 100)
        return "--errors, --redirects and --others are more than 100 percent";
    if (world->silent_hosts >= world->hosts)
        return "--silent-hosts leaves no host that answers";
    if (!world->linked)
        return NULL;
    if (odd > 50)
        return "--errors, --redirects and --others are more than 50 percent of a --linked world";
    if (world->pages < world->hosts)
        return "--pages are fewer than the --hosts of a --linked world";
    return world->starts > world->hosts ? "--starts are more than --hosts" : NULL;
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct options_list arguments = {0};
    log_init("trawl-origin", LOG_WARNING, LOG_TEXT);
    int code = options_parse(&program, argc, argv, &settings, &arguments, stdout, stderr);
    options_list_clear(&arguments);
    if (code != OPTIONS_RUN)
        return code;
    settings.world.size = (int64_t)settings.size;
    settings.limit.status = settings.status ? 503 : 429;
    const char *wrong = complaint(&settings.world);
    if (wrong)
        return options_complain(&program, stderr, "%s", wrong);
    if (settings.world.starts == 0)
        settings.world.starts = settings.world.hosts;
    return serve(&settings) == 0 ? 0 : 1;
}
