#pragma once

// What sources need whose kernels are compiled once for each set of instructions: a source includes
// its kernels with SUFFIX defined as the end of their names.

// A product and a sum are rounded one after the other on processors that could fuse them, too.
#pragma STDC FP_CONTRACT OFF

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

// Functions that are always inlined have no calling convention that sets could differ in.
#pragma clang diagnostic ignored "-Wpsabi"

typedef double four __attribute__((vector_size(32)));
typedef double eight __attribute__((vector_size(64)));

#define JOINED(name, suffix) name##_##suffix
#define EXPANDED(name, suffix) JOINED(name, suffix)
#define KERNEL(name) EXPANDED(name, SUFFIX)
