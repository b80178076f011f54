#include "bare_pass.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

// Rows that are worked on together where the columns are many: their weights and four weighted
// columns stay in the first-level cache.
#define TILE_ROWS 512
// Up to this many columns, all sums are kept in registers.
#define FEW_COLUMNS 4

// The kernels are compiled once for each set of instructions, with the vectors that it has.
#define JOINED(name, suffix) name##_##suffix
#define EXPANDED(name, suffix) JOINED(name, suffix)
#define KERNEL(name) EXPANDED(name, SUFFIX)

#define SUFFIX baseline
#define LANES 2
#include "bare_pass_kernel.inc"
#undef SUFFIX
#undef LANES

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SUFFIX avx2
#define LANES 4
#include "bare_pass_kernel.inc"
#undef SUFFIX
#undef LANES
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,fma"))), apply_to = function)
#define SUFFIX avx512
#define LANES 8
#include "bare_pass_kernel.inc"
#undef SUFFIX
#undef LANES
#pragma clang attribute pop
#endif

static void pass_plain(
    ptrdiff_t rows, ptrdiff_t columns, const double *design, const double *counts,
    const double *coefficients, double *gradient, double *gram) {
  memset(gradient, 0, sizeof(double) * (size_t)columns);
  memset(gram, 0, sizeof(double) * (size_t)(columns * (columns + 1) / 2));
  for (ptrdiff_t i = 0; i < rows; i++) {
    double predictor = 0;
    for (ptrdiff_t c = 0; c < columns; c++) predictor += coefficients[c] * design[c * rows + i];
    double e = exp(predictor);
    double *product = gram;
    for (ptrdiff_t c = 0; c < columns; c++) {
      double x = design[c * rows + i];
      double weighted = e * x;
      gradient[c] += (counts[i] - e) * x;
      for (ptrdiff_t d = 0; d <= c; d++) *product++ += weighted * design[d * rows + i];
    }
  }
}

bare_pass_instructions bare_pass_best(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
    return bare_pass_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return bare_pass_avx2;
#endif
  return bare_pass_baseline;
}

void bare_pass(
    bare_pass_instructions instructions, ptrdiff_t rows, ptrdiff_t columns, const double *design,
    const double *counts, const double *coefficients, double *gradient, double *gram) {
  if (instructions == bare_pass_plain) {
    pass_plain(rows, columns, design, counts, coefficients, gradient, gram);
    return;
  }
#if defined(__x86_64__)
  if (instructions == bare_pass_avx512 && bare_pass_best() == bare_pass_avx512) {
    pass_avx512(rows, columns, design, counts, coefficients, gradient, gram);
    return;
  }
  if (instructions == bare_pass_avx2 && bare_pass_best() != bare_pass_baseline) {
    pass_avx2(rows, columns, design, counts, coefficients, gradient, gram);
    return;
  }
#endif
  pass_baseline(rows, columns, design, counts, coefficients, gradient, gram);
}
