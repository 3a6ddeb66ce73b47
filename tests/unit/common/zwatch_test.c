/* Goal: no message waits unseen although ZeroMQ's descriptor is edge-triggered (D45); a chatty peer leaves
 * turns to the rest of the loop; what is not one frame is dropped (D17); a peer that is gone is an error, not
 * silence. */
#include "common/zwatch.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <zmq.h>

enum { BURST = 2000, BURSTS = 50, CROWD = 100, ROUNDS = 20 };

static struct ev_loop *loop;
static struct zwatch *router, *dealer;
static struct zwatch_peer peer;
static long at_router, at_dealer, turns;

/* The router echoes; with every burst echoed the dealer sends the next one from inside its callback. No timer
 * turns the loop: a missed event would leave it asleep until the guard. */
static void on_router_message(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)arg;
    peer = *from;
    at_router++;
    assert_int_equal(zwatch_send(router, from, bytes, size), 0);
}

static void send_burst(int count)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(zwatch_send(dealer, NULL, &i, sizeof i), 0);
}

static void on_dealer_message(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)arg, (void)bytes;
    assert_null(from);
    assert_int_equal(size, sizeof(int));
    at_dealer++;
    if (at_dealer == (long)BURST * BURSTS)
        ev_break(loop, EVBREAK_ALL);
    else if (at_dealer % (BURST / 2) == 0 && at_dealer / (BURST / 2) % 2 == 0)
        send_burst(BURST / 2), send_burst(BURST / 2);
}

static void on_guard(struct ev_loop *l, ev_timer *timer, int events)
{
    (void)l, (void)timer, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void on_turn(struct ev_loop *l, ev_prepare *prepare, int events)
{
    (void)l, (void)prepare, (void)events;
    turns++;
}

static void run(double seconds)
{
    ev_timer guard;
    ev_timer_init(&guard, on_guard, seconds, 0.);
    ev_timer_start(loop, &guard);
    ev_run(loop, 0);
    ev_timer_stop(loop, &guard);
}

static int setup(void **state)
{
    (void)state;
    static const struct zwatch_callbacks router_calls = {.on_message = on_router_message};
    static const struct zwatch_callbacks dealer_calls = {.on_message = on_dealer_message};
    at_router = at_dealer = turns = 0;
    loop = ev_loop_new(0);
    router = zwatch_create(loop, ZWATCH_ROUTER, 1 << 20, &router_calls, NULL);
    dealer = zwatch_create(loop, ZWATCH_DEALER, 1 << 20, &dealer_calls, NULL);
    assert_int_equal(zwatch_bind(router, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zwatch_connect(dealer, zwatch_endpoint(router)), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    zwatch_destroy(&dealer, 0);
    zwatch_destroy(&router, 0);
    assert_null(router);
    zwatch_destroy(&router, 0);
    ev_loop_destroy(loop);
    return 0;
}

/* With IMMEDIATE a message needs a connection first. */
static void wait_for_connection(void)
{
    int hello = -1;
    while (zwatch_send(dealer, NULL, &hello, sizeof hello)) {
        assert_int_equal(errno, EAGAIN);
        usleep(1000);
    }
}

static void bursts_come_through_without_a_timer(void **state)
{
    (void)state;
    ev_prepare prepare;
    ev_prepare_init(&prepare, on_turn);
    ev_prepare_start(loop, &prepare);
    wait_for_connection();
    send_burst(BURST - 1);
    run(60.);
    assert_int_equal(at_dealer, (long)BURST * BURSTS);
    assert_int_equal(at_router, (long)BURST * BURSTS);
    assert_true(turns > (long)BURST * BURSTS / 64); /* the loop had its turns in between */
}

static void messages_of_more_frames_are_dropped(void **state)
{
    (void)state;
    void *context = zmq_ctx_new(), *stranger = zmq_socket(context, ZMQ_DEALER);
    int linger = 0;
    zmq_setsockopt(stranger, ZMQ_LINGER, &linger, sizeof linger);
    zmq_connect(stranger, zwatch_endpoint(router));
    zmq_send(stranger, "a", 1, ZMQ_SNDMORE);
    zmq_send(stranger, "b", 1, 0);
    for (int i = 0; i < 10000; i++)
        zmq_send(stranger, "", 0, ZMQ_SNDMORE);
    zmq_send(stranger, "", 0, 0);
    zmq_send(stranger, "good", 4, 0);
    while (at_router == 0)
        ev_run(loop, EVRUN_ONCE);
    assert_int_equal(zwatch_dropped(router), 2);
    assert_int_equal(at_router, 1);
    zmq_close(stranger);
    zmq_ctx_term(context);
}

static void a_peer_that_is_gone_is_unreachable(void **state)
{
    (void)state;
    wait_for_connection();
    while (at_router == 0)
        ev_run(loop, EVRUN_ONCE);
    zwatch_destroy(&dealer, 0);
    int unreachable = 0;
    for (int i = 0; i < 2000 && !unreachable; i++) {
        unreachable = zwatch_send(router, &peer, "x", 1) && errno == EHOSTUNREACH;
        usleep(1000);
    }
    assert_true(unreachable);
}

/* ---- the end --------------------------------------------------------------------------------------- */

static struct zwatch_peer crowd[CROWD];

static void on_one_of_the_crowd(void *arg, const struct zwatch_peer *from, const void *bytes, size_t size)
{
    (void)arg, (void)bytes, (void)size;
    crowd[at_router++] = *from;
}

/* A process of connections that take in next to nothing, from a word in `start` on. Killed, it breaks them
 * all within a millisecond. To be made while there are no threads: a lock that one of them holds stays locked
 * in the child. */
static pid_t make_crowd(const char *endpoint, int start)
{
    char word;
    pid_t pid = fork();
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (read(start, &word, 1) != 1)
        _exit(0);
    void *context = zmq_ctx_new();
    int one = 1;
    for (int i = 0; i < CROWD; i++) {
        void *stranger = zmq_socket(context, ZMQ_DEALER);
        zmq_setsockopt(stranger, ZMQ_RCVHWM, &one, sizeof one);
        zmq_connect(stranger, endpoint);
        zmq_send(stranger, "", 0, 0);
    }
    pause();
    _exit(0);
}

/* More than the kernel holds of a connection, so that some of it waits in the socket. */
static void say_much_to_all(void)
{
    static char much[64 * 1024];
    for (int i = 0; i < CROWD; i++)
        for (int times = 0; times < 8; times++)
            assert_int_equal(zwatch_send(router, &crowd[i], much, sizeof much), 0);
}

/* D44: nor is one waited for that goes just then, with messages on their way to it. */
static void destroy_waits_no_longer_than_its_linger(void **state)
{
    (void)state;
    static const struct zwatch_callbacks calls = {.on_message = on_one_of_the_crowd};
    char directory[] = "/tmp/trawl-zwatch-XXXXXX", endpoint[60];
    assert_non_null(mkdtemp(directory));
    snprintf(endpoint, sizeof endpoint, "ipc://%s/x", directory);
    int start[2];
    assert_int_equal(pipe(start), 0);
    loop = ev_loop_new(0);
    alarm(60); /* it would be for ever */
    for (useconds_t round = 0; round < ROUNDS; round++) {
        at_router = 0;
        pid_t pid = make_crowd(endpoint, start[0]);
        router = zwatch_create(loop, ZWATCH_ROUTER, 1 << 20, &calls, NULL);
        assert_int_equal(zwatch_bind(router, endpoint), 0);
        assert_int_equal(write(start[1], "!", 1), 1);
        while (at_router < CROWD)
            ev_run(loop, EVRUN_ONCE);
        say_much_to_all();
        kill(pid, SIGKILL);
        usleep(round * 50);
        zwatch_destroy(&router, 100);
        waitpid(pid, NULL, 0);
    }
    alarm(0);
    ev_loop_destroy(loop);
    close(start[0]);
    close(start[1]);
    rmdir(directory);
}

static void a_bad_or_busy_endpoint_says_why(void **state)
{
    (void)state;
    assert_int_equal(zwatch_bind(router, "nonsense"), -1);
    assert_int_equal(zwatch_bind(router, zwatch_endpoint(router)), -1);
    assert_int_equal(errno, EADDRINUSE);
    assert_non_null(strstr(zwatch_error(errno), "ddress"));
}

static void what_reads_as_an_endpoint(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int is_one;
    } cases[] = {
        {"tcp://127.0.0.1:7777", 1},
        {"tcp://[::1]:0", 1},
        {"tcp://*:*", 1},
        {"tcp://host.example:65535", 1},
        {"ipc:///tmp/x", 1},
        {"ipc://", 0},
        {"tcp://", 0},
        {"tcp://host", 0},
        {"tcp://host:", 0},
        {"tcp://host:x", 0},
        {"tcp://host:65536", 0},
        {"tcp://host:7777/", 0},
        {"tcp://:7777", 0},
        {"host:7777", 0},
        {"http://host:7777", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(zwatch_is_endpoint(cases[i].text), cases[i].is_one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bursts_come_through_without_a_timer, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_of_more_frames_are_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_is_gone_is_unreachable, setup, teardown),
        cmocka_unit_test(destroy_waits_no_longer_than_its_linger),
        cmocka_unit_test(what_reads_as_an_endpoint),
        cmocka_unit_test_setup_teardown(a_bad_or_busy_endpoint_says_why, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
