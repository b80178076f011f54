#include "dense_band.h"

#include <string.h>

// A product and a sum are rounded one after the other on processors that could fuse them, too.
#pragma STDC FP_CONTRACT OFF

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

typedef double four __attribute__((vector_size(32)));
typedef double eight __attribute__((vector_size(64)));

// The kernel is compiled once for each set of instructions: see dense_band.inc.
#define JOINED(name, suffix) name##_##suffix
#define EXPANDED(name, suffix) JOINED(name, suffix)
#define KERNEL(name) EXPANDED(name, SUFFIX)

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

dense_instructions dense_instructions_here(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return dense_instructions_avx512;
  if (__builtin_cpu_supports("avx2")) return dense_instructions_avx2;
#endif
  return dense_instructions_baseline;
}

ptrdiff_t dense_band_rows(dense_instructions instructions) {
  return instructions == dense_instructions_avx512 ? 8 : 4;
}

void dense_add_band(
    dense_instructions instructions, const double *left, ptrdiff_t left_stride, ptrdiff_t rows,
    const double *right, ptrdiff_t strip_stride, ptrdiff_t columns, ptrdiff_t depth, double *target,
    ptrdiff_t target_stride, bool is_subtracted) {
#if defined(__x86_64__)
  if (instructions == dense_instructions_avx512) {
    band_avx512(
        left, left_stride, rows, right, strip_stride, columns, depth, target, target_stride,
        is_subtracted);
    return;
  }
  if (instructions == dense_instructions_avx2) {
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
