/* Whether two of the files that the user named are one, by whatever names: then one would be written over the
 * other. */
#ifndef TRAWL_COORDINATOR_ONE_FILE_H
#define TRAWL_COORDINATOR_ONE_FILE_H

struct one_file {
    const char *option; /* as people know it: "-o" */
    const char *path;   /* NULL: not named */
    int dash;           /* the descriptor that the path `-` stands for */
};

/* Compares each with each, through links too. Returns 0, or -1 with one line logged. Devices are no files:
 * two outputs may both go to /dev/null. Files that do not exist are one when they are spelt alike. */
int one_file_refuse(const struct one_file *files, unsigned count);

#endif
