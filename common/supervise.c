#include "common/supervise.h"

#include "common/buf.h"
#include "common/clock.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

static const unsigned stalled_after = 5; /* seconds */
static const double first_pause = 0.1, longest_pause = 10.0, settled_after = 10.0;

struct place {
    struct supervise *supervise;
    unsigned index;
    char *name;
    pid_t pid; /* 0: no process */
    double started;
    double pause;   /* before the next restart */
    uint64_t turns; /* of its loop, when last looked at */
    unsigned still; /* seconds for which they have not changed */
    int stalled;    /* we ended it for that */
    int page_fd;
    struct supervised_page *page;
    int stderr_fd; /* -1: none */
    struct buf line;
    ev_child child;
    ev_io output;
    ev_timer restart;
};

struct supervise {
    struct ev_loop *loop;
    char *program;
    char **argv; /* with room for --name NAME and NULL */
    size_t argc;
    struct supervise_callbacks callbacks;
    void *arg;
    int stopping;
    int lifeline[2];
    unsigned count;
    unsigned alive;
    struct place *places;
    ev_timer watch;
};

static int start_process(struct place *place);

/* ---- what it says ---------------------------------------------------------------------------------- */

static void pass_on_lines(struct place *place, int all)
{
    struct buf *line = &place->line;
    char *end;
    while ((end = memchr(line->data, '\n', line->size)) || (all && line->size)) {
        size_t length = end ? (size_t)(end - line->data) : line->size;
        place->supervise->callbacks.on_line(place->supervise->arg, place->index, line->data, length);
        buf_consume(line, length + 1);
    }
}

static void close_output(struct place *place)
{
    if (place->stderr_fd < 0)
        return;
    ev_io_stop(place->supervise->loop, &place->output);
    if (place->line.size)
        pass_on_lines(place, 1);
    close(place->stderr_fd);
    place->stderr_fd = -1;
}

static void read_output(struct place *place)
{
    for (int rounds = 0; rounds < 16; rounds++) {
        char *room = buf_reserve(&place->line, LINE_MAX_BYTES - place->line.size);
        ssize_t got = read(place->stderr_fd, room, LINE_MAX_BYTES - place->line.size);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0) {
            close_output(place);
            return;
        }
        place->line.size += (size_t)got;
        pass_on_lines(place, place->line.size == LINE_MAX_BYTES);
    }
}

static void on_output(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop, (void)events;
    read_output(watcher->data);
}

/* ---- how it ends ----------------------------------------------------------------------------------- */

static struct supervise_exit describe_exit(const struct place *place, int status)
{
    struct supervise_exit end = {
        .index = place->index,
        .pid = place->pid,
        .left = place->page->leaving || place->supervise->stopping,
        .welcomed = place->page->welcomed != 0,
        .death =
            {
                .lease = place->page->lease,
                .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
                .stalled = (uint32_t)place->stalled,
            },
    };
    memcpy(end.death.instance, place->page->instance, SUPERVISED_ID_SIZE);
    return end;
}

static void schedule_restart(struct place *place)
{
    double lived = clock_now() - place->started;
    place->pause = lived > settled_after || place->pause <= 0 ? first_pause : place->pause * 2;
    if (place->pause > longest_pause)
        place->pause = longest_pause;
    ev_timer_set(&place->restart, place->pause, 0.);
    ev_timer_start(place->supervise->loop, &place->restart);
}

static void on_child(struct ev_loop *loop, ev_child *watcher, int events)
{
    (void)events;
    struct place *place = watcher->data;
    struct supervise *supervise = place->supervise;
    ev_child_stop(loop, watcher);
    if (place->stderr_fd >= 0)
        read_output(place);
    close_output(place);
    struct supervise_exit end = describe_exit(place, watcher->rstatus);
    place->pid = 0;
    supervise->alive--;
    supervise->callbacks.on_exit(supervise->arg, &end);
    if (!end.left && !supervise->stopping)
        schedule_restart(place);
}

static void on_restart(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    struct place *place = watcher->data;
    if (start_process(place))
        schedule_restart(place);
}

/* ---- whether it stands still ----------------------------------------------------------------------- */

/* Stopped by a signal or a debugger: that is somebody's wish. */
static int is_stopped(pid_t pid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[size] = 0;
    const char *state = strrchr(line, ')');
    return state && (state[2] == 'T' || state[2] == 't');
}

/* A second of ours that passed is one tick, however long it was: after a stop of our own nobody has stalled.
 */
static void look_at(struct place *place)
{
    if (!place->pid || place->page->turns != place->turns || is_stopped(place->pid)) {
        place->turns = place->page->turns;
        place->still = 0; /* one that goes on after a stop has its five seconds again */
        return;
    }
    if (++place->still < stalled_after)
        return;
    place->stalled = 1;
    kill(place->pid, SIGKILL);
}

static void on_watch(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    struct supervise *supervise = watcher->data;
    for (unsigned i = 0; i < supervise->count; i++)
        look_at(&supervise->places[i]);
}

/* ---- how it starts --------------------------------------------------------------------------------- */

static void move_fd(int from, int to)
{
    if (from < 0 || dup2(from, to) < 0)
        _exit(127);
}

/* In the child, between fork and exec: nothing that allocates. */
static _Noreturn void become_worker(const struct supervise *supervise, const struct place *place, int err,
                                    const sigset_t *mask)
{
    /* Away from 0 to 4 first, so that no move overwrites what a later one needs. */
    int lifeline = fcntl(supervise->lifeline[0], F_DUPFD, 10), page = fcntl(place->page_fd, F_DUPFD, 10);
    int nothing = open("/dev/null", O_RDWR);
    err = fcntl(err, F_DUPFD, 10);
    setpgid(0, 0);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    move_fd(nothing, STDIN_FILENO);
    move_fd(err, STDERR_FILENO);
    move_fd(err, STDOUT_FILENO);
    move_fd(lifeline, SUPERVISED_LIFELINE_FD);
    move_fd(page, SUPERVISED_PAGE_FD);
    close_range(SUPERVISED_PAGE_FD + 1, ~0U, 0);
    execv(supervise->program, supervise->argv);
    _exit(127);
}

static void reset_page(struct supervised_page *page)
{
    /* The deaths stay: they are for the next process to tell. */
    memset(page->instance, 0, sizeof page->instance);
    page->lease = page->turns = 0;
    page->welcomed = page->leaving = 0;
}

/* Until the exec the child has our handlers, which would take note of a signal to it and forget that with the
 * exec: so none is let through until they are gone. */
static pid_t fork_worker(const struct supervise *supervise, const struct place *place, int err)
{
    sigset_t all, mask;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &mask);
    pid_t pid = fork();
    if (pid == 0)
        become_worker(supervise, place, err, &mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return pid;
}

static int start_process(struct place *place)
{
    struct supervise *supervise = place->supervise;
    int err[2];
    if (pipe2(err, O_CLOEXEC))
        return -1;
    supervise->argv[supervise->argc + 1] = place->name;
    reset_page(place->page);
    pid_t pid = fork_worker(supervise, place, err[1]);
    close(err[1]);
    if (pid < 0) {
        close(err[0]);
        return -1;
    }
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    place->pid = pid;
    place->turns = 0;
    place->still = 0;
    place->stalled = 0;
    place->started = clock_now();
    place->stderr_fd = err[0];
    supervise->alive++;
    ev_io_set(&place->output, err[0], EV_READ);
    ev_io_start(supervise->loop, &place->output);
    ev_child_set(&place->child, pid, 0);
    ev_child_start(supervise->loop, &place->child);
    return 0;
}

/* The black box of all processes to come. */
static int open_page(struct place *place)
{
    place->page_fd = memfd_create("trawl-black-box", MFD_CLOEXEC);
    if (place->page_fd < 0 || ftruncate(place->page_fd, sizeof *place->page))
        return -1;
    void *page = mmap(NULL, sizeof *place->page, PROT_READ | PROT_WRITE, MAP_SHARED, place->page_fd, 0);
    if (page == MAP_FAILED)
        return -1;
    place->page = page;
    return 0;
}

int supervise_start(struct supervise *supervise)
{
    if (access(supervise->program, X_OK) || pipe2(supervise->lifeline, O_CLOEXEC))
        return -1;
    for (unsigned i = 0; i < supervise->count; i++)
        if (open_page(&supervise->places[i]) || start_process(&supervise->places[i]))
            return -1;
    ev_timer_start(supervise->loop, &supervise->watch);
    return 0;
}

/* ---- life ------------------------------------------------------------------------------------------ */

static void prepare_place(struct supervise *supervise, unsigned index, const char *name)
{
    struct place *place = &supervise->places[index];
    *place = (struct place){.supervise = supervise, .index = index, .page_fd = -1, .stderr_fd = -1};
    if (asprintf(&place->name, "%s-%u", name, index + 1) < 0)
        abort();
    buf_init(&place->line, LINE_MAX_BYTES);
    ev_init(&place->child, on_child);
    ev_init(&place->output, on_output);
    ev_init(&place->restart, on_restart);
    place->child.data = place->output.data = place->restart.data = place;
}

static void copy_arguments(struct supervise *supervise, const char *const *argv)
{
    while (argv[supervise->argc])
        supervise->argc++;
    supervise->argv = memory_new((supervise->argc + 3) * sizeof *supervise->argv);
    for (size_t i = 0; i < supervise->argc; i++)
        supervise->argv[i] = memory_copy(argv[i], strlen(argv[i]));
    supervise->argv[supervise->argc] = "--name";
}

struct supervise *supervise_create(struct ev_loop *loop, unsigned count, const char *program,
                                   const char *const *argv, const char *name,
                                   const struct supervise_callbacks *callbacks, void *arg)
{
    struct supervise *supervise = memory_new(sizeof *supervise);
    *supervise = (struct supervise){
        .loop = loop, .count = count, .callbacks = *callbacks, .arg = arg, .lifeline = {-1, -1}};
    supervise->program = memory_copy(program, strlen(program));
    copy_arguments(supervise, argv);
    setenv(SUPERVISED_ENVIRONMENT, "1", 1);
    supervise->places = memory_new(count * sizeof *supervise->places);
    for (unsigned i = 0; i < count; i++)
        prepare_place(supervise, i, name);
    ev_timer_init(&supervise->watch, on_watch, 1., 1.);
    supervise->watch.data = supervise;
    return supervise;
}

static void close_open(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void end_place(struct place *place)
{
    struct ev_loop *loop = place->supervise->loop;
    ev_timer_stop(loop, &place->restart);
    ev_child_stop(loop, &place->child);
    close_output(place);
    if (place->pid) {
        kill(place->pid, SIGKILL);
        waitpid(place->pid, NULL, 0);
    }
    if (place->page)
        munmap(place->page, sizeof *place->page);
    close_open(&place->page_fd);
    buf_clear(&place->line);
    free(place->name);
}

void supervise_destroy(struct supervise **at)
{
    struct supervise *supervise = *at;
    if (!supervise)
        return;
    ev_timer_stop(supervise->loop, &supervise->watch);
    for (unsigned i = 0; i < supervise->count; i++)
        end_place(&supervise->places[i]);
    close_open(&supervise->lifeline[0]);
    close_open(&supervise->lifeline[1]);
    for (size_t i = 0; i < supervise->argc; i++)
        free(supervise->argv[i]);
    free(supervise->argv);
    free(supervise->places);
    free(supervise->program);
    free(supervise);
    *at = NULL;
}

void supervise_stop(struct supervise *supervise, int signal)
{
    supervise->stopping = 1;
    for (unsigned i = 0; i < supervise->count; i++) {
        ev_timer_stop(supervise->loop, &supervise->places[i].restart);
        if (supervise->places[i].pid && signal)
            kill(supervise->places[i].pid, signal);
    }
}

void supervise_release(struct supervise *supervise)
{
    supervise_stop(supervise, 0);
    close_open(&supervise->lifeline[1]);
}

void supervise_tell_next(struct supervise *supervise, unsigned index, const struct supervised_death *death)
{
    struct supervised_page *page = supervise->places[index].page;
    if (page->death_count < SUPERVISED_DEATHS_MAX)
        page->deaths[page->death_count++] = *death;
}

unsigned supervise_alive(const struct supervise *supervise)
{
    return supervise->alive;
}
