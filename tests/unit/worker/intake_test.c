/* Goal: a worker says Hello until it is welcome, does what it is assigned, ends its session when anything is
 * wrong and begins another, and leaves when it is dismissed, refused, asked to, or out of patience (D9, D10,
 * D16, D35, D40, D44). The test is the coordinator: a ROUTER in the same loop. */
#include "common/outcome.h"
#include "common/zwatch.h"
#include "proto/message.h"
#include "tests/unit/check.h"
#include "tests/unit/raw_server.h"
#include "worker/intake.h"

#include <stdbool.h>

#define SCRIPT(...) ((const struct raw_step[]){__VA_ARGS__, {.verb = RAW_END_}})

static struct ev_loop *loop;
static struct zwatch *router;
static struct intake *intake;
static struct raw_server *server;
static struct arena *arena;
static struct supervised_page black_box;
static struct zwatch_peer peer;

/* What the worker said. */
static unsigned hellos, heartbeats, pages, byes;
static uint64_t heard_sequence, said_sequence, last_lease;
static enum outcome last_outcome;
static unsigned last_capacity, died_on;
static bool answers; /* every Hello is welcome */
static bool gap;     /* the worker's numbers had one */

static unsigned *awaited, awaited_count;

/* ---- the coordinator ------------------------------------------------------------------------------- */

static void say_numbered(Trawl__Message *message, uint64_t sequence)
{
    struct buf out;
    buf_init(&out, MESSAGE_MAX);
    message->sequence = sequence;
    assert_int_equal(message_pack(&out, message), 0);
    assert_int_equal(zwatch_send(router, &peer, out.data, out.size), 0);
    buf_clear(&out);
}

static void welcome_with(uint32_t protocol)
{
    static uint8_t id[MESSAGE_ID_SIZE];
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Welcome welcome = TRAWL__WELCOME__INIT;
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    settings.timeout_ms = settings.connect_timeout_ms = 5000;
    settings.max_body = 1 << 20;
    settings.user_agent = "trawl/test";
    settings.parser = TRAWL__PARSER__PARSER_NONE;
    welcome.protocol = protocol;
    welcome.run_id = (ProtobufCBinaryData){sizeof id, id};
    welcome.worker_id = 1;
    welcome.settings = &settings;
    message.body_case = TRAWL__MESSAGE__BODY_WELCOME;
    message.welcome = &welcome;
    said_sequence = 1;
    say_numbered(&message, 1);
}

static void refuse(Trawl__Refuse__Reason reason)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Refuse refusal = TRAWL__REFUSE__INIT;
    refusal.reason = reason;
    refusal.protocol = 99;
    refusal.text = "the test says so";
    message.body_case = TRAWL__MESSAGE__BODY_REFUSE;
    message.refuse = &refusal;
    say_numbered(&message, 0);
}

/* A heartbeat whose number is `skipped` too high. */
static void beat(uint64_t skipped)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Heartbeat heartbeat = TRAWL__HEARTBEAT__INIT;
    message.body_case = TRAWL__MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    say_numbered(&message, ++said_sequence + skipped);
}

static void dismiss(void)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Bye bye = TRAWL__BYE__INIT;
    message.body_case = TRAWL__MESSAGE__BODY_BYE;
    message.bye = &bye;
    say_numbered(&message, ++said_sequence);
}

static void assign(uint64_t first, unsigned count)
{
    char url[128];
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Assign assigned = TRAWL__ASSIGN__INIT;
    Trawl__Visit visits[16], *pointers[16];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", raw_server_port(server));
    for (unsigned i = 0; i < count; i++) {
        trawl__visit__init(&visits[i]);
        visits[i].lease = first + i;
        visits[i].url = url;
        visits[i].private_ok = true;
        pointers[i] = &visits[i];
    }
    assigned.n_visits = count;
    assigned.visits = pointers;
    message.body_case = TRAWL__MESSAGE__BODY_ASSIGN;
    message.assign = &assigned;
    say_numbered(&message, ++said_sequence);
}

static void on_hello(const Trawl__Hello *hello)
{
    hellos++;
    heard_sequence = 1;
    assert_int_equal(hello->protocol, MESSAGE_PROTOCOL);
    assert_memory_equal(hello->instance.data, black_box.instance, MESSAGE_ID_SIZE);
    assert_string_equal(hello->name, "w");
    assert_string_equal(hello->version, TRAWL_VERSION);
    assert_int_equal(hello->pid, getpid());
    assert_int_equal(hello->slots, 2);
    died_on = (unsigned)hello->n_died_on;
    last_capacity = hello->capacity;
    if (answers)
        welcome_with(MESSAGE_PROTOCOL);
}

static void on_pages(const Trawl__Pages *said)
{
    for (size_t i = 0; i < said->n_pages; i++) {
        last_lease = said->pages[i]->lease;
        last_outcome = (enum outcome)said->pages[i]->outcome;
        pages++;
    }
}

static void on_message(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)arg;
    peer = *from;
    arena_reset(arena);
    const Trawl__Message *message = message_unpack(arena, bytes, size);
    assert_non_null(message);
    if (message->body_case != TRAWL__MESSAGE__BODY_HELLO && message->sequence != ++heard_sequence)
        gap = true;
    switch (message->body_case) {
    case TRAWL__MESSAGE__BODY_HELLO:
        assert_int_equal(message->sequence, 1);
        on_hello(message->hello);
        break;
    case TRAWL__MESSAGE__BODY_HEARTBEAT:
        heartbeats++;
        last_capacity = message->heartbeat->capacity;
        break;
    case TRAWL__MESSAGE__BODY_PAGES:
        on_pages(message->pages);
        break;
    case TRAWL__MESSAGE__BODY_BYE:
        byes++;
        break;
    default:
        fail_msg("a worker said %d", (int)message->body_case);
    }
    if (awaited && *awaited >= awaited_count)
        ev_break(loop, EVBREAK_ALL);
}

/* ---- running --------------------------------------------------------------------------------------- */

static void on_guard(struct ev_loop *l, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    ev_break(l, EVBREAK_ALL);
}

/* Until the worker has said that many of these, or has ended, or the time is over. */
static void run_until(unsigned *what, unsigned count, double seconds)
{
    ev_timer guard;
    awaited = what;
    awaited_count = count;
    ev_timer_init(&guard, on_guard, seconds, 0.);
    ev_timer_start(loop, &guard);
    if (!what || *what < count)
        ev_run(loop, 0);
    ev_timer_stop(loop, &guard);
    awaited = NULL;
}

static void begin(double patience)
{
    static const struct zwatch_callbacks callbacks = {.on_message = on_message};
    hellos = heartbeats = pages = byes = 0;
    gap = false;
    answers = true;
    black_box = (struct supervised_page){.instance = "0123456789abcde"};
    loop = ev_loop_new(0);
    arena = arena_create(MESSAGE_ARENA_MAX);
    router = zwatch_create(loop, ZWATCH_ROUTER, MESSAGE_MAX, &callbacks, NULL);
    assert_int_equal(zwatch_bind(router, "tcp://127.0.0.1:*"), 0);
    struct intake_settings settings = {.endpoint = zwatch_endpoint(router),
                                       .name = "w",
                                       .slots = 2,
                                       .patience = patience,
                                       .black_box = &black_box};
    intake = intake_create(loop, &settings);
    assert_non_null(intake);
}

static void serve(const struct raw_step *script)
{
    static const struct raw_step *scripts[1];
    scripts[0] = script;
    server = raw_server_start(scripts, 1);
}

static void finish(void)
{
    assert_false(gap);
    intake_destroy(&intake);
    assert_null(intake);
    intake_destroy(&intake);
    zwatch_destroy(&router, 0);
    raw_server_stop(&server);
    arena_destroy(&arena);
    ev_loop_destroy(loop);
}

#define ANSWER                                                                                 \
    SCRIPT(RAW_READ, RAW_SEND("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " \
                              "5\r\n\r\nhello"))
#define SLOW \
    SCRIPT(RAW_READ, RAW_PAUSE(300), RAW_SEND("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nhello"))

/* ---- the conversation ------------------------------------------------------------------------------ */

static void a_welcome_worker_does_what_it_is_assigned(void **state)
{
    (void)state;
    begin(60.);
    black_box.death_count = 1;
    serve(ANSWER);
    run_until(&hellos, 1, 5.);
    assert_int_equal(hellos, 1);
    assert_int_equal(died_on, 1);
    assert_true(last_capacity > 2); /* the slots and some ahead */
    assign(41, 5);
    run_until(&pages, 5, 5.);
    assert_int_equal(pages, 5);
    assert_in_range(last_lease, 41, 45);
    assert_int_equal(last_outcome, OUTCOME_OK);
    assert_int_equal(black_box.welcomed, 1);
    assert_int_equal(black_box.death_count, 0); /* told once */
    assert_true(black_box.turns > 0);
    run_until(&heartbeats, 1, 3.);
    assert_int_equal(heartbeats, 1);
    finish();
}

static void a_gap_ends_the_session_and_begins_another(void **state)
{
    (void)state;
    begin(60.);
    serve(SLOW);
    run_until(&hellos, 1, 5.);
    assign(1, 2);
    beat(0);
    run_until(NULL, 0, 0.1);
    assert_int_equal(hellos, 1);
    beat(1);
    run_until(&hellos, 2, 3.);
    assert_int_equal(hellos, 2);
    run_until(NULL, 0, 0.5);
    assert_int_equal(pages, 0); /* what it held is the coordinator's again */
    finish();
}

/* D35: a coordinator that began anew knows nobody. */
static void a_session_said_to_be_over_is_followed_by_another(void **state)
{
    (void)state;
    begin(60.);
    serve(SLOW);
    run_until(&hellos, 1, 5.);
    assign(1, 2);
    run_until(NULL, 0, 0.1);
    refuse(TRAWL__REFUSE__REASON__SESSION_OVER);
    run_until(&hellos, 2, 3.);
    assert_int_equal(hellos, 2);
    assert_int_equal(intake_end(intake), INTAKE_RUNS);
    assign(7, 1);
    run_until(&pages, 1, 3.);
    assert_int_equal(pages, 1);
    assert_int_equal(last_lease, 7);
    finish();
}

/* D9, D10: five seconds without a word; meanwhile the worker speaks into the void. */
static void a_silent_coordinator_is_greeted_again(void **state)
{
    (void)state;
    begin(60.);
    run_until(&hellos, 1, 5.);
    run_until(&hellos, 2, 4.);
    assert_int_equal(hellos, 1);
    run_until(&hellos, 2, 5.);
    assert_int_equal(hellos, 2);
    finish();
}

static void a_dismissed_worker_ends(void **state)
{
    (void)state;
    begin(60.);
    run_until(&hellos, 1, 5.);
    dismiss();
    run_until(NULL, 0, 5.);
    assert_int_equal(intake_end(intake), INTAKE_DISMISSED);
    assert_int_equal(black_box.leaving, 1);
    finish();
}

/* D16: an error, not a loop. */
static void another_protocol_is_the_end(void **state)
{
    (void)state;
    begin(60.);
    answers = false;
    run_until(&hellos, 1, 5.);
    refuse(TRAWL__REFUSE__REASON__PROTOCOL);
    run_until(NULL, 0, 5.);
    assert_int_equal(intake_end(intake), INTAKE_REFUSED);
    assert_int_equal(black_box.leaving, 1);
    finish();

    begin(60.);
    answers = false;
    run_until(&hellos, 1, 5.);
    welcome_with(MESSAGE_PROTOCOL + 1);
    run_until(NULL, 0, 5.);
    assert_int_equal(intake_end(intake), INTAKE_REFUSED);
    finish();
}

/* D40, D44: what runs is finished and reported before the Bye; what waits is given back with it. */
static void a_drained_worker_finishes_and_says_bye(void **state)
{
    (void)state;
    begin(60.);
    serve(SLOW);
    run_until(&hellos, 1, 5.);
    assign(1, 5);
    run_until(NULL, 0, 0.1);
    intake_drain(intake);
    run_until(NULL, 0, 3.);
    assert_int_equal(intake_end(intake), INTAKE_DRAINED);
    intake_destroy(&intake);
    run_until(&byes, 1, 3.);
    assert_int_equal(pages, 2);
    assert_int_equal(byes, 1);
    assert_int_equal(last_capacity, 0);
    finish();
}

static void asked_twice_it_ends_at_once(void **state)
{
    (void)state;
    begin(60.);
    serve(SCRIPT(RAW_READ, RAW_HANG));
    run_until(&hellos, 1, 5.);
    assign(1, 1);
    run_until(NULL, 0, 0.1);
    intake_drain(intake);
    assert_int_equal(intake_end(intake), INTAKE_RUNS);
    intake_drain(intake);
    assert_int_equal(intake_end(intake), INTAKE_DRAINED);
    intake_destroy(&intake);
    run_until(&byes, 1, 3.);
    assert_int_equal(byes, 1);
    finish();

    begin(60.); /* without a session there is nothing to finish */
    intake_drain(intake);
    assert_int_equal(intake_end(intake), INTAKE_DRAINED);
    finish();
}

/* Its Hello may have opened a session, and the Welcome be under way with leases behind it. */
static void a_worker_that_leaves_before_its_welcome_says_bye(void **state)
{
    (void)state;
    begin(60.);
    answers = false;
    run_until(&hellos, 1, 5.);
    intake_drain(intake);
    assert_int_equal(intake_end(intake), INTAKE_DRAINED);
    intake_destroy(&intake);
    run_until(&byes, 1, 3.);
    assert_int_equal(byes, 1);
    finish();
}

static void without_a_coordinator_patience_ends(void **state)
{
    (void)state;
    begin(1.2);
    answers = false;
    run_until(NULL, 0, 5.);
    assert_int_equal(intake_end(intake), INTAKE_OUT_OF_PATIENCE);
    assert_int_equal(black_box.leaving, 1);
    assert_true(hellos > 1);
    finish();
}

static void a_bad_endpoint_is_an_error(void **state)
{
    (void)state;
    loop = ev_loop_new(0);
    struct intake_settings settings = {
        .endpoint = "nonsense", .name = "w", .slots = 2, .black_box = &black_box};
    assert_null(intake_create(loop, &settings));
    ev_loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_welcome_worker_does_what_it_is_assigned),
        cmocka_unit_test(a_gap_ends_the_session_and_begins_another),
        cmocka_unit_test(a_session_said_to_be_over_is_followed_by_another),
        cmocka_unit_test(a_silent_coordinator_is_greeted_again),
        cmocka_unit_test(a_dismissed_worker_ends),
        cmocka_unit_test(another_protocol_is_the_end),
        cmocka_unit_test(a_drained_worker_finishes_and_says_bye),
        cmocka_unit_test(asked_twice_it_ends_at_once),
        cmocka_unit_test(a_worker_that_leaves_before_its_welcome_says_bye),
        cmocka_unit_test(without_a_coordinator_patience_ends),
        cmocka_unit_test(a_bad_endpoint_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
