#include "tests/unit/worker/tags.h"
int main(void)
{
    return 0;
}
