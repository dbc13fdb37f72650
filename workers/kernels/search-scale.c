// Scale of sub-blocks without a minimum: the candidate with the best weighted correlation
// (ggml-quants.c, make_qx_quants with rmse_type 1). One sub-block a lane.
#define ANY_LANES
#include "search-scale.h"

typedef struct {
    const v *x;
    int n, half;
    /** The weight of largest magnitude, and the farthest one on the other side of zero. */
    v max, opposite;
    v best;
} Search;

INLINE v level(v f, int half, bool clamped) {
    return clamped ? nearest_float_clamped(f, (float)-half, (float)(half - 1)) : nearest_float(f);
}

/** Two candidates in one pass over the data: they do not depend on each other. */
INLINE void correlate(const Search *S, v ca, v cb, bool clamped, v *sums) {
    v lxa = splat(0), l2a = splat(0), lxb = splat(0), l2b = splat(0);
    ROLLED
    for (const v *x = S->x, *end = x + S->n; x < end; x++) {
        ONE_ADDRESS(x);
        v la = level(mul(ca, *x), S->half, clamped), lb = level(mul(cb, *x), S->half, clamped);
        lxa = add(lxa, mul(x[THIRD], la)), l2a = add(l2a, mul(mul(x[WEIGHT], la), la));
        lxb = add(lxb, mul(x[THIRD], lb)), l2b = add(l2b, mul(mul(x[WEIGHT], lb), lb));
    }
    sums[0] = lxa, sums[1] = l2a, sums[2] = lxb, sums[3] = l2b;
}

INLINE void adopt(Search *S, ScaleFit *fit, v candidate, v lx, v l2) {
    v better = both(gt(l2, splat(0)), gt(mul(lx, lx), mul(S->best, l2)));
    fit->scale = pick(better, quo(lx, l2), fit->scale);
    S->best = pick(better, mul(fit->scale, lx), S->best);
    fit->inverse = pick(better, candidate, fit->inverse);
}

/** Whether all levels of a candidate lie in range before they are clamped. */
INLINE v in_range(const Search *S, v candidate) {
    v low = ge(mul(candidate, S->max), splat(-(float)S->half - 0.5f));
    return both(low, lt(mul(candidate, S->opposite), splat((float)S->half - 0.5f)));
}

INLINE v candidate_of(const Search *S, int step) {
    return quo(splat(-((float)S->half + 0.1f * (float)step)), S->max);
}

INLINE void find_extremes(Search *S, ScaleFit *fit) {
    v max = splat(0), largest = splat(0), high = splat(0), low = splat(0);
    ROLLED
    for (int i = 0; i < S->n; i++) {
        v a = absolute(S->x[i]);
        max = pick(gt(a, largest), S->x[i], max);
        largest = keep_max(largest, a);
        high = keep_max(high, S->x[i]);
        low = keep_min(low, S->x[i]);
    }
    fit->active = inverted(lt(largest, splat(1e-15f)));
    S->max = pick(fit->active, max, splat(1));
    S->opposite = pick(gt(S->max, splat(0)), low, high);
}

INLINE ScaleFit search_scale(const v *x, int n, int half) {
    Search S = {.x = x, .n = n, .half = half};
    ScaleFit fit;
    find_extremes(&S, &fit);
    v c = quo(splat((float)-half), S.max), lx = splat(0), l2 = splat(0);
    UNROLLED_TWICE
    for (int i = 0; i < n; i++) {
        v l = level(mul(c, x[i]), half, true);
        lx = add(lx, mul(x[THIRD + i], l)), l2 = add(l2, mul(mul(x[WEIGHT + i], l), l));
    }
    fit.scale = both(quo(lx, l2), ne(l2, splat(0)));
    fit.inverse = c;
    S.best = mul(fit.scale, lx);
    ROLLED
    for (int first = -9; first <= 8; first += 2) {
        // -9 -8, ..., -3 -2, -1 1, 2 3, ..., 8 9
        int second = first == -1 ? 1 : first + 1;
        v ca = candidate_of(&S, first), cb = candidate_of(&S, second), sums[4];
        if (all(both(in_range(&S, ca), in_range(&S, cb)))) correlate(&S, ca, cb, false, sums);
        else correlate(&S, ca, cb, true, sums);
        adopt(&S, &fit, ca, sums[0], sums[1]);
        adopt(&S, &fit, cb, sums[2], sums[3]);
        if (first == -1) first = 0;
    }
    fit.scale = both(fit.scale, fit.active);
    return fit;
}

ScaleFit search_scale_16(const v *x, int half) { return search_scale(x, 16, half); }
ScaleFit search_scale_32(const v *x, int half) { return search_scale(x, 32, half); }
