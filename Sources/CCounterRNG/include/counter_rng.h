#ifndef COUNTER_RNG_H
#define COUNTER_RNG_H
#endif
