// The working memory of the searches over sub-blocks.
#ifndef SLIPWAY_ROWS_H
#define SLIPWAY_ROWS_H
#include "lanes.h"

/** Elements, their weights, and a third vector each: the products w*x, or the levels of a candidate. */
typedef struct {
    v x[64], w[64], third[64];
} Rows;

/** From an element to what belongs to it: a constant distance is part of a load and costs no address of its own. */
enum { WEIGHT = 64, THIRD = 128 };

/** At the head of a loop over `p`: without it the compiler computes the address of every load anew. */
#define ONE_ADDRESS(p) __asm__("" : "+r"(p))
#endif
