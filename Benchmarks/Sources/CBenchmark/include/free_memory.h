#ifndef FREE_MEMORY_H
#define FREE_MEMORY_H

/// Gives freed memory back to the system, so that the process's resident memory is what is in use.
void return_free_memory(void);

#endif
