// Scale and minimum of sub-blocks by weighted least squares over a range of candidates
// (ggml-quants.c, make_qkx2_quants and make_qkx3_quants). Eight sub-blocks at a time: two groups of four lanes,
// side by side, to hide the latency of the serial sums.
#include "search-min.h"

typedef struct {
    v sum_w, sum_x, low, high, min, scale, error, inverse, s, t, ok;
    bool finite;
} MinState;

enum { WRAP, CLAMP, PLAIN };

INLINE v min_level(v f, int top, int form) {
    if (form == PLAIN) return nearest_float(f);
    if (form == CLAMP) return nearest_float_clamped(f, 0, (float)top);
    return wasm_f32x4_convert_i32x4(nearest_clamped(f, 0, top));
}

/** Levels of one candidate and the line that fits them best. */
INLINE void min_regress(const v *x, const v *w, v *levels, MinState *S, v active, MinSearch p, int n, int form) {
    v sum_l = splat(0), sum_l2 = splat(0), sum_xl = splat(0), m = S->min, inverse = S->inverse;
    UNROLLED_TWICE
    for (int i = 0; i < n; i++) {
        v l = min_level(mul(inverse, sub(x[i], m)), p.top, form);
        levels[i] = l;
        v wl = mul(w[i], l);
        sum_l = add(sum_l, wl);
        sum_l2 = add(sum_l2, mul(wl, l));
        sum_xl = add(sum_xl, mul(wl, x[i]));
    }
    v D = sub(mul(S->sum_w, sum_l2), mul(sum_l, sum_l));
    S->ok = both(gt(D, splat(0)), active);
    v s = quo(sub(mul(S->sum_w, sum_xl), mul(S->sum_x, sum_l)), D);
    v t = quo(sub(mul(sum_l2, S->sum_x), mul(sum_l, sum_xl)), D);
    v positive = gt(t, splat(0));
    S->s = pick(positive, quo(sum_xl, sum_l2), s);
    S->t = wasm_v128_andnot(t, positive);
}

/** Takes the candidate over where it is better. Later candidates see the new minimum, as in the reference. */
INLINE void min_adopt(MinState *S, MinFit *fit, v error) {
    v better = both(S->ok, lt(error, S->error));
    S->error = pick(better, error, S->error);
    S->scale = pick(better, S->s, S->scale);
    fit->inverse = pick(better, S->inverse, fit->inverse);
    fit->origin = pick(better, S->min, fit->origin);
    S->min = pick(better, S->t, S->min);
}

INLINE v min_error(v difference, bool is_absolute) {
    return is_absolute ? absolute(difference) : mul(difference, difference);
}

INLINE void min_start(const v *x, const v *w, MinState *S, MinFit *fit, MinSearch p, int n, bool is_absolute) {
    v low = x[0], high = x[0], sum_w = w[0], sum_x = mul(w[0], x[0]);
    ROLLED
    for (int i = 1; i < n; i++) {
        low = keep_min(low, x[i]);
        high = keep_max(high, x[i]);
        sum_w = add(sum_w, w[i]);
        sum_x = add(sum_x, mul(w[i], x[i]));
    }
    v min = wasm_f32x4_pmin(low, splat(0));
    fit->active = wasm_f32x4_ne(high, min);
    S->finite = all(wasm_f32x4_eq(sub(sum_x, sum_x), splat(0))) && all(wasm_f32x4_eq(sub(sum_w, sum_w), splat(0)));
    // A lane without a range gets one of 1, which keeps NaN and slow denormals out; it is masked at the end.
    v inverse = quo(splat((float)p.top), pick(fit->active, sub(high, min), splat(1)));
    v scale = quo(splat(1), inverse), error = splat(0);
    UNROLLED_TWICE
    for (int i = 0; i < n; i++) {
        v l = min_level(mul(inverse, sub(x[i], min)), p.top, WRAP);
        v difference = sub(add(mul(scale, l), min), x[i]);
        error = add(error, mul(w[i], min_error(difference, is_absolute)));
    }
    fit->inverse = inverse, fit->origin = min;
    S->sum_w = sum_w, S->sum_x = sum_x, S->low = low, S->high = high;
    S->min = min, S->scale = scale, S->error = error;
}

INLINE bool within_rounder(v a, v b) {
    return all(both(lt(absolute(a), splat(4194303.f)), lt(absolute(b), splat(4194303.f))));
}

/** One candidate for one group, in the cheapest form that its extreme levels allow. */
INLINE void min_try(const v *x, const v *w, v *levels, MinState *S, v active, MinSearch p, int n, float numerator) {
    S->inverse = quo(splat(numerator), pick(active, sub(S->high, S->min), splat(1)));
    v least = mul(S->inverse, sub(S->low, S->min)), most = mul(S->inverse, sub(S->high, S->min));
    if (__builtin_expect(!S->finite || !within_rounder(least, most), 0)) {
        min_regress(x, w, levels, S, active, p, n, WRAP);
    } else if (all(both(wasm_f32x4_ge(least, splat(-0.5f)), lt(most, splat((float)p.top + 0.5f))))) {
        min_regress(x, w, levels, S, active, p, n, PLAIN);
    } else {
        min_regress(x, w, levels, S, active, p, n, CLAMP);
    }
}

INLINE void search_min(const v *X, const v *W, v *levels, MinFit *fits, MinSearch p, int n, bool is_absolute) {
    MinState S[2];
    for (int g = 0; g < 2; g++) min_start(X + n * g, W + n * g, &S[g], &fits[g], p, n, is_absolute);
    ROLLED
    for (int is = 0; is <= p.steps; is++) {
        float numerator = p.first + p.step * (float)is + (float)p.top;
        for (int g = 0; g < 2; g++)
            min_try(X + n * g, W + n * g, levels + n * g, &S[g], fits[g].active, p, n, numerator);
        v e0 = splat(0), e1 = splat(0), s0 = S[0].s, s1 = S[1].s, t0 = S[0].t, t1 = S[1].t;
    UNROLLED_TWICE
        for (int i = 0; i < n; i++) {
            v d0 = sub(add(mul(s0, levels[i]), t0), X[i]), d1 = sub(add(mul(s1, levels[n + i]), t1), X[n + i]);
            e0 = add(e0, mul(W[i], min_error(d0, is_absolute)));
            e1 = add(e1, mul(W[n + i], min_error(d1, is_absolute)));
        }
        min_adopt(&S[0], &fits[0], e0);
        min_adopt(&S[1], &fits[1], e1);
    }
    for (int g = 0; g < 2; g++) {
        fits[g].scale = both(fits[g].active, S[g].scale);
        fits[g].minimum = wasm_f32x4_neg(S[g].min);
    }
}

void search_min_32(const v *X, const v *W, v *levels, MinFit *fits, MinSearch p) {
    search_min(X, W, levels, fits, p, 32, false);
}
void search_min_16(const v *X, const v *W, v *levels, MinFit *fits, MinSearch p) {
    search_min(X, W, levels, fits, p, 16, false);
}
void search_min_16_absolute(const v *X, const v *W, v *levels, MinFit *fits, MinSearch p) {
    search_min(X, W, levels, fits, p, 16, true);
}
