// Scale of sub-blocks without a minimum: the candidate with the best weighted correlation
// (ggml-quants.c, make_qx_quants with rmse_type 1). One sub-block a lane.
#ifndef SLIPWAY_SEARCH_SCALE_H
#define SLIPWAY_SEARCH_SCALE_H
#include "lanes.h"
#include "rows.h"

/** What a search found for a group of sub-blocks; `inverse` gives the levels back, see scale_levels. */
typedef struct {
    v scale, inverse, active;
} ScaleFit;

/**
 * Levels run from -half to half-1. x: 16 elements of Rows that have their weights and, as third vectors, the products w*x.
 * Finite x only.
 */
ScaleFit search_scale_16(const v *x, int half);
/** The same with 32 vectors. */
ScaleFit search_scale_32(const v *x, int half);

/** The levels that the search settled on, from 0 to 2*half-1, as integer lanes. */
INLINE v scale_levels(const ScaleFit *fit, v x, int half) {
    v l = add_whole(nearest_clamped(mul(fit->inverse, x), -half, half - 1), whole(half));
    return both(l, fit->active);
}
#endif
