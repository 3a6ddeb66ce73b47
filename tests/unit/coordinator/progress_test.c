/* Goal: the line is for a person at a terminal and says how far the run is. */
#include "common/log.h"
#include "coordinator/progress.h"
#include "tests/unit/coordinator/rig.h"

#include <pty.h>
#include <sys/ioctl.h>

static void only_a_person_at_a_terminal_sees_it(void **state)
{
    (void)state;
    static const struct {
        int terminal, quiet, format, wanted;
    } cases[] = {{1, 0, LOG_TEXT, 1}, {0, 0, LOG_TEXT, 0}, {1, 1, LOG_TEXT, 0}, {1, 0, LOG_JSON, 0}};
    int master, slave;
    if (openpty(&master, &slave, NULL, NULL, NULL))
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config = {.quiet = cases[i].quiet, .log_format = cases[i].format};
        rig_listen();
        if (cases[i].terminal)
            dup2(slave, STDERR_FILENO);
        int wanted = progress_wanted(&config);
        rig_heard();
        assert_int_equal(wanted, cases[i].wanted);
    }
    close(master);
    close(slave);
}

static void it_says_how_far_the_run_is(void **state)
{
    (void)state;
    struct rig rig;
    rig_make(&rig);
    rig_join(&rig, "w");
    rig.crawl.tally.admitted = 100;
    rig.crawl.tally.outcomes[OUTCOME_OK] = 5;
    rig.crawl.tally.outcomes[OUTCOME_DNS] = 2;
    rig.crawl.tally.rows = 33;
    rig_listen();
    progress_show(&rig.crawl);
    progress_show(&rig.crawl); /* at once again: no division by nothing */
    progress_clear();
    const char *heard = rig_heard();
    assert_non_null(strstr(heard, "7 / 100 pages "));
    assert_non_null(strstr(heard, " 33 links  2 errors  1 worker"));
    assert_null(strstr(heard, "nan"));
    assert_null(strstr(heard, "inf"));
    rig_break(&rig);
}

static void it_stays_on_one_line(void **state)
{
    (void)state;
    static const unsigned short columns[] = {10, 30, 80, 0};
    struct rig rig;
    char shown[300] = "";
    int master, slave;
    if (openpty(&master, &slave, NULL, NULL, NULL))
        skip();
    rig_make(&rig);
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        ioctl(slave, TIOCSWINSZ, &(struct winsize){.ws_row = 25, .ws_col = columns[i]});
        rig_listen();
        dup2(slave, STDERR_FILENO);
        progress_show(&rig.crawl);
        rig_heard();
        ssize_t size = read(master, shown, sizeof shown - 1);
        shown[size > 0 ? size : 0] = 0;
        size_t text = strlen(shown) - strlen("\r\033[K");
        assert_true(text > 5 && (columns[i] == 0 || text < columns[i]));
    }
    rig_break(&rig);
    close(master);
    close(slave);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_person_at_a_terminal_sees_it),
        cmocka_unit_test(it_says_how_far_the_run_is),
        cmocka_unit_test(it_stays_on_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
