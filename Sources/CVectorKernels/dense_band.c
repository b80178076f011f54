#include "dense_band.h"

#include <string.h>

#include "compiled_kernels.h"

#define SUFFIX baseline
#include "dense_band.inc"
#undef SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define SUFFIX avx2
#define STRIPS_TOGETHER
#include "dense_band.inc"
#undef SUFFIX
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#define SUFFIX avx512
#include "dense_band.inc"
#undef SUFFIX
#undef STRIPS_TOGETHER
#pragma clang attribute pop
#endif

ptrdiff_t dense_band_rows(vector_instructions instructions) {
  return instructions == vector_instructions_avx512 ? 8 : 4;
}

void dense_add_band(
    vector_instructions instructions, const double *left, ptrdiff_t left_stride, ptrdiff_t rows,
    const double *right, ptrdiff_t strip_stride, ptrdiff_t columns, ptrdiff_t depth, double *target,
    ptrdiff_t target_stride, bool is_subtracted) {
#if defined(__x86_64__)
  if (instructions == vector_instructions_avx512) {
    band_avx512(
        left, left_stride, rows, right, strip_stride, columns, depth, target, target_stride,
        is_subtracted);
    return;
  }
  if (instructions == vector_instructions_avx2) {
    band_avx2(
        left, left_stride, rows, right, strip_stride, columns, depth, target, target_stride,
        is_subtracted);
    return;
  }
#endif
  band_baseline(
      left, left_stride, rows, right, strip_stride, columns, depth, target, target_stride,
      is_subtracted);
}
