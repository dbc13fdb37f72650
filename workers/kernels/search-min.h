// Scale and minimum of sub-blocks by weighted least squares over a range of candidates
// (ggml-quants.c, make_qkx2_quants and make_qkx3_quants).
#ifndef SLIPWAY_SEARCH_MIN_H
#define SLIPWAY_SEARCH_MIN_H
#include "lanes.h"
#include "rows.h"

/** What a search found for a group of sub-blocks. `inverse` and `origin` give the levels back, see min_levels. */
typedef struct {
    v scale, minimum, inverse, origin, active;
} MinFit;

/** Highest level and the candidates: inverse scales from (first + top)/range on, `steps` more of them. */
typedef struct {
    int top;
    float first, step;
    int steps;
} MinSearch;

/** Searches eight sub-blocks of 32, in groups of LANES: element i of group g is x[32*g + i], its weight w[32*g + i]. The third vectors are overwritten. */
void search_min_32(Rows *rows, MinFit *fits, MinSearch p);
/** The same with sub-blocks of 16: of the sixteen there, the eight whose elements begin at x[first]. */
void search_min_16(Rows *rows, int first, MinFit *fits, MinSearch p);
/** The same with sub-blocks of 16 and absolute errors instead of squared ones. */
void search_min_16_absolute(Rows *rows, int first, MinFit *fits, MinSearch p);

/** The levels that the search settled on, as integer lanes. */
INLINE v min_levels(const MinFit *fit, v x, int top) {
    return both(nearest_clamped(mul(fit->inverse, sub(x, fit->origin)), 0, top), fit->active);
}
#endif
