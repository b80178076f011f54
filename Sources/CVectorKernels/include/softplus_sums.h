#pragma once

#include <stddef.h>

#include "vector_instructions.h"

// Weighted sums of softplus(z) = log(1 + exp z) and its derivatives over the points of a rule, for
// eight rows at once: z = centers[row] + sds[row] points[k].
//
// centers, sds: 8 numbers each.
// points, weights: `count` numbers each.
// sums: 5 x 8, the sums of weights[k] times the function, and of its first four derivatives: with p
//   the logistic function p, p (1 - p), p (1 - p) (1 - 2 p), p (1 - p) (1 - 6 p (1 - p)).
void softplus_add_up(
    vector_instructions instructions, const double *centers, const double *sds,
    const double *points, const double *weights, ptrdiff_t count, double *sums);

// The sums of the function alone, 8 numbers, with one sd for all.
void softplus_add_up_values(
    vector_instructions instructions, const double *centers, double sd, const double *points,
    const double *weights, ptrdiff_t count, double *sums);
