/* Goal: a URL is in one place and a host is in one place, whatever happens in whatever order; no host has
 * more in flight than it may, none waits behind another (H16), and an idle one costs nothing. */
#include "coordinator/frontier.h"
#include "tests/unit/check.h"

#include <time.h>

static struct store *store;
static struct frontier *frontier;

static int setup(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    frontier = frontier_create(&(struct frontier_rules){.per_host = 2}, store, 1, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    frontier_destroy(&frontier);
    assert_null(frontier);
    frontier_destroy(&frontier);
    store_close(&store);
    return 0;
}

static struct entry *add(const char *url)
{
    struct frontier_url all = {.source = url, .source_size = strlen(url), .url = url, .size = strlen(url)};
    return frontier_add(frontier, &all);
}

static void add_all(const char *urls)
{
    char copy[1000];
    snprintf(copy, sizeof copy, "%s", urls);
    for (char *url = strtok(copy, " "); url; url = strtok(NULL, " "))
        add(url);
}

/* The next entries up to the first NULL, as one line; they stay leased. */
static const char *drain(struct entry **taken, unsigned *count)
{
    static char line[1000];
    struct entry *entry;
    line[0] = 0;
    *count = 0;
    while ((entry = frontier_next(frontier))) {
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", *line ? " " : "", entry->url);
        taken[(*count)++] = entry;
    }
    return line;
}

static void finish_all(struct entry **taken, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        frontier_finish(frontier, taken[i]);
}

static void hosts_take_turns_and_keep_to_their_cap(void **state)
{
    (void)state;
    static const struct {
        const char *added, *first, *second;
    } cases[] = {
        {"", "", ""},
        {"http://a/1 http://a/2 http://a/3", "http://a/1 http://a/2", "http://a/3"},
        {"http://a/1 http://a/2 http://b/1 http://c/1", "http://a/1 http://b/1 http://c/1 http://a/2", ""},
        {"http://a/1 http://a/2 http://a/3 http://b/1 http://b/2",
         "http://a/1 http://b/1 http://a/2 http://b/2", "http://a/3"},
        /* A host is an origin: scheme, name and port. */
        {"http://a/1 http://a/2 http://a/3 https://a/1 http://a:81/1 http://[::1]/1",
         "http://a/1 https://a/1 http://a:81/1 http://[::1]/1 http://a/2", "http://a/3"},
        {"http://a/ http://ab/ http://a/?q http://a/#f", "http://a/ http://ab/ http://a/?q", "http://a/#f"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct entry *taken[20];
        unsigned count;
        add_all(cases[i].added);
        assert_string_equal(drain(taken, &count), cases[i].first);
        finish_all(taken, count);
        assert_string_equal(drain(taken, &count), cases[i].second);
        finish_all(taken, count);
        assert_int_equal(frontier_queued(frontier), 0);
        assert_int_equal(frontier_hosts(frontier), 0);
    }
}

static void an_entry_keeps_what_was_listed_apart_from_what_is_requested(void **state)
{
    (void)state;
    struct entry *entry = frontier_add(
        frontier, &(struct frontier_url){" HTTP://A/#x junk", 10, "http://a/ junk", 9, 0, 0, true});
    assert_string_equal(entry->source, " HTTP://A/");
    assert_string_equal(entry->url, "http://a/");
    assert_int_equal(entry->place, ENTRY_QUEUED);
    assert_int_equal(entry->attempt, 0);
    assert_true(entry->private_ok);
    assert_ptr_equal(frontier_next(frontier), entry);
    assert_int_equal(entry->place, ENTRY_LEASED);
    assert_int_equal(entry->attempt, 0);
    frontier_grant(frontier, entry);
    assert_int_equal(entry->attempt, 1);
    frontier_finish(frontier, entry);
}

static void what_comes_back_stands_first_again(void **state)
{
    (void)state;
    struct entry *taken[4];
    unsigned count;
    add_all("http://a/1 http://a/2 http://a/3");
    drain(taken, &count);
    assert_int_equal(count, 2);
    frontier_put_back(frontier, taken[1]);
    frontier_put_back(frontier, taken[0]);
    assert_int_equal(frontier_queued(frontier), 3);
    assert_string_equal(drain(taken, &count), "http://a/1 http://a/2");
    finish_all(taken, count);
}

/* D8, D10: who lost the lease may still be fetching. */
static void a_kept_slot_counts_until_it_is_released(void **state)
{
    (void)state;
    struct entry *taken[4];
    unsigned count;
    add_all("http://a/1 http://a/2");
    drain(taken, &count);
    struct host *host = frontier_put_back_keeping_slot(frontier, taken[0]);
    assert_ptr_equal(frontier_put_back_keeping_slot(frontier, taken[1]), host);
    assert_int_equal(frontier_ready(frontier), 0);
    assert_null(frontier_next(frontier));
    frontier_release_slot(frontier, host);
    assert_int_equal(frontier_ready(frontier), 1);
    struct entry *entry = frontier_next(frontier);
    assert_string_equal(entry->url, "http://a/2");
    assert_null(frontier_next(frontier));
    frontier_finish(frontier, entry);
    entry = frontier_next(frontier);
    frontier_finish(frontier, entry);
    assert_int_equal(frontier_hosts(frontier), 1); /* a slot of it is still out */
    frontier_release_slot(frontier, host);
    assert_int_equal(frontier_hosts(frontier), 0);
}

static void taking_ignores_the_cap_and_the_turns(void **state)
{
    (void)state;
    struct entry *taken[4];
    unsigned count;
    add_all("http://a/1 http://a/2 http://a/3");
    struct entry *last = add("http://a/4");
    drain(taken, &count);
    assert_ptr_equal(frontier_take(frontier, last), last);
    assert_int_equal(last->attempt, 0);
    assert_int_equal(frontier_queued(frontier), 1);
    frontier_finish(frontier, taken[0]);
    assert_null(frontier_next(frontier));
    frontier_finish(frontier, last);
    frontier_finish(frontier, taken[1]);
    finish_all(taken, drain(taken, &count) ? count : 0);
}

static void a_redirect_moves_the_url_to_another_host(void **state)
{
    (void)state;
    struct entry *entry = add("http://a/1");
    add_all("http://a/2 http://a/3 http://b/1");
    assert_ptr_equal(frontier_next(frontier), entry);
    entry->private_ok = 0;
    frontier_redirect(frontier, entry, "http://b/from-a junk", 15);
    assert_int_equal(entry->place, ENTRY_QUEUED);
    assert_string_equal(entry->source, "http://a/1");
    assert_string_equal(entry->url, "http://b/from-a");
    assert_int_equal(entry->hop, 1);
    assert_int_equal(entry->attempt, 0);
    assert_int_equal(entry->private_ok, 0);
    struct entry *taken[4];
    unsigned count;
    assert_string_equal(drain(taken, &count), "http://b/from-a http://a/2 http://b/1 http://a/3");
    finish_all(taken, count);
    assert_int_equal(frontier_hosts(frontier), 0);
}

static void a_redirect_within_the_host_gives_its_slot_back(void **state)
{
    (void)state;
    struct entry *entry = add("http://a/0");
    for (unsigned hop = 1; hop <= 50; hop++) {
        char url[30];
        snprintf(url, sizeof url, "http://a/%u", hop);
        assert_ptr_equal(frontier_next(frontier), entry);
        frontier_redirect(frontier, entry, url, strlen(url));
        assert_int_equal(frontier_hosts(frontier), 1);
    }
    assert_int_equal(entry->hop, 50);
    assert_ptr_equal(frontier_next(frontier), entry);
    frontier_finish(frontier, entry);
    assert_int_equal(frontier_hosts(frontier), 0);
}

/* H41. A server that redirects from one spelling of a URL to another is not going round in circles. */
static void the_chain_knows_what_was_requested(void **state)
{
    (void)state;
    struct entry *entry = add("http://a/%7Ex");
    static const char *const hops[] = {"http://a/~x", "http://a./~x", "http://a/~x?"};
    static const char *const fresh[] = {"http://a/", "http://a/~X", "https://a/~x", "http://a/~x/"};
    for (size_t i = 0; i < COUNT_OF(hops); i++) {
        assert_ptr_equal(frontier_next(frontier), entry);
        assert_false(frontier_in_chain(entry, hops[i], strlen(hops[i])));
        frontier_redirect(frontier, entry, hops[i], strlen(hops[i]));
        assert_true(frontier_in_chain(entry, hops[i], strlen(hops[i])));
        assert_true(frontier_in_chain(entry, "http://a/%7Ex", 13));
    }
    for (size_t i = 0; i < COUNT_OF(fresh); i++)
        assert_false(frontier_in_chain(entry, fresh[i], strlen(fresh[i])));
}

static void many_hosts_are_known_only_while_they_have_something(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    for (unsigned i = 0; i < MANY; i++) {
        char url[40];
        snprintf(url, sizeof url, "http://h%u.example/", i);
        add(url);
    }
    assert_int_equal(frontier_hosts(frontier), MANY);
    assert_int_equal(frontier_ready(frontier), MANY);
    for (unsigned i = 0; i < MANY; i++) {
        struct entry *entry = frontier_next(frontier);
        frontier_finish(frontier, entry);
    }
    assert_int_equal(frontier_hosts(frontier), 0);
    assert_null(frontier_next(frontier));
}

static void destroying_frees_what_is_queued(void **state)
{
    (void)state;
    add_all("http://a/1 http://b/1");
    struct entry *entry = frontier_next(frontier);
    frontier_redirect(frontier, entry, "http://c/", 9);
}

/* ---- against a model ------------------------------------------------------------------------------- */

enum { CAP = 3, HOSTS = 6, MOST = 200, STEPS = 60000 };

/* Arrays where the frontier has queues: slow and plain. An entry's number is its source. */
static struct model {
    unsigned queue[HOSTS][MOST], queued[HOSTS]; /* numbers, head first */
    unsigned back[HOSTS]; /* of these, those that come back: they stand before the others */
    unsigned in_flight[HOSTS];
    struct entry *leased[MOST];
    unsigned leased_count;
    struct host *kept[MOST];
    unsigned kept_host[MOST], kept_count;
    unsigned turns[HOSTS], ready; /* ready hosts, the next one first */
    unsigned entries, last_number;
    unsigned home[STEPS], away[HOSTS]; /* by number; URLs of a host that were redirected to others */
} model;

static unsigned number_of(const struct entry *entry)
{
    return (unsigned)strtoul(entry->source, NULL, 10);
}

static unsigned host_number(const struct entry *entry)
{
    return (unsigned)(entry->url[strlen("http://")] - 'a');
}

static void model_place(unsigned host)
{
    int ready = model.queued[host] && model.in_flight[host] < CAP;
    unsigned at = 0;
    while (at < model.ready && model.turns[at] != host)
        at++;
    if (ready && at == model.ready) {
        model.turns[model.ready++] = host;
    } else if (!ready && at < model.ready) {
        memmove(&model.turns[at], &model.turns[at + 1], (model.ready - at - 1) * sizeof *model.turns);
        model.ready--;
    }
}

static void model_insert(unsigned host, unsigned number, unsigned at)
{
    unsigned *queue = model.queue[host];
    memmove(queue + at + 1, queue + at, (model.queued[host] - at) * sizeof *queue);
    queue[at] = number;
    model.queued[host]++;
    model_place(host);
}

static void model_release(unsigned host)
{
    model.in_flight[host]--;
    model_place(host);
}

static struct entry *pick_leased(void)
{
    if (!model.leased_count)
        return NULL;
    unsigned at = (unsigned)rand() % model.leased_count;
    struct entry *entry = model.leased[at];
    model.leased[at] = model.leased[--model.leased_count];
    return entry;
}

static void step_add(void)
{
    if (model.entries == MOST)
        return;
    unsigned host = (unsigned)rand() % HOSTS;
    char url[40], source[20];
    snprintf(source, sizeof source, "%u", ++model.last_number);
    snprintf(url, sizeof url, "http://%c/%s", 'a' + host, source);
    frontier_add(frontier, &(struct frontier_url){source, strlen(source), url, strlen(url), 0, 0, true});
    model.home[model.last_number] = host;
    model.entries++;
    model_insert(host, model.last_number, model.queued[host]);
}

static void step_next(void)
{
    struct entry *entry = frontier_next(frontier);
    if (!model.ready) {
        assert_null(entry);
        return;
    }
    unsigned host = model.turns[0];
    memmove(model.turns, model.turns + 1, (model.ready - 1) * sizeof *model.turns);
    model.turns[model.ready - 1] = host;
    assert_non_null(entry);
    assert_int_equal(host_number(entry), host);
    assert_int_equal(number_of(entry), model.queue[host][0]);
    memmove(model.queue[host], model.queue[host] + 1, --model.queued[host] * sizeof(unsigned));
    model.back[host] -= model.back[host] > 0;
    model.in_flight[host]++;
    model_place(host);
    model.leased[model.leased_count++] = entry;
}

static void step_put_back(void)
{
    struct entry *entry = pick_leased();
    if (!entry)
        return;
    unsigned host = host_number(entry);
    frontier_put_back(frontier, entry);
    model_insert(host, number_of(entry), 0);
    model.back[host]++;
    model_release(host);
}

static void step_keep(void)
{
    struct entry *entry = model.kept_count < MOST ? pick_leased() : NULL;
    if (!entry)
        return;
    unsigned host = host_number(entry);
    model.kept_host[model.kept_count] = host;
    model.kept[model.kept_count++] = frontier_put_back_keeping_slot(frontier, entry);
    model_insert(host, number_of(entry), 0);
    model.back[host]++;
}

static void step_release(void)
{
    if (!model.kept_count)
        return;
    unsigned at = (unsigned)rand() % model.kept_count;
    frontier_release_slot(frontier, model.kept[at]);
    model_release(model.kept_host[at]);
    model.kept_count--;
    model.kept[at] = model.kept[model.kept_count];
    model.kept_host[at] = model.kept_host[model.kept_count];
}

static void step_redirect(void)
{
    struct entry *entry = pick_leased();
    if (!entry)
        return;
    unsigned from = host_number(entry), to = (unsigned)rand() % HOSTS;
    char url[40];
    snprintf(url, sizeof url, "http://%c/%u", 'a' + to, (unsigned)rand());
    unsigned home = model.home[number_of(entry)];
    model.away[home] += (unsigned)(to != home) - (unsigned)(from != home);
    frontier_redirect(frontier, entry, url, strlen(url));
    model_insert(to, number_of(entry), model.back[to]++);
    model_release(from);
}

static void step_finish(void)
{
    struct entry *entry = pick_leased();
    if (!entry)
        return;
    unsigned host = host_number(entry), home = model.home[number_of(entry)];
    model.away[home] -= host != home;
    frontier_finish(frontier, entry);
    model.entries--;
    model_release(host);
}

static void compare(void)
{
    unsigned queued = 0, hosts = 0;
    for (unsigned host = 0; host < HOSTS; host++) {
        queued += model.queued[host];
        hosts += model.queued[host] || model.in_flight[host] || model.away[host];
        assert_true(model.in_flight[host] <= CAP);
    }
    assert_int_equal(frontier_queued(frontier), queued);
    assert_int_equal(frontier_hosts(frontier), hosts);
    assert_int_equal(frontier_ready(frontier), model.ready);
    assert_int_equal(queued + model.leased_count, model.entries); /* one place each */
    assert_int_equal(store_queue_count(store), model.entries);
}

static void any_order_of_events_agrees_with_the_model(void **state)
{
    (void)state;
    static void (*const steps[])(void) = {step_add,    step_add,    step_next,    step_next,
                                          step_next,   step_keep,   step_release, step_put_back,
                                          step_finish, step_finish, step_redirect};
    const char *given = getenv("SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    print_message("SEED=%u\n", seed);
    srand(seed);
    frontier_destroy(&frontier);
    frontier = frontier_create(&(struct frontier_rules){.per_host = CAP}, store, 1, 0);
    memset(&model, 0, sizeof model);
    for (unsigned i = 0; i < STEPS; i++) {
        steps[(unsigned)rand() % COUNT_OF(steps)]();
        compare();
    }
    while (model.leased_count)
        step_finish();
    while (model.kept_count)
        step_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hosts_take_turns_and_keep_to_their_cap, setup, teardown),
        cmocka_unit_test_setup_teardown(an_entry_keeps_what_was_listed_apart_from_what_is_requested, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_comes_back_stands_first_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_kept_slot_counts_until_it_is_released, setup, teardown),
        cmocka_unit_test_setup_teardown(taking_ignores_the_cap_and_the_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(a_redirect_moves_the_url_to_another_host, setup, teardown),
        cmocka_unit_test_setup_teardown(a_redirect_within_the_host_gives_its_slot_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_chain_knows_what_was_requested, setup, teardown),
        cmocka_unit_test_setup_teardown(many_hosts_are_known_only_while_they_have_something, setup, teardown),
        cmocka_unit_test_setup_teardown(destroying_frees_what_is_queued, setup, teardown),
        cmocka_unit_test_setup_teardown(any_order_of_events_agrees_with_the_model, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
