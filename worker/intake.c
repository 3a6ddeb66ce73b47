#include "worker/intake.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/zwatch.h"
#include "proto/message.h"
#include "worker/report.h"
#include "worker/visit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double silence = 5.0;      /* of patience, after which a session is over */
static const double turnaround = 0.01;  /* a batch may wait this long before it is sent */
static const double first_tries = 0.02; /* between Hellos while the connection comes up, for a second */

struct intake {
    struct ev_loop *loop;
    struct intake_settings settings;
    struct zwatch *socket;
    struct arena *arena;
    struct buf out;
    struct report *report;
    struct visits *visits; /* NULL: no session */
    struct patience patience;
    double heard; /* patience time of the last message */
    double began; /* monotonic */
    double since; /* patience time since when there has been no session */
    int told_waiting;
    int hello_sent; /* at least once */
    int draining;
    int unreachable; /* pages could not be sent */
    uint64_t heard_sequence, said_sequence;
    uint64_t their_clock_at; /* our clock when it came, in us */
    uint64_t their_clock;    /* sent_us of their last heartbeat */
    double round_trip;       /* seconds, of the last heartbeat */
    uint64_t ended_before;   /* visits_ended at the last heartbeat */
    double rate;             /* visits a second */
    enum intake_end end;
    ev_prepare before_sleep;
    ev_timer second;
};

static uint64_t clock_us(void)
{
    return (uint64_t)(clock_now() * 1e6);
}

/* ---- saying ---------------------------------------------------------------------------------------- */

static void end(struct intake *intake, enum intake_end how)
{
    intake->end = how;
    intake->settings.black_box->leaving = 1;
    ev_break(intake->loop, EVBREAK_ALL);
}

static void end_session(struct intake *intake, const char *why)
{
    if (!intake->visits)
        return;
    log_warning("%s: session over: %s", intake->settings.name, why);
    visits_destroy(&intake->visits);
    report_clear(intake->report);
    intake->since = intake->patience.seconds;
    intake->told_waiting = 0;
    if (intake->draining)
        end(intake, INTAKE_DRAINED);
}

/* Sends the next message. Returns 0 or -1. */
static int say(struct intake *intake, Trawl__Message *message)
{
    message->sequence = ++intake->said_sequence;
    return message_pack(&intake->out, message) ||
           zwatch_send(intake->socket, NULL, intake->out.data, intake->out.size);
}

/* How many leases to hold: a slot each, and enough in the queue that no slot waits for a round trip. */
static uint32_t capacity(const struct intake *intake)
{
    double slots = intake->settings.slots, ahead = intake->rate * (intake->round_trip + turnaround);
    double least = slots / 4 + 1, most = slots * 4;
    return intake->draining ? 0 : (uint32_t)(slots + (ahead < least ? least : ahead > most ? most : ahead));
}

static void say_hello(struct intake *intake)
{
    struct supervised_page *box = intake->settings.black_box;
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Hello hello = TRAWL__HELLO__INIT;
    Trawl__Death deaths[SUPERVISED_DEATHS_MAX], *died_on[SUPERVISED_DEATHS_MAX];
    for (uint32_t i = 0; i < box->death_count; i++) {
        trawl__death__init(&deaths[i]);
        deaths[i].instance = (ProtobufCBinaryData){MESSAGE_ID_SIZE, box->deaths[i].instance};
        deaths[i].lease = box->deaths[i].lease;
        deaths[i].signal = (uint32_t)box->deaths[i].signal;
        deaths[i].exit_code = (uint32_t)box->deaths[i].exit_code;
        deaths[i].stalled = box->deaths[i].stalled != 0;
        died_on[i] = &deaths[i];
    }
    message.body_case = TRAWL__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    hello.protocol = MESSAGE_PROTOCOL;
    hello.instance = (ProtobufCBinaryData){MESSAGE_ID_SIZE, box->instance};
    hello.name = (char *)intake->settings.name;
    hello.pid = (uint32_t)getpid();
    hello.slots = intake->settings.slots;
    hello.capacity = capacity(intake);
    hello.version = TRAWL_VERSION;
    hello.died_on = died_on;
    hello.n_died_on = box->death_count;
    intake->said_sequence = 0;
    if (say(intake, &message) == 0) /* else there is no connection yet: the next try follows */
        intake->hello_sent = 1;
}

static int send_pages(void *arg, const struct buf *pages)
{
    struct intake *intake = arg;
    if (message_seal_pages(&intake->out, ++intake->said_sequence, pages) == 0 &&
        zwatch_send(intake->socket, NULL, intake->out.data, intake->out.size) == 0)
        return 0;
    intake->unreachable = 1; /* the visits are in use below this call: the end of the turn ends the session */
    return -1;
}

static void say_heartbeat(struct intake *intake)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Heartbeat heartbeat = TRAWL__HEARTBEAT__INIT;
    message.body_case = TRAWL__MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    heartbeat.capacity = capacity(intake);
    heartbeat.sent_us = clock_us();
    heartbeat.echo_us = intake->their_clock;
    heartbeat.held_us = intake->their_clock ? heartbeat.sent_us - intake->their_clock_at : 0;
    if (say(intake, &message))
        end_session(intake, "the coordinator cannot be reached");
}

static void say_bye(struct intake *intake)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Bye bye = TRAWL__BYE__INIT;
    message.body_case = TRAWL__MESSAGE__BODY_BYE;
    message.bye = &bye;
    bye.text = "drained";
    report_flush(intake->report);
    say(intake, &message);
}

/* ---- hearing --------------------------------------------------------------------------------------- */

static void on_page(void *arg, const Trawl__Page *page)
{
    struct intake *intake = arg;
    report_add(intake->report, page);
}

static void on_welcome(struct intake *intake, const Trawl__Message *message)
{
    if (message->welcome->protocol != MESSAGE_PROTOCOL) {
        log_error("the coordinator speaks protocol %u, this worker %d: use one version of trawl everywhere",
                  message->welcome->protocol, MESSAGE_PROTOCOL);
        end(intake, INTAKE_REFUSED);
        return;
    }
    visits_destroy(&intake->visits);
    report_clear(intake->report);
    struct visits_settings settings = {
        .slots = intake->settings.slots,
        .wire = message->welcome->settings,
        .black_box = intake->settings.black_box,
        .on_page = on_page,
        .arg = intake,
    };
    intake->visits = visits_create(intake->loop, &settings);
    if (!intake->visits) {
        end(intake, INTAKE_FAILED);
        return;
    }
    intake->heard_sequence = message->sequence;
    intake->unreachable = 0;
    intake->ended_before = 0;
    intake->settings.black_box->welcomed = 1;
    intake->settings.black_box->death_count = 0;
    log_info("%s: joined as worker %u", intake->settings.name, message->welcome->worker_id);
}

static void on_refuse(struct intake *intake, const Trawl__Refuse *refusal)
{
    if (refusal->reason == TRAWL__REFUSE__REASON__SESSION_OVER) {
        end_session(intake, *refusal->text ? refusal->text : "the coordinator says so");
        return;
    }
    if (refusal->reason == TRAWL__REFUSE__REASON__PROTOCOL)
        log_error("refused: the coordinator speaks protocol %u, this worker %d: use one version of trawl "
                  "everywhere",
                  refusal->protocol, MESSAGE_PROTOCOL);
    else
        log_error("refused: %s", refusal->text);
    end(intake, INTAKE_REFUSED);
}

/* The last few beats' shortest round trip would be steadier; this follows a link that slows down, and the
 * bounds of capacity() hold what a single odd one can do. */
static void on_heartbeat(struct intake *intake, const Trawl__Heartbeat *heartbeat)
{
    double measured = clock_now() - (double)(heartbeat->echo_us + heartbeat->held_us) / 1e6;
    intake->their_clock = heartbeat->sent_us;
    intake->their_clock_at = clock_us();
    if (heartbeat->echo_us && measured > 0)
        intake->round_trip = 0.7 * intake->round_trip + 0.3 * measured;
}

static void on_session_message(struct intake *intake, const Trawl__Message *message)
{
    if (message->sequence != ++intake->heard_sequence) {
        end_session(intake, "a message of the coordinator was lost");
        return;
    }
    switch (message->body_case) {
    case TRAWL__MESSAGE__BODY_ASSIGN:
        for (size_t i = 0; i < message->assign->n_visits; i++)
            visits_add(intake->visits, message->assign->visits[i]);
        break;
    case TRAWL__MESSAGE__BODY_HEARTBEAT:
        on_heartbeat(intake, message->heartbeat);
        break;
    case TRAWL__MESSAGE__BODY_BYE:
        end(intake, INTAKE_DISMISSED);
        break;
    default:
        log_warning("%s: dropped a message that only a worker sends", intake->settings.name);
    }
}

static void on_message(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)from;
    struct intake *intake = arg;
    arena_reset(intake->arena);
    const Trawl__Message *message = message_unpack(intake->arena, bytes, size);
    intake->heard = intake->patience.seconds;
    if (intake->end != INTAKE_RUNS)
        return;
    if (!message)
        end_session(intake, "the coordinator sent garbage");
    else if (message->body_case == TRAWL__MESSAGE__BODY_WELCOME)
        on_welcome(intake, message);
    else if (message->body_case == TRAWL__MESSAGE__BODY_REFUSE)
        on_refuse(intake, message->refuse);
    else if (intake->visits)
        on_session_message(intake, message);
}

static void on_turn(void *arg, int drained)
{
    struct intake *intake = arg;
    if (drained)
        patience_turn(&intake->patience, clock_now());
    else
        patience_busy_turn(&intake->patience, clock_now());
}

/* ---- a turn, a second ------------------------------------------------------------------------------ */

static void on_before_sleep(struct ev_loop *loop, ev_prepare *watcher, int events)
{
    (void)loop, (void)events;
    struct intake *intake = watcher->data;
    intake->settings.black_box->turns++;
    if (!intake->visits || intake->end != INTAKE_RUNS)
        return;
    unsigned running = visits_running(intake->visits);
    if (running == 0 && (intake->draining || visits_waiting(intake->visits) == 0))
        report_flush(intake->report);
    if (intake->unreachable) {
        end_session(intake, "the coordinator cannot be reached");
    } else if (intake->patience.seconds - intake->heard > silence) {
        end_session(intake, "the coordinator is silent");
    } else if (intake->draining && running == 0) {
        say_bye(intake);
        end(intake, INTAKE_DRAINED);
    }
}

static void measure_rate(struct intake *intake)
{
    uint64_t ended = visits_ended(intake->visits);
    intake->rate = (double)(ended - intake->ended_before);
    intake->ended_before = ended;
}

static void wait_for_coordinator(struct intake *intake)
{
    double waited = intake->patience.seconds - intake->since;
    if (waited > intake->settings.patience) {
        log_error("%s: no coordinator at %s for %.0f s: giving up", intake->settings.name,
                  intake->settings.endpoint, intake->settings.patience);
        end(intake, INTAKE_OUT_OF_PATIENCE);
        return;
    }
    if (waited > 3 && !intake->told_waiting) {
        log_warning("%s: no answer from a coordinator at %s; trying for %.0f s", intake->settings.name,
                    intake->settings.endpoint, intake->settings.patience);
        intake->told_waiting = 1;
    }
    say_hello(intake);
}

static void on_second(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)events;
    struct intake *intake = watcher->data;
    if (intake->visits) {
        measure_rate(intake);
        say_heartbeat(intake);
    } else {
        wait_for_coordinator(intake);
    }
    int connecting = !intake->hello_sent && clock_now() - intake->began < 1.;
    watcher->repeat = connecting ? first_tries : 1.;
    ev_timer_again(loop, watcher);
}

/* ---- life ------------------------------------------------------------------------------------------ */

void intake_drain(struct intake *intake)
{
    if (!intake->visits || intake->draining) {
        if (intake->hello_sent)
            say_bye(intake); /* also without a Welcome: it may be under way, and leases behind it */
        end(intake, INTAKE_DRAINED);
        return;
    }
    intake->draining = 1;
    visits_hold(intake->visits);
    say_heartbeat(intake);
}

void intake_abandon(struct intake *intake)
{
    end(intake, INTAKE_ABANDONED);
}

enum intake_end intake_end(const struct intake *intake)
{
    return intake->end;
}

struct intake *intake_create(struct ev_loop *loop, const struct intake_settings *settings)
{
    static const struct zwatch_callbacks callbacks = {.on_message = on_message, .on_turn = on_turn};
    struct intake *intake = memory_new(sizeof *intake);
    *intake = (struct intake){.loop = loop, .settings = *settings, .began = clock_now(), .round_trip = 0.02};
    intake->arena = arena_create(MESSAGE_ARENA_MAX);
    intake->report = report_create(loop, send_pages, intake);
    buf_init(&intake->out, MESSAGE_MAX);
    ev_prepare_init(&intake->before_sleep, on_before_sleep);
    ev_timer_init(&intake->second, on_second, 0.01, first_tries);
    intake->before_sleep.data = intake->second.data = intake;
    ev_prepare_start(loop, &intake->before_sleep);
    ev_timer_start(loop, &intake->second);
    intake->socket = zwatch_create(loop, ZWATCH_DEALER, MESSAGE_MAX, &callbacks, intake);
    if (intake->socket && zwatch_connect(intake->socket, settings->endpoint) == 0)
        return intake;
    log_error("%s: cannot connect there: %s", settings->endpoint, zwatch_error(errno));
    intake_destroy(&intake);
    return NULL;
}

void intake_destroy(struct intake **at)
{
    struct intake *intake = *at;
    if (!intake)
        return;
    ev_prepare_stop(intake->loop, &intake->before_sleep);
    ev_timer_stop(intake->loop, &intake->second);
    visits_destroy(&intake->visits);
    report_destroy(&intake->report);
    zwatch_destroy(&intake->socket, intake->end == INTAKE_DRAINED ? 1000 : 0);
    arena_destroy(&intake->arena);
    buf_clear(&intake->out);
    free(intake);
    *at = NULL;
}
