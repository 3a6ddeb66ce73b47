/* Goal: of the hosts that wait for their time the earliest is at hand, whatever was added and removed in
 * whatever order. */
#include "coordinator/frontier_internal.h"
#include "tests/unit/check.h"

#include <time.h>

enum { HOSTS = 300, STEPS = 100000 };

static struct frontier frontier;
static struct host hosts[HOSTS];
static struct host *sorted[HOSTS]; /* the model: those in the heap, the earliest first */
static size_t count;

static int setup(void **state)
{
    (void)state;
    memset(&frontier, 0, sizeof frontier);
    memset(hosts, 0, sizeof hosts);
    count = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(frontier.heap);
    return 0;
}

static void add(struct host *host, double time)
{
    size_t at = count++;
    for (; at > 0 && sorted[at - 1]->time > time; at--)
        sorted[at] = sorted[at - 1];
    sorted[at] = host;
    frontier_heap_add(&frontier, host, time);
}

static void take_out(size_t at)
{
    frontier_heap_remove(&frontier, sorted[at]);
    memmove(&sorted[at], &sorted[at + 1], (--count - at) * sizeof *sorted);
}

/* The number of hosts, the earliest time, and every host where it says that it is. */
static void compare(void)
{
    assert_int_equal(frontier.waiting, count);
    if (count)
        assert_true(frontier.heap[0]->time == sorted[0]->time);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(frontier.heap[sorted[i]->at], sorted[i]);
}

static void in_any_order_of_adding_the_earliest_comes_first(void **state)
{
    (void)state;
    static const char *const cases[] = {"",          "1",       "12",   "21",       "123456789",
                                        "987654321", "5152535", "1111", "916273845"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t at = 0; cases[i][at]; at++)
            add(&hosts[at], cases[i][at]);
        for (compare(); count; compare())
            take_out(0);
    }
}

/* The last one takes the place of the one that leaves: there it may have to rise as well as to sink. */
static void any_of_them_may_leave(void **state)
{
    (void)state;
    static const double times[] = {1, 10, 2, 11, 12, 3, 4, 13, 14, 15, 16, 5};
    for (size_t left = 0; left < COUNT_OF(times); left++) {
        for (size_t i = 0; i < COUNT_OF(times); i++)
            add(&hosts[i], times[i]);
        take_out(left);
        for (compare(); count; compare())
            take_out(0);
    }
}

static void random_steps_agree_with_a_sorted_list(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    static unsigned char is_in[HOSTS];
    print_message("SEED=%u\n", seed);
    srand(seed);
    memset(is_in, 0, sizeof is_in);
    for (unsigned step = 0; step < STEPS; step++) {
        int index = rand() % HOSTS;
        if (!is_in[index]) {
            add(&hosts[index], rand() % 200); /* times that are equal occur */
        } else {
            size_t at = 0;
            while (sorted[at] != &hosts[index])
                at++;
            take_out(at);
        }
        is_in[index] = !is_in[index];
        if (step % 16 == 0)
            compare();
    }
    for (compare(); count; compare())
        take_out(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_any_order_of_adding_the_earliest_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(any_of_them_may_leave, setup, teardown),
        cmocka_unit_test_setup_teardown(random_steps_agree_with_a_sorted_list, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
