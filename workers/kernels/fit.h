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

static inline int signed_level(float f, int half) {
    int l = nearest(f);
    return l > half - 1 ? half - 1 : l < -half ? -half : l;
}

/** Levels 0 ... 2*half-1 of signed numbers (ggml-quants.c, make_qx_quants). Returns their scale. */
static inline float fit_signed(const float *x, int n, int half, const float *w, uint8_t *L) {
    float max = 0, largest = 0;
    for (int i = 0; i < n; i++) {
        float a = __builtin_fabsf(x[i]);
        if (a > largest) largest = a, max = x[i];
    }
    if (largest < 1e-15f) {
        for (int i = 0; i < n; i++) L[i] = 0;
        return 0;
    }
    float inverse = (float)-half / max, scale = 0, best = 0;
    for (int is = -10; is <= 9; is++) {
        // The middle candidate comes first, and wins unless a later one is better.
        if (is == 0) continue;
        float candidate = is == -10 ? inverse : -((float)half + 0.1f * (float)is) / max, lx = 0, l2 = 0;
        for (int i = 0; i < n; i++) {
            float l = (float)signed_level(candidate * x[i], half);
            lx += w[i] * x[i] * l;
            l2 += w[i] * l * l;
        }
        if (is == -10) scale = l2 != 0 ? lx / l2 : 0, best = scale * lx;
        else if (l2 > 0 && lx * lx > best * l2) scale = lx / l2, best = scale * lx, inverse = candidate;
    }
    for (int i = 0; i < n; i++) L[i] = (uint8_t)(signed_level(inverse * x[i], half) + half);
    return scale;
}
#endif
