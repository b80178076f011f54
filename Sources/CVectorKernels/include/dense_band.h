#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vector_instructions.h"

// A band of a matrix product.

// The rows of a band for which a set of instructions is fastest: 4 or 8.
ptrdiff_t dense_band_rows(vector_instructions instructions);

// target <- target + left' right, or target - left' right.
//
// left: depth x left_stride, of which the first `rows` of each line are used.
// rows: 4 or 8.
// right: strips of four columns, each depth x 4, one behind the other at a distance of strip_stride
//   numbers.
// columns: of target, a multiple of four.
// target: rows x columns, the rows at a distance of target_stride numbers.
void dense_add_band(
    vector_instructions instructions, const double *left, ptrdiff_t left_stride, ptrdiff_t rows,
    const double *right, ptrdiff_t strip_stride, ptrdiff_t columns, ptrdiff_t depth, double *target,
    ptrdiff_t target_stride, bool is_subtracted);
