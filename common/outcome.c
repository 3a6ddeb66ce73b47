#include "common/outcome.h"

static const struct {
    const char *name;
    enum outcome_class class;
} outcomes[] = {
#define OUTCOME_ROW(number, class_, spelling) [OUTCOME_##number] = {#spelling, OUTCOME_##class_},
    OUTCOME_TABLE(OUTCOME_ROW)
#undef OUTCOME_ROW
};

static const char *const class_names[] = {
    [OUTCOME_DONE] = "done",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_QUARANTINED] = "quarantined",
};

const char *outcome_name(enum outcome outcome)
{
    return outcomes[outcome].name;
}

enum outcome_class outcome_class(enum outcome outcome)
{
    return outcomes[outcome].class;
}

const char *outcome_class_name(enum outcome_class class)
{
    return class_names[class];
}
