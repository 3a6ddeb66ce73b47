#include "coordinator/tally.h"

void tally_init(struct tally *tally)
{
    *tally = (struct tally){.smallest_gap = -1};
}

void tally_note_gap(struct tally *tally, double seconds)
{
    if (tally->smallest_gap < 0 || seconds < tally->smallest_gap)
        tally->smallest_gap = seconds;
}

void tally_note_in_flight(struct tally *tally, uint64_t count)
{
    if (count > tally->most_in_flight)
        tally->most_in_flight = count;
}

const char *tally_skip_name(enum skip skip)
{
    static const char *const names[] = {
        [SKIP_SCOPE] = "scope",       [SKIP_FILTER] = "filter",     [SKIP_LONG] = "long",
        [SKIP_DEEP] = "deep",         [SKIP_REPEATED] = "repeated", [SKIP_PORT] = "port",
        [SKIP_NOFOLLOW] = "nofollow",
    };
    return names[skip];
}

uint64_t tally_skipped(const struct tally *tally)
{
    uint64_t sum = 0;
    for (enum skip skip = 0; skip < SKIPS; skip++)
        sum += tally->skips[skip];
    return sum;
}

uint64_t tally_class(const struct tally *tally, enum outcome_class class)
{
    uint64_t sum = 0;
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
        if (outcome_class(outcome) == class)
            sum += tally->outcomes[outcome];
    return sum;
}

uint64_t tally_finished(const struct tally *tally)
{
    uint64_t sum = 0;
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
        sum += tally->outcomes[outcome];
    return sum;
}

int tally_balances(const struct tally *tally, uint64_t pending)
{
    uint64_t listed = tally->admitted - tally->found;
    return tally->lines == tally->blank + tally->malformed + tally->duplicate + listed &&
           tally->admitted == tally_finished(tally) + pending;
}
