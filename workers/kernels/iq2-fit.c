// The search of IQ2 (ggml-quants.c, quantize_row_iq2_*_impl). Lanes are candidate scales. The error of a weight takes
// one of three values, one a level: they are computed first, and the error of a neighbour is a sum of eight, in order.
#define ANY_LANES
#include "iq2-fit.h"
#include "nearest-point.h"

#ifndef HAS_NEAREST_POINT
/** The best neighbours of the eight weights of group k under four or eight candidates. */
INLINE void best_neighbours(const Grid *grid, const uint16_t *list, const SubBlock *s, int k, int vectors,
    const float *scales, int32_t *points) {
    // By weight and level, for up to two vectors of candidates. Fixed, so that an address is a constant plus an offset.
    FIXED v errors[2][8][3];
    v least[2], best[2];
    for (int g = 0; g < vectors; g++) {
        v scale = wasm_v128_load(scales + 4 * g);
        for (int i = 0; i < 8; i++)
            for (int l = 0; l < 3; l++) {
                v difference = sub(mul(scale, splat((float)(2 * l + 1))), splat(s->x[8 * k + i]));
                errors[g][i][l] = mul(mul(splat(s->roots[8 * k + i]), difference), difference);
            }
        least[g] = splat(LARGEST_FLOAT);
        best[g] = wasm_i32x4_splat(-1);
    }
    for (int n = *list++; n > 0; n--, list++) {
        const uint8_t *offsets = grid->offsets + 8 * *list;
        v error[2];
        for (int g = 0; g < vectors; g++) error[g] = wasm_v128_load((const uint8_t *)errors[g][0] + offsets[0]);
        for (int i = 1; i < 8; i++)
            for (int g = 0; g < vectors; g++)
                error[g] = add(error[g], wasm_v128_load((const uint8_t *)errors[g][i] + offsets[i]));
        for (int g = 0; g < vectors; g++) {
            best[g] = pick(lt(error[g], least[g]), wasm_i32x4_splat(*list), best[g]);
            least[g] = keep_min(least[g], error[g]);
        }
    }
    for (int g = 0; g < vectors; g++) wasm_v128_store(points + 4 * g, best[g]);
}

/** Places group k under the candidates of a run, which ask for the same list; a vector's lanes may run over its end. */
INLINE void place_run(const Grid *grid, const SubBlock *s, int k, int32_t entry, int c, int end, Trials *t) {
    // Lanes past the end of a run are overwritten by the next one.
    for (int32_t *points = t->points[k]; c < end;) {
        int vectors = end - c > 4 ? 2 : 1;
        if (vectors == 2) best_neighbours(grid, neighbours(grid, entry), s, k, 2, t->scales + c, points + c);
        else best_neighbours(grid, neighbours(grid, entry), s, k, 1, t->scales + c, points + c);
        c += 4 * vectors;
    }
}
#else
INLINE void place_run(const Grid *grid, const SubBlock *s, int k, int32_t entry, int c, int end, Trials *t) {
    place_run_between(grid, s, k, 8, entry, c, end, t);
}
#endif

/** Places group k under every candidate, whole vectors of them. True when a point cannot be found. */
INLINE bool place_all(const Grid *grid, const SubBlock *s, int k, int count, Trials *t) {
    count = (count + LANES - 1) / LANES * LANES;
    for (int c = 0; c < count; c += LANES) {
        v inverse = load(t->inverses + c), key = splat(0);
        for (int i = 0; i < 8; i++) {
            v thrice = add_whole(shift_left(key, 1), key);
            key = add_whole(thrice, grid_levels(mul(inverse, splat(s->x[8 * k + i])), 2));
        }
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

INLINE v128_t two_points(const Grid *grid, int32_t a, int32_t b) {
    return wasm_v128_load64_lane(grid->numbers + 8 * b, wasm_v128_load64_zero(grid->numbers + 8 * a), 1);
}
INLINE v128_t four_points(const Grid *grid, const int32_t *points, int half) {
    v128_t ab = two_points(grid, points[0], points[1]), cd = two_points(grid, points[2], points[3]);
    return half ? wasm_i32x4_shuffle(ab, cd, 1, 3, 5, 7) : wasm_i32x4_shuffle(ab, cd, 0, 2, 4, 6);
}
/** Half of the numbers of each candidate's point, as the bytes of its lane. */
INLINE v halves_of_points(const Grid *grid, const int32_t *points, int half) {
#if LANES == 4
    return four_points(grid, points, half);
#else
    return join(four_points(grid, points, half), four_points(grid, points + 4, half));
#endif
}
/** Adds up the sums of every candidate, a vector of them at a time. */
INLINE void correlate(const Grid *grid, const SubBlock *s, int groups, int count, Trials *t) {
    for (int c = 0; c < count; c += LANES) {
        v sum_x = splat(0), sum_2 = splat(0);
        for (int k = 0; k < groups; k++) {
            const int32_t *points = &t->points[k][c];
            for (int half = 0; half < 2; half++) {
                v bytes = halves_of_points(grid, points, half);
                for (int i = 0; i < 4; i++) {
                    v q = byte_of_lanes(bytes, i);
                    int at = 8 * k + 4 * half + i;
                    sum_x = add(sum_x, mul(splat(s->wx[at]), q));
                    sum_2 = add(sum_2, mul(mul(splat(s->w[at]), q), q));
                }
            }
        }
        store(t->sum_x + c, sum_x);
        store(t->sum_2 + c, sum_2);
    }
}

/** The point of group k under one scale: lanes are weights here. */
static int32_t place(const Grid *grid, const SubBlock *s, int k, float scale, bool *lost) {
    FIXED float table[2][3][4]; // errors by half, level and weight
    int key = 0;
    for (int h = 0; h < 2; h++) {
        v128_t x = wasm_v128_load(s->x + 8 * k + 4 * h), roots = wasm_v128_load(s->roots + 8 * k + 4 * h);
        v128_t levels = four_levels(wasm_f32x4_mul(wasm_f32x4_splat(1 / scale), x), 2);
        levels = wasm_i32x4_mul(levels, wasm_i32x4_make(27, 9, 3, 1));
        levels = wasm_i32x4_add(levels, wasm_i32x4_shuffle(levels, levels, 2, 3, 0, 1));
        key = key * 81 + wasm_i32x4_extract_lane(levels, 0) + wasm_i32x4_extract_lane(levels, 1);
        for (int l = 0; l < 3; l++) {
            v128_t difference = wasm_f32x4_sub(wasm_f32x4_splat(scale * (float)(2 * l + 1)), x);
            wasm_v128_store(table[h][l], wasm_f32x4_mul(wasm_f32x4_mul(roots, difference), difference));
        }
    }
    if (grid->map[key] >= 0) return grid->map[key];
    int32_t best = -1;
#ifdef HAS_NEAREST_POINT
    const float products[3] = {scale, scale * 3, scale * 5};
    best = nearest_of_eight(grid, grid->map[key], s->x + 8 * k, s->roots + 8 * k, products).point;
#else
    float least = LARGEST_FLOAT;
    const uint16_t *list = neighbours(grid, grid->map[key]);
    for (int n = *list++; n > 0; n--, list++) {
        const uint8_t *offsets = grid->offsets + 8 * *list;
        float error = *(const float *)((const uint8_t *)table + offsets[0]);
        for (int i = 1; i < 8; i++) error += *(const float *)((const uint8_t *)&table[i / 4][0][i % 4] + offsets[i]);
        if (error < least) least = error, best = *list;
    }
#endif
    *lost |= best < 0;
    return best < 0 ? 0 : best;
}

/** Fits the scale to the points that were chosen. */
INLINE float refit(const Grid *grid, const SubBlock *s, int groups, const int32_t *points, float scale) {
    float sum_x = 0, sum_2 = 0;
    for (int i = 0; i < 8 * groups; i++) {
        float q = grid->numbers[8 * points[i / 8] + i % 8];
        sum_x += s->wx[i] * q;
        sum_2 += s->w[i] * q * q;
    }
    return sum_2 > 0 ? sum_x / sum_2 : scale;
}

/** IQ2_XS and IQ2_S: 16 weights, candidates around the largest magnitude. */
INLINE void fit_sixteen(const Grid *grid, const SubBlock *s, float negligible, Trials *t, Stored *out) {
    float largest = maximum(s->x, 16);
    __builtin_memset(out, 0, sizeof *out);
    if (largest < negligible) return;
    __builtin_memcpy(out->signs, s->signs, 4);
    make_trials(t, 9, 0.1f, 5, largest);
    for (int k = 0; k < 2; k++) out->lost |= place_all(grid, s, k, 19, t);
    if (out->lost) return;
    correlate(grid, s, 2, 19, t);
    out->scale = largest / 5;
    int chosen = best_trial(t, 19, &out->scale);
    if (chosen < 0) return;
    bool again[2], unsettled = false;
    for (int k = 0; k < 2; k++) {
        out->points[k] = t->points[k][chosen];
        unsettled |= again[k] = t->off_grid[k] >> chosen & 1;
    }
    if (!unsettled || !(out->scale > 0)) return;
    for (int k = 0; k < 2; k++)
        if (again[k]) out->points[k] = place(grid, s, k, out->scale, &out->lost);
    out->scale = refit(grid, s, 2, out->points, out->scale);
}

/** Errors of nine inverse scales with levels up to 4, twelve lanes (`make_qp_quants`, first half). */
INLINE void nine_errors(const SubBlock *s, const float *inverses, float *errors) {
    v128_t inverse[3], scale[3], sum[3];
    // The first candidate's levels go through a byte.
    const v128_t masks[3] = {wasm_i32x4_make(255, -1, -1, -1), wasm_i32x4_splat(-1), wasm_i32x4_splat(-1)};
    for (int g = 0; g < 3; g++) {
        inverse[g] = wasm_v128_load(inverses + 4 * g);
        scale[g] = wasm_f32x4_div(wasm_f32x4_splat(1), inverse[g]);
        sum[g] = wasm_f32x4_splat(0);
    }
    for (int i = 0; i < 32; i++)
        for (int g = 0; g < 3; g++) {
            v128_t x = wasm_f32x4_splat(s->x[i]);
            v128_t level = wasm_i32x4_min(nearest_four(wasm_f32x4_mul(inverse[g], x)), wasm_i32x4_splat(4));
            level = wasm_f32x4_convert_i32x4(wasm_v128_and(level, masks[g]));
            v128_t difference = wasm_f32x4_sub(x, wasm_f32x4_mul(scale[g], level));
            v128_t weighted = wasm_f32x4_mul(wasm_f32x4_splat(s->w[i]), difference);
            sum[g] = wasm_f32x4_add(sum[g], wasm_f32x4_mul(weighted, difference));
        }
    for (int g = 0; g < 3; g++) wasm_v128_store(errors + 4 * g, sum[g]);
}
INLINE int level_below_five(float product) {
    int level = nearest(product);
    return level < 4 ? level : 4;
}
/** A scale for levels up to 4: the best of nine, then coordinate descent (`make_qp_quants`). */
NOINLINE float fit_positive(const SubBlock *s, float largest) {
    float inverses[12], errors[12], sum_x = 0, sum_2 = 0;
    uint8_t levels[32];
    inverses[0] = 4 / largest;
    for (int c = 1; c < 12; c++) inverses[c] = (0.1f * (float)(c < 5 ? c - 5 : c < 9 ? c - 4 : 4) + 4) / largest;
    nine_errors(s, inverses, errors);
    int chosen = 0;
    for (int c = 1; c < 9; c++)
        if (errors[c] < errors[chosen]) chosen = c;
    for (int i = 0; i < 32; i++) {
        int level = level_below_five(inverses[chosen] * s->x[i]);
        levels[i] = (uint8_t)level;
        sum_x += s->wx[i] * (float)level;
        sum_2 += s->w[i] * (float)level * (float)level;
    }
    bool changed = true;
    for (int sweep = 0; sweep < 5 && changed; sweep++) {
        changed = false;
        for (int i = 0; i < 32; i++) {
            float w = s->w[i], wx = s->wx[i], old = levels[i];
            float other_x = sum_x - wx * old, other_2 = sum_2 - w * old * old;
            if (!(other_x > 0 && other_2 > 0)) continue;
            int level = level_below_five(s->x[i] * other_2 / other_x);
            if (level == levels[i]) continue;
            other_x += wx * (float)level;
            other_2 += w * (float)level * (float)level;
            if (!(other_x * other_x * sum_2 > sum_x * sum_x * other_2)) continue;
            levels[i] = (uint8_t)level;
            sum_x = other_x, sum_2 = other_2;
            changed = true;
        }
    }
    return sum_2 > 0 ? sum_x / sum_2 : 0;
}

/** IQ2_XXS: 32 weights, candidates around a least-squares fit; every group is placed again at the end. */
INLINE void fit_thirty_two(const Grid *grid, const SubBlock *s, Trials *t, Stored *out) {
    float largest = maximum(s->x, 32);
    __builtin_memset(out, 0, sizeof *out);
    if (largest < 1e-15f) return;
    float scale = fit_positive(s, largest), reachable = scale * 3;
    if (reachable <= 0) return;
    __builtin_memcpy(out->signs, s->signs, 4);
    out->scale = scale;
    make_trials(t, 6, 0.1f, 5, reachable);
    for (int k = 0; k < 4; k++) out->lost |= place_all(grid, s, k, 13, t);
    if (out->lost) return;
    correlate(grid, s, 4, 13, t);
    int chosen = best_trial(t, 13, &out->scale);
    for (int k = 0; k < 4 && chosen >= 0; k++) out->points[k] = t->points[k][chosen];
    if (!(out->scale > 0)) return;
    for (int k = 0; k < 4; k++) out->points[k] = place(grid, s, k, out->scale, &out->lost);
    out->scale = refit(grid, s, 4, out->points, out->scale);
}

float fit_iq2(const Grid *grid, const float *x, const float *columns, Iq2 variant, uint8_t *scratch, Stored *out) {
    SubBlock *s = (SubBlock *)scratch;
    Trials *t = (Trials *)(s + 1);
    int n = variant == IQ2_XXS ? 32 : 16;
    float variance = (variant == IQ2_S ? 2 : 1) * sum_of_squares(x, 256) / 256, largest = 0;
    bool lost = false;
    for (int at = 0; at < 256; at += n, out++) {
        error_weights(x + at, n, columns ? columns + at : 0, variance, 0.25f * variance, s->w);
        split_signs(x + at, n, variant != IQ2_S, s);
        if (variant == IQ2_XXS) fit_thirty_two(grid, s, t, out);
        else fit_sixteen(grid, s, variant == IQ2_S ? 1e-8f : 1e-15f, t, out);
        make_positive(out, n / 8, variant == IQ2_S ? 255 : 127);
        largest = largest > out->scale ? largest : out->scale;
        lost |= out->lost;
    }
    return lost ? __builtin_nanf("") : largest;
}
