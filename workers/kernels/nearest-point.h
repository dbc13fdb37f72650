// The nearest of a list of points where lanes can look up tables of their own (AVX2): a lane is a point of the list, and
// the error of each of its weights is looked up by its level. Sums are taken in order, as everywhere.
#ifndef SLIPWAY_NEAREST_POINT_H
#define SLIPWAY_NEAREST_POINT_H
#include "grid.h"
#ifdef __AVX2__
#define HAS_NEAREST_POINT
#include <immintrin.h>

/** Errors of eight weights by level, each level's in their order. */
typedef struct {
    __m256 level[3];
} EightErrors;

/** Errors of weight k by level, in each half of table k: the lower bits of a lane choose among four. */
INLINE void tables_of_eight(const EightErrors *errors, __m256 *tables) {
    const __m256 *e = errors->level;
    __m256d low = (__m256d)_mm256_unpacklo_ps(e[0], e[1]), high = (__m256d)_mm256_unpackhi_ps(e[0], e[1]);
    __m256d low_2 = (__m256d)_mm256_unpacklo_ps(e[2], e[2]), high_2 = (__m256d)_mm256_unpackhi_ps(e[2], e[2]);
    __m256d pairs[4] = {_mm256_unpacklo_pd(low, low_2), _mm256_unpackhi_pd(low, low_2),
                        _mm256_unpacklo_pd(high, high_2), _mm256_unpackhi_pd(high, high_2)};
    for (int k = 0; k < 4; k++) {
        tables[k] = (__m256)_mm256_permute2f128_pd(pairs[k], pairs[k], 0x00);
        tables[k + 4] = (__m256)_mm256_permute2f128_pd(pairs[k], pairs[k], 0x11);
    }
}

/** The error of weight k at the levels that `codes` hold: two bits for eight weights, three bits for four. */
INLINE __m256 error_of(const __m256 *tables, int width, int k, __m256i codes) {
    if (width == 8) return _mm256_permutevar_ps(tables[k], _mm256_srli_epi32(codes, 2 * k));
    return _mm256_permutevar8x32_ps(tables[k], _mm256_srli_epi32(codes, 3 * k));
}

/** Of eight errors the smallest, in all lanes. */
INLINE __m256 least_of_eight(__m256 e) {
    e = _mm256_min_ps(e, _mm256_permute2f128_ps(e, e, 1));
    e = _mm256_min_ps(e, _mm256_shuffle_ps(e, e, 0x4e));
    return _mm256_min_ps(e, _mm256_shuffle_ps(e, e, 0xb1));
}

/** The nearest point of a list, its error, and the least error of all others. */
typedef struct {
    int32_t point;
    float least, second;
} Nearest;

/**
 * The first point of an entry's list whose error is the least; -1 when no error fits single precision. A lane keeps the
 * first of its own least ones, and of equal lanes the one that comes first in the list wins.
 */
INLINE Nearest nearest_of_list(const Grid *grid, int32_t entry, const __m256 *tables, int width) {
    const uint16_t *list = neighbours(grid, entry) + 1, *codes = grid->codes + (-1 - entry) + 1;
    int count = list[-1];
    __m256 largest = _mm256_set1_ps(LARGEST_FLOAT), least = largest, second = largest;
    __m256i place = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), best = _mm256_set1_epi32(-1);
    for (int n = 0; n < count; n += 8) {
        __m256i code = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(codes + n)));
        __m256 error = error_of(tables, width, 0, code);
        for (int k = 1; k < width; k++) error = _mm256_add_ps(error, error_of(tables, width, k, code));
        __m256 inside = (__m256)_mm256_cmpgt_epi32(_mm256_set1_epi32(count), place);
        error = _mm256_blendv_ps(largest, error, inside);
        __m256 better = _mm256_cmp_ps(error, least, _CMP_LT_OQ);
        second = _mm256_min_ps(second, _mm256_blendv_ps(error, least, better));
        best = (__m256i)_mm256_blendv_ps((__m256)best, (__m256)place, better);
        least = _mm256_blendv_ps(least, error, better);
        place = _mm256_add_epi32(place, _mm256_set1_epi32(8));
    }
    __m256 minimum = least_of_eight(least);
    __m256i same = (__m256i)_mm256_cmp_ps(least, minimum, _CMP_EQ_OQ);
    // Places are small: as 16 bits, with 65535 for a lane that is not among the least, or found nothing.
    __m256i places = _mm256_or_si256(best, _mm256_xor_si256(same, _mm256_set1_epi32(-1)));
    places = _mm256_and_si256(places, _mm256_set1_epi32(65535));
    __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(places), _mm256_extracti128_si256(places, 1));
    int first = _mm_cvtsi128_si32(_mm_minpos_epu16(packed)) & 65535;
    if (first == 65535) return (Nearest){-1, 0, 0};
    // In its own lane only what came second counts.
    __m256 won = (__m256)_mm256_cmpeq_epi32(best, _mm256_set1_epi32(first));
    __m256 others = _mm256_min_ps(second, _mm256_blendv_ps(least, largest, won));
    return (Nearest){list[first], _mm256_cvtss_f32(minimum), _mm256_cvtss_f32(least_of_eight(others))};
}

/** Errors of eight weights, given their three numbers times the scale and the weights of their errors. */
INLINE EightErrors errors_of_eight(const float *x, const float *weights, const float *products) {
    EightErrors errors;
    __m256 xs = _mm256_loadu_ps(x), w = _mm256_loadu_ps(weights);
    for (int l = 0; l < 3; l++) {
        __m256 difference = _mm256_sub_ps(_mm256_set1_ps(products[l]), xs);
        errors.level[l] = _mm256_mul_ps(_mm256_mul_ps(w, difference), difference);
    }
    return errors;
}

/** The nearest point of eight weights. */
INLINE Nearest nearest_of_eight(const Grid *grid, int32_t entry, const float *x, const float *weights,
    const float *products) {
    EightErrors errors = errors_of_eight(x, weights, products);
    __m256 tables[8];
    tables_of_eight(&errors, tables);
    return nearest_of_list(grid, entry, tables, 8);
}

/** The nearest point of four weights under a scale. */
INLINE Nearest nearest_of_four(const Grid *grid, int32_t entry, const float *x, const float *weights, float scale) {
    __m256 products = _mm256_mul_ps(_mm256_set1_ps(scale), _mm256_setr_ps(1, 3, 5, 7, 9, 11, 13, 15)), tables[4];
    for (int i = 0; i < 4; i++) {
        __m256 difference = _mm256_sub_ps(products, _mm256_set1_ps(x[i]));
        tables[i] = _mm256_mul_ps(_mm256_mul_ps(_mm256_set1_ps(weights[i]), difference), difference);
    }
    return nearest_of_list(grid, entry, tables, 4);
}

/** A run of candidates for the weights of group k, which ask for the same list. */
typedef struct {
    const Grid *grid;
    const SubBlock *s;
    Trials *t;
    int32_t entry;
    int k, width;
    /** What rounding may take from a lead, apart from a share of the error itself. */
    float slack;
} Run;

INLINE Nearest nearest_in_run(const Run *run, int c) {
    const float *x = run->s->x + run->width * run->k, *roots = run->s->roots + run->width * run->k;
    float scale = run->t->scales[c];
    const float products[3] = {scale, scale * 3, scale * 5};
    Nearest found = run->width == 8 ? nearest_of_eight(run->grid, run->entry, x, roots, products)
                                    : nearest_of_four(run->grid, run->entry, x, roots, scale);
    run->t->points[run->k][c] = found.point;
    return found;
}

/**
 * Whether the point that is nearest under two scales is so under all between. Under the scale s the error of a point with
 * numbers q is sum(w*(s*q - x)^2), so the lead of one point over another is s*(a*s + b) with the same a and b for all s:
 * what is positive at both ends is positive between, and at least half as large as the smaller lead, as no two scales of
 * a sub-block are farther apart than 2 to 3. With u = 2^-24, an error e is computed to within 14u*e + u*Q, where
 * Q = sum(w*s*s*q*q): a lead of 84u of the least error and 6u*Q leaves no doubt; 256u and 16u are on the safe side.
 * `slack` keeps what underflows below that, and is no number where it is not.
 */
INLINE bool nearest_between(const Run *run, Nearest a, Nearest b) {
    float least = a.least > b.least ? a.least : b.least, margin = least * 0x1p-16f + run->slack;
    return a.point == b.point && a.point >= 0 && a.second - a.least > margin && b.second - b.least > margin;
}

static void place_between(const Run *run, int from, Nearest a, int to, Nearest b) {
    // One between is looked at sooner than asked about: what is not foreseen takes longer.
    if (to - from == 2) nearest_in_run(run, from + 1);
    if (to - from <= 2) return;
    if (nearest_between(run, a, b)) {
        for (int c = from + 1; c < to; c++) run->t->points[run->k][c] = a.point;
        return;
    }
    int middle = (from + to) / 2;
    Nearest m = nearest_in_run(run, middle);
    place_between(run, from, a, middle, m);
    place_between(run, middle, m, to, b);
}

/** Places group k under the candidates c to end - 1; the last one may be repeated to fill a vector. */
INLINE void place_run_between(const Grid *grid, const SubBlock *s, int k, int width, int32_t entry, int c, int end,
    Trials *t) {
    float weights = 0, most = width == 8 ? 5 : 15;
    for (int i = 0; i < width; i++) weights += s->roots[width * k + i];
    float Q = weights * (most * t->scales[c]) * (most * t->scales[c]);
    Run run = {grid, s, t, entry, k, width, Q > 1e-28f ? Q * 0x1p-20f : __builtin_nanf("")};
    int last = end - 1;
    while (last > c && t->inverses[last] == t->inverses[last - 1]) last--;
    Nearest a = nearest_in_run(&run, c), b = last == c ? a : nearest_in_run(&run, last);
    place_between(&run, c, a, last, b);
    for (int at = last + 1; at < end; at++) t->points[k][at] = b.point;
}
#endif
#endif
