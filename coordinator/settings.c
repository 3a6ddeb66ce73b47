#include "coordinator/settings.h"

#include <string.h>

void settings_fill(const struct config *config, Trawl__Settings *settings)
{
    size_t plain = config->headers.count - config->credentials;
    settings->timeout_ms = (uint32_t)(config->timeout * 1000);
    settings->connect_timeout_ms = 10000;
    settings->max_body = config->max_body;
    settings->user_agent = (char *)config->user_agent_text;
    settings->parser = (Trawl__Parser)config->parser;
    settings->links = (Trawl__LinkKinds)config->links;
    settings->all_schemes = config->all_schemes;
    settings->want_rels = config->format == CONFIG_JSONL;
    settings->headers = (char **)config->headers.words;
    settings->n_headers = plain;
    settings->credentials = config->credentials ? (char **)config->headers.words + plain : NULL;
    settings->n_credentials = config->credentials;
    settings->proxy = (char *)(config->proxy ? config->proxy : "");
    settings->no_verify = config->no_verify;
}

int settings_allow_credentials(const struct crawl *crawl, const struct entry *entry)
{
    return crawl->config->credentials && entry->host == entry->home &&
           scope_is_listed(crawl->scope, entry->url, strlen(entry->url));
}
