// In C, because Swift's compiler takes no texts from the build, and in a function, so that another
// commit compiles this file alone anew.
#include "source_commit.h"

#ifndef SOURCE_COMMIT
#define SOURCE_COMMIT ""
#endif

const char *source_commit(void) { return SOURCE_COMMIT; }
