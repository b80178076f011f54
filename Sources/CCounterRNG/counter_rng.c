#include "counter_rng.h"

#include <Random123/philox.h>
#include <limits.h>
#include <string.h>

_Static_assert(ULONG_MAX == UINT64_MAX, "GSL passes numbers as unsigned long: 64 bits are needed");

enum { block_length = 4 };

typedef struct {
  uint64_t key[2];
  uint64_t counter[4];  // of the next block
  uint64_t block[block_length];
  uint64_t position;  // of the next number in `block`; `block_length` if it is used up
} counter_rng_state;

// Adds one to the counter as a 256-bit number, carrying from each word to the next.
static void increment(uint64_t counter[4]) {
  for (int word = 0; word < 4; word++) {
    counter[word] += 1;
    if (counter[word] != 0) return;
  }
}

static void next_block(counter_rng_state *state) {
  philox4x64_ctr_t counter;
  philox4x64_key_t key;
  memcpy(counter.v, state->counter, sizeof state->counter);
  memcpy(key.v, state->key, sizeof state->key);
  const philox4x64_ctr_t block = philox4x64_R(10, counter, key);
  memcpy(state->block, block.v, sizeof state->block);
  increment(state->counter);
  state->position = 0;
}

static unsigned long int get(void *untyped) {
  counter_rng_state *state = untyped;
  if (state->position == block_length) next_block(state);
  return state->block[state->position++];
}

// The 53 most significant bits, as many as a double's significand holds.
static double get_double(void *untyped) { return (double)(get(untyped) >> 11) * 0x1p-53; }

static void set_state(counter_rng_state *state, const uint64_t key[2], const uint64_t counter[4]) {
  memcpy(state->key, key, sizeof state->key);
  memcpy(state->counter, counter, sizeof state->counter);
  memset(state->block, 0, sizeof state->block);
  state->position = block_length;
}

static void set_seed(void *untyped, unsigned long int seed) {
  const uint64_t key[2] = {seed, 0};
  const uint64_t counter[4] = {0, 0, 0, 0};
  set_state(untyped, key, counter);
}

static const gsl_rng_type philox4x64_type = {
    .name = "philox4x64-10",
    .max = UINT64_MAX,
    .min = 0,
    .size = sizeof(counter_rng_state),
    .set = set_seed,
    .get = get,
    .get_double = get_double,
};

const gsl_rng_type *counter_rng_philox4x64(void) { return &philox4x64_type; }

void counter_rng_set_address(gsl_rng *rng, const uint64_t key[2], const uint64_t counter[4]) {
  if (rng->type == &philox4x64_type) set_state(rng->state, key, counter);
}
