/* trawl-robots: what a robots.txt says of a URL.
 *
 * The matcher by itself, for site owners, tests and comparisons; --gate asks what trawl asks.
 */
#include "common/log.h"
#include "common/memory.h"
#include "common/options.h"
#include "common/url.h"
#include "coordinator/robots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALLOWED = 0, DISALLOWED = 1, USAGE = 2 };

struct settings {
    bool gate;
};

static const struct options_row rows[] = {
    {"gate", NULL, NULL,
     "judge as a crawl does: the URL parsed as browsers do, escapes compared by what they mean, /robots.txt "
     "allowed",
     0, false, OPTIONS_FLAG(struct settings, gate)},
    {0},
};

static const struct options_program program = {
    .name = "trawl-robots",
    .arguments = "AGENT URL",
    .summary = "Reads a robots.txt from standard input and says whether it lets AGENT fetch URL.",
    .rows = rows,
    .notes = "AGENT is a product token, such as trawl. Prints allowed or disallowed, a tab and the rule that "
             "decides "
             "(- if none does). The exit code is 0 for allowed, 1 for disallowed, 2 for wrong usage.\n",
};

/* Returns 0, or -1 when it cannot be read. */
static int read_body(struct buf *body)
{
    char part[65536];
    ssize_t size;
    while ((size = read(STDIN_FILENO, part, sizeof part)) != 0) {
        if (size > 0)
            buf_append(body, part, (size_t)size); /* what no longer fits is not looked at anyway */
        else if (errno != EINTR)
            break;
    }
    if (size == 0)
        return 0;
    log_error("cannot read the standard input: %s", strerror(errno));
    return -1;
}

/* The path that a crawl would request. */
static int parse_path(struct buf *path, const char *url)
{
    char serialised[URL_LONGEST], request[URL_LONGEST];
    struct url_parts parts;
    ssize_t size = url_resolve(NULL, url, strlen(url), serialised, sizeof serialised, &parts);
    if (size < 0 || !url_is_web(&parts))
        return -1;
    size = url_request(serialised, (size_t)size, request, sizeof request);
    url_split(request, (size_t)size, &parts);
    return buf_append(path, request + parts.path.at, (size_t)size - parts.path.at);
}

static int print_verdict(const struct robots_verdict *verdict)
{
    struct buf rule;
    char text[4096];
    buf_init(&rule, ROBOTS_COMPILED_MAX);
    if (verdict->rule)
        robots_rule_text(&rule, verdict->rule);
    else
        buf_append_string(&rule, verdict->exhausted ? "too much to compare" : "-");
    size_t size = log_escape(text, sizeof text, rule.data, rule.size);
    printf("%s\t%.*s\n", verdict->allowed ? "allowed" : "disallowed", (int)size, text);
    buf_clear(&rule);
    return verdict->allowed ? ALLOWED : DISALLOWED;
}

/* The matcher takes whatever it is asked; who asks about a word has mistyped. */
static int check(const struct settings *settings, const char *agent, const char *url)
{
    if (!*agent)
        return options_complain(&program, stderr, "the AGENT is empty: name one, such as trawl");
    if (!settings->gate && url[0] != '/' && !strstr(url, "://"))
        return options_complain(&program, stderr, "this is no URL and no path: %s", url);
    return OPTIONS_RUN;
}

static int run(const struct settings *settings, const char *agent, const char *url)
{
    struct buf body, path, compiled;
    buf_init(&body, ROBOTS_BODY_MAX + 65536);
    buf_init(&path, strlen(url) + URL_LONGEST);
    buf_init(&compiled, ROBOTS_COMPILED_MAX);
    int code = USAGE;
    if (settings->gate ? parse_path(&path, url) : robots_path(&path, url, strlen(url))) {
        code = options_complain(&program, stderr, "this is no http or https URL: %s", url);
    } else if (read_body(&body) == 0) {
        robots_compile(&compiled, body.data, body.size, agent);
        struct robots_verdict verdict =
            robots_ask(compiled.data, compiled.size, path.data, path.size, settings->gate);
        code = print_verdict(&verdict);
    }
    buf_clear(&compiled);
    buf_clear(&path);
    buf_clear(&body);
    return code;
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct options_list arguments;
    log_init(program.name, LOG_WARNING, LOG_TEXT);
    int code = options_parse(&program, argc, argv, &settings, &arguments, stdout, stderr);
    if (code == OPTIONS_RUN && arguments.count != 2)
        code = options_complain(&program, stderr, "an AGENT and a URL are wanted, and nothing else");
    if (code == OPTIONS_RUN)
        code = check(&settings, arguments.words[0], arguments.words[1]);
    if (code == OPTIONS_RUN)
        code = run(&settings, arguments.words[0], arguments.words[1]);
    options_list_clear(&arguments);
    return code;
}
