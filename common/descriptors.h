/* The three descriptors every program is born with, for a parent that closed some of them.
 *
 * The next file or socket that is opened takes the lowest free number: with stdout closed the epoll
 * descriptor would be stdout, and rows would be written into it.
 */
#ifndef TRAWL_COMMON_DESCRIPTORS_H
#define TRAWL_COMMON_DESCRIPTORS_H

/* Puts /dev/null where stdin, stdout or stderr is closed, opened the wrong way round: reading the stdin and
 * writing to the stdout that nobody gave still fails with EBADF. stderr takes what is said and drops it. Call
 * it before anything is opened. */
void descriptors_fill_standard(void);

#endif
