/* Descriptors as something a program can be short of, from the three it is born with to the last.
 *
 * The next file or socket that is opened takes the lowest free number: with stdout closed the epoll
 * descriptor would be stdout, and rows would be written into it. And what accepts connections without a
 * descriptor left for them is woken for each again and again: who listens asks before how many are left.
 */
#ifndef TRAWL_COMMON_DESCRIPTORS_H
#define TRAWL_COMMON_DESCRIPTORS_H

/* Puts /dev/null where stdin, stdout or stderr is closed, opened the wrong way round: reading the stdin and
 * writing to the stdout that nobody gave still fails with EBADF. stderr takes what is said and drops it. Call
 * it before anything is opened. */
void descriptors_fill_standard(void);

/* Raises the limit as far as it goes without privileges. Returns how many may be open. */
unsigned descriptors_raise(void);

/* Whether so many more can be opened now. For a few: each is tried. */
int descriptors_left(unsigned count);

/* Locks an open file for whoever has this descriptor, until it is closed. One that holds the lock may have
 * been killed a moment ago and not be gone yet: it is waited for, a second. Returns 0, or -1 with errno set.
 */
int descriptors_lock(int fd);

#endif
