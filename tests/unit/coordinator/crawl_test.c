/* Goal: a run begins with its mistakes found, ends when nothing is left, by a signal or by a failure, and the
 * exit code says which (D25, D27, D40). The worker is one of zwatch and proto, in the same loop. */
#include "coordinator/crawl.h"
#include "coordinator/wire.h"
#include "tests/unit/coordinator/rig.h"

#include <signal.h>
#include <sys/stat.h>

/* What the worker does with a visit. */
enum manner { ANSWERS, FAILS, INTERRUPTS_THEN_ANSWERS, INTERRUPTS, INTERRUPTS_TWICE, REDIRECTS };

static struct worker_peer {
    struct zwatch *socket;
    struct arena *arena;
    enum manner manner;
    uint64_t sequence;
    unsigned visits;
    int welcomed, said_bye;
    ev_timer hello;
    ev_timer leave; /* after a Bye, from outside the socket's own callback */
    ev_timer guard;
} peer;

static struct crawl crawl;
static struct config config;
static char directory[40], rows_path[60], other_path[60];

/* ---- the worker ------------------------------------------------------------------------------------ */

static int send_message(Trawl__Message *message)
{
    struct buf out;
    buf_init(&out, MESSAGE_MAX);
    message->sequence = peer.sequence + 1;
    assert_int_equal(message_pack(&out, message), 0);
    int result = zwatch_send(peer.socket, NULL, out.data, out.size);
    peer.sequence += result == 0;
    buf_clear(&out);
    return result;
}

static void on_hello_time(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    uint8_t id[MESSAGE_ID_SIZE] = {1};
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Hello hello = TRAWL__HELLO__INIT;
    hello.protocol = MESSAGE_PROTOCOL;
    hello.instance = (ProtobufCBinaryData){sizeof id, id};
    hello.name = "fake";
    hello.slots = 2;
    hello.capacity = 4;
    message.body_case = TRAWL__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    if (send_message(&message) == 0)
        ev_timer_stop(loop, timer);
}

static void send_page(const Trawl__Visit *visit)
{
    static uint8_t columns[2];
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Pages pages = TRAWL__PAGES__INIT;
    Trawl__Page page = TRAWL__PAGE__INIT, *list[] = {&page};
    Trawl__Links links = TRAWL__LINKS__INIT;
    links.count = 1;
    links.urls = (ProtobufCBinaryData){strlen(visit->url), (uint8_t *)visit->url};
    links.kinds = (ProtobufCBinaryData){1, columns};
    links.flags = (ProtobufCBinaryData){2, columns};
    page.lease = visit->lease;
    page.links = &links;
    page.outcome = peer.manner == FAILS ? OUTCOME_CONNECT : OUTCOME_OK;
    page.status = peer.manner == FAILS ? 0 : 200;
    if (peer.manner == REDIRECTS && visit->hop < 3) {
        page.outcome = OUTCOME_REDIRECTED;
        page.location = (ProtobufCBinaryData){1, (uint8_t *)(visit->hop % 2 ? "b" : "a")};
    }
    pages.pages = list;
    pages.n_pages = 1;
    message.body_case = TRAWL__MESSAGE__BODY_PAGES;
    message.pages = &pages;
    assert_int_equal(send_message(&message), 0);
}

static void on_assign(const Trawl__Assign *assign)
{
    int first = peer.visits == 0;
    peer.visits += (unsigned)assign->n_visits;
    if (first && peer.manner >= INTERRUPTS_THEN_ANSWERS && peer.manner <= INTERRUPTS_TWICE)
        ev_feed_signal_event(crawl.loop, SIGTERM);
    if (first && peer.manner == INTERRUPTS_TWICE)
        ev_feed_signal(SIGINT); /* delivered in a later turn */
    if (peer.manner != INTERRUPTS && peer.manner != INTERRUPTS_TWICE)
        for (size_t i = 0; i < assign->n_visits; i++)
            send_page(assign->visits[i]);
}

static void on_leave(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    zwatch_destroy(&peer.socket, 0);
}

static void on_heard(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)arg, (void)from;
    arena_reset(peer.arena);
    const Trawl__Message *message = message_unpack(peer.arena, bytes, size);
    assert_non_null(message);
    peer.welcomed |= message->body_case == TRAWL__MESSAGE__BODY_WELCOME;
    peer.said_bye |= message->body_case == TRAWL__MESSAGE__BODY_BYE;
    if (peer.said_bye)
        ev_timer_start(crawl.loop, &peer.leave);
    if (message->body_case == TRAWL__MESSAGE__BODY_ASSIGN)
        on_assign(message->assign);
}

static void on_guard(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    print_message("the run did not end within 20 s\n");
    ev_break(loop, EVBREAK_ALL);
}

static void start_peer(enum manner manner)
{
    static const struct zwatch_callbacks callbacks = {.on_message = on_heard};
    peer = (struct worker_peer){.manner = manner, .arena = arena_create(MESSAGE_ARENA_MAX)};
    peer.socket = zwatch_create(crawl.loop, ZWATCH_DEALER, MESSAGE_MAX, &callbacks, NULL);
    assert_int_equal(zwatch_connect(peer.socket, wire_endpoint(crawl.wire)), 0);
    ev_timer_init(&peer.hello, on_hello_time, 0., 0.005);
    ev_timer_init(&peer.guard, on_guard, 20., 0.);
    ev_timer_init(&peer.leave, on_leave, 0., 0.);
    ev_timer_start(crawl.loop, &peer.hello);
    ev_timer_start(crawl.loop, &peer.guard);
}

static void stop_peer(void)
{
    ev_timer_stop(crawl.loop, &peer.hello);
    ev_timer_stop(crawl.loop, &peer.guard);
    ev_timer_stop(crawl.loop, &peer.leave);
    zwatch_destroy(&peer.socket, 0);
    arena_destroy(&peer.arena);
}

/* ---- runs ------------------------------------------------------------------------------------------ */

static int setup(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/trawl-crawl-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(rows_path, sizeof rows_path, "%s/rows", directory);
    snprintf(other_path, sizeof other_path, "%s/other", directory);
    config = (struct config){
        .output = rows_path,
        .listen = "tcp://127.0.0.1:*",
        .per_host = 6,
        .timeout = 30,
        .grace = 10,
        .max_redirects = 10,
        .no_robots = true,
        .no_header = true,
    };
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(rows_path);
    unlink(other_path);
    return rmdir(directory);
}

/* Runs trawl with these arguments and a worker of that manner. Returns the exit code; *heard is what it said.
 */
static int run(enum manner manner, size_t count, const char **urls, const char **heard)
{
    config.urls = (struct options_list){.words = urls, .count = count};
    rig_listen();
    int code = crawl_start(&crawl, &config, ev_default_loop(0)) ? -1 : 0;
    if (code == 0) {
        start_peer(manner);
        code = crawl_run(&crawl);
        assert_true(tally_balances(&crawl.tally, crawl_pending(&crawl)));
        stop_peer();
    }
    crawl_destroy(&crawl);
    *heard = rig_heard();
    return code;
}

static void remove_state(void)
{
    char path[80];
    snprintf(path, sizeof path, "%s/data.mdb", other_path);
    unlink(path);
    snprintf(path, sizeof path, "%s/lock", other_path);
    unlink(path);
    rmdir(other_path);
}

static void expect_file(const char *path, const char *text)
{
    int fd = open(path, O_RDONLY);
    assert_string_equal(rig_content(fd), text);
    close(fd);
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void a_run_ends_when_nothing_is_left(void **state)
{
    (void)state;
    const char *urls[] = {"http://a/1", "http://a/2", "http://a/1", "nonsense", ""}, *heard;
    config.no_header = false;
    assert_int_equal(run(ANSWERS, COUNT_OF(urls), urls, &heard), 0);
    expect_file(rows_path, "source_url\tparsed_url\nhttp://a/1\thttp://a/1\nhttp://a/2\thttp://a/2\n");
    assert_non_null(strstr(heard, "lines 5 = blank 1 + malformed 1 + duplicate 1 + admitted 2\n"));
    assert_non_null(
        strstr(heard, "admitted 2 = done 2 + failed 0 + refused 0 + quarantined 0 + pending 0\n"));
    assert_true(peer.welcomed);
    assert_int_equal(peer.visits, 2);
}

static void a_list_longer_than_the_credit_is_worked_through(void **state)
{
    (void)state;
    char list[20000] = "";
    struct stat file;
    const char *heard;
    for (int i = 0; i < 500; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "http://h%d/%03d\n", i % 7, i);
    put_file(other_path, list);
    config.input = other_path;
    assert_int_equal(run(ANSWERS, 0, NULL, &heard), 0);
    stat(rows_path, &file);
    assert_int_equal(file.st_size, 500 * 2 * strlen("http://h0/000\n"));
    assert_int_equal(peer.visits, 500);
}

static void a_chain_of_redirects_is_one_url(void **state)
{
    (void)state;
    const char *urls[] = {"http://a/"}, *heard;
    config.max_redirects = 1;
    assert_int_equal(run(REDIRECTS, 1, urls, &heard), 0); /* something answered */
    assert_int_equal(peer.visits, 2);
    assert_non_null(strstr(heard, "http://a/: redirect_limit"));
}

static void the_exit_code_says_how_it_went(void **state)
{
    (void)state;
    static const struct {
        enum manner manner;
        const char *url;
        int code;
        const char *says;
    } cases[] = {
        {ANSWERS, "http://a/", 0, "finished in"},
        {FAILS, "http://a/", 3, "http://a/: connect"},
        {ANSWERS, "nonsense", 3, "no usable URL among 1 lines"},
        {ANSWERS, "http://a:25/", 3, "http://a:25/: port"},
        {INTERRUPTS_THEN_ANSWERS, "http://a/", 128 + SIGTERM, "done 1"},
        {INTERRUPTS_TWICE, "http://a/", 128 + SIGTERM, "pending 1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *url = cases[i].url, *heard;
        assert_int_equal(run(cases[i].manner, 1, &url, &heard), cases[i].code);
        if (!strstr(heard, cases[i].says))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].says, heard);
    }
}

/* A list or arguments with more in them are no other run. */
static void a_finished_run_takes_what_is_new_and_says_so_when_nothing_is(void **state)
{
    (void)state;
    const char *urls[] = {"http://a/1", "http://a/2", "http://a:25/"}, *heard;
    static const struct {
        size_t first, count;
        unsigned visits;
        int ended_before; /* without a worker */
        uint64_t lines;
    } steps[] = {{0, 1, 1, 0, 1}, {0, 1, 0, 1, 1}, {0, 2, 1, 0, 3}, {1, 1, 0, 0, 4}, {2, 1, 0, 0, 5}};
    config.state = other_path;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        int code = run(ANSWERS, steps[i].count, urls + steps[i].first, &heard);
        assert_int_equal(code, steps[i].ended_before ? -1 : 0);
        assert_int_equal(steps[i].ended_before ? 0 : peer.visits, steps[i].visits);
        assert_int_equal(!!strstr(heard, "already finished; --fresh starts again"),
                         i > 0 && !steps[i].visits && steps[i].first < 2);
        assert_int_equal(crawl.tally.lines, steps[i].lines);
    }
    expect_file(rows_path, "http://a/1\thttp://a/1\nhttp://a/2\thttp://a/2\n");
    remove_state();
}

/* Nothing is left to do in it, and yet what it wrote must be there, and the command must be the run's. */
static void a_finished_run_is_checked_like_any_other(void **state)
{
    (void)state;
    static const char rows[] = "http://a/1\thttp://a/1\n", half[] = "http://a/1",
                      other[] = "http://b/1\thttp://a/1\n", more[] = "http://a/1\thttp://a/1\nmore";
    const char *urls[] = {"http://a/1"}, *heard;
    char elsewhere[60];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", directory);
    const struct {
        const char *content, *output, *pages, *says;
        int links;
    } cases[] = {
        {NULL, rows_path, NULL, "No such file", 0},
        {half, rows_path, NULL, "is 10 bytes long, but 22", 0},
        {other, rows_path, NULL, "do not end as they", 0},
        {more, rows_path, NULL, "cut back from 26 bytes to the 22", 0},
        {rows, rows_path, NULL, "already finished", 0},
        {rows, elsewhere, NULL, "--output=", 0},
        {rows, rows_path, elsewhere, "--pages=", 0},
        {rows, rows_path, NULL, "--links=", 2},
    };
    config.state = other_path;
    assert_int_equal(run(ANSWERS, 1, urls, &heard), 0);
    expect_file(rows_path, rows);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unlink(rows_path);
        if (cases[i].content)
            put_file(rows_path, cases[i].content);
        config.output = cases[i].output;
        config.pages = cases[i].pages;
        config.links = cases[i].links;
        assert_int_equal(run(ANSWERS, 1, urls, &heard), -1);
        if (!strstr(heard, cases[i].says))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].says, heard);
        int well = cases[i].content == rows && cases[i].links == 0 && cases[i].output == rows_path &&
                   !cases[i].pages;
        assert_int_equal(!!strstr(heard, "already finished"), well || cases[i].content == more);
        if (cases[i].content)
            expect_file(rows_path, cases[i].content == more ? rows : cases[i].content);
        assert_int_equal(access(elsewhere, F_OK), -1);
    }
    remove_state();
}

/* D40: the grace is over, and the pages in flight are pending. */
static void an_interrupted_run_waits_no_longer_than_its_grace(void **state)
{
    (void)state;
    const char *urls[] = {"http://a/1", "http://b/2"}, *heard;
    config.grace = 0.05;
    assert_int_equal(run(INTERRUPTS, 2, urls, &heard), 128 + SIGTERM);
    assert_non_null(strstr(heard, "for 2 pages that workers hold"));
    assert_non_null(strstr(heard, "pending 2\n"));
}

static void without_a_usable_url_nothing_is_replaced(void **state)
{
    (void)state;
    const char *urls[] = {"nonsense"}, *heard;
    put_file(rows_path, "a list that took a day\n");
    assert_int_equal(run(ANSWERS, 1, urls, &heard), 3);
    expect_file(rows_path, "a list that took a day\n");
}

/* What --fresh forgets is forgotten when an existing output is replaced, and not before. */
static void fresh_forgets_no_earlier_than_it_must(void **state)
{
    (void)state;
    const char *urls[] = {"http://a/1", "nonsense"}, *heard;
    static const struct {
        const char *input, *output, *listen, *says;
        size_t url; /* or none */
    } cases[] = {
        {"/no/such", NULL, "tcp://127.0.0.1:*", "/no/such: cannot be read", 0},
        {NULL, NULL, "tcp://127.0.0.1:*", "no usable URL", 1},
        {NULL, "/no/such/rows", "tcp://127.0.0.1:*", "/no/such/rows: cannot be written", 0},
        {NULL, NULL, "nonsense", "nonsense: cannot listen there", 0},
    };
    config.state = other_path;
    assert_int_equal(run(ANSWERS, 1, urls, &heard), 0);
    struct config first = config;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        config.fresh = true;
        config.input = cases[i].input;
        config.output = cases[i].output ? cases[i].output : rows_path;
        config.listen = cases[i].listen;
        run(ANSWERS, 1, urls + cases[i].url, &heard);
        assert_non_null(strstr(heard, cases[i].says));
        config = first;
        assert_int_equal(run(ANSWERS, 1, urls, &heard), -1);
        assert_non_null(strstr(heard, "already finished"));
    }
    config.fresh = true;
    assert_int_equal(run(ANSWERS, 1, urls, &heard), 0);
    assert_int_equal(peer.visits, 1);
    remove_state();
}

/* Inputs are opened before outputs, and a mistake in either before anything is asked for. */
static void mistakes_are_found_before_the_run(void **state)
{
    (void)state;
    const char *urls[] = {"http://a/"}, *heard;
    char same[80];
    snprintf(same, sizeof same, "%s/./rows", directory);
    const struct {
        const char *input, *output, *pages, *listen, *says;
    } cases[] = {
        {"/no/such", rows_path, NULL, config.listen, "/no/such: cannot be read"},
        {NULL, "/no/such/rows", NULL, config.listen, "/no/such/rows: cannot be written"},
        {NULL, rows_path, "/no/such/pages", config.listen, "/no/such/pages: cannot be written"},
        {NULL, rows_path, rows_path, config.listen, "-o and --pages are one file"},
        {NULL, rows_path, same, config.listen, "-o and --pages are one file"},
        {NULL, rows_path, NULL, "nonsense", "nonsense: cannot listen there"},
    };
    put_file(rows_path, "old\n");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        config.input = cases[i].input;
        config.output = cases[i].output;
        config.pages = cases[i].pages;
        config.listen = cases[i].listen;
        assert_int_equal(run(ANSWERS, 1, urls, &heard), -1);
        assert_int_equal(rig_times(heard, "\n"), 1);
        if (!strstr(heard, cases[i].says))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].says, heard);
        expect_file(rows_path, "old\n");
    }
}

static void stdout_and_the_pages_may_not_be_one_file(void **state)
{
    (void)state;
    const char *urls[] = {"http://a/"}, *heard;
    int kept = dup(STDOUT_FILENO), fd = open(rows_path, O_WRONLY | O_CREAT, 0600);
    config.output = "-";
    config.pages = rows_path;
    dup2(fd, STDOUT_FILENO);
    close(fd);
    int code = run(ANSWERS, 1, urls, &heard);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    assert_int_equal(code, -1);
    assert_non_null(strstr(heard, "one file"));
}

/* D25: found at the header, although the first URL is refused before the loop ever turns. */
static void a_full_disk_fails_the_run_at_once(void **state)
{
    (void)state;
    const char *urls[] = {"http://a:25/", "http://a/"}, *heard;
    config.output = "/dev/full";
    config.no_header = false;
    assert_int_equal(run(ANSWERS, 2, urls, &heard), 1);
    assert_int_equal(peer.visits, 0);
    assert_int_equal(rig_times(heard, "No space left on device"), 1);
}

/* D27 */
static void a_closed_pipe_ends_the_run_quietly(void **state)
{
    (void)state;
    const char *urls[] = {"http://a/"}, *heard;
    int ends[2], kept = dup(STDOUT_FILENO);
    assert_int_equal(pipe(ends), 0);
    config.output = "-";
    config.no_header = false;
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    close(ends[0]);
    int code = run(ANSWERS, 1, urls, &heard);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    assert_int_equal(code, 0);
    assert_string_equal(heard, "");
}

static void the_summary_is_written_at_the_end(void **state)
{
    (void)state;
    struct stat file;
    const char *urls[] = {"http://a/"}, *heard;
    config.summary = other_path;
    config.quiet = true;
    assert_int_equal(run(ANSWERS, 1, urls, &heard), 0);
    assert_string_equal(heard, "");
    assert_int_equal(stat(other_path, &file), 0);
    config.summary = "/no/such/summary"; /* is noticed before the crawl and not after it */
    assert_int_equal(run(ANSWERS, 1, urls, &heard), -1);
    assert_int_equal(rig_times(heard, "\n"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_ends_when_nothing_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_longer_than_the_credit_is_worked_through, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chain_of_redirects_is_one_url, setup, teardown),
        cmocka_unit_test_setup_teardown(the_exit_code_says_how_it_went, setup, teardown),
        cmocka_unit_test_setup_teardown(a_finished_run_takes_what_is_new_and_says_so_when_nothing_is, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_finished_run_is_checked_like_any_other, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupted_run_waits_no_longer_than_its_grace, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_usable_url_nothing_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(fresh_forgets_no_earlier_than_it_must, setup, teardown),
        cmocka_unit_test_setup_teardown(mistakes_are_found_before_the_run, setup, teardown),
        cmocka_unit_test_setup_teardown(stdout_and_the_pages_may_not_be_one_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_fails_the_run_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_pipe_ends_the_run_quietly, setup, teardown),
        cmocka_unit_test_setup_teardown(the_summary_is_written_at_the_end, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
