/* Goal: what is packed comes out again; what breaks a limit, is cut short or is garbage does not come out at
 * all (D17). */
#include "common/outcome.h"
#include "proto/message.h"
#include "tests/unit/check.h"

static struct buf out, pages;
static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    buf_init(&out, MESSAGE_MAX);
    buf_init(&pages, MESSAGE_MAX);
    arena = arena_create(MESSAGE_ARENA_MAX);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_clear(&out);
    buf_clear(&pages);
    arena_destroy(&arena);
    return 0;
}

static Trawl__Message *round_trip(const Trawl__Message *message)
{
    assert_int_equal(message_pack(&out, message), 0);
    return message_unpack(arena, out.data, out.size);
}

static uint8_t sixteen[MESSAGE_ID_SIZE] = "0123456789abcdef";

static void hello_keeps_its_fields_and_limits(void **state)
{
    (void)state;
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Hello hello = TRAWL__HELLO__INIT;
    Trawl__Death death = TRAWL__DEATH__INIT, *deaths[] = {&death};
    death.instance = (ProtobufCBinaryData){MESSAGE_ID_SIZE, sixteen};
    death.lease = 1ull << 60;
    death.signal = 11;
    hello.protocol = MESSAGE_PROTOCOL;
    hello.instance = death.instance;
    hello.name = "w1";
    hello.died_on = deaths;
    hello.n_died_on = 1;
    message.sequence = 1;
    message.body_case = TRAWL__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    Trawl__Message *got = round_trip(&message);
    assert_non_null(got);
    assert_string_equal(got->hello->name, "w1");
    assert_int_equal(got->hello->died_on[0]->lease, 1ull << 60);
    Trawl__Death *many[MESSAGE_DEATHS_MAX + 1];
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = &death;
    hello.died_on = many;
    hello.n_died_on = MESSAGE_DEATHS_MAX;
    assert_non_null(round_trip(&message));
    hello.n_died_on++;
    assert_null(round_trip(&message));
    hello.n_died_on = 1;
    hello.name = "two words";
    assert_null(round_trip(&message));
    hello.name = "";
    assert_null(round_trip(&message));
    hello.name = "w1";
    hello.instance.len = 15;
    assert_null(round_trip(&message));
    hello.protocol = 7; /* another protocol: only the number counts (D16) */
    assert_non_null(round_trip(&message));
}

static void every_body_without_limits_comes_back(void **state)
{
    (void)state;
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Refuse refuse = TRAWL__REFUSE__INIT;
    Trawl__Heartbeat heartbeat = TRAWL__HEARTBEAT__INIT;
    Trawl__Bye bye = TRAWL__BYE__INIT;
    message.body_case = TRAWL__MESSAGE__BODY_REFUSE;
    message.refuse = &refuse;
    refuse.reason = TRAWL__REFUSE__REASON__PROTOCOL;
    assert_int_equal(round_trip(&message)->refuse->reason, TRAWL__REFUSE__REASON__PROTOCOL);
    message.body_case = TRAWL__MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    heartbeat.capacity = 99;
    assert_int_equal(round_trip(&message)->heartbeat->capacity, 99);
    message.body_case = TRAWL__MESSAGE__BODY_BYE;
    message.bye = &bye;
    bye.text = "drained";
    assert_string_equal(round_trip(&message)->bye->text, "drained");
    message.body_case = TRAWL__MESSAGE__BODY__NOT_SET;
    assert_null(round_trip(&message));
}

static void welcome_needs_a_run_and_settings(void **state)
{
    (void)state;
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Welcome welcome = TRAWL__WELCOME__INIT;
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    message.body_case = TRAWL__MESSAGE__BODY_WELCOME;
    message.welcome = &welcome;
    welcome.protocol = MESSAGE_PROTOCOL;
    assert_null(round_trip(&message));
    welcome.run_id = (ProtobufCBinaryData){MESSAGE_ID_SIZE, sixteen};
    welcome.settings = &settings;
    settings.max_body = 1ull << 40;
    assert_int_equal(round_trip(&message)->welcome->settings->max_body, 1ull << 40);
}

/* A header is a line of the request: what is none is garbage. */
static void settings_hold_headers_that_are_lines(void **state)
{
    (void)state;
    static char longest[MESSAGE_HEADER_MAX + 2], *many[MESSAGE_HEADERS_MAX + 1];
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Welcome welcome = TRAWL__WELCOME__INIT;
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    message.body_case = TRAWL__MESSAGE__BODY_WELCOME;
    message.welcome = &welcome;
    welcome.protocol = MESSAGE_PROTOCOL;
    welcome.run_id = (ProtobufCBinaryData){MESSAGE_ID_SIZE, sixteen};
    welcome.settings = &settings;
    memset(longest, 'x', sizeof longest - 1);
    const struct {
        char *line;
        int good;
    } cases[] = {
        {"Cookie: a=b", 1},  {longest + 1, 1}, {longest, 0},
        {"A: b\r\nC: d", 0}, {"A: \x7f", 0},   {"A: \xe9", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *line = cases[i].line;
        settings.headers = &line;
        settings.n_headers = 1;
        settings.n_credentials = 0;
        assert_int_equal(round_trip(&message) != NULL, cases[i].good);
        settings.credentials = &line;
        settings.n_credentials = 1;
        settings.n_headers = 0;
        assert_int_equal(round_trip(&message) != NULL, cases[i].good);
    }
    for (int i = 0; i <= MESSAGE_HEADERS_MAX; i++)
        many[i] = "A: b";
    settings.headers = settings.credentials = many;
    settings.n_headers = MESSAGE_HEADERS_MAX - 1;
    settings.n_credentials = 1;
    assert_int_equal(round_trip(&message)->welcome->settings->n_headers, MESSAGE_HEADERS_MAX - 1);
    settings.n_credentials = 2;
    assert_null(round_trip(&message));
}

static void assign_takes_printable_urls_of_8192_bytes(void **state)
{
    (void)state;
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Assign assign = TRAWL__ASSIGN__INIT;
    Trawl__Visit visit = TRAWL__VISIT__INIT, *visits[] = {&visit};
    static char url[MESSAGE_URL_MAX + 2];
    message.body_case = TRAWL__MESSAGE__BODY_ASSIGN;
    message.assign = &assign;
    assert_null(round_trip(&message));
    assign.visits = visits;
    assign.n_visits = 1;
    visit.lease = 5;
    visit.url = url;
    assert_null(round_trip(&message));
    memset(url, 'a', MESSAGE_URL_MAX);
    assert_non_null(round_trip(&message));
    url[MESSAGE_URL_MAX] = 'a';
    assert_null(round_trip(&message));
    visit.url = "http://h/a b";
    assert_null(round_trip(&message));
    visit.url = "http://h/";
    visit.kind = (Trawl__Visit__Kind)77; /* of a later version: the reader's to judge */
    assert_int_equal((int)round_trip(&message)->assign->visits[0]->kind, 77);
    visit.lease = 0;
    assert_null(round_trip(&message));
}

static int accepts_page(const Trawl__Page *page)
{
    pages.size = 0;
    arena_reset(arena);
    assert_int_equal(message_add_page(&pages, page), 0);
    assert_int_equal(message_seal_pages(&out, 9, &pages), 0);
    return message_unpack(arena, out.data, out.size) != NULL;
}

/* A page with two links whose columns are as given. */
static int accepts_links(const char *urls, size_t kinds, size_t flags)
{
    static uint8_t zeros[16];
    Trawl__Page page = TRAWL__PAGE__INIT;
    Trawl__Links links = TRAWL__LINKS__INIT;
    page.lease = 1;
    page.links = &links;
    links.count = 2;
    links.urls = (ProtobufCBinaryData){strlen(urls), (uint8_t *)urls};
    links.kinds = (ProtobufCBinaryData){kinds, zeros};
    links.flags = (ProtobufCBinaryData){flags, zeros};
    return accepts_page(&page);
}

static void links_are_columns_of_one_length(void **state)
{
    (void)state;
    assert_true(accepts_links("http://a/\nhttp://b/", 2, 4));
    assert_false(accepts_links("http://a/\nhttp://b/", 1, 4));
    assert_false(accepts_links("http://a/\nhttp://b/", 2, 2));
    assert_false(accepts_links("http://a/", 2, 4));
    assert_false(accepts_links("http://a/\n", 2, 4));
    assert_false(accepts_links("\nhttp://a/", 2, 4));
    assert_false(accepts_links("http://a/\nhttp://b/\nhttp://c/", 2, 4));
    assert_false(accepts_links("http://a/\nhttp://\tb/", 2, 4)); /* H88 */
    assert_false(accepts_links("http://a/\nhttp://\xc3\xa4/", 2, 4));
}

/* H88: wherever in a column it stands. */
static void no_odd_byte_passes_in_a_column(void **state)
{
    (void)state;
    static const char odd[] = {1, '\t', '\r', 0x1f, 0x7f, (char)0x80, (char)0xff, '\n'};
    char urls[] =
        "http://a.test/a/path/of/some/length\nhttp://b.test/another/path?and=a-query#and-a-fragment";
    for (size_t at = 0; at < strlen(urls); at++) {
        char was = urls[at];
        for (size_t i = 0; i < sizeof odd; i++) {
            urls[at] = odd[i];
            assert_true(accepts_links(urls, 2, 4) == (was == '\n' && odd[i] == '\n'));
        }
        urls[at] = was;
    }
    assert_false(accepts_links("http://a/\n\nhttp://b/", 2, 4));
    assert_false(accepts_links("", 2, 4));
}

static int accepts_texts(const char *charset, const char *base)
{
    Trawl__Page page = TRAWL__PAGE__INIT;
    page.lease = 1;
    page.charset = (char *)charset;
    page.base_url = (char *)base;
    return accepts_page(&page);
}

/* H88: they are written as they are. */
static void names_of_charsets_and_bases_are_printable(void **state)
{
    (void)state;
    assert_true(accepts_texts("", ""));
    assert_true(accepts_texts("windows-1252", "http://h/"));
    assert_false(accepts_texts("utf\t8", ""));
    assert_false(accepts_texts("utf-8\n", ""));
    assert_false(accepts_texts("\x1b[2J", ""));
    assert_true(accepts_texts("", "about:a page's <base> may be this")); /* as a URL is serialised */
    assert_false(accepts_texts("utf 8", ""));
    assert_false(accepts_texts("", "http://h/\n"));
    assert_false(accepts_texts("", "http://h/\t"));
    assert_false(accepts_texts("", "http://h/\xff"));
}

static void a_robots_body_and_a_pause_have_limits(void **state)
{
    (void)state;
    static uint8_t body[MESSAGE_BODY_MAX + 1];
    Trawl__Page page = TRAWL__PAGE__INIT;
    page.lease = 1;
    page.body = (ProtobufCBinaryData){MESSAGE_BODY_MAX, body};
    assert_true(accepts_page(&page));
    page.body.len++;
    assert_false(accepts_page(&page));
    page.body.len = 0;
    page.retry_after = MESSAGE_RETRY_AFTER_MAX;
    assert_true(accepts_page(&page));
    page.retry_after++;
    assert_false(accepts_page(&page));
}

static void pages_packed_one_by_one_make_one_message(void **state)
{
    (void)state;
    pages.size = 0;
    for (uint64_t lease = 1; lease <= 300; lease++) {
        Trawl__Page page = TRAWL__PAGE__INIT;
        page.lease = lease;
        page.outcome = OUTCOME_NOT_HTML;
        page.bytes = lease * 1000000;
        assert_int_equal(message_add_page(&pages, &page), 0);
    }
    assert_int_equal(message_seal_pages(&out, 1ull << 40, &pages), 0);
    Trawl__Message *got = message_unpack(arena, out.data, out.size);
    assert_non_null(got);
    assert_int_equal(got->sequence, 1ull << 40);
    assert_int_equal(got->pages->n_pages, 300);
    assert_int_equal(got->pages->pages[299]->lease, 300);
    assert_int_equal(got->pages->pages[299]->bytes, 300000000);
}

static void cut_or_changed_messages_never_crash(void **state)
{
    (void)state;
    accepts_links("http://a/\nhttp://b/", 2, 4);
    for (size_t size = 0; size < out.size; size++) {
        arena_reset(arena);
        message_unpack(arena, out.data, size);
    }
    for (size_t bit = 0; bit < out.size * 8; bit++) {
        arena_reset(arena);
        out.data[bit / 8] ^= (char)(1 << bit % 8);
        message_unpack(arena, out.data, out.size);
        out.data[bit / 8] ^= (char)(1 << bit % 8);
    }
}

static void many_empty_parts_do_not_take_much_memory(void **state)
{
    (void)state;
    arena_reset(arena);
    static char bomb[MESSAGE_MAX];
    for (size_t i = 0; i + 1 < sizeof bomb; i += 2)
        bomb[i] = 0x0a; /* pages { } */
    pages.size = 0;
    assert_int_equal(buf_append(&pages, bomb, sizeof bomb - 64), 0);
    assert_int_equal(message_seal_pages(&out, 1, &pages), 0);
    assert_null(message_unpack(arena, out.data, out.size));
    assert_true(arena_used(arena) <= MESSAGE_ARENA_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_keeps_its_fields_and_limits),
        cmocka_unit_test(every_body_without_limits_comes_back),
        cmocka_unit_test(welcome_needs_a_run_and_settings),
        cmocka_unit_test(settings_hold_headers_that_are_lines),
        cmocka_unit_test(assign_takes_printable_urls_of_8192_bytes),
        cmocka_unit_test(names_of_charsets_and_bases_are_printable),
        cmocka_unit_test(links_are_columns_of_one_length),
        cmocka_unit_test(a_robots_body_and_a_pause_have_limits),
        cmocka_unit_test(no_odd_byte_passes_in_a_column),
        cmocka_unit_test(pages_packed_one_by_one_make_one_message),
        cmocka_unit_test(cut_or_changed_messages_never_crash),
        cmocka_unit_test(many_empty_parts_do_not_take_much_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
