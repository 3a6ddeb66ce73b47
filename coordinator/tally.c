#include "coordinator/tally.h"

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
    return tally->lines == tally->blank + tally->malformed + tally->duplicate + tally->admitted &&
           tally->admitted == tally_finished(tally) + pending;
}
