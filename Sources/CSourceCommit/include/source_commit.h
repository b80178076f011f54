// The git commit that a program was built from.
#ifndef SOURCE_COMMIT_H
#define SOURCE_COMMIT_H

/// The commit's first digits, and what else scripts/revision says; empty where it is not known.
const char *source_commit(void);

#endif
