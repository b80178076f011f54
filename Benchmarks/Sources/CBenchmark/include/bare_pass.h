#ifndef BARE_PASS_H
#define BARE_PASS_H

#include <stddef.h>

/// How a pass is written, and the instructions that it is compiled for.
typedef enum {
  /// A plain loop over the rows that calls the C library's exp, left to the compiler.
  bare_pass_plain = -1,
  /// Vectors of those that every processor of the architecture has: the library's own Swift is
  /// compiled for these.
  bare_pass_baseline = 0,
  bare_pass_avx2 = 1,
  bare_pass_avx512 = 2,
} bare_pass_instructions;

/// The best instructions that this processor has.
bare_pass_instructions bare_pass_best(void);

/// One pass over the data of a Poisson regression without random effects, the least that one Newton
/// iteration of any fitter has to do:
///
///     e_i = exp(x_i' b)      gradient = sum_i (y_i - e_i) x_i      gram = sum_i e_i x_i x_i'
///
/// - rows: n
/// - columns: p, at least 1
/// - design: n x p, column-major
/// - counts: n
/// - coefficients: p; the linear predictors must lie within -700 ... 700
/// - gradient: p, written
/// - gram: p (p + 1) / 2, the rows of the lower triangle, written
void bare_pass(
    bare_pass_instructions instructions, ptrdiff_t rows, ptrdiff_t columns, const double *design,
    const double *counts, const double *coefficients, double *gradient, double *gram);

#endif
