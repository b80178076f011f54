#include "softplus_sums.h"

#include <stdint.h>
#include <string.h>

#include "compiled_kernels.h"

typedef int64_t eight_masks __attribute__((vector_size(64)));
typedef uint64_t eight_words __attribute__((vector_size(64)));

#define SUFFIX baseline
#include "softplus_sums.inc"
#undef SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define SUFFIX avx2
#include "softplus_sums.inc"
#undef SUFFIX
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#define SUFFIX avx512
#include "softplus_sums.inc"
#undef SUFFIX
#pragma clang attribute pop
#endif

void softplus_add_up(
    vector_instructions instructions, const double *centers, const double *sds,
    const double *points, const double *weights, ptrdiff_t count, double *sums) {
#if defined(__x86_64__)
  if (instructions == vector_instructions_avx512) {
    add_up_avx512(centers, sds, points, weights, count, sums);
    return;
  }
  if (instructions == vector_instructions_avx2) {
    add_up_avx2(centers, sds, points, weights, count, sums);
    return;
  }
#endif
  add_up_baseline(centers, sds, points, weights, count, sums);
}

void softplus_add_up_values(
    vector_instructions instructions, const double *centers, double sd, const double *points,
    const double *weights, ptrdiff_t count, double *sums) {
#if defined(__x86_64__)
  if (instructions == vector_instructions_avx512) {
    add_up_values_avx512(centers, sd, points, weights, count, sums);
    return;
  }
  if (instructions == vector_instructions_avx2) {
    add_up_values_avx2(centers, sd, points, weights, count, sums);
    return;
  }
#endif
  add_up_values_baseline(centers, sd, points, weights, count, sums);
}
