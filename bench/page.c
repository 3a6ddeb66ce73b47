#include "bench/page.h"

#include "bench/page_link.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* world.c's purposes end far below. */
enum { ROLL_PAGE = 1000 };

/* How an element carries a link: what stands before and after the value of its href. */
struct element {
    int weight;
    bool quoted;
    bool anchor; /* a or area */
    const char *before;
    const char *after;
};

static const struct element in_body[] = {
    {20, true, true, "<a href=\"", "\">read more</a>"},
    {4, true, true, "<a class=\"ref\" href=\"", "\" rel=\"nofollow noopener\">see <b>there</b></a>"},
    {2, true, true, "<A HREF='", "'>old style</A>"},
    {3, false, true, "<a title=bare href=", " id=b>bare</a>"},
    {1, true, true, "<a data-href=\"/fake/data\" title=\"a > b\" href = \"", "\">spaced</a>"},
    {1, true, true, "<a\n\thref=\"", "\"\n\thref=\"/fake/second\">twice</a>"},
    {1, true, true, "<a href=\"", "\"><img src=\"/fake/image.png\" alt=\"<a href='/fake/alt'>\"></a>"},
    {1, true, true, "<map name=\"m\"><area shape=\"rect\" coords=\"0,0,9,9\" alt=\"\" href=\"", "\"></map>"},
};

static const struct element in_head[] = {
    {3, true, false, "<link rel=\"stylesheet\" href=\"", "\">\n"},
    {1, true, false, "<link rel=\"next prefetch\" href='", "'>\n"},
    {1, false, false, "<LINK REL=canonical HREF=", " >\n"},
};

static const char *const fakes[] = {
    "<!-- <a href=\"/fake/comment\">gone</a> -->\n",
    "<!-- <p> -- <link href=\"/fake/comment\"> -->\n",
    "<script>document.write(\"<a href='/fake/script'>x<\\/a>\"); if (1 < 2) x = '<base "
    "href=/fake/>';</script>\n",
    "<p><a href=\"mailto:someone@example.org?subject=a&amp;b\">Write</a> or "
    "<a href='tel:+41-44-000-00-00'>call</a>.</p>\n",
    "<p><a href=\"javascript:void(0)\">Open</a> <a href=\" javascript:x('/fake/js')\">close</a></p>\n",
    "<p><a href=\"data:text/html,&lt;a href=/fake/&gt;\">inline</a> <a "
    "href=\"ftp://127.0.0.1/fake\">ftp</a></p>\n",
    "<p><a href=\"http://[oops/fake\">no host</a> <a href=\"http://127.0.0.1:99999/fake\">no port</a></p>\n",
    "<p><a name=\"top\"></a><a id=x title=\"href=/fake/title\">no link</a></p>\n",
    "<p title=\"<a href='/fake/title'>x</a>\">&lt;a href=\"/fake/text\"&gt; is how a link begins.</p>\n",
    "<p><img src=\"/fake/x.png\" alt=\"\"><q cite=\"/fake/cite\">a quotation</q></p>\n",
};

static const char *const sentences[] = {
    "The harbour was quiet when the first boats came in. ",
    "Nobody had <em>expected</em> the letter to arrive before spring. ",
    "Prices rose by 3 % &mdash; less than in any year since 1998. ",
    "See the <b>second table</b> for what was measured. ",
    "It is made of oak, brass and <span class=\"rare\">a little silver</span>. ",
    "Trains leave at 7:15, 8:45 &amp; 10:15. ",
    "<code>if (a &lt; b) return a;</code> is all there is to it. ",
    "What remains is small, and it is easily kept in a drawer. ",
    "The committee met twice and agreed on nothing at all. ",
    "Rain is likely in the west; the east stays dry until evening. ",
    "She wrote it down, closed the book and went to see the sea. ",
    "<strong>Note:</strong> older versions behave otherwise. ",
    "A good map tells you what it leaves out.<br>\n",
    "Of the forty-one bridges, nine are closed to carts. ",
    "Salt, flour, water, time: nothing else belongs in it. ",
    "The index at the end lists every name <i>once</i>. ",
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* ---- a page being written -------------------------------------------------------------------------- */

struct sheet {
    struct page_link_document document;
    const struct world_page *page;
    int64_t number;
    uint64_t state;    /* of the sequence that decides everything in the page, whatever is wanted of it */
    struct buf *body;  /* NULL: not wanted */
    size_t start;      /* what the body held before */
    struct buf *links; /* NULL: not wanted */
    enum page_links count;
    uint64_t *seen; /* fingerprints of the links so far, an open table; 0 is empty */
    size_t seen_room;
    struct page_link last; /* for links that stand twice in a page */
};

static uint64_t draw(struct sheet *sheet)
{
    return world_roll(sheet->document.world, (int64_t)sheet->state++, ROLL_PAGE);
}

static int64_t draw_below(struct sheet *sheet, int64_t bound)
{
    return (int64_t)(draw(sheet) % (uint64_t)bound);
}

static void say(struct sheet *sheet, const char *text)
{
    if (sheet->body)
        buf_append_string(sheet->body, text);
}

/* Remembers the link and returns true when it is new to the page. */
static bool is_new(struct sheet *sheet, const char *url, size_t size)
{
    uint64_t print = XXH3_64bits(url, size) | 1;
    size_t at = (size_t)(print >> 8) % sheet->seen_room;
    while (sheet->seen[at]) {
        if (sheet->seen[at] == print)
            return false;
        at = (at + 1) % sheet->seen_room;
    }
    sheet->seen[at] = print;
    return true;
}

/* The truth about a link: a row, unless it is there already. */
static void mean(struct sheet *sheet, const struct page_link *link)
{
    struct buf *out = sheet->links;
    size_t start = out->size;
    page_link_mean(&sheet->document, link, out);
    if (is_new(sheet, out->data + start, out->size - start))
        buf_append_byte(out, '\n');
    else
        out->size = start;
}

/* ---- choosing -------------------------------------------------------------------------------------- */

/* A listed page that stands to the base as the spelling needs it; the base itself where there is none. */
static int64_t pick_target(struct sheet *sheet, enum page_link_target where)
{
    const struct world *world = sheet->document.world;
    int64_t host = sheet->document.base % world->hosts, nth = sheet->document.base / world->hosts, page = -1;
    const int64_t in_outer = (int64_t)WORLD_PER_DIRECTORY * WORLD_DIRECTORIES;
    uint64_t roll = draw(sheet);
    switch (where) {
    case PAGE_LINK_ANY:
        return (int64_t)(roll % (uint64_t)world->pages);
    case PAGE_LINK_HOST:
        if (world_host_pages(world, host) > 0)
            page = host + world->hosts * (int64_t)(roll % (uint64_t)world_host_pages(world, host));
        break;
    case PAGE_LINK_COUSIN: /* in the same outer directory */
        nth -= nth % in_outer;
        page = host + world->hosts * (nth + (int64_t)(roll % (uint64_t)in_outer));
        break;
    case PAGE_LINK_SIBLING: /* in the same inner directory */
        nth -= nth % WORLD_PER_DIRECTORY;
        page = host + world->hosts * (nth + (int64_t)(roll % WORLD_PER_DIRECTORY));
        break;
    case PAGE_LINK_SELF:
        break;
    }
    return page < 0 || page >= world->pages ? sheet->document.base : page;
}

/* Now and then the link before once more; it may come in another element. */
static struct page_link pick_link(struct sheet *sheet)
{
    uint64_t roll = draw(sheet);
    if (roll % 16 == 0 && sheet->last.spelling)
        return sheet->last;
    size_t choices = (roll >> 8) % 3 ? PAGE_LINK_COMMON : PAGE_LINK_SPELLINGS;
    struct page_link link = {.spelling = &page_link_spellings[(roll >> 16) % choices],
                             .number = (int64_t)((roll >> 32) % 1000)};
    if ((link.spelling->needs & PAGE_LINK_UTF8) && sheet->document.latin1)
        link.spelling = &page_link_spellings[0];
    link.target = pick_target(sheet, link.spelling->target);
    return link;
}

static const struct element *pick_element(struct sheet *sheet, const struct element *elements, size_t count,
                                          bool quoted)
{
    int64_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += elements[i].weight;
    int64_t left = draw_below(sheet, all);
    size_t i = 0;
    while ((left -= elements[i].weight) >= 0)
        i++;
    return quoted && !elements[i].quoted ? &elements[0] : &elements[i];
}

static void link_in(struct sheet *sheet, const struct element *elements, size_t count)
{
    struct page_link link = sheet->last = pick_link(sheet);
    const struct element *element =
        pick_element(sheet, elements, count, link.spelling->needs & PAGE_LINK_QUOTED);
    if (sheet->body) {
        say(sheet, element->before);
        page_link_spell(&sheet->document, &link, sheet->body);
        say(sheet, element->after);
    }
    if (sheet->links && (element->anchor || sheet->count == PAGE_LINKS_HREF))
        mean(sheet, &link);
}

/* ---- the page from top to bottom ------------------------------------------------------------------- */

/* Decided before anything is written, because links before the <base> are resolved by it too. Returns how it
 * is spelled, or NULL: the page has none. */
static const struct page_link_spelling *choose_base(struct sheet *sheet, int64_t *target)
{
    uint64_t roll = draw(sheet);
    const struct page_link_spelling *spelling = &page_link_spellings[(roll >> 8) % PAGE_LINK_BASES];
    *target = sheet->number;
    if (roll % 8 != 0)
        return NULL;
    *target = pick_target(sheet, spelling->target);
    return spelling;
}

/* The element's own href is resolved by the document's URL, which is still the base here. */
static void write_base(struct sheet *sheet, const struct page_link_spelling *spelling, int64_t target)
{
    struct page_link link = {spelling, target, 0};
    int64_t base = sheet->document.base;
    if (!spelling || !sheet->body)
        return;
    sheet->document.base = sheet->number;
    say(sheet, "<base href=\"");
    page_link_spell(&sheet->document, &link, sheet->body);
    say(sheet, "\">\n");
    sheet->document.base = base;
}

static void write_head(struct sheet *sheet, int64_t links)
{
    int64_t target;
    const struct page_link_spelling *base = choose_base(sheet, &target);
    bool late = draw_below(sheet, 3) == 0;
    if (sheet->page->charset == WORLD_UTF8_BOM)
        say(sheet, "\xef\xbb\xbf");
    say(sheet, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n");
    if (sheet->page->charset == WORLD_UTF8_META)
        say(sheet, "<meta charset=\"utf-8\">\n");
    say(sheet, sheet->document.latin1 ? "<title>Z\xfcrich" : "<title>Z\xc3\xbcrich");
    say(sheet, " &lt;a href=&gt;</title>\n");
    sheet->document.base = target;
    if (!late)
        write_base(sheet, base, target);
    say(sheet, "<meta name=\"description\" content='<a href=\"/fake/meta\">'>\n");
    while (links-- > 0)
        link_in(sheet, in_head, COUNT_OF(in_head));
    if (late)
        write_base(sheet, base, target);
    if (base)
        say(sheet, "<base href=\"/fake/second/\">\n");
    say(sheet,
        "<style>p::after { content: \"<a href='/fake/style'>\" }</style>\n</head>\n<body>\n<h1>Page</h1>\n");
}

static int64_t written(const struct sheet *sheet)
{
    return (int64_t)(sheet->body->size - sheet->start);
}

/* Fills up to the size given; draws nothing, since without a body nobody knows how much is missing. */
static void write_filler(struct sheet *sheet, int64_t size)
{
    uint64_t roll = sheet->state * 0x9e3779b97f4a7c15;
    while (sheet->body && written(sheet) < size) {
        say(sheet, sentences[roll >> 60]);
        roll = roll * 6364136223846793005 + 1442695040888963407;
    }
}

static void write_html(struct sheet *sheet)
{
    int64_t size = sheet->page->size, links = sheet->page->links, head = links < 2 ? links : 2;
    write_head(sheet, head);
    for (int64_t i = head; i < links; i++) {
        int64_t here = size * i / links, there = size * (i + 1) / links;
        say(sheet, "<p>");
        write_filler(sheet, here);
        link_in(sheet, in_body, COUNT_OF(in_body));
        write_filler(sheet, (here + there) / 2);
        say(sheet, "</p>\n");
        if (draw_below(sheet, 8) == 0)
            say(sheet, fakes[draw_below(sheet, COUNT_OF(fakes))]);
    }
    say(sheet, "<p>");
    write_filler(sheet, size - 20);
    say(sheet, "</p>\n</body>\n</html>\n");
}

static void write_junk(struct sheet *sheet)
{
    say(sheet, "<p><a href=\"/fake/other\">no link</a></p>\n<link href=/fake/other>\n");
    write_filler(sheet, sheet->page->size);
}

static void write_image(struct sheet *sheet)
{
    static const char head[] =
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\2\0\0\0<a href=\"/fake/png\">";
    buf_append(sheet->body, head, sizeof head);
    while (written(sheet) < sheet->page->size) {
        uint64_t noise = draw(sheet);
        buf_append(sheet->body, &noise, sizeof noise);
    }
}

static struct sheet sheet_of(const struct world *world, const struct world_page *page, int64_t number)
{
    return (struct sheet){
        .document = {world, number,
                     page->charset == WORLD_LATIN1_HEADER || page->charset == WORLD_LATIN1_ASSUMED},
        .page = page,
        .number = number,
        .state = world_roll(world, number, ROLL_PAGE),
    };
}

void page_write(const struct world *world, int64_t number, struct buf *body)
{
    struct world_page page;
    world_page(world, number, &page);
    struct sheet sheet = sheet_of(world, &page, number);
    sheet.body = body;
    sheet.start = body->size;
    if (page.kind == WORLD_HTML || page.kind == WORLD_CUT)
        write_html(&sheet);
    else if (page.kind == WORLD_IMAGE)
        write_image(&sheet);
    else if (world_kinds[page.kind].type)
        write_junk(&sheet);
}

void page_write_links(const struct world *world, int64_t number, enum page_links count, struct buf *links)
{
    struct world_page page;
    world_page(world, number, &page);
    if (page.kind != WORLD_HTML)
        return;
    struct sheet sheet = sheet_of(world, &page, number);
    sheet.links = links;
    sheet.count = count;
    sheet.seen_room = (size_t)page.links * 2 + 1;
    sheet.seen = memory_new(sheet.seen_room * sizeof *sheet.seen);
    write_html(&sheet);
    free(sheet.seen);
}

const char *page_charset(const struct world_page *page)
{
    if (page->kind != WORLD_HTML && page->kind != WORLD_CUT)
        return NULL;
    return page->charset == WORLD_UTF8_HEADER     ? "utf-8"
           : page->charset == WORLD_LATIN1_HEADER ? "iso-8859-1"
                                                  : NULL;
}
