/* Worker processes seen from their parent: started, listened to, restarted when they die, ended with it.
 *
 * Used by trawl for its local workers and by `trawl-worker -w N`. Each process has its own process group,
 * ignores SIGINT (Ctrl-C is the parent's to deal with), holds a pipe whose end tells it that the parent is
 * gone, and shares a black box with the parent (supervised.h). A process that dies is started again after 0.1
 * s, doubled with each early death up to 10 s; one that leaves (supervised_page.leaving) is not. One whose
 * loop has not turned for five seconds, and that nobody stopped, is killed. What a death means is the
 * caller's to judge.
 */
#ifndef TRAWL_COMMON_SUPERVISE_H
#define TRAWL_COMMON_SUPERVISE_H

#include "common/supervised.h"

#include <ev.h>
#include <stddef.h>
#include <sys/types.h>

struct supervise;

struct supervise_exit {
    unsigned index; /* of the place, from 0 */
    pid_t pid;
    int left;     /* it was leaving, or was told to stop */
    int welcomed; /* it had a session */
    struct supervised_death death;
};

struct supervise_callbacks {
    /* A process wrote a line (without its \n) to stderr; borrowed. */
    void (*on_line)(void *arg, unsigned index, const char *line, size_t size);
    /* A process ended. Called before a restart is scheduled; may call supervise_stop and supervise_tell_next.
     */
    void (*on_exit)(void *arg, const struct supervise_exit *end);
};

/* Prepares `count` places for processes of `program` (a path) with the arguments `argv` (NULL-terminated,
 * argv[0] included), to which `--name NAME-K` is appended, K from 1. All strings are copied. `loop` must be
 * the default loop. */
struct supervise *supervise_create(struct ev_loop *loop, unsigned count, const char *program,
                                   const char *const *argv, const char *name,
                                   const struct supervise_callbacks *callbacks, void *arg);

/* Kills what still runs, waits for it, frees all. *supervise becomes NULL. Accepts NULL. */
void supervise_destroy(struct supervise **supervise);

/* Starts every place, once. Each takes two descriptors. Returns 0, or -1 with errno set when the program
 * cannot be executed or no process or descriptor can be had; some may run then. */
int supervise_start(struct supervise *supervise);

/* Sends `signal` to every process (0: none) and restarts none from now on. */
void supervise_stop(struct supervise *supervise, int signal);

/* Ends the line by which processes know that their parent is there: those that never heard from a coordinator
 * leave now, too. Restarts none from now on. */
void supervise_release(struct supervise *supervise);

/* Puts a death into the black box of that place, for the next process there to tell its coordinator. */
void supervise_tell_next(struct supervise *supervise, unsigned index, const struct supervised_death *death);

/* Processes that run now. */
unsigned supervise_alive(const struct supervise *supervise);

#endif
