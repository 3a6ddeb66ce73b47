/* Goal: what was put into the store is there until it is removed, committed or not; a commit is all or
 * nothing; the queue is walked in the order of hosts and ids. */
#include "coordinator/store.h"
#include "tests/unit/coordinator/rig.h"

#include <time.h>

static struct store *store;
static char directory[] = "/tmp/trawl-store-XXXXXX";

static int setup(void **state)
{
    (void)state;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    assert_non_null(mkdtemp(directory));
    store = store_open(directory, 0);
    assert_non_null(store);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char path[100];
    store_close(&store);
    assert_null(store);
    store_close(&store);
    static const char *const files[] = {"data.mdb", "lock"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    return rmdir(directory);
}

static void open_again(void)
{
    store_close(&store);
    store = store_open(directory, 0);
    assert_non_null(store);
}

static void add(uint64_t host, uint64_t id, const char *record)
{
    struct store_item item = {host, id, record, strlen(record)};
    store_queue_add(store, &item);
}

static void a_fingerprint_is_new_once(void **state)
{
    (void)state;
    static const uint64_t fingerprints[] = {1, 2, 1ull << 63, UINT64_MAX, 1ull << 32};
    for (size_t i = 0; i < COUNT_OF(fingerprints); i++)
        assert_true(store_seen_add(store, fingerprints[i], NULL));
    for (size_t i = 0; i < COUNT_OF(fingerprints); i++)
        assert_false(store_seen_add(store, fingerprints[i], NULL));
    assert_int_equal(store_commit(store, 0), 0);
    open_again();
    for (size_t i = 0; i < COUNT_OF(fingerprints); i++)
        assert_false(store_seen_add(store, fingerprints[i], NULL));
    assert_int_equal(store_seen_count(store), COUNT_OF(fingerprints));
}

static void a_name_in_scope_stays_there(void **state)
{
    (void)state;
    static const uint64_t names[] = {1, UINT64_MAX, 1ull << 32};
    assert_false(store_scope_holds(store, 1));
    for (int twice = 0; twice < 2; twice++)
        for (size_t i = 0; i < COUNT_OF(names); i++)
            store_scope_add(store, names[i]);
    assert_int_equal(store_commit(store, 0), 0);
    store_scope_add(store, 77); /* is lost */
    assert_true(store_scope_holds(store, 77));
    open_again();
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_true(store_scope_holds(store, names[i]));
    assert_false(store_scope_holds(store, 77));
    assert_false(store_scope_holds(store, 0));
    assert_true(store_seen_add(store, 1, NULL)); /* the other set is another */
}

static void the_queue_is_walked_by_host_and_id(void **state)
{
    (void)state;
    static const struct {
        uint64_t host, id;
        const char *record;
    } sorted[] = {{1, 3, "a"},
                  {1, 4, "b"},
                  {1, 256, "c"},
                  {2, 1, "f"},
                  {256, 2, "d"},
                  {UINT64_MAX, 7, "e"},
                  {UINT64_MAX, UINT64_MAX, ""}},
      *other;
    static const unsigned by_id[] = {3, 4, 0, 1, 5, 2, 6};
    for (size_t i = 0; i < COUNT_OF(sorted); i++) {
        other = &sorted[by_id[i]];
        add(other->host, other->id, other->record);
    }
    struct store_item item = {0};
    for (size_t i = 0; i < COUNT_OF(sorted); i++) {
        assert_true(store_queue_find(store, &item));
        assert_int_equal(item.host, sorted[i].host);
        assert_int_equal(item.rank, sorted[i].id);
        assert_int_equal(item.size, strlen(sorted[i].record));
        assert_memory_equal(item.record, sorted[i].record, item.size);
        item.rank++;
        item.host += item.rank == 0;
    }
    assert_int_equal(store_queue_count(store), COUNT_OF(sorted));
    static const struct {
        uint64_t host, id, found_host, found_id;
    } questions[] = {{0, 0, 1, 3}, {1, 5, 1, 256}, {1, 257, 2, 1}, {3, 9, 256, 2}, {256, 3, UINT64_MAX, 7}};
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        item = (struct store_item){.host = questions[i].host, .rank = questions[i].id};
        assert_true(store_queue_find(store, &item));
        assert_int_equal(item.host, questions[i].found_host);
        assert_int_equal(item.rank, questions[i].found_id);
    }
    store_queue_remove(store, UINT64_MAX, UINT64_MAX);
    item = (struct store_item){.host = UINT64_MAX, .rank = 8};
    assert_false(store_queue_find(store, &item));
}

static void what_is_not_committed_did_not_happen(void **state)
{
    (void)state;
    size_t size;
    add(1, 1, "kept");
    store_seen_add(store, 1, NULL);
    store_run_put(store, "x", "old", 3);
    assert_int_equal(store_commit(store, 1), 0);
    add(1, 2, "lost");
    store_queue_remove(store, 1, 1);
    store_seen_add(store, 2, NULL);
    store_run_put(store, "x", "newer", 5);
    assert_memory_equal(store_run_get(store, "x", &size), "newer", 5);
    assert_int_equal(store_queue_count(store), 1);
    open_again();
    struct store_item item = {0};
    assert_true(store_queue_find(store, &item));
    assert_memory_equal(item.record, "kept", 4);
    assert_int_equal(store_queue_count(store), 1);
    assert_true(store_seen_add(store, 2, NULL));
    assert_memory_equal(store_run_get(store, "x", &size), "old", 3);
    assert_int_equal(size, 3);
    assert_null(store_run_get(store, "y", &size));
}

static void dirt_grows_and_goes_with_a_commit(void **state)
{
    (void)state;
    size_t before = store_dirty(store);
    for (uint64_t i = 1; i < 100; i++) {
        store_seen_add(store, i, NULL);
        add(i, i, "record");
        assert_true(store_dirty(store) > before);
        before = store_dirty(store);
    }
    store_commit(store, 0);
    assert_int_equal(store_dirty(store), 0);
}

static void removing_what_is_not_there_breaks_it(void **state)
{
    (void)state;
    add(1, 1, "x");
    store_commit(store, 0);
    rig_listen();
    store_queue_remove(store, 1, 2);
    assert_int_equal(rig_times(rig_heard(), "the state cannot be written"), 1);
    assert_true(store_is_broken(store));
    assert_int_equal(store_commit(store, 0), -1);
    assert_false(store_seen_add(store, 5, NULL));
    assert_int_equal(store_queue_count(store), 0);
    add(2, 2, "y");
    open_again();
    assert_false(store_is_broken(store));
    assert_int_equal(store_queue_count(store), 1);
}

/* A long life against a plain array, with commits, reopening and losses in between; the sums hold each time.
 */
static void any_order_of_writes_agrees_with_the_model(void **state)
{
    (void)state;
    enum { HOSTS = 5, IDS = 40000 };
    static unsigned char here[IDS], committed[IDS]; /* the host, from 1; 0: not there */
    const char *given = getenv("SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL), count = 0;
    print_message("SEED=%u\n", seed);
    srand(seed);
    memset(here, 0, sizeof here);
    memset(committed, 0, sizeof committed);
    for (unsigned next = 1; next < IDS; next++) {
        int dice = rand() % 1000;
        unsigned victim = (unsigned)rand() % next;
        char record[900];
        memset(record, 'a' + (int)next % 26, sizeof record);
        struct store_item item = {1 + (uint64_t)(rand() % HOSTS), next, record, next % 800};
        if (dice == 0) {
            open_again();
            memcpy(here, committed, sizeof here);
        } else if (dice < 10) {
            assert_int_equal(store_commit(store, dice == 1), 0);
            memcpy(committed, here, sizeof here);
        }
        store_queue_add(store, &item);
        here[next] = (unsigned char)item.host;
        if (dice % 4 && here[victim]) {
            store_queue_remove(store, here[victim], victim);
            here[victim] = 0;
        }
    }
    struct store_item item = {0};
    for (unsigned host = 1; host <= HOSTS; host++)
        for (unsigned id = 0; id < IDS; id++)
            if (here[id] == host) {
                assert_true(store_queue_find(store, &item));
                assert_int_equal(item.host, host);
                assert_int_equal(item.rank, id);
                assert_int_equal(item.size, id % 800);
                item.rank++;
                count++;
            }
    assert_false(store_queue_find(store, &item));
    assert_int_equal(store_queue_count(store), count);
    assert_int_equal(store_commit(store, 1), 0);
    open_again(); /* the sums hold */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fingerprint_is_new_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_in_scope_stays_there, setup, teardown),
        cmocka_unit_test_setup_teardown(the_queue_is_walked_by_host_and_id, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_committed_did_not_happen, setup, teardown),
        cmocka_unit_test_setup_teardown(dirt_grows_and_goes_with_a_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(any_order_of_writes_agrees_with_the_model, setup, teardown),
        cmocka_unit_test_setup_teardown(removing_what_is_not_there_breaks_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
