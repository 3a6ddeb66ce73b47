/* The record of a run: all that a later process needs to go on with it, besides the tables of the store.
 *
 * It is written with every commit, in the same transaction as the URLs that it counts.
 */
#ifndef TRAWL_COORDINATOR_RECORD_H
#define TRAWL_COORDINATOR_RECORD_H

#include "common/buf.h"
#include "coordinator/config.h"
#include "coordinator/output.h"
#include "coordinator/store.h"
#include "coordinator/tally.h"
#include "proto/message.h"

/* How far the seeds were read: whole lines of the list, and the arguments. */
struct seed_cursor {
    uint64_t bytes;
    uint64_t lines;
    uint64_t prefix;    /* XXH3 of those bytes */
    uint64_t arguments; /* XXH3 of the arguments admitted, 0: none yet */
    uint64_t ended;     /* the list was read to its end */
};

struct record {
    uint8_t run_id[MESSAGE_ID_SIZE];
    uint64_t hash_seed;   /* of fingerprints and of the names of hosts */
    uint64_t incarnation; /* of the process that wrote this */
    uint64_t next_id;
    double seconds; /* that the run took so far */
    uint64_t finished;
    struct tally tally;
    struct seed_cursor cursor;
    struct output_mark rows;
    struct output_mark pages;
};

/* Makes the record of a run that begins: random ids, nothing counted. */
void record_begin(struct record *record);

/* Reads the record that the store holds. Returns 0, or -1 when it holds none. */
int record_load(struct store *store, struct record *record);

/* Puts the record into the store's open transaction. */
void record_save(struct store *store, const struct record *record);

/* Puts into the store what this run is: its outputs and every option that changes rows. */
void record_identify(struct store *store, const struct config *config);

/* Compares that with what the user asks for now. Returns 0, or -1 with the first difference logged by name.
 */
int record_check_identity(struct store *store, const struct config *config);

#endif
