// Scales of a super-block's own scales and minimums, with importance: 8 or 16 numbers, so plain scalar code.
#ifndef SLIPWAY_FIT_H
#define SLIPWAY_FIT_H
#include "lanes.h"

/** Levels 0 ... top of numbers that are not negative (ggml-quants.c, make_qp_quants). Returns their scale. */
static inline float fit_positive(const float *x, int n, int top, const float *w, uint8_t *L) {
    float max = 0;
    for (int i = 0; i < n; i++) max = max > x[i] ? max : x[i];
    if (max < 1e-15f) {
        for (int i = 0; i < n; i++) L[i] = 0;
        return 0;
    }
    float best = 0, inverse = (float)top / max, scale = 1 / inverse;
    for (int i = 0; i < n; i++) {
        L[i] = (uint8_t)nearest(inverse * x[i]);
        float difference = x[i] - scale * L[i];
        best += w[i] * difference * difference;
    }
    for (int is = -4; is <= 4; is++) {
        if (is == 0) continue;
        float candidate = (0.1f * (float)is + (float)top) / max, s = 1 / candidate, error = 0;
        for (int i = 0; i < n; i++) {
            int l = nearest(candidate * x[i]);
            if (l > top) l = top;
            float difference = x[i] - s * (float)l;
            error += w[i] * difference * difference;
        }
        if (error < best) best = error, inverse = candidate;
    }
    float lx = 0, l2 = 0;
    for (int i = 0; i < n; i++) {
        int l = nearest(inverse * x[i]);
        if (l > top) l = top;
        L[i] = (uint8_t)l;
        lx += w[i] * x[i] * (float)l;
        l2 += w[i] * (float)l * (float)l;
    }
    for (int sweep = 0; sweep < 5; sweep++) {
        bool changed = false;
        for (int i = 0; i < n; i++) {
            float slx = lx - w[i] * x[i] * L[i], sl2 = l2 - w[i] * L[i] * L[i];
            if (!(slx > 0 && sl2 > 0)) continue;
            int l = nearest(x[i] * sl2 / slx);
            if (l > top) l = top;
            if (l == L[i]) continue;
            slx += w[i] * x[i] * (float)l;
            sl2 += w[i] * (float)l * (float)l;
            if (slx * slx * l2 > lx * lx * sl2) L[i] = (uint8_t)l, lx = slx, l2 = sl2, changed = true;
        }
        if (!changed) break;
    }
    return l2 > 0 ? lx / l2 : 0;
}

/**
 * Levels 0 ... 2*half-1 of 16 signed numbers (ggml-quants.c, make_qx_quants). Returns their scale.
 * One candidate a lane.
 */
static inline float fit_signed(const float *x, int half, const float *w, uint8_t *L) {
    float max = 0, largest = 0, inverse[24], lx[24], l2[24];
    for (int i = 0; i < 16; i++) {
        float a = __builtin_fabsf(x[i]);
        if (a > largest) largest = a, max = x[i];
    }
    if (largest < 1e-15f) {
        for (int i = 0; i < 16; i++) L[i] = 0;
        return 0;
    }
    for (int k = 0; k < 24; k++) inverse[k] = -((float)half + 0.1f * (float)(k - 9)) / max;
    ROLLED
    for (int k = 0; k < 20; k += LANES) {
        v candidate = load(inverse + k), sum_lx = splat(0), sum_l2 = splat(0);
        ROLLED
        for (int i = 0; i < 16; i++) {
            v l = to_float(nearest_clamped(mul(candidate, splat(x[i])), -half, half - 1));
            sum_lx = add(sum_lx, mul(splat(w[i] * x[i]), l));
            sum_l2 = add(sum_l2, mul(mul(splat(w[i]), l), l));
        }
        store(lx + k, sum_lx);
        store(l2 + k, sum_l2);
    }
    // The middle candidate comes first, and wins unless another one is better; the lanes behind the 19th are no candidates.
    int won = 9;
    float scale = l2[9] != 0 ? lx[9] / l2[9] : 0, best = scale * lx[9];
    for (int k = 0; k < 19; k++)
        if (k != 9 && l2[k] > 0 && lx[k] * lx[k] > best * l2[k]) won = k, scale = lx[k] / l2[k], best = scale * lx[k];
    for (int i = 0; i < 16; i++) {
        int l = nearest(inverse[won] * x[i]);
        L[i] = (uint8_t)((l > half - 1 ? half - 1 : l < -half ? -half : l) + half);
    }
    return scale;
}
#endif
