#include "bench/page_link.h"

#include <string.h>

#define SELF PAGE_LINK_SELF
#define SIBLING PAGE_LINK_SIBLING
#define COUSIN PAGE_LINK_COUSIN
#define HOST PAGE_LINK_HOST
#define ANY PAGE_LINK_ANY
#define QUOTED PAGE_LINK_QUOTED
#define UTF8 PAGE_LINK_UTF8

/* $ and a letter stands for a part of the target: U its URL, P path, D its inner directory's name, F file
 * name, H host and port, A address. For a part of the document: B its base URL, O the base's origin, R the
 * base's directory, I the name of the outer one. And p is the port, N a number, u is u-umlaut in the page's
 * encoding. */
const struct page_link_spelling page_link_spellings[PAGE_LINK_SPELLINGS] = {
    {ANY, 0, "$U", "$U"},
    {HOST, 0, "$P", "$U"},
    {COUSIN, 0, "../$D/$F", "$U"},
    {SIBLING, 0, "$F", "$U"},
    {SIBLING, 0, "./$F", "$U"},
    {ANY, 0, "//$H$P", "$U"},
    {SIBLING, 0, "$F#s$N", "$U#s$N"},
    {SELF, 0, "#s$N", "$B#s$N"},
    {HOST, QUOTED, "$P?q=a&amp;b=c$N", "$U?q=a&b=c$N"},
    {SELF, QUOTED, "", "$B"},
    {SELF, QUOTED, "?page=$N", "$B?page=$N"},
    {HOST, QUOTED, "$P?a=$N&copy=2&reg=4", "$U?a=$N&copy=2&reg=4"},
    {HOST, QUOTED, "$P?a=1&#38;b=&quot;$N&quot;", "$U?a=1&b=%22$N%22"},
    {ANY, QUOTED, " \t$U\n", "$U"},
    {ANY, QUOTED, "ht\ttp://$H\n$P", "$U"},
    {ANY, 0, "HTTP://$H$P", "$U"},
    {ANY, 0, "\\\\$H$P", "$U"},
    {ANY, 0, "http:\\\\$H$P", "$U"},
    {HOST, 0, "http:$P", "$U"},
    {COUSIN, 0, "../x/../$D/./$F", "$U"},
    {COUSIN, 0, "%2e%2E/$D/$F", "$U"},
    {HOST, 0, "../../../../..$P", "$U"},
    {HOST, QUOTED, "$P;v=$N", "$U;v=$N"},
    {HOST, 0, "$P#$N#x", "$U#$N#x"},
    {SELF, 0, "%7Euser/%2Fa%zz$N", "$R%7Euser/%2Fa%zz$N"},
    {SELF, QUOTED, "/s/a b $N", "$O/s/a%20b%20$N"},
    {SELF, QUOTED, "/s/{$N}?x={y} z", "$O/s/%7B$N%7D?x={y}%20z"},
    {SELF, 0, "..", "$O/$I/"},
    {ANY, 0, "https://$H$P", "https://$H$P"},
    {ANY, 0, "https://$A:443$P", "https://$A$P"},
    {ANY, 0, "http://user:pw@$H$P", "http://user:pw@$H$P"},
    {SELF, 0, "http://127.1:$p/x$N", "http://127.0.0.1:$p/x$N"},
    {SELF, 0, "http://0x7f.1:$p", "http://127.0.0.1:$p/"},
    {SELF, 0, "http://2130706433:$p/x$N", "http://127.0.0.1:$p/x$N"},
    {SELF, 0, "/wiki/Z$urich-$N", "$O/wiki/Z%C3%BCrich-$N"},
    {SELF, UTF8, "preis/\xe2\x82\xac$N", "$Rpreis/%E2%82%AC$N"}, /* see put_part, 'u' */
    {SELF, 0, "/wiki/x$N#$u", "$O/wiki/x$N#%C3%BC"},
    {SELF, QUOTED, "/wiki/&uuml;&#x20AC;$N", "$O/wiki/%C3%BC%E2%82%AC$N"},
    {SELF, UTF8 | QUOTED, "/find?q=$u$N", "$O/find?q=%C3%BC$N"},
    {SELF, UTF8, "/\xe6\x97\xa5\xe6\x9c\xac/$N", "$O/%E6%97%A5%E6%9C%AC/$N"},
    {SELF, UTF8, "/\xf0\x9f\x90\x9f/$N", "$O/%F0%9F%90%9F/$N"},
};

bool page_link_is_plain(const struct page_link_spelling *spelling)
{
    const char *means = spelling->means;
    return means[0] == '$' && (means[1] == 'U' || means[1] == 'B') && (means[2] == 0 || means[2] == '#');
}

static void put_host(const struct world *world, int64_t page, bool with_port, struct buf *out)
{
    world_put_host(world_host(world, (struct world_place){page, 0}), out);
    if (with_port) {
        buf_append(out, ":", 1);
        world_put_number(out, world->port);
    }
}

static void put_directory(char letter, int64_t number, struct buf *out)
{
    buf_append_byte(out, letter);
    world_put_number(out, number);
}

/* Appends what the letter after a $ stands for. */
static void put_part(const struct page_link_document *document, const struct page_link *link, char letter,
                     struct buf *out)
{
    const struct world *world = document->world;
    struct world_place target = {link->target, 0}, base = {document->base, 0};
    switch (letter) {
    case 'U':
        world_put_url(world, target, out);
        break;
    case 'P':
        world_put_path(world, target, out);
        break;
    case 'D':
        put_directory('b', world_directories(world, target.page).inner, out);
        break;
    case 'F':
        world_put_number(out, target.page);
        buf_append(out, ".html", 5);
        break;
    case 'H':
        put_host(world, target.page, true, out);
        break;
    case 'A':
        put_host(world, target.page, false, out);
        break;
    case 'B':
        world_put_url(world, base, out);
        break;
    case 'O':
    case 'R':
        buf_append(out, "http://", 7);
        put_host(world, base.page, true, out);
        if (letter == 'O')
            break;
        buf_append(out, "/", 1);
        put_directory('a', world_directories(world, base.page).outer, out);
        buf_append(out, "/", 1);
        put_directory('b', world_directories(world, base.page).inner, out);
        buf_append(out, "/", 1);
        break;
    case 'I':
        put_directory('a', world_directories(world, base.page).outer, out);
        break;
    case 'p':
        world_put_number(out, world->port);
        break;
    case 'N':
        world_put_number(out, link->number);
        break;
    case 'u': /* a letter that ISO-8859-1 and windows-1252 share: Node 20 takes them for one and the same */
        buf_append_string(out, document->latin1 ? "\xfc" : "\xc3\xbc");
        break;
    default:
        break;
    }
}

static void put_form(const struct page_link_document *document, const struct page_link *link,
                     const char *form, struct buf *out)
{
    for (;;) {
        size_t plain = strcspn(form, "$");
        buf_append(out, form, plain);
        if (!form[plain])
            return;
        put_part(document, link, form[plain + 1], out);
        form += plain + 2;
    }
}

void page_link_spell(const struct page_link_document *document, const struct page_link *link, struct buf *out)
{
    put_form(document, link, link->spelling->spelled, out);
}

void page_link_mean(const struct page_link_document *document, const struct page_link *link, struct buf *out)
{
    put_form(document, link, link->spelling->means, out);
}
