// Philox 4x64-10, a counter-based random number generator, as a generator type of the GNU
// Scientific Library, so that every distribution of the library can draw from it.
#ifndef COUNTER_RNG_H
#define COUNTER_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/// The generator type, for `gsl_rng_alloc`. Numbers are 64 bits wide; doubles carry 53 bits.
/// `gsl_rng_set(rng, seed)` gives key (seed, 0) and counter 0.
const gsl_rng_type *counter_rng_philox4x64(void);

/// Puts a generator of this type at the beginning of the block that `counter` names, under `key`.
/// Word 0 of the counter is the least significant.
void counter_rng_set_address(gsl_rng *rng, const uint64_t key[2], const uint64_t counter[4]);

#endif
