#include "bench/page.h"

#include "bench/page_link.h"
#include "bench/page_text.h"
#include "bench/trap.h"
#include "bench/world_tree.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* world.c's purposes end far below. */
enum { ROLL_PAGE = 1000 };

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
    page_take *take;       /* NULL: not wanted */
    void *arg;
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
        return world->linked ? world_tree_pick(world, host, roll) : (int64_t)(roll % (uint64_t)world->pages);
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

/* The roll's, or in a linked world the next after it that leads to a page by its one URL. */
static const struct page_link_spelling *pick_spelling(struct sheet *sheet, uint64_t roll, size_t choices)
{
    size_t at = roll % choices;
    while (sheet->document.world->linked && !page_link_is_plain(&page_link_spellings[at]))
        at = (at + 1) % choices;
    return &page_link_spellings[at];
}

/* Now and then the link before once more; it may come in another element. */
static struct page_link pick_link(struct sheet *sheet)
{
    uint64_t roll = draw(sheet);
    if (roll % 16 == 0 && sheet->last.spelling)
        return sheet->last;
    size_t choices = (roll >> 8) % 3 ? PAGE_LINK_COMMON : PAGE_LINK_SPELLINGS;
    struct page_link link = {.spelling = pick_spelling(sheet, roll >> 16, choices),
                             .number = (int64_t)((roll >> 32) % 1000)};
    if ((link.spelling->needs & PAGE_LINK_UTF8) && sheet->document.latin1)
        link.spelling = &page_link_spellings[0];
    link.target = pick_target(sheet, link.spelling->target);
    return link;
}

static const struct page_element *pick_element(struct sheet *sheet, const struct page_element *elements,
                                               size_t count, bool quoted)
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

static void place_link(struct sheet *sheet, struct page_link link, const struct page_element *elements,
                       size_t count)
{
    const struct page_element *element =
        pick_element(sheet, elements, count, link.spelling->needs & PAGE_LINK_QUOTED);
    bool counts = element->anchor || sheet->count == PAGE_LINKS_HREF;
    if (sheet->body) {
        say(sheet, element->before);
        page_link_spell(&sheet->document, &link, sheet->body);
        say(sheet, element->after);
    }
    if (sheet->links && counts)
        mean(sheet, &link);
    if (sheet->take && counts && page_link_is_plain(link.spelling))
        sheet->take(sheet->arg, link.target);
}

static void link_in(struct sheet *sheet, const struct page_element *elements, size_t count)
{
    sheet->last = pick_link(sheet);
    place_link(sheet, sheet->last, elements, count);
}

/* By one of the spellings that name the host. */
static void link_below(void *arg, int64_t below)
{
    struct sheet *sheet = arg;
    struct page_link link = {pick_spelling(sheet, draw(sheet), PAGE_LINK_COMMON), below, 0};
    if (link.spelling->target != PAGE_LINK_ANY)
        link.spelling = &page_link_spellings[0];
    say(sheet, "<p>");
    place_link(sheet, link, page_text_body, PAGE_TEXT_BODY);
    say(sheet, "</p>\n");
}

/* What a page of the host's tree leads to, and its first page into the traps. */
static void link_as_asked(struct sheet *sheet)
{
    const struct world *world = sheet->document.world;
    if (world->linked && sheet->page->kind == WORLD_HTML)
        world_tree_each_below(world, sheet->number, link_below, sheet);
    if (!world->traps || sheet->number >= world->hosts)
        return;
    for (size_t i = 0; i < TRAP_KINDS; i++)
        place_link(sheet, (struct page_link){&trap_entries[i], sheet->number, 0}, page_text_body, 1);
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
        link_in(sheet, page_text_head, PAGE_TEXT_HEAD);
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
        say(sheet, page_text_sentences[roll >> 60]);
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
        link_in(sheet, page_text_body, PAGE_TEXT_BODY);
        write_filler(sheet, (here + there) / 2);
        say(sheet, "</p>\n");
        if (draw_below(sheet, 8) == 0)
            say(sheet, page_text_fakes[draw_below(sheet, PAGE_TEXT_FAKES)]);
    }
    link_as_asked(sheet);
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

static void count_one(void *arg, int64_t below)
{
    (void)below;
    ++*(int64_t *)arg;
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
    int64_t most = page.links + TRAP_KINDS;
    if (world->linked)
        world_tree_each_below(world, number, count_one, &most);
    sheet.seen_room = (size_t)most * 2 + 1;
    sheet.seen = memory_new(sheet.seen_room * sizeof *sheet.seen);
    write_html(&sheet);
    free(sheet.seen);
}

void page_each_target(const struct world *world, int64_t number, enum page_links count, page_take *take,
                      void *arg)
{
    struct world_page page;
    world_page(world, number, &page);
    if (page.kind != WORLD_HTML)
        return;
    struct sheet sheet = sheet_of(world, &page, number);
    sheet.count = count;
    sheet.take = take;
    sheet.arg = arg;
    write_html(&sheet);
}

const char *page_charset(const struct world_page *page)
{
    if (page->kind != WORLD_HTML && page->kind != WORLD_CUT)
        return NULL;
    return page->charset == WORLD_UTF8_HEADER     ? "utf-8"
           : page->charset == WORLD_LATIN1_HEADER ? "iso-8859-1"
                                                  : NULL;
}
