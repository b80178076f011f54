#include "counter_rng.h"
