// IQ1_S and IQ1_M: numbers -1, 0, 1 shifted by 1/8 up or down, eight weights a grid point (ggml-quants.c,
// quantize_row_iq1_s_impl and quantize_row_iq1_m_impl). The best way to cut a sub-block's sorted weights into three
// groups is searched exhaustively: lanes are neighbouring cuts, and only a vector in which a cut is better than the best
// so far is looked at one by one. Then the groups of eight go to the grid.
#include "grid.h"

// The three numbers under an upward and a downward shift.
static const float up[3] = {-0.875f, 0.125f, 1.125f}, down[3] = {-1.125f, -0.125f, 0.875f};

/** Sorted weights before `low` become level 0, those before `high` level 1, the others 2. */
typedef struct {
    int low, high, shift;
    float scale, best;
    /** No cut that scores less can be the best one in the end. */
    float floor;
} Cut;

/** Takes the cut if it is better: the statement of the reference. */
INLINE void consider(Cut *cut, int low, int high, int shift, float sum_x, float sum_2) {
    if (!(sum_2 > 0 && sum_x * sum_x > cut->best * sum_2)) return;
    cut->scale = sum_x / sum_2;
    cut->best = cut->scale * sum_x;
    cut->low = low, cut->high = high, cut->shift = shift;
}
/** Cuts worth a closer look: a superset of those that are better. */
INLINE v may_be_better(v sum_x, v sum_2, v best) { return gt(mul(sum_x, sum_x), mul(best, sum_2)); }

/**
 * A floor for the search from a few cuts near the usual best one. The reference takes every cut that scores more than the
 * last one it took; a cut may only be passed over if that cannot change which is taken last. Two scores are told
 * apart up to four units of 2^-24, and there are at most 1122 cuts: no chain of steps that small spans 2^-11 of a score.
 * That holds where squares and products stay normal; all square sums are within a factor of 82 of each other, as no
 * number is below 1/8.
 */
INLINE float floor_from(float best, float sum_2) {
    float scale = best * sum_2;
    return scale > 1e-28f && scale < 1e34f ? best * (1 - 0x1p-11f) : -LARGEST_FLOAT;
}
INLINE v test_level(const Cut *cut) { return splat(cut->best > cut->floor ? cut->best : cut->floor); }

/** The best score of four cuts, and its square sum; scores are only compared with margins here. */
INLINE void seed(v sum_x, v sum_2, v *best, v *best_2) {
    v score = quo(mul(sum_x, sum_x), sum_2), better = both(gt(score, *best), gt(sum_2, splat(0)));
    *best = pick(better, score, *best);
    *best_2 = pick(better, sum_2, *best_2);
}
INLINE void set_floor(Cut *cut, v best, v best_2) {
    float scores[4], sums[4];
    wasm_v128_store(scores, best);
    wasm_v128_store(sums, best_2);
    int at = 0;
    for (int i = 1; i < 4; i++)
        if (scores[i] > scores[at]) at = i;
    cut->floor = floor_from(scores[at], sums[at]);
}

INLINE int first_lane(v mask) { return __builtin_ctz(wasm_i32x4_bitmask(mask)); }

/** A sub-block: weights, weights of their errors, and the order of the weights by size (equals keep theirs). */
typedef struct {
    const float *x;
    float w[32];
    uint8_t order[32];
} Sorted;

/** Every weight counts those that come before it. */
INLINE void sort_weights(Sorted *s, int n) {
    for (int j = 0; j < n; j++) s->order[j] = 0;
    for (int i = 0; i < n; i++) {
        v xi = splat(s->x[i]), index = wasm_i32x4_make(0, 1, 2, 3), before = splat(0);
        for (int j = 0; j < n; j += 4) {
            v xj = wasm_v128_load(s->x + j);
            v earlier = both(wasm_f32x4_eq(xj, xi), wasm_i32x4_lt(index, wasm_i32x4_splat(i)));
            before = wasm_i32x4_sub(before, wasm_v128_or(lt(xj, xi), earlier));
            index = wasm_i32x4_add(index, wasm_i32x4_splat(4));
        }
        before = wasm_i32x4_add(before, wasm_i32x4_shuffle(before, before, 2, 3, 0, 1));
        s->order[wasm_i32x4_extract_lane(before, 0) + wasm_i32x4_extract_lane(before, 1)] = (uint8_t)i;
    }
}
INLINE float largest_magnitude(const float *x, int n) {
    v max = splat(0);
    for (int i = 0; i < n; i += 4) max = keep_max(max, absolute(wasm_v128_load(x + i)));
    max = keep_max(max, wasm_i32x4_shuffle(max, max, 2, 3, 0, 1));
    return wasm_f32x4_extract_lane(keep_max(max, wasm_i32x4_shuffle(max, max, 1, 0, 3, 2)), 0);
}

// Sums of the first 0 to 32 sorted weights, then NaN, so that lanes past the end are never better.
#define SUMS 36

/** What a shift contributes to the cuts of IQ1_S: per `high`, the third group's sums. */
typedef struct {
    float x[SUMS], w[SUMS];
} Tail;
INLINE void make_tail(const float *x, const float *w, float number, Tail *tail) {
    for (int j = 0; j < SUMS; j++) {
        tail->x[j] = (x[32] - x[j]) * number;
        tail->w[j] = j > 32 ? __builtin_nanf("") : (w[32] - w[j]) * number * number;
    }
}

/** Sums of the sorted weights, and the tails of both shifts. */
typedef struct {
    float x[SUMS], w[SUMS];
    Tail tails[2];
} Sums;

/** The sums of four cuts under both shifts. */
INLINE void sums_of_cuts(const Sums *s, int low, int high, v *sum_x, v *sum_2) {
    v middle_x = mul(sub(wasm_v128_load(s->x + high), splat(s->x[low])), splat(0.125f));
    v middle_w = mul(mul(sub(wasm_v128_load(s->w + high), splat(s->w[low])), splat(0.125f)), splat(0.125f));
    for (int shift = 0; shift < 2; shift++) {
        float number = shift ? down[0] : up[0];
        v head_x = splat(s->x[low] * number), head_w = splat(s->w[low] * number * number);
        head_x = shift ? sub(head_x, middle_x) : add(head_x, middle_x);
        sum_x[shift] = add(head_x, wasm_v128_load(s->tails[shift].x + high));
        sum_2[shift] = add(add(head_w, middle_w), wasm_v128_load(s->tails[shift].w + high));
    }
}

/** The best cut of 32 sorted weights, shift 0 being up. */
NOINLINE void cut_thirty_two(const Sorted *s, Cut *cut) {
    Sums sums;
    sums.x[0] = sums.w[0] = 0;
    for (int j = 0; j < 32; j++) {
        int i = s->order[j];
        sums.x[j + 1] = sums.x[j] + s->w[i] * s->x[i];
        sums.w[j + 1] = sums.w[j] + s->w[i];
    }
    for (int j = 33; j < SUMS; j++) sums.x[j] = sums.w[j] = 0;
    make_tail(sums.x, sums.w, up[2], &sums.tails[0]);
    make_tail(sums.x, sums.w, down[2], &sums.tails[1]);
    v sum_x[2], sum_2[2], best = splat(0), best_2 = splat(0);
    for (int low = 6; low <= 14; low += 2) {
        sums_of_cuts(&sums, low, 20, sum_x, sum_2);
        for (int shift = 0; shift < 2; shift++) seed(sum_x[shift], sum_2[shift], &best, &best_2);
    }
    set_floor(cut, best, best_2);
    for (int low = 0; low <= 32; low++)
        for (int high = low; high <= 32; high += 4) {
            sums_of_cuts(&sums, low, high, sum_x, sum_2);
            v level = test_level(cut);
            v better = wasm_v128_or(may_be_better(sum_x[0], sum_2[0], level), may_be_better(sum_x[1], sum_2[1], level));
            if (!any(better)) continue;
            float each_x[2][4], each_2[2][4];
            for (int shift = 0; shift < 2; shift++) {
                wasm_v128_store(each_x[shift], sum_x[shift]);
                wasm_v128_store(each_2[shift], sum_2[shift]);
            }
            for (int c = 2 * first_lane(better); c < 8; c++) consider(cut, low, high + c / 2, c % 2, each_x[c % 2][c / 2], each_2[c % 2][c / 2]);
        }
}

/** Half of an IQ1_M sub-block: sums of its first sorted weights, and what the shifts make of them. */
typedef struct {
    float x[SUMS], w[SUMS];
    /** The sums of all weights with the third number. */
    float all_x[2], all_w[2];
    /** Sums of weights up to `high`, times the difference of the second and third number's squares. */
    float high_w[2][SUMS];
} Half;

INLINE float step_of_squares(const float *numbers, int i) { return numbers[i] * numbers[i] - numbers[i + 1] * numbers[i + 1]; }

/** Sums of both halves; a weight adds +0 to the other half's sums, which leaves them as they are. */
INLINE void sum_halves(const Sorted *s, Half *halves) {
    v sums[20] = {splat(0)}, columns[20];
    for (int j = 0; j < 16; j++) {
        int i = s->order[j];
        v mask = i < 8 ? wasm_i32x4_make(-1, 0, -1, 0) : wasm_i32x4_make(0, -1, 0, -1);
        float wx = s->w[i] * s->x[i];
        sums[j + 1] = add(sums[j], both(mask, wasm_f32x4_make(wx, wx, s->w[i], s->w[i])));
    }
    for (int j = 17; j < 20; j++) sums[j] = splat(0);
    for (int j = 0; j < 20; j += 4) {
        transpose4(sums[j], sums[j + 1], sums[j + 2], sums[j + 3], columns);
        wasm_v128_store(halves[0].x + j, columns[0]);
        wasm_v128_store(halves[1].x + j, columns[1]);
        wasm_v128_store(halves[0].w + j, columns[2]);
        wasm_v128_store(halves[1].w + j, columns[3]);
    }
}
INLINE void complete_half(Half *h) {
    v nan_past_end = wasm_f32x4_make(0, __builtin_nanf(""), __builtin_nanf(""), __builtin_nanf(""));
    for (int shift = 0; shift < 2; shift++) {
        const float *numbers = shift ? down : up;
        h->all_x[shift] = h->x[16] * numbers[2];
        h->all_w[shift] = h->w[16] * numbers[2] * numbers[2];
        for (int j = 0; j < 20; j += 4) {
            v high = mul(wasm_v128_load(h->w + j), splat(step_of_squares(numbers, 1)));
            wasm_v128_store(h->high_w[shift] + j, j < 16 ? high : add(high, nan_past_end));
        }
    }
}
/** The sums of one half for four cuts under both shifts. */
INLINE void half_sums(const Half *h, int low, int high, v *sum_x, v *sum_2) {
    v below = add(splat(h->x[low]), wasm_v128_load(h->x + high));
    for (int shift = 0; shift < 2; shift++) {
        float head = h->all_w[shift] + h->w[low] * step_of_squares(shift ? down : up, 0);
        sum_x[shift] = sub(splat(h->all_x[shift]), below);
        sum_2[shift] = add(splat(head), wasm_v128_load(h->high_w[shift] + high));
    }
}

/** The sums of four cuts under the four pairs of shifts. */
INLINE void sums_of_halves(const Half *halves, int low, int high, v *sum_x, v *sum_2) {
    v half_x[2][2], half_2[2][2];
    for (int half = 0; half < 2; half++) half_sums(&halves[half], low, high, half_x[half], half_2[half]);
    for (int k = 0; k < 4; k++) {
        sum_x[k] = add(half_x[0][k / 2], half_x[1][k % 2]);
        sum_2[k] = add(half_2[0][k / 2], half_2[1][k % 2]);
    }
}

/** The best cut of 16 sorted weights; shifts 0 to 3 are up-up, up-down, down-up, down-down for the two halves. */
NOINLINE void cut_sixteen(const Sorted *s, Cut *cut) {
    Half halves[2];
    v sum_x[4], sum_2[4], best = splat(0), best_2 = splat(0);
    sum_halves(s, halves);
    for (int half = 0; half < 2; half++) complete_half(&halves[half]);
    for (int low = 3; low <= 7; low++) {
        sums_of_halves(halves, low, 10, sum_x, sum_2);
        for (int k = 0; k < 4; k++) seed(sum_x[k], sum_2[k], &best, &best_2);
    }
    set_floor(cut, best, best_2);
    for (int low = 0; low <= 16; low++)
        for (int high = low; high <= 16; high += 4) {
            v better = splat(0), level = test_level(cut);
            sums_of_halves(halves, low, high, sum_x, sum_2);
            for (int k = 0; k < 4; k++) better = wasm_v128_or(better, may_be_better(sum_x[k], sum_2[k], level));
            if (!any(better)) continue;
            float each_x[4][4], each_2[4][4];
            for (int k = 0; k < 4; k++) {
                wasm_v128_store(each_x[k], sum_x[k]);
                wasm_v128_store(each_2[k], sum_2[k]);
            }
            for (int c = 4 * first_lane(better); c < 16; c++) consider(cut, low, high + c / 4, c % 4, each_x[c % 4][c / 4], each_2[c % 4][c / 4]);
        }
}

/** Levels of n weights in their own order. A negative scale turns them around. */
INLINE void levels_of(const Sorted *s, int n, const Cut *cut, uint8_t *levels) {
    for (int j = 0; j < n; j++) {
        int level = j < cut->low ? 0 : j < cut->high ? 1 : 2;
        levels[s->order[j]] = (uint8_t)(cut->scale < 0 ? 2 - level : level);
    }
}

/** The best neighbour of the eight weights of group k; -1 when no error fits single precision. */
INLINE int32_t best_neighbour(const Grid *grid, const uint16_t *list, const Sorted *s, int k, float scale, const float *numbers) {
    // Errors by half, level and weight. Static, so that an address is a constant plus a level's offset.
    static float errors[2][3][4];
    float least = LARGEST_FLOAT;
    for (int h = 0; h < 2; h++)
        for (int l = 0; l < 3; l++) {
            v difference = sub(splat(scale * numbers[l]), wasm_v128_load(s->x + 8 * k + 4 * h));
            wasm_v128_store(errors[h][l], mul(mul(wasm_v128_load(s->w + 8 * k + 4 * h), difference), difference));
        }
    int32_t best = -1;
    for (int n = *list++; n > 0; n--, list++) {
        const uint8_t *offsets = grid->offsets + 8 * *list;
        float error = *(const float *)((const uint8_t *)errors + offsets[0]);
        for (int i = 1; i < 8; i++) error += *(const float *)((const uint8_t *)&errors[i / 4][0][i % 4] + offsets[i]);
        if (error < least) least = error, best = *list;
    }
    return best;
}

INLINE float number_at(const Grid *grid, int32_t point, int i, const float *numbers) {
    return numbers[grid->numbers[8 * point + i] / 2];
}

/** Takes the groups to the grid, and fits the scale again if any of them moved; `numbers` has each group's. */
INLINE void place_levels(const Grid *grid, const Sorted *s, int groups, const uint8_t *levels, const float *const *numbers, Stored *out) {
    bool moved = false;
    for (int k = 0; k < groups; k++) {
        int key = 0;
        for (int i = 0; i < 8; i++) key = 3 * key + levels[8 * k + i];
        out->points[k] = grid->map[key];
        if (out->points[k] >= 0) continue;
        moved = true;
        out->points[k] = best_neighbour(grid, neighbours(grid, out->points[k]), s, k, out->scale, numbers[k]);
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
    const float *numbers[4] = {n == 32 ? numbers_of(shift, 1) : numbers_of(shift, 0), numbers_of(shift, 1), numbers_of(shift, 1),
                               numbers_of(shift, 1)};
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
EXPORT(quantize_iq1_s)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance, int blocks_per_row) {
    const Grid *grid = grid_iq1();
    // Importance is not optional; without it every weight counts alike.
    float uniform[256];
    for (int i = 0; i < 256; i++) uniform[i] = 1;
    for (int b = 0; b < blocks; b++, x += 256, y += 50) {
        Stored stored[8];
        float largest = fit_block(grid, x, importance ? importance + 256 * (b % blocks_per_row) : uniform, 32, scratch, stored);
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
            load_eight(grid, point, load_half_float(y) * (float)(2 * (word >> 12 & 7) + 1), word & 0x8000 ? down : up, x);
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
EXPORT(quantize_iq1_m)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance, int blocks_per_row) {
    const Grid *grid = grid_iq1();
    for (int b = 0; b < blocks; b++, x += 256, y += 56) {
        Stored stored[16];
        float largest = fit_block(grid, x, importance ? importance + 256 * (b % blocks_per_row) : 0, 16, scratch, stored);
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
