/* Goal: a whole state passes, and one of which anything differs from what was written, in any table, does not
 * (D32). */
#include "coordinator/store_internal.h"
#include "tests/unit/coordinator/rig.h"

enum { ITEMS = 50 };

static struct store *store;

/* Every table with some entries, all committed. */
static int setup(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    assert_non_null(store);
    for (uint64_t i = 1; i <= ITEMS; i++) {
        struct store_item item = {i % 5, i, "http://example.com/some/path", 28};
        uint64_t value = i;
        store_queue_add(store, &item);
        store_seen_add(store, i * 0x9e3779b97f4a7c15u, i % 2 ? &value : NULL);
        store_scope_add(store, i * 0x9e3779b97f4a7c15u);
        store_host_put(store, i, "what it said", 12);
        store_host_count_page(store, i % 5);
    }
    assert_int_equal(store_commit(store, 1), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(&store);
    return 0;
}

/* What a check of all that was written says; it reads what is committed, as opening does. */
static int check(void)
{
    assert_int_equal(mdb_txn_commit(store->txn), 0);
    assert_int_equal(store_begin(store, MDB_RDONLY), 0);
    int result = store_check(store);
    mdb_cursor_close(store->cursors[STORE_SEEN]);
    mdb_cursor_close(store->cursors[STORE_QUEUE]);
    mdb_txn_abort(store->txn);
    assert_int_equal(store_begin(store, 0), 0);
    return result;
}

/* ---- what passes ----------------------------------------------------------------------------------- */

static void a_whole_state_passes(void **state)
{
    (void)state;
    assert_int_equal(check(), 0);
    assert_int_equal(check(), 0); /* and is not changed by it */
}

static void an_empty_state_passes(void **state)
{
    (void)state;
    store = store_open_temporary("/tmp");
    assert_int_equal(store_commit(store, 1), 0);
    assert_int_equal(check(), 0);
    store_close(&store);
}

/* Whatever was written, over what, and taken away again. */
static void a_state_that_was_worked_on_passes(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= ITEMS; i++) {
        if (i % 3 == 0)
            store_queue_remove(store, i % 5, i);
        else if (i % 3 == 1)
            assert_true(store_queue_move(store, i % 5, i, i | UINT64_C(2) << STORE_NUMBER_BITS));
        store_seen_set(store, i * 0x9e3779b97f4a7c15u, i % 4);
        store_seen_add(store, i * 0x9e3779b97f4a7c15u, NULL);
        store_scope_add(store, i * 0x9e3779b97f4a7c15u);
        store_host_put(store, i, "something longer than it said", i % 29);
        store_host_count_page(store, i % 7);
        if (i % 10 == 0) {
            assert_int_equal(store_commit(store, i % 20 == 0), 0);
            assert_int_equal(check(), 0);
        }
    }
}

/* ---- what does not --------------------------------------------------------------------------------- */

enum alteration { VALUE, SIZE, KEY, GONE, MORE, ALTERATIONS };

/* Takes the entry out of its table, and puts another in; behind the back of store.c. */
static void alter(enum store_table table, unsigned number, enum alteration how)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    char bytes[64] = "";
    uint64_t name;
    assert_int_equal(mdb_cursor_open(store->txn, store->tables[table], &cursor), 0);
    for (unsigned i = 0; i <= number; i++)
        assert_int_equal(mdb_cursor_get(cursor, &key, &value, MDB_NEXT), 0);
    memcpy(&name, key.mv_data, sizeof name);
    memcpy(bytes, value.mv_data, value.mv_size);
    size_t size = value.mv_size;
    if (how != MORE)
        assert_int_equal(mdb_cursor_del(cursor, 0), 0);
    mdb_cursor_close(cursor);
    if (how == GONE)
        return;
    if (how == KEY || how == MORE)
        name ^= UINT64_C(1) << 40;
    if (how == SIZE)
        size = size ? size - 1 : 1;
    if (how == VALUE && !size)
        size = 8;
    if (how == VALUE)
        bytes[size - 1] ^= 1; /* of a rank: the depth */
    key = (MDB_val){sizeof name, &name};
    value = (MDB_val){size, bytes};
    assert_int_equal(mdb_put(store->txn, store->tables[table], &key, &value, 0), 0);
}

static void one_entry_that_differs_is_found(void **state)
{
    static const unsigned numbers[] = {0, 1, 4};
    for (enum store_table table = 0; table < STORE_RUN; table++)
        for (size_t i = 0; i < COUNT_OF(numbers); i++)
            for (enum alteration how = 0; how < ALTERATIONS; how++) {
                if (how == SIZE && table == STORE_QUEUE)
                    continue; /* the table has one size */
                setup(state);
                alter(table, numbers[i], how);
                if (!check())
                    fail_msg("table %d, entry %u, alteration %d", table, numbers[i], how);
                teardown(state);
            }
}

/* What the run counted, and which run it is. */
static void a_run_that_differs_is_found(void **state)
{
    static const char *const others[][2] = {
        {"record", "counted 8"}, {"record", "counted"}, {"identity", ""}, {"recorD", "counted 9"}};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        setup(state);
        store_run_put(store, "record", "counted 9", 9);
        assert_int_equal(store_commit(store, 0), 0);
        assert_int_equal(check(), 0);
        store_run_put(store, others[i][0], others[i][1], strlen(others[i][1]));
        assert_int_equal(check(), -1);
        teardown(state);
    }
}

/* Two URLs that change places are two that differ. */
static void urls_under_each_other_s_number_are_found(void **state)
{
    (void)state;
    struct store_item item = {7, ITEMS + 1, "http://other/", 13};
    store_queue_add(store, &item);
    assert_int_equal(store_commit(store, 1), 0);
    assert_int_equal(check(), 0);
    static const char *const urls[] = {"http://other/", "http://example.com/some/path"};
    for (uint64_t i = 0; i < 2; i++) {
        uint64_t number = ITEMS + i;
        MDB_val key = {sizeof number, &number}, value = {strlen(urls[i]), (void *)urls[i]};
        assert_int_equal(mdb_put(store->txn, store->tables[STORE_URLS], &key, &value, 0), 0);
    }
    assert_int_not_equal(check(), 0);
}

static void sums_that_are_missing_or_of_another_size_are_found(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, sizeof(struct store_sums) - 1, sizeof(struct store_sums) + 1};
    struct store_sums sums = store->sums;
    char bytes[sizeof sums + 1] = "";
    MDB_val key = {4, "sums"};
    memcpy(bytes, &sums, sizeof sums);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        store_run_put(store, "sums", bytes, sizes[i]);
        assert_int_not_equal(check(), 0);
    }
    for (size_t i = 0; i < sizeof sums; i++) {
        bytes[i] ^= 1;
        store_run_put(store, "sums", bytes, sizeof sums);
        assert_int_not_equal(check(), 0);
        bytes[i] ^= 1;
    }
    store_run_put(store, "sums", bytes, sizeof sums);
    assert_int_equal(check(), 0);
    assert_int_equal(mdb_del(store->txn, store->tables[STORE_RUN], &key, NULL), 0);
    assert_int_not_equal(check(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_whole_state_passes, setup, teardown),
        cmocka_unit_test(an_empty_state_passes),
        cmocka_unit_test_setup_teardown(a_state_that_was_worked_on_passes, setup, teardown),
        cmocka_unit_test(one_entry_that_differs_is_found),
        cmocka_unit_test(a_run_that_differs_is_found),
        cmocka_unit_test_setup_teardown(urls_under_each_other_s_number_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(sums_that_are_missing_or_of_another_size_are_found, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
