#pragma once

// Kernels are compiled once for each set of instructions that a processor may have. All of them
// multiply, add and divide the same numbers in the same order, so that all sets give the same bits.

typedef enum {
  vector_instructions_baseline,
  vector_instructions_avx2,
  vector_instructions_avx512,
} vector_instructions;

// The widest set that this processor has.
vector_instructions vector_instructions_here(void);
