#include "coordinator/wire_internal.h"

#include "common/memory.h"
#include "coordinator/settings.h"

#include <errno.h>
#include <stdlib.h>

static int send_to(struct wire *wire, const struct zwatch_peer *peer, const Trawl__Message *message)
{
    if (message_pack(&wire->out, message)) {
        errno = EMSGSIZE;
        return -1;
    }
    return zwatch_send(wire->socket, peer, wire->out.data, wire->out.size);
}

/* Says the next message of a session. Returns 0, or -1: the session is over then. */
static int say(struct wire *wire, struct session *session, Trawl__Message *message)
{
    message->sequence = ++session->said_sequence;
    if (send_to(wire, &session->peer, message) == 0)
        return 0;
    wire_end_session(wire, session, zwatch_error(errno));
    return -1;
}

void wire_refuse(struct wire *wire, const struct zwatch_peer *peer, Trawl__Refuse__Reason reason,
                 const char *text)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Refuse refusal = TRAWL__REFUSE__INIT;
    message.body_case = TRAWL__MESSAGE__BODY_REFUSE;
    message.refuse = &refusal;
    refusal.reason = reason;
    refusal.protocol = MESSAGE_PROTOCOL;
    refusal.text = (char *)text;
    send_to(wire, peer, &message); /* who cannot be told needs no telling */
}

void wire_welcome(struct wire *wire, struct session *session)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Welcome body = TRAWL__WELCOME__INIT;
    Trawl__Settings settings = TRAWL__SETTINGS__INIT;
    settings_fill(wire->crawl->config, &settings);
    message.body_case = TRAWL__MESSAGE__BODY_WELCOME;
    message.welcome = &body;
    body.protocol = MESSAGE_PROTOCOL;
    body.run_id = (ProtobufCBinaryData){MESSAGE_ID_SIZE, wire->crawl->record.run_id};
    body.worker_id = session->worker->number;
    body.settings = &settings;
    say(wire, session, &message);
}

static void send_batch(struct wire *wire, struct session *session)
{
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Assign assign = TRAWL__ASSIGN__INIT;
    Trawl__Visit *visits = memory_new(session->batched * sizeof *visits);
    Trawl__Visit **pointers = memory_new(session->batched * sizeof *pointers);
    for (unsigned i = 0; i < session->batched; i++) {
        const struct lease *lease = session->batch[i];
        trawl__visit__init(&visits[i]);
        visits[i].lease = lease->number;
        visits[i].url = lease->entry->url;
        visits[i].kind =
            lease->entry->kind == ENTRY_ROBOTS ? TRAWL__VISIT__KIND__ROBOTS : TRAWL__VISIT__KIND__PAGE;
        visits[i].hop = lease->entry->hop;
        visits[i].attempt = lease->entry->attempt;
        visits[i].private_ok = lease->entry->private_ok;
        visits[i].credentials = settings_allow_credentials(wire->crawl, lease->entry);
        pointers[i] = &visits[i];
    }
    message.body_case = TRAWL__MESSAGE__BODY_ASSIGN;
    message.assign = &assign;
    assign.n_visits = session->batched;
    assign.visits = pointers;
    session->batched = 0;
    say(wire, session, &message);
    free(pointers);
    free(visits);
}

void wire_send_batches(struct wire *wire)
{
    for (struct session *session = roster_sessions(wire->crawl->roster), *next; session; session = next) {
        next = session->hh.next;
        if (session->batched)
            send_batch(wire, session);
    }
}

uint64_t wire_clock_us(void)
{
    return (uint64_t)(clock_now() * 1e6);
}

void wire_send_heartbeats(struct wire *wire)
{
    for (struct session *session = roster_sessions(wire->crawl->roster), *next; session; session = next) {
        next = session->hh.next;
        Trawl__Message message = TRAWL__MESSAGE__INIT;
        Trawl__Heartbeat heartbeat = TRAWL__HEARTBEAT__INIT;
        message.body_case = TRAWL__MESSAGE__BODY_HEARTBEAT;
        message.heartbeat = &heartbeat;
        heartbeat.sent_us = wire_clock_us();
        heartbeat.echo_us = session->their_clock;
        heartbeat.held_us = session->their_clock ? heartbeat.sent_us - session->their_clock_at : 0;
        say(wire, session, &message);
    }
}

static void note_told(struct wire *wire, const struct zwatch_peer *peer)
{
    wire->told = memory_resize(wire->told, wire->told_count + 1, sizeof *wire->told);
    wire->told[wire->told_count++] = *peer;
}

static void repeat_bye(struct wire *wire, const Trawl__Message *message)
{
    unsigned here = 0;
    for (unsigned i = 0; i < wire->told_count; i++)
        if (send_to(wire, &wire->told[i], message) == 0 || errno != EHOSTUNREACH)
            wire->told[here++] = wire->told[i];
    wire->told_count = here;
}

unsigned wire_say_bye(struct wire *wire, const char *text)
{
    struct session *session;
    Trawl__Message message = TRAWL__MESSAGE__INIT;
    Trawl__Bye bye = TRAWL__BYE__INIT;
    message.body_case = TRAWL__MESSAGE__BODY_BYE;
    message.bye = &bye;
    bye.text = (char *)text;
    repeat_bye(wire, &message);
    while ((session = roster_sessions(wire->crawl->roster))) {
        if (say(wire, session, &message))
            continue;
        note_told(wire, &session->peer);
        wire_end_session(wire, session, text);
    }
    return wire->told_count;
}
