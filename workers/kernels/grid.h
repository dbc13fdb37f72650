// The lattices of the grid types, and what the kernels of IQ1, IQ2 and IQ3 share.
#ifndef SLIPWAY_GRID_H
#define SLIPWAY_GRID_H
#include "float16.h"
#include "lanes.h"

#define LARGEST_FLOAT 3.40282347e+38f

/** Only the points of a lattice may be stored. Every other combination of levels has a list of the nearest points. */
typedef struct {
    /** 16 * level of each weight of a point: an offset into a table of vectors, one a level. */
    const uint8_t *offsets;
    /** 2 * level + 1 of each weight of a point, as bytes and as floats. */
    const uint8_t *numbers;
    const float *floats;
    /** By key (the levels as digits, the first weight's most significant): a point, or -1 - where its list starts. */
    const int32_t *map;
    /** A count, then so many points, nearest first. */
    const uint16_t *lists;
#ifdef __AVX2__
    /** The levels of each point of the lists, at the same index: two bits for one of eight weights, three of four. */
    const uint16_t *codes;
#endif
} Grid;

/** The grids; their tables are made when they are first asked for. */
const Grid *grid_iq1(void);
const Grid *grid_iq2_xxs(void);
const Grid *grid_iq2_xs(void);
const Grid *grid_iq2_s(void);
const Grid *grid_iq3_xxs(void);
const Grid *grid_iq3_s(void);

INLINE const uint16_t *neighbours(const Grid *grid, int32_t entry) { return grid->lists + (-1 - entry); }

/** A sum in order, as all sums here. */
INLINE float sum_of_squares(const float *x, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) sum += x[i] * x[i];
    return sum;
}

/** Weights of errors: importance times the expected magnitude, or `plain` plus the square. */
INLINE void error_weights(const float *x, int n, const float *importance, float variance, float plain, float *w) {
    for (int i = 0; i < n; i += LANES) {
        v xi = load(x + i), square = mul(xi, xi);
        if (importance) square = mul(load(importance + i), root(add(splat(variance), square)));
        else if (plain != 0) square = add(splat(plain), square);
        store(w + i, square);
    }
}

/** A sub-block as it is searched: magnitudes, the weights of their errors, products of both, roots of the latter. */
typedef struct {
    float x[32], w[32], wx[32], roots[32];
    uint8_t signs[4];
} SubBlock;

/** Of eight weights, the one whose sign costs least to change. */
INLINE int cheapest(const float *x, const float *w) {
    int at = 0;
    float least = w[0] * x[0] * x[0];
    for (int i = 1; i < 8; i++) {
        float cost = w[i] * x[i] * x[i];
        if (cost < least) least = cost, at = i;
    }
    return at;
}
/** Splits n weights into magnitudes and signs; s->w must be there. With even signs, an odd count is made even. */
INLINE void split_signs(const float *x, int n, bool even, SubBlock *s) {
    for (int k = 0; k < n / 8; k++) {
        v128_t a = wasm_v128_load(x + 8 * k), b = wasm_v128_load(x + 8 * k + 4);
        v128_t plus_a = wasm_f32x4_ge(a, wasm_f32x4_splat(0)), plus_b = wasm_f32x4_ge(b, wasm_f32x4_splat(0));
        int signs = ~(wasm_i32x4_bitmask(plus_a) | wasm_i32x4_bitmask(plus_b) << 4) & 255;
        wasm_v128_store(s->x + 8 * k, wasm_v128_bitselect(a, wasm_f32x4_neg(a), plus_a));
        wasm_v128_store(s->x + 8 * k + 4, wasm_v128_bitselect(b, wasm_f32x4_neg(b), plus_b));
        if (even && __builtin_popcount((unsigned)signs) % 2) {
            int flipped = cheapest(x + 8 * k, s->w + 8 * k);
            s->x[8 * k + flipped] = -s->x[8 * k + flipped];
            signs ^= 1 << flipped;
        }
        s->signs[k] = (uint8_t)(even ? signs & 127 : signs);
    }
    for (int i = 0; i < n; i += LANES) {
        v w = load(s->w + i);
        store(s->wx + i, mul(w, load(s->x + i)));
        store(s->roots + i, root(w));
    }
}
INLINE float maximum(const float *x, int n) {
    float max = x[0];
    for (int i = 1; i < n; i++) max = max > x[i] ? max : x[i];
    return max;
}

/** Levels of magnitudes before the grid is asked: level l stands for 2l + 1. */
INLINE v grid_levels(v products, int top) {
    return nearest_clamped(mul(splat(0.5f), sub(products, splat(1))), 0, top);
}
/** nearest_lanes on four lanes, however many others have. */
INLINE v128_t nearest_four(v128_t f) {
    v128_t i = wasm_v128_and(wasm_f32x4_add(f, wasm_f32x4_splat(ROUNDER)), wasm_i32x4_splat(0x007fffff));
    return wasm_i32x4_sub(i, wasm_i32x4_splat(0x00400000));
}
INLINE v128_t four_levels(v128_t products, int top) {
    v128_t half = wasm_f32x4_mul(wasm_f32x4_splat(0.5f), wasm_f32x4_sub(products, wasm_f32x4_splat(1)));
    return wasm_i32x4_max(wasm_i32x4_splat(0), wasm_i32x4_min(wasm_i32x4_splat(top), nearest_four(half)));
}
/** The stored level of a sub-block's scale. */
INLINE int scale_level(float inverse, float scale, int top) {
    int level = nearest(0.5f * (inverse * scale - 1));
    return level < 0 ? 0 : level > top ? top : level;
}

// At most 31 candidate scales, and room for two vectors more.
#define TRIALS 40

/**
 * The candidate scales of a sub-block in ascending order of their inverses, and what came of them. A group of weights
 * keeps its levels over runs of several candidates, so that one walk through a list of neighbours serves a whole run.
 */
typedef struct {
    float inverses[TRIALS], scales[TRIALS];
    /** Weighted sums of (number * weight) and (number squared). */
    float sum_x[TRIALS], sum_2[TRIALS];
    int32_t keys[TRIALS];
    /** Points by group and candidate, and whether they had to be looked for among neighbours (a bit a candidate). */
    int32_t points[8][TRIALS];
    uint32_t off_grid[8];
} Trials;

/** Candidates from (top - reach * step) / largest to (top + reach * step) / largest, the last one repeated. */
INLINE void make_trials(Trials *t, int reach, float step, int top, float largest) {
    for (int c = 0; c < TRIALS; c++) {
        int at = c <= 2 * reach ? c - reach : reach;
        t->inverses[c] = ((float)top + (float)at * step) / largest;
    }
    for (int c = 0; c < TRIALS; c += LANES) store(t->scales + c, quo(splat(1), load(t->inverses + c)));
}
/** The end of the run of equal keys that starts at c. */
INLINE int run_end(const Trials *t, int c, int count) {
    int end = c + 1;
    while (end < count && t->keys[end] == t->keys[c]) end++;
    return end;
}
/** True when one of the points could not be found. */
INLINE bool any_missing(const int32_t *points, int count) {
    int32_t all = 0;
    for (int c = 0; c < count; c++) all |= points[c];
    return all < 0;
}

/** Byte i of each lane, as floats. */
INLINE v byte_of_lanes(v bytes, int i) {
    return to_float(both(shift_right(bytes, (uint32_t)(8 * i)), whole(255)));
}

/** The best of the candidates, in order; -1 when none is better than nothing. `scale` changes with it. */
INLINE int best_trial(const Trials *t, int count, float *scale) {
    int chosen = -1;
    float best = 0;
    for (int c = 0; c < count; c++)
        if (t->sum_2[c] > 0 && t->sum_x[c] * t->sum_x[c] > best * t->sum_2[c]) {
            *scale = t->sum_x[c] / t->sum_2[c];
            best = *scale * t->sum_x[c];
            chosen = c;
        }
    return chosen;
}

/** A sub-block as it is stored. `lost`: no point's error fits single precision; ggml aborts there. */
typedef struct {
    float scale;
    int32_t points[8];
    uint8_t signs[4];
    bool lost, empty;
} Stored;

/** Scales are stored without a sign: a negative one turns all signs around. */
INLINE void make_positive(Stored *s, int groups, uint8_t mask) {
    if (!(s->scale < 0)) return;
    s->scale = -s->scale;
    for (int k = 0; k < groups; k++) s->signs[k] = (uint8_t)~s->signs[k] & mask;
}

/** Seven stored sign bits; the eighth makes the number of minus signs even. */
INLINE uint8_t complete_signs(uint32_t seven) {
    return (uint8_t)(seven | (uint32_t)(__builtin_popcount(seven) & 1) << 7);
}
INLINE uint32_t load_word(const uint8_t *y) {
    uint32_t word;
    __builtin_memcpy(&word, y, 4);
    return word;
}
INLINE void store_word(uint8_t *y, uint32_t word) { __builtin_memcpy(y, &word, 4); }
#endif
