// Scale of sub-blocks without a minimum: the candidate with the best weighted correlation
// (ggml-quants.c, make_qx_quants with rmse_type 1). Four sub-blocks at a time, one a lane.
#include "search-scale.h"

INLINE v scale_level(v f, int half) { return nearest_float_clamped(f, (float)-half, (float)(half - 1)); }

/** Two candidates in one pass over the data: they do not depend on each other. */
INLINE void scale_pair(const v *x, const v *w, const v *wx, int n, int half, v max, float first, float second, ScaleFit *fit, v *best) {
    v ca = quo(splat(-((float)half + 0.1f * first)), max), cb = quo(splat(-((float)half + 0.1f * second)), max);
    v lxa = splat(0), l2a = splat(0), lxb = splat(0), l2b = splat(0);
    ROLLED
    for (int i = 0; i < n; i++) {
        v la = scale_level(mul(ca, x[i]), half), lb = scale_level(mul(cb, x[i]), half);
        lxa = add(lxa, mul(wx[i], la)), l2a = add(l2a, mul(mul(w[i], la), la));
        lxb = add(lxb, mul(wx[i], lb)), l2b = add(l2b, mul(mul(w[i], lb), lb));
    }
    v better = both(gt(l2a, splat(0)), gt(mul(lxa, lxa), mul(*best, l2a)));
    fit->scale = pick(better, quo(lxa, l2a), fit->scale);
    *best = pick(better, mul(fit->scale, lxa), *best);
    fit->inverse = pick(better, ca, fit->inverse);
    better = both(gt(l2b, splat(0)), gt(mul(lxb, lxb), mul(*best, l2b)));
    fit->scale = pick(better, quo(lxb, l2b), fit->scale);
    *best = pick(better, mul(fit->scale, lxb), *best);
    fit->inverse = pick(better, cb, fit->inverse);
}

INLINE ScaleFit search_scale(const v *x, const v *w, const v *wx, int n, int half) {
    ScaleFit fit;
    v max = splat(0), largest = splat(0);
    ROLLED
    for (int i = 0; i < n; i++) {
        v a = absolute(x[i]);
        max = pick(gt(a, largest), x[i], max);
        largest = keep_max(largest, a);
    }
    fit.active = wasm_v128_not(lt(largest, splat(1e-15f)));
    max = pick(fit.active, max, splat(1));
    v c = quo(splat((float)-half), max), lx = splat(0), l2 = splat(0);
    UNROLLED_TWICE
    for (int i = 0; i < n; i++) {
        v l = scale_level(mul(c, x[i]), half);
        lx = add(lx, mul(wx[i], l)), l2 = add(l2, mul(mul(w[i], l), l));
    }
    fit.scale = both(quo(lx, l2), wasm_f32x4_ne(l2, splat(0)));
    fit.inverse = c;
    v best = mul(fit.scale, lx);
    // -9 ... -1, 1 ... 9
    ROLLED
    for (int k = 0; k < 9; k++) {
        int first = k < 4 ? 2 * k - 9 : 2 * k - 8, second = k < 4 ? 2 * k - 8 : 2 * k - 7;
        if (k == 4) first = -1, second = 1;
        scale_pair(x, w, wx, n, half, max, (float)first, (float)second, &fit, &best);
    }
    fit.scale = both(fit.scale, fit.active);
    return fit;
}

ScaleFit search_scale_16(const v *x, const v *w, const v *wx, int half) { return search_scale(x, w, wx, 16, half); }
ScaleFit search_scale_32(const v *x, const v *w, const v *wx, int half) { return search_scale(x, w, wx, 32, half); }
