// IQ3_XXS and IQ3_S: a grid point for each four weights (ggml-quants.c, quantize_row_iq3_xxs_impl and
// quantize_row_iq3_s_impl). Lanes are candidate scales: neighbouring candidates mostly ask for the same list of points.
#define ANY_LANES
#include "grid.h"
#include "nearest-point.h"

#ifndef HAS_NEAREST_POINT
/** The best neighbours of the four weights of group k under four scales. */
INLINE v best_neighbours(const Grid *grid, const uint16_t *list, const SubBlock *s, int k, v scale) {
    v x[4], roots[4], least = splat(LARGEST_FLOAT), best = wasm_i32x4_splat(-1);
    for (int i = 0; i < 4; i++) x[i] = splat(s->x[4 * k + i]), roots[i] = splat(s->roots[4 * k + i]);
    for (int n = *list++; n > 0; n--, list++) {
        const float *numbers = grid->floats + 4 * *list;
        v error = splat(0);
        for (int i = 0; i < 4; i++) {
            v difference = sub(mul(scale, splat(numbers[i])), x[i]), term = mul(mul(roots[i], difference), difference);
            error = i == 0 ? term : add(error, term);
        }
        best = pick(lt(error, least), wasm_i32x4_splat(*list), best);
        least = keep_min(least, error);
    }
    return best;
}

/** Places group k under the candidates of a run, which ask for the same list; a vector's lanes may run over its end. */
INLINE void place_run(const Grid *grid, const SubBlock *s, int k, int32_t entry, int c, int end, Trials *t) {
    // Lanes past the end of a run are overwritten by the next one.
    for (; c < end; c += 4) {
        v points = best_neighbours(grid, neighbours(grid, entry), s, k, wasm_v128_load(t->scales + c));
        wasm_v128_store(&t->points[k][c], points);
    }
}
#else
INLINE void place_run(const Grid *grid, const SubBlock *s, int k, int32_t entry, int c, int end, Trials *t) {
    place_run_between(grid, s, k, 4, entry, c, end, t);
}
#endif

/** Places group k under every candidate, whole vectors of them. True when a point cannot be found. */
INLINE bool place_all(const Grid *grid, const SubBlock *s, int k, int count, Trials *t) {
    count = (count + LANES - 1) / LANES * LANES;
    for (int c = 0; c < count; c += LANES) {
        v inverse = load(t->inverses + c), key = splat(0);
        for (int i = 0; i < 4; i++)
            key = either(shift_left(key, 3), grid_levels(mul(inverse, splat(s->x[4 * k + i])), 7));
        store(t->keys + c, key);
    }
    uint32_t off = 0;
    for (int c = 0, end; c < count; c = end) {
        int32_t entry = grid->map[t->keys[c]];
        end = run_end(t, c, count);
        if (entry < 0) off |= (~0u >> (32 - (end - c))) << c;
        if (entry < 0) place_run(grid, s, k, entry, c, end, t);
        else
            for (int at = c; at < end; at += LANES) store(t->points[k] + at, whole(entry));
    }
    t->off_grid[k] = off;
    return off && any_missing(t->points[k], count);
}

/** The numbers of four points, as the bytes of lanes. */
INLINE v128_t numbers_of_four(const Grid *grid, const int32_t *points) {
    v128_t bytes = wasm_v128_load32_zero(grid->numbers + 4 * points[0]);
    // Lane numbers must be constants.
    bytes = wasm_v128_load32_lane(grid->numbers + 4 * points[1], bytes, 1);
    bytes = wasm_v128_load32_lane(grid->numbers + 4 * points[2], bytes, 2);
    return wasm_v128_load32_lane(grid->numbers + 4 * points[3], bytes, 3);
}
INLINE v numbers_of_points(const Grid *grid, const int32_t *points) {
#if LANES == 4
    return numbers_of_four(grid, points);
#else
    return join(numbers_of_four(grid, points), numbers_of_four(grid, points + 4));
#endif
}
/** Adds up the sums of every candidate, a vector of them at a time. */
INLINE void correlate(const Grid *grid, const SubBlock *s, int count, Trials *t) {
    for (int c = 0; c < count; c += LANES) {
        v sum_x = splat(0), sum_2 = splat(0);
        for (int k = 0; k < 8; k++) {
            const int32_t *points = &t->points[k][c];
            v bytes = numbers_of_points(grid, points);
            for (int i = 0; i < 4; i++) {
                v q = byte_of_lanes(bytes, i);
                sum_x = add(sum_x, mul(splat(s->wx[4 * k + i]), q));
                sum_2 = add(sum_2, mul(mul(splat(s->w[4 * k + i]), q), q));
            }
        }
        store(t->sum_x + c, sum_x);
        store(t->sum_2 + c, sum_2);
    }
}

/** The point of group k under one scale. */
static int32_t place(const Grid *grid, const SubBlock *s, int k, float scale, bool *lost) {
    v128_t x = wasm_v128_load(s->x + 4 * k);
    v128_t levels = four_levels(wasm_f32x4_mul(wasm_f32x4_splat(1 / scale), x), 7);
    int key = wasm_i32x4_extract_lane(levels, 0) << 9 | wasm_i32x4_extract_lane(levels, 1) << 6 |
              wasm_i32x4_extract_lane(levels, 2) << 3 | wasm_i32x4_extract_lane(levels, 3);
    if (grid->map[key] >= 0) return grid->map[key];
#ifdef HAS_NEAREST_POINT
    int32_t best = nearest_of_four(grid, grid->map[key], s->x + 4 * k, s->roots + 4 * k, scale).point;
#else
    v128_t roots = wasm_v128_load(s->roots + 4 * k);
    float errors[8][4], least = LARGEST_FLOAT; // by level and weight
    for (int l = 0; l < 8; l++) {
        v128_t difference = wasm_f32x4_sub(wasm_f32x4_splat(scale * (float)(2 * l + 1)), x);
        wasm_v128_store(errors[l], wasm_f32x4_mul(wasm_f32x4_mul(roots, difference), difference));
    }
    const uint16_t *list = neighbours(grid, grid->map[key]);
    int32_t best = -1;
    for (int n = *list++; n > 0; n--, list++) {
        const uint8_t *numbers = grid->numbers + 4 * *list;
        float error = errors[numbers[0] / 2][0] + errors[numbers[1] / 2][1];
        error = error + errors[numbers[2] / 2][2] + errors[numbers[3] / 2][3];
        if (error < least) least = error, best = *list;
    }
#endif
    *lost |= best < 0;
    return best < 0 ? 0 : best;
}

/** Fits the scale to the points that were chosen. */
INLINE float refit(const Grid *grid, const SubBlock *s, const int32_t *points, float scale) {
    float sum_x = 0, sum_2 = 0;
    for (int i = 0; i < 32; i++) {
        float q = grid->numbers[4 * points[i / 4] + i % 4];
        sum_x += s->wx[i] * q;
        sum_2 += s->w[i] * q * q;
    }
    return sum_2 > 0 ? sum_x / sum_2 : scale;
}

/** How the two types differ. */
typedef struct {
    bool even_signs;
    /** Candidates reach from -reach to reach. */
    int reach;
    /** Sub-blocks without a larger magnitude are stored as nothing. */
    float negligible;
    /** Whether the last pass places every group again, or only those that were off the grid. */
    bool all_again;
} Variant;

INLINE bool is_empty(float largest, Variant variant) {
    return variant.negligible == 0 ? largest == 0 : largest < variant.negligible;
}

/** Searches the scale and the points of the 32 weights in s. */
INLINE void fit(const Grid *grid, const SubBlock *s, Variant variant, Trials *t, Stored *out) {
    float largest = maximum(s->x, 32);
    __builtin_memset(out, 0, sizeof *out);
    out->empty = is_empty(largest, variant);
    if (out->empty) return;
    __builtin_memcpy(out->signs, s->signs, 4);
    int count = 2 * variant.reach + 1;
    make_trials(t, variant.reach, 0.2f, 15, largest);
    for (int k = 0; k < 8; k++) out->lost |= place_all(grid, s, k, count, t);
    if (out->lost) return;
    correlate(grid, s, count, t);
    out->scale = largest / 15;
    int chosen = best_trial(t, count, &out->scale);
    bool unsettled = variant.all_again && chosen < 0, again[8] = {false};
    for (int k = 0; k < 8 && chosen >= 0; k++) {
        out->points[k] = t->points[k][chosen];
        again[k] = t->off_grid[k] >> chosen & 1;
        unsettled |= again[k];
    }
    if (!unsettled || !(out->scale > 0)) return;
    for (int k = 0; k < 8; k++)
        if (variant.all_again || again[k]) out->points[k] = place(grid, s, k, out->scale, &out->lost);
    out->scale = refit(grid, s, out->points, out->scale);
}

/** Fits the eight sub-blocks of a block; returns the largest scale. */
INLINE float fit_block(const Grid *grid, const float *x, const float *columns, Variant variant, uint8_t *scratch,
    Stored *out) {
    SubBlock *s = (SubBlock *)scratch;
    Trials *t = (Trials *)(s + 1);
    float variance = 2 * sum_of_squares(x, 256) / 256, largest = 0;
    for (int ib = 0; ib < 8; ib++, out++) {
        error_weights(x + 32 * ib, 32, columns ? columns + 32 * ib : 0, variance, 0, s->w);
        split_signs(x + 32 * ib, 32, variant.even_signs, s);
        fit(grid, s, variant, t, out);
        make_positive(out, 4, variant.even_signs ? 127 : 255);
        largest = largest > out->scale ? largest : out->scale;
    }
    return largest;
}
INLINE bool any_lost(const Stored *s, int n) {
    bool lost = false;
    for (int i = 0; i < n; i++) lost |= s[i].lost;
    return lost;
}

/** Eight weights: the numbers of two points, looked up in `values`, times d, with signs. */
INLINE void load_eight(const Grid *grid, int first, int second, v128_t values, uint8_t signs, float d, float *x) {
    const int points[2] = {first, second};
    for (int h = 0; h < 2; h++) {
        v128_t bytes = wasm_i8x16_swizzle(values, wasm_v128_load32_zero(grid->numbers + 4 * points[h]));
        v128_t q = wasm_f32x4_convert_i32x4(wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(bytes)));
        v128_t bits = wasm_i32x4_make(1, 2, 4, 8), sign = wasm_i32x4_splat(signs >> 4 * h);
        v128_t minus = wasm_v128_and(wasm_i32x4_eq(wasm_v128_and(sign, bits), bits), wasm_f32x4_splat(-0.0f));
        wasm_v128_store(x + 4 * h, wasm_v128_xor(wasm_f32x4_mul(wasm_f32x4_splat(d), q), minus));
    }
}

static const Variant xxs = {true, 15, 1e-8f, false};

/** IQ3_XXS: an f16 scale, 64 bytes of points, 8 words of 4 x 7 signs and a 4-bit scale. */
EXPORT(quantize_iq3_xxs)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    const Grid *grid = grid_iq3_xxs();
    for (int b = 0; b < blocks; b++, x += 256, y += 98) {
        Stored stored[8];
        float largest = fit_block(grid, x, importance ? importance + 256 * (b % blocks_per_row) : 0, xxs, scratch,
            stored);
        __builtin_memset(y, any_lost(stored, 8) ? 255 : 0, 98);
        if (largest == 0 || any_lost(stored, 8)) continue;
        float d = largest / 31, inverse = 1 / d;
        store_half(y, float_to_half(d * 1.0125f));
        for (int ib = 0; ib < 8; ib++) {
            uint32_t word = (uint32_t)scale_level(inverse, stored[ib].scale, 15) << 28;
            for (int k = 0; k < 8; k++) y[2 + 8 * ib + k] = (uint8_t)stored[ib].points[k];
            for (int k = 0; k < 4; k++) word |= (uint32_t)stored[ib].signs[k] << 7 * k;
            store_word(y + 66 + 4 * ib, word);
        }
    }
}
EXPORT(dequantize_iq3_xxs)(const uint8_t *y, float *x, int blocks) {
    const Grid *grid = grid_iq3_xxs();
    v128_t values = wasm_i8x16_make(0, 4, 0, 12, 0, 20, 0, 28, 0, 36, 0, 44, 0, 52, 0, 62);
    for (int b = 0; b < blocks; b++, y += 98)
        for (int ib = 0; ib < 8; ib++) {
            uint32_t word = load_word(y + 66 + 4 * ib);
            float d = load_half_float(y) * (0.5f + (float)(word >> 28)) * 0.5f;
            const uint8_t *points = y + 2 + 8 * ib;
            for (int l = 0; l < 4; l++, x += 8)
                load_eight(grid, points[2 * l], points[2 * l + 1], values, complete_signs(word >> 7 * l & 127), d, x);
        }
}

static const Variant small = {false, 9, 0, true};

/** IQ3_S: an f16 scale, 64 bytes of points, 8 of their ninth bits, 32 of signs, 4 of 4-bit scales. */
EXPORT(quantize_iq3_s)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    const Grid *grid = grid_iq3_s();
    for (int b = 0; b < blocks; b++, x += 256, y += 110) {
        Stored stored[8];
        float largest = fit_block(grid, x, importance ? importance + 256 * (b % blocks_per_row) : 0, small,
            scratch, stored);
        __builtin_memset(y, any_lost(stored, 8) ? 255 : 0, 110);
        if (any_lost(stored, 8)) continue;
        // A sub-block of zeros leaves no gap: as in ggml, the points and signs of the next one move up into its place.
        uint8_t *points = y + 2, *signs = y + 74;
        for (int ib = 0; ib < 8; ib++) {
            if (stored[ib].empty) continue;
            for (int k = 0; k < 8; k++) {
                *points++ = (uint8_t)stored[ib].points[k];
                y[66 + ib] |= (uint8_t)(stored[ib].points[k] >> 8 << k);
            }
            for (int k = 0; k < 4; k++) *signs++ = stored[ib].signs[k];
        }
        if (largest == 0) continue;
        float d = largest / 31, inverse = 1 / d;
        store_half(y, float_to_half(d * 1.033f));
        for (int ib = 0; ib < 8; ib++)
            y[106 + ib / 2] |= (uint8_t)(scale_level(inverse, stored[ib].scale, 15) << 4 * (ib & 1));
    }
}
EXPORT(dequantize_iq3_s)(const uint8_t *y, float *x, int blocks) {
    const Grid *grid = grid_iq3_s();
    v128_t values = wasm_i8x16_make(0, 1, 0, 3, 0, 5, 0, 7, 0, 9, 0, 11, 0, 13, 0, 15);
    for (int b = 0; b < blocks; b++, y += 110)
        for (int ib = 0; ib < 8; ib++) {
            int level = y[106 + ib / 2] >> 4 * (ib & 1) & 15, high = y[66 + ib];
            float d = load_half_float(y) * (float)(1 + 2 * level);
            const uint8_t *points = y + 2 + 8 * ib;
            for (int l = 0; l < 4; l++, x += 8) {
                int first = points[2 * l] | (high >> 2 * l & 1) << 8;
                int second = points[2 * l + 1] | (high >> (2 * l + 1) & 1) << 8;
                load_eight(grid, first, second, values, y[74 + 4 * ib + l], d, x);
            }
        }
}
