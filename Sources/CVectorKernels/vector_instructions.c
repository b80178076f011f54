#include "vector_instructions.h"

vector_instructions vector_instructions_here(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return vector_instructions_avx512;
  if (__builtin_cpu_supports("avx2")) return vector_instructions_avx2;
#endif
  return vector_instructions_baseline;
}
