// Scale and minimum of sub-blocks by weighted least squares over a range of candidates
// (ggml-quants.c, make_qkx2_quants and make_qkx3_quants). Eight sub-blocks at a time: one group of eight lanes, or
// two groups of four side by side, to hide the latency of the serial sums.
#define ANY_LANES
#include "search-min.h"

typedef struct {
    v sum_w, sum_x, sum_x2, low, high, min, scale, error, inverse, s, t, ok, hopeless;
    bool finite, measured, asked;
} MinState;

enum { WRAP, CLAMP, PLAIN };
/** Groups that are searched side by side. */
enum { SIDE = 8 / LANES };
/** Up to here so many candidates win in one of eight lanes that asking which cannot takes longer than it saves. */
#define MANY_WIN 0.35f

INLINE v min_level(v f, int top, int form) {
    if (form == PLAIN) return nearest_float(f);
    if (form == CLAMP) return nearest_float_clamped(f, 0, (float)top);
    return to_float(nearest_clamped(f, 0, top));
}

/**
 * Lanes whose candidate cannot win, told from its sums alone. With S2 = sum(w*x*x) and so on, its error is
 * S2 + s*s*Sll + t*t*Sw + 2*(s*t*Sl - s*Sxl - t*Sx) for any line (s, t). Let N be the first three of these and u = 2^-24:
 * a sum of 32 products is off by 33u of its terms' magnitudes, those of all six terms add up to 3N at most (Cauchy and
 * Schwarz), so rounding takes less than 114u*N here and 10u*N + 36u of the error there: 128u and 64u are on the safe
 * side. `measured` and the limits keep what underflows below that.
 */
INLINE v min_hopeless(const MinState *S, v sum_l, v sum_l2, v sum_xl) {
    v s = S->s, t = S->t;
    v size = add(S->sum_x2, add(mul(mul(s, s), sum_l2), mul(mul(t, t), S->sum_w)));
    v cross = sub(mul(mul(s, t), sum_l), add(mul(s, sum_xl), mul(t, S->sum_x)));
    v least = sub(add(size, add(cross, cross)), mul(size, splat(0x1p-17f)));
    v loses = gt(least, mul(S->error, splat(1 + 0x1p-18f)));
    v limited = both(lt(keep_max(absolute(s), absolute(t)), splat(4096)), gt(size, splat(0x1p-90f)));
    return both(loses, limited);
}

/** Levels of one candidate and the line that fits them best. */
INLINE void min_regress(v *x, MinState *S, v active, MinSearch p, int n, int form) {
    v sum_l = splat(0), sum_l2 = splat(0), sum_xl = splat(0), m = S->min, inverse = S->inverse;
    ROLLED
    for (const v *end = x + n; x < end; x++) {
        ONE_ADDRESS(x);
        v l = min_level(mul(inverse, sub(*x, m)), p.top, form), wl = mul(x[WEIGHT], l);
        sum_l = add(sum_l, wl);
        sum_l2 = add(sum_l2, mul(wl, l));
        sum_xl = add(sum_xl, mul(wl, *x));
        x[THIRD] = l;
    }
    v D = sub(mul(S->sum_w, sum_l2), mul(sum_l, sum_l));
    S->ok = both(gt(D, splat(0)), active);
    v s = quo(sub(mul(S->sum_w, sum_xl), mul(S->sum_x, sum_l)), D);
    v t = quo(sub(mul(sum_l2, S->sum_x), mul(sum_l, sum_xl)), D);
    v positive = gt(t, splat(0));
    if (__builtin_expect(any_lane(positive), 0)) {
        s = pick(positive, quo(sum_xl, sum_l2), s);
        t = without(t, positive);
    }
    S->s = s, S->t = t;
    if (S->asked) S->hopeless = either(inverted(S->ok), min_hopeless(S, sum_l, sum_l2, sum_xl));
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

INLINE void min_start(const v *x, MinState *S, MinFit *fit, MinSearch p, int n, bool is_absolute) {
    const v *w = x + WEIGHT;
    v low = x[0], high = x[0], least_w = w[0], sum_w = w[0], sum_x = mul(w[0], x[0]), sum_x2 = mul(sum_x, x[0]);
    ROLLED
    for (int i = 1; i < n; i++) {
        low = keep_min(low, x[i]);
        high = keep_max(high, x[i]);
        least_w = keep_min(least_w, w[i]);
        sum_w = add(sum_w, w[i]);
        v wx = mul(w[i], x[i]);
        sum_x = add(sum_x, wx);
        sum_x2 = add(sum_x2, mul(wx, x[i]));
    }
    v min = keep_min(low, splat(0));
    fit->active = ne(high, min);
    S->finite = all(eq(sub(sum_x, sum_x), splat(0))) && all(eq(sub(sum_w, sum_w), splat(0)));
    // A lane without a range gets one of 1, which keeps NaN and slow denormals out; it is masked at the end.
    v inverse = quo(splat((float)p.top), pick(fit->active, sub(high, min), splat(1)));
    v scale = quo(splat(1), inverse), error = splat(0);
    ROLLED
    for (int i = 0; i < n; i++) {
        v l = min_level(mul(inverse, sub(x[i], min)), p.top, WRAP);
        v difference = sub(add(mul(scale, l), min), x[i]);
        error = add(error, mul(w[i], min_error(difference, is_absolute)));
    }
    fit->inverse = inverse, fit->origin = min;
    v small = both(gt(low, splat(-1024)), both(lt(high, splat(1024)), lt(sum_w, splat(0x1p20f))));
    S->measured = S->finite && !is_absolute && all(both(small, ge(least_w, splat(0))));
    S->sum_w = sum_w, S->sum_x = sum_x, S->sum_x2 = sum_x2, S->low = low, S->high = high;
    S->min = min, S->scale = scale, S->error = error;
}

INLINE bool within_rounder(v a, v b) {
    return all(both(lt(absolute(a), splat(4194303.f)), lt(absolute(b), splat(4194303.f))));
}

/** One candidate for one group, in the cheapest form that its extreme levels allow. Whether it may win in some lane. */
INLINE bool min_try(v *x, MinState *S, v active, MinSearch p, int n, float numerator) {
    S->inverse = quo(splat(numerator), pick(active, sub(S->high, S->min), splat(1)));
    v least = mul(S->inverse, sub(S->low, S->min)), most = mul(S->inverse, sub(S->high, S->min));
    if (__builtin_expect(!S->finite || !within_rounder(least, most), 0)) {
        min_regress(x, S, active, p, n, WRAP);
    } else if (all(both(ge(least, splat(-0.5f)), lt(most, splat((float)p.top + 0.5f))))) {
        min_regress(x, S, active, p, n, PLAIN);
    } else {
        min_regress(x, S, active, p, n, CLAMP);
    }
    return !(S->asked && all(S->hopeless));
}

INLINE void search_min(v *x, MinFit *fits, MinSearch p, int n, bool is_absolute) {
    MinState S[SIDE];
    for (int g = 0; g < SIDE; g++) min_start(x + n * g, &S[g], &fits[g], p, n, is_absolute);
    ROLLED
    for (int is = 0; is <= p.steps; is++) {
        float numerator = p.first + p.step * (float)is + (float)p.top;
        bool open = false, late = numerator > (float)p.top + MANY_WIN;
        for (int g = 0; g < SIDE; g++) S[g].asked = late && S[g].measured;
        for (int g = 0; g < SIDE; g++)
            open |= min_try(x + n * g, &S[g], fits[g].active, p, n, numerator);
        if (!open) continue;
        v error[SIDE];
        for (int g = 0; g < SIDE; g++) error[g] = splat(0);
        ROLLED
        for (const v *a = x, *end = x + n; a < end; a++) {
            ONE_ADDRESS(a);
            for (int g = 0; g < SIDE; g++) {
                v difference = sub(add(mul(S[g].s, a[THIRD + n * g]), S[g].t), a[n * g]);
                error[g] = add(error[g], mul(a[WEIGHT + n * g], min_error(difference, is_absolute)));
            }
        }
        for (int g = 0; g < SIDE; g++) min_adopt(&S[g], &fits[g], error[g]);
    }
    for (int g = 0; g < SIDE; g++) {
        fits[g].scale = both(fits[g].active, S[g].scale);
        fits[g].minimum = negative(S[g].min);
    }
}

void search_min_32(Rows *rows, MinFit *fits, MinSearch p) { search_min(rows->x, fits, p, 32, false); }
void search_min_16(Rows *rows, int first, MinFit *fits, MinSearch p) {
    search_min(rows->x + first, fits, p, 16, false);
}
void search_min_16_absolute(Rows *rows, int first, MinFit *fits, MinSearch p) {
    search_min(rows->x + first, fits, p, 16, true);
}
