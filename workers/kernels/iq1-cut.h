// The search for the best way to cut the sorted weights of an IQ1 sub-block into three groups.
#ifndef SLIPWAY_IQ1_CUT_H
#define SLIPWAY_IQ1_CUT_H
#include "grid.h"

// The three numbers under an upward and a downward shift.
static const float up[3] = {-0.875f, 0.125f, 1.125f}, down[3] = {-1.125f, -0.125f, 0.875f};

/** Sorted weights before `low` become level 0, those before `high` level 1, the others 2. */
typedef struct {
    int low, high, shift;
    float scale, best;
    /** No cut that scores less can be the best one in the end. */
    float floor;
} Cut;

/** A sub-block: weights, weights of their errors, and the order of the weights by size (equals keep theirs). */
typedef struct {
    const float *x;
    float w[32];
    uint8_t order[32];
} Sorted;

/** The best cut of 32 sorted weights (IQ1_S), shift 0 being up. */
void cut_thirty_two(const Sorted *s, Cut *cut);
/**
 * The best cut of 16 sorted weights (IQ1_M); shifts 0 to 3 are up-up, up-down, down-up, down-down for the two halves.
 */
void cut_sixteen(const Sorted *s, Cut *cut);
#endif
