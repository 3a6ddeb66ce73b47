#include "coordinator/config.h"

#include "common/link_kind.h"
#include "common/log.h"
#include "common/url.h"
#include "common/zwatch.h"
#include "coordinator/header.h"
#include "coordinator/local.h"
#include "coordinator/scope.h"
#include "proto/message.h"

#include <string.h>

static const struct options_row rows[] = {
    {.kind = OPTIONS_KIND_HEADING, .help = "What to fetch and where to write:"},
    {.name = "input",
     .letter = 'i',
     .argument = "FILE",
     .help = "read URLs from FILE, one a line; - is stdin",
     OPTIONS_STRING(struct config, input)},
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .standard = "-",
     .help = "write the links to FILE; - is stdout",
     OPTIONS_STRING(struct config, output)},
    {.name = "format",
     .letter = 'f',
     .standard = "tsv",
     .help = "tsv: one link a line; jsonl: one page a line, failures too",
     OPTIONS_CHOICE(struct config, format, "tsv|jsonl")},
    {.name = "no-header",
     .help = "leave out the first line, source_url and parsed_url",
     OPTIONS_FLAG(struct config, no_header)},
    {.name = "pages",
     .argument = "FILE",
     .help = "write a table of all pages, failures too, to FILE; - is stdout",
     OPTIONS_STRING(struct config, pages)},
    {.name = "summary",
     .argument = "FILE",
     .help = "write what the run counted to FILE, as JSON; - is stdout",
     OPTIONS_STRING(struct config, summary)},
    {.name = "state",
     .argument = "DIR",
     .help = "keep in DIR what a run killed at any moment needs to go on; the same command resumes it",
     OPTIONS_STRING(struct config, state)},
    {.name = "fresh",
     .help = "forget what --state DIR holds and start again",
     OPTIONS_FLAG(struct config, fresh)},
    {.name = "links",
     .standard = "href",
     .help = "which links: href of a, area and link; those of a and area only; or all",
     OPTIONS_CHOICE(struct config, links, LINK_KIND_CHOICES)},
    {.name = "all-schemes",
     .help = "links of every scheme (mailto:, javascript: ...), not only http and https",
     OPTIONS_FLAG(struct config, all_schemes)},
    {.name = "parser",
     .standard = "auto",
     .help = "what finds links; none fetches and counts only",
     OPTIONS_CHOICE(struct config, parser, "auto|stream|tidy|none")},

    {.kind = OPTIONS_KIND_HEADING, .help = "Following links:"},
    {.name = "depth",
     .letter = 'd',
     .argument = "N",
     .standard = "0",
     .help = "fetch what the pages link to as well, up to N links away from the URLs listed",
     OPTIONS_INTEGER(struct config, depth, 0, 65535)},
    {.name = "scope",
     .standard = "host",
     .help = "where to: to the hosts of the URLs listed, to all hosts of their domains, or to any host",
     OPTIONS_CHOICE(struct config, scope, "host|domain|any")},
    {.name = "include",
     .argument = "REGEX",
     .help = "follow only links whose URL matches this (regex(7)); of --include and --exclude the first that "
             "matches decides",
     OPTIONS_LIST(struct config, filters)},
    {.name = "exclude",
     .argument = "REGEX",
     .help = "follow no link whose URL matches this",
     OPTIONS_LIST(struct config, filters)},
    {.name = "respect-nofollow",
     .help = "follow no link that says rel=nofollow",
     OPTIONS_FLAG(struct config, respect_nofollow)},

    {.kind = OPTIONS_KIND_HEADING, .help = "Workers:"},
    {.name = "workers",
     .letter = 'w',
     .argument = "N",
     .help = "local worker processes; as many as there are CPUs, 0 with --listen",
     OPTIONS_INTEGER(struct config, workers, 0, 1024)},
    {.name = "concurrency",
     .letter = 'c',
     .argument = "N",
     .standard = "64",
     .help = "pages in flight per local worker",
     OPTIONS_INTEGER(struct config, slots, 1, 10000)},
    {.name = "listen",
     .argument = "ENDPOINT",
     .help = "take workers from other machines, e.g. on tcp://127.0.0.1:7777",
     OPTIONS_STRING(struct config, listen)},
    {.name = "insecure",
     .help = "listen without encryption beyond this machine",
     OPTIONS_FLAG(struct config, insecure)},

    {.kind = OPTIONS_KIND_HEADING, .help = "Manners and limits:"},
    {.name = "per-host",
     .argument = "N",
     .standard = "6",
     .help = "pages in flight per host, over all workers",
     OPTIONS_INTEGER(struct config, per_host, 1, 65536)},
    {.name = "delay",
     .argument = "TIME",
     .standard = "0",
     .help = "between the end of a page and the next of its host; then one at a time",
     OPTIONS_SECONDS(struct config, delay, 0, 86400)},
    {.name = "no-robots",
     .help = "do not ask for robots.txt: for your own sites",
     OPTIONS_FLAG(struct config, no_robots)},
    {.name = "timeout",
     .argument = "TIME",
     .standard = "30",
     .help = "for one page, all in all",
     OPTIONS_SECONDS(struct config, timeout, 0.1, 3600)},
    {.name = "retries",
     .argument = "N",
     .standard = "2",
     .help = "of a page that may come another time",
     OPTIONS_INTEGER(struct config, retries, 0, 100)},
    {.name = "max-pages",
     .argument = "N",
     .help = "stop after N pages; with --state the same command with more goes on; 0: no limit",
     OPTIONS_INTEGER(struct config, max_pages, 0, OPTIONS_NO_LIMIT)},
    {.name = "max-per-host",
     .argument = "N",
     .help = "fetch N pages of a host and leave the rest; 0: no limit",
     OPTIONS_INTEGER(struct config, max_per_host, 0, OPTIONS_NO_LIMIT)},
    {.name = "max-time",
     .argument = "TIME",
     .help = "stop after that time; 0: no limit",
     OPTIONS_SECONDS(struct config, max_time, 0, OPTIONS_NO_LIMIT)},
    {.name = "max-body",
     .argument = "SIZE",
     .standard = "8M",
     .help = "of a page, decoded; what is there by then is parsed",
     OPTIONS_BYTES(struct config, max_body, 1, 1024.0 * 1024 * 1024)},
    {.name = "max-redirects",
     .argument = "N",
     .standard = "10",
     .help = "to follow from a listed URL",
     OPTIONS_INTEGER(struct config, max_redirects, 0, 100)},
    {.name = "user-agent",
     .argument = "TEXT",
     .help = "say this instead of trawl/" TRAWL_VERSION,
     OPTIONS_STRING(struct config, user_agent)},
    {.name = "contact",
     .argument = "URL",
     .help = "where site owners reach you; put into the user agent",
     OPTIONS_STRING(struct config, contact)},
    {.name = "header",
     .letter = 'H',
     .argument = "LINE",
     .help = "send 'Name: value' with every request; Authorization and Cookie only to the origins listed",
     OPTIONS_LIST(struct config, headers)},
    {.name = "proxy",
     .argument = "URL",
     .help = "send every request through http://[USER:PASSWORD@]HOST:PORT, or https, socks4, socks5, socks5h",
     OPTIONS_STRING(struct config, proxy)},
    {.name = "no-verify",
     .letter = 'k',
     .help = "take any certificate: for your own sites",
     OPTIONS_FLAG(struct config, no_verify)},
    {.name = "grace",
     .argument = "TIME",
     .standard = "10",
     .help = "for pages in flight after Ctrl-C",
     OPTIONS_SECONDS(struct config, grace, 0, 3600)},

    {.kind = OPTIONS_KIND_HEADING, .help = "Talk:"},
    {.name = "quiet", .letter = 'q', .help = "errors only", OPTIONS_FLAG(struct config, quiet)},
    {.name = "verbose", .letter = 'v', .help = "two lines a page", OPTIONS_FLAG(struct config, verbose)},
    {.name = "log-format",
     .standard = "text",
     .help = "of what is said on stderr",
     OPTIONS_CHOICE(struct config, log_format, "text|json")},
    {0},
};

static struct options_program program = {
    .name = "trawl",
    .arguments = "[URL...]",
    .summary = "Fetch pages with many processes and machines and write every link found.",
    .rows = rows,
    .notes = "Examples:\n"
             "  trawl https://example.com/ > links.tsv\n"
             "  trawl -i urls.txt -o links.tsv --pages pages.tsv\n"
             "  trawl -i urls.txt -o links.tsv --state run\n"
             "  trawl -d 3 --max-pages 10000 https://example.com/ > links.tsv\n"
             "  trawl -i urls.txt -o links.tsv --listen tcp://127.0.0.1:7777 -w 2\n",
};

static int check_user_agent(const struct config *config)
{
    const char *texts[] = {config->user_agent, config->contact};
    for (int i = 0; i < 2; i++)
        for (const char *c = texts[i]; c && *c; c++)
            if (*c < 0x20 || *c >= 0x7f)
                return options_complain_of(&program, i ? "contact" : "user-agent", stderr,
                                           " holds a byte that a header cannot: use printable ASCII");
    return OPTIONS_RUN;
}

static int settle_user_agent(struct config *config)
{
    const char *agent = config->user_agent ? config->user_agent : "trawl/" TRAWL_VERSION;
    size_t room = sizeof config->user_agent_text;
    int size = config->contact ? snprintf(config->user_agent_text, room, "%s (+%s)", agent, config->contact)
                               : snprintf(config->user_agent_text, room, "%s", agent);
    if ((size_t)size >= room)
        return options_complain(&program, stderr,
                                "--user-agent and --contact together are longer than %zu bytes", room - 1);
    return OPTIONS_RUN;
}

static int stays_on_this_machine(const char *endpoint)
{
    static const char *const loopback[] = {"ipc://", "tcp://127.", "tcp://localhost:", "tcp://[::1]:"};
    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
        if (!strncmp(endpoint, loopback[i], strlen(loopback[i])))
            return 1;
    return 0;
}

/* Puts the credentials behind the other headers, each kind in its order. */
static void part_headers(struct options_list *headers, size_t *credentials)
{
    const char *why, **words = headers->words;
    size_t plain = headers->count;
    for (size_t i = headers->count; i-- > 0;) {
        const char *word = words[i];
        if (header_judge(word, &why) != HEADER_CREDENTIAL)
            continue;
        plain--;
        memmove(words + i, words + i + 1, (plain - i) * sizeof *words);
        words[plain] = word;
    }
    *credentials = headers->count - plain;
}

static int check_headers(struct config *config)
{
    const struct options_list *headers = &config->headers;
    const char *why;
    for (size_t i = 0; i < headers->count; i++)
        if (header_judge(headers->words[i], &why) == HEADER_REFUSED)
            return options_complain_of(&program, "header", stderr, " %.*s: %s",
                                       (int)header_name_size(headers->words[i]), headers->words[i], why);
    if (headers->count > MESSAGE_HEADERS_MAX)
        return options_complain(&program, stderr, "--header: %zu are too many: up to %d go", headers->count,
                                MESSAGE_HEADERS_MAX);
    part_headers(&config->headers, &config->credentials);
    return OPTIONS_RUN;
}

/* Whether it is the URL of a proxy; then *secret says whether it holds a name or password. */
static int is_proxy(const char *text, int *secret)
{
    static const char *const schemes[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
    char url[MESSAGE_TEXT_MAX];
    struct url_parts parts;
    if (strlen(text) >= sizeof url || url_resolve(NULL, text, strlen(text), url, sizeof url, &parts) < 0 ||
        !parts.host.size)
        return 0;
    *secret = parts.username.size || parts.password.size;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strlen(schemes[i]) == parts.scheme.size && !memcmp(schemes[i], url, parts.scheme.size))
            return 1;
    return 0;
}

static int check_secrets(const struct config *config)
{
    int proxy_secret = 0;
    if (config->proxy && !is_proxy(config->proxy, &proxy_secret))
        return options_complain_of(&program, "proxy", stderr,
                                   " is no URL of a proxy: write http://HOST:PORT or socks5h://HOST:PORT");
    if (config->listen && !stays_on_this_machine(config->listen) && (config->credentials || proxy_secret))
        return options_complain_of(&program, proxy_secret ? "proxy" : "header", stderr,
                                   " holds a secret, which --listen %s would send to other machines without "
                                   "encryption",
                                   config->listen);
    return OPTIONS_RUN;
}

static int compile_filter(struct config *config)
{
    char why[500];
    const char *option;
    if (!config->filters.count)
        return OPTIONS_RUN;
    config->filter = filter_create(&config->filters, &option, why, sizeof why);
    return config->filter ? OPTIONS_RUN : options_complain_of(&program, option, stderr, " %s", why);
}

static int check(struct config *config)
{
    if (config->fresh && !config->state)
        return options_complain_of(&program, "fresh", stderr, " needs --state DIR");
    if (!config->urls.count && !config->input && (!config->state || config->fresh))
        return options_complain(&program, stderr,
                                "no URLs: name some, or a list with -i FILE (-i - reads stdin)");
    if (config->quiet && config->verbose)
        return options_complain(&program, stderr, "-q and -v contradict each other");
    if (config->listen && !zwatch_is_endpoint(config->listen))
        return options_complain_of(&program, "listen", stderr,
                                   ": '%s' is not an endpoint: write tcp://HOST:PORT or ipc://PATH",
                                   config->listen);
    if (config->no_header && config->format == CONFIG_JSONL)
        return options_complain_of(&program, "no-header", stderr, " goes with TSV: JSONL has no header");
    if (config->listen && !config->insecure && !stays_on_this_machine(config->listen))
        return options_complain_of(
            &program, "listen", stderr,
            " %s is open to other machines without encryption; --insecure accepts that", config->listen);
    if (config->workers < 0)
        config->workers = config->listen ? 0 : local_cpus();
    if (config->workers == 0 && !config->listen)
        return options_complain_of(&program, "workers", stderr,
                                   ": 0 leaves no worker: add --listen ENDPOINT for workers elsewhere");
    int code = compile_filter(config);
    if (code == OPTIONS_RUN)
        code = check_user_agent(config);
    if (code == OPTIONS_RUN)
        code = check_headers(config);
    return code == OPTIONS_RUN ? check_secrets(config) : code;
}

int config_parse(struct config *config, int argc, char **argv)
{
    static char libraries[64];
    snprintf(libraries, sizeof libraries, "%s\n", zwatch_version());
    program.libraries = libraries;
    program.environment = &config->environment;
    *config = (struct config){.workers = -1};
    int code = options_parse(&program, argc, argv, config, &config->urls, stdout, stderr);
    if (code == OPTIONS_RUN)
        code = check(config);
    if (code != OPTIONS_RUN)
        return code;
    return settle_user_agent(config);
}

void config_warn(const struct config *config)
{
    const char *idle[] = {
        config->scope != SCOPE_HOST ? ", --scope" : "",
        config->filter ? ", --include and --exclude" : "",
        config->respect_nofollow ? ", --respect-nofollow" : "",
    };
    char names[100];
    int size = snprintf(names, sizeof names, "%s%s%s", idle[0], idle[1], idle[2]);
    if (size && !config->depth)
        log_warning("without -d N no link is followed: %s can do nothing", names + 2);
}

void config_clear(struct config *config)
{
    options_list_clear(&config->urls);
    options_list_clear(&config->filters);
    options_list_clear(&config->headers);
    options_list_clear(&config->environment);
    filter_destroy(&config->filter);
}
