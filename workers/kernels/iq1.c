// IQ1_S and IQ1_M: numbers -1, 0, 1 shifted by 1/8 up or down, eight weights a grid point (ggml-quants.c,
// quantize_row_iq1_s_impl and quantize_row_iq1_m_impl). A sub-block's sorted weights are cut into three groups, then its
// groups of eight go to the grid.
#define ANY_LANES
#include "iq1-cut.h"
#include "nearest-point.h"

static const int32_t LANE_NUMBERS[8] = {0, 1, 2, 3, 4, 5, 6, 7};

/** Every weight counts those that come before it. */
INLINE void sort_weights(Sorted *s, int n) {
    for (int j = 0; j < n; j++) s->order[j] = 0;
    for (int i = 0; i < n; i++) {
        v xi = splat(s->x[i]), index = load(LANE_NUMBERS), before = splat(0);
        for (int j = 0; j < n; j += LANES) {
            v xj = load(s->x + j);
            v earlier = both(eq(xj, xi), lt_whole(index, whole(i)));
            before = sub_whole(before, either(lt(xj, xi), earlier));
            index = add_whole(index, whole(LANES));
        }
        v128_t sums = sum_of_parts(before);
        sums = wasm_i32x4_add(sums, wasm_i32x4_shuffle(sums, sums, 2, 3, 0, 1));
        s->order[wasm_i32x4_extract_lane(sums, 0) + wasm_i32x4_extract_lane(sums, 1)] = (uint8_t)i;
    }
}
INLINE float largest_magnitude(const float *x, int n) {
    v128_t max = wasm_f32x4_splat(0);
    for (int i = 0; i < n; i += 4) max = wasm_f32x4_pmax(max, wasm_f32x4_abs(wasm_v128_load(x + i)));
    max = wasm_f32x4_pmax(max, wasm_i32x4_shuffle(max, max, 2, 3, 0, 1));
    return wasm_f32x4_extract_lane(wasm_f32x4_pmax(max, wasm_i32x4_shuffle(max, max, 1, 0, 3, 2)), 0);
}

/** Levels of n weights in their own order. A negative scale turns them around. */
INLINE void levels_of(const Sorted *s, int n, const Cut *cut, uint8_t *levels) {
    for (int j = 0; j < n; j++) {
        int level = j < cut->low ? 0 : j < cut->high ? 1 : 2;
        levels[s->order[j]] = (uint8_t)(cut->scale < 0 ? 2 - level : level);
    }
}

/** The best neighbour of the eight weights of group k; -1 when no error fits single precision. */
INLINE int32_t best_neighbour(const Grid *grid, int32_t entry, const Sorted *s, int k, float scale,
    const float *numbers) {
#ifdef HAS_NEAREST_POINT
    const float products[3] = {scale * numbers[0], scale * numbers[1], scale * numbers[2]};
    return nearest_of_eight(grid, entry, s->x + 8 * k, s->w + 8 * k, products).point;
#else
    const uint16_t *list = neighbours(grid, entry);
    // Errors by half, level and weight. Fixed, so that an address is a constant plus a level's offset.
    FIXED float errors[2][3][4];
    float least = LARGEST_FLOAT;
    for (int h = 0; h < 2; h++)
        for (int l = 0; l < 3; l++) {
            v128_t x = wasm_v128_load(s->x + 8 * k + 4 * h), w = wasm_v128_load(s->w + 8 * k + 4 * h);
            v128_t difference = wasm_f32x4_sub(wasm_f32x4_splat(scale * numbers[l]), x);
            wasm_v128_store(errors[h][l], wasm_f32x4_mul(wasm_f32x4_mul(w, difference), difference));
        }
    int32_t best = -1;
    for (int n = *list++; n > 0; n--, list++) {
        const uint8_t *offsets = grid->offsets + 8 * *list;
        float error = *(const float *)((const uint8_t *)errors + offsets[0]);
        for (int i = 1; i < 8; i++) error += *(const float *)((const uint8_t *)&errors[i / 4][0][i % 4] + offsets[i]);
        if (error < least) least = error, best = *list;
    }
    return best;
#endif
}

INLINE float number_at(const Grid *grid, int32_t point, int i, const float *numbers) {
    return numbers[grid->numbers[8 * point + i] / 2];
}

/** Takes the groups to the grid, and fits the scale again if any of them moved; `numbers` has each group's. */
INLINE void place_levels(const Grid *grid, const Sorted *s, int groups, const uint8_t *levels,
    const float *const *numbers, Stored *out) {
    bool moved = false;
    for (int k = 0; k < groups; k++) {
        int key = 0;
        for (int i = 0; i < 8; i++) key = 3 * key + levels[8 * k + i];
        out->points[k] = grid->map[key];
        if (out->points[k] >= 0) continue;
        moved = true;
        out->points[k] = best_neighbour(grid, out->points[k], s, k, out->scale, numbers[k]);
        out->lost |= out->points[k] < 0;
    }
    if (!moved || out->lost) return;
    float sum_x = 0, sum_2 = 0;
    for (int i = 0; i < 8 * groups; i++) {
        float q = number_at(grid, out->points[i / 8], i % 8, numbers[i / 8]), wq = s->w[i] * q;
        sum_x += wq * s->x[i];
        sum_2 += wq * q;
    }
    if (sum_x > 0 && sum_2 > 0) out->scale = sum_x / sum_2;
}

/** The numbers of IQ1_M's half under shift 0 to 3. */
INLINE const float *numbers_of(int shift, int half) { return (half == 0 ? shift / 2 : shift % 2) ? down : up; }

/** Fits a sub-block of 32 (IQ1_S) or 16 weights. Its shift goes into signs[0]. */
INLINE void fit(const Grid *grid, Sorted *s, int n, float negligible, Stored *out) {
    __builtin_memset(out, 0, sizeof *out);
    if (largest_magnitude(s->x, n) < negligible) return;
    sort_weights(s, n);
    Cut cut = {-1, -1, 0, 0, -LARGEST_FLOAT, -LARGEST_FLOAT};
    if (n == 32) cut_thirty_two(s, &cut);
    else cut_sixteen(s, &cut);
    if (cut.low < 0) return;
    uint8_t levels[32];
    levels_of(s, n, &cut, levels);
    int last = n == 32 ? 1 : 3, shift = cut.scale < 0 ? last - cut.shift : cut.shift;
    out->scale = cut.scale < 0 ? -cut.scale : cut.scale;
    out->signs[0] = (uint8_t)shift;
    const float *second = numbers_of(shift, 1), *first = n == 32 ? second : numbers_of(shift, 0);
    const float *numbers[4] = {first, second, second, second};
    place_levels(grid, s, n / 8, levels, numbers, out);
}

/** Fits the sub-blocks of a block; returns the largest scale, or NaN when ggml would abort. */
INLINE float fit_block(const Grid *grid, const float *x, const float *columns, int n, uint8_t *scratch, Stored *out) {
    Sorted *s = (Sorted *)scratch;
    float variance = 2 * sum_of_squares(x, 256) / 256, largest = 0;
    bool lost = false;
    for (int at = 0; at < 256; at += n, out++, s++) {
        s->x = x + at;
        error_weights(x + at, n, columns ? columns + at : 0, variance, 0, s->w);
        fit(grid, s, n, n == 32 ? 1e-12f : 1e-7f, out);
        largest = largest > out->scale ? largest : out->scale;
        lost |= out->lost;
    }
    return lost ? __builtin_nanf("") : largest;
}

INLINE void load_eight(const Grid *grid, int point, float d, const float *numbers, float *x) {
    for (int i = 0; i < 8; i++) x[i] = d * number_at(grid, point, i, numbers);
}

/** IQ1_S: an f16 scale, 32 bytes of points, 8 words of the points' upper three bits, a 3-bit scale and the shift. */
EXPORT(quantize_iq1_s)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    const Grid *grid = grid_iq1();
    // Importance is not optional; without it every weight counts alike.
    float uniform[256];
    for (int i = 0; i < 256; i++) uniform[i] = 1;
    for (int b = 0; b < blocks; b++, x += 256, y += 50) {
        Stored stored[8];
        float largest = fit_block(grid, x, importance ? importance + 256 * (b % blocks_per_row) : uniform, 32,
            scratch, stored);
        __builtin_memset(y, largest != largest ? 255 : 0, 50);
        if (largest != largest) continue;
        float d = largest / 15;
        if (largest > 0) store_half(y, float_to_half(d * 1.125f));
        for (int ib = 0; ib < 8; ib++) {
            const Stored *s = stored + ib;
            int word = largest > 0 ? (scale_level(1 / d, s->scale, 7) | 8 * s->signs[0]) << 12 : 0;
            for (int k = 0; k < 4; k++) {
                y[2 + 4 * ib + k] = (uint8_t)s->points[k];
                word |= s->points[k] >> 8 << 3 * k;
            }
            store_half(y + 34 + 2 * ib, (uint16_t)word);
        }
    }
}
EXPORT(dequantize_iq1_s)(const uint8_t *y, float *x, int blocks) {
    const Grid *grid = grid_iq1();
    for (int b = 0; b < blocks; b++, y += 50)
        for (int k = 0; k < 32; k++, x += 8) {
            int word = load_half(y + 34 + 2 * (k / 4)), point = y[2 + k] | (word >> 3 * (k % 4) & 7) << 8;
            load_eight(grid, point, load_half_float(y) * (float)(2 * (word >> 12 & 7) + 1),
                word & 0x8000 ? down : up, x);
        }
}

/** The least-squares scale of a whole IQ1_M block, given its points, shifts and 3-bit scales. */
INLINE float fit_block_scale(const Grid *grid, const Sorted *subs, const Stored *stored, const int *levels, float d) {
    float sum_x = 0, sum_2 = 0;
    for (int i = 0; i < 256; i++) {
        const Sorted *s = subs + i / 16;
        const Stored *o = stored + i / 16;
        const float *numbers = numbers_of(o->signs[0], i / 8 % 2);
        float q = number_at(grid, o->points[i / 8 % 2], i % 8, numbers) * (float)(2 * levels[i / 16] + 1);
        float wq = s->w[i % 16] * q;
        sum_x += wq * s->x[i % 16];
        sum_2 += wq * q;
    }
    return sum_2 > 0 ? sum_x / sum_2 : d;
}

/**
 * IQ1_M: 32 bytes of points, 16 bytes of their upper bits and shifts, four words of four 3-bit scales; the f16 scale is
 * spread over the upper four bits of these words.
 */
EXPORT(quantize_iq1_m)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    const Grid *grid = grid_iq1();
    for (int b = 0; b < blocks; b++, x += 256, y += 56) {
        Stored stored[16];
        float largest = fit_block(grid, x, importance ? importance + 256 * (b % blocks_per_row) : 0, 16, scratch,
            stored);
        __builtin_memset(y, largest != largest ? 255 : 0, 56);
        if (largest != largest) continue;
        for (int ib = 0; ib < 16; ib++) {
            const int32_t *points = stored[ib].points;
            y[2 * ib] = (uint8_t)points[0];
            y[2 * ib + 1] = (uint8_t)points[1];
            y[32 + ib] = (uint8_t)(points[0] >> 8 | points[1] >> 8 << 4);
        }
        if (!(largest > 0)) continue;
        float d = largest / 15;
        int levels[16];
        uint16_t words[4] = {0, 0, 0, 0};
        for (int ib = 0; ib < 16; ib++) {
            levels[ib] = scale_level(1 / d, stored[ib].scale, 7);
            words[ib / 4] |= (uint16_t)(levels[ib] << 3 * (ib % 4));
            y[32 + ib] |= (uint8_t)((stored[ib].signs[0] & 1) << 7 | (stored[ib].signs[0] & 2) << 2);
        }
        uint16_t half = float_to_half(fit_block_scale(grid, (const Sorted *)scratch, stored, levels, d) * 1.1125f);
        for (int q = 0; q < 4; q++) store_half(y + 48 + 2 * q, (uint16_t)(words[q] | (half >> 4 * q & 15) << 12));
    }
}
EXPORT(dequantize_iq1_m)(const uint8_t *y, float *x, int blocks) {
    const Grid *grid = grid_iq1();
    for (int b = 0; b < blocks; b++, y += 56) {
        int half = 0;
        for (int q = 0; q < 4; q++) half |= load_half(y + 48 + 2 * q) >> 12 << 4 * q;
        float d = half_to_float((uint16_t)half);
        for (int k = 0; k < 32; k++, x += 8) {
            int high = y[32 + k / 2] >> 4 * (k % 2), level = load_half(y + 48 + 2 * (k / 8)) >> 3 * (k / 2 % 4) & 7;
            load_eight(grid, y[k] | (high & 7) << 8, d * (float)(2 * level + 1), high & 8 ? down : up, x);
        }
    }
}
