// All ways to cut sorted weights into three groups are tried: lanes are neighbouring cuts, and only a vector in which a
// cut may be better than the best so far is looked at one by one.
#define ANY_LANES
#include "iq1-cut.h"

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
 * A floor for the search from a few cuts near the likely best. The reference takes every cut that scores more than the
 * last one it took; a cut may only be passed over if that cannot change which is taken last. Two scores are told
 * apart up to four units of 2^-24, and there are at most 1122 cuts: no chain of such steps spans 2^-11 of a score.
 * That holds where squares and products stay normal; all square sums are within a factor of 82 of each other, as no
 * number is below 1/8.
 */
INLINE float floor_from(float best, float sum_2) {
    float scale = best * sum_2;
    return scale > 1e-28f && scale < 1e34f ? best * (1 - 0x1p-11f) : -LARGEST_FLOAT;
}
INLINE v test_level(const Cut *cut) { return splat(cut->best > cut->floor ? cut->best : cut->floor); }

/** The best score of a vector of cuts, and its square sum; scores are only compared with margins here. */
INLINE void seed(v sum_x, v sum_2, v *best, v *best_2) {
    v score = quo(mul(sum_x, sum_x), sum_2), better = both(gt(score, *best), gt(sum_2, splat(0)));
    *best = pick(better, score, *best);
    *best_2 = pick(better, sum_2, *best_2);
}
INLINE void set_floor(Cut *cut, v best, v best_2) {
    float scores[LANES], sums[LANES];
    store(scores, best);
    store(sums, best_2);
    int at = 0;
    for (int i = 1; i < LANES; i++)
        if (scores[i] > scores[at]) at = i;
    cut->floor = floor_from(scores[at], sums[at]);
}

// Sums of the first 0 to 32 (or 16) sorted weights, then NaN, so that lanes past the end are never better.
#define SUMS (32 + LANES)
#define HALF_SUMS (16 + LANES)

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

/** The sums of a vector of cuts under both shifts. */
INLINE void sums_of_cuts(const Sums *s, int low, int high, v *sum_x, v *sum_2) {
    v middle_x = mul(sub(load(s->x + high), splat(s->x[low])), splat(0.125f));
    v middle_w = mul(mul(sub(load(s->w + high), splat(s->w[low])), splat(0.125f)), splat(0.125f));
    for (int shift = 0; shift < 2; shift++) {
        float number = shift ? down[0] : up[0];
        v head_x = splat(s->x[low] * number), head_w = splat(s->w[low] * number * number);
        head_x = shift ? sub(head_x, middle_x) : add(head_x, middle_x);
        sum_x[shift] = add(head_x, load(s->tails[shift].x + high));
        sum_2[shift] = add(add(head_w, middle_w), load(s->tails[shift].w + high));
    }
}

void cut_thirty_two(const Sorted *s, Cut *cut) {
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
        for (int high = low; high <= 32; high += LANES) {
            sums_of_cuts(&sums, low, high, sum_x, sum_2);
            v level = test_level(cut);
            v better = either(may_be_better(sum_x[0], sum_2[0], level), may_be_better(sum_x[1], sum_2[1], level));
            uint32_t lanes = lane_signs(better);
            if (!lanes) continue;
            float each_x[2][LANES], each_2[2][LANES];
            for (int shift = 0; shift < 2; shift++) {
                store(each_x[shift], sum_x[shift]);
                store(each_2[shift], sum_2[shift]);
            }
            for (; lanes; lanes &= lanes - 1)
                for (int c = __builtin_ctz(lanes), shift = 0; shift < 2; shift++)
                    consider(cut, low, high + c, shift, each_x[shift][c], each_2[shift][c]);
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

INLINE float step_of_squares(const float *numbers, int i) {
    return numbers[i] * numbers[i] - numbers[i + 1] * numbers[i + 1];
}

/** Sums of both halves; a weight adds +0 to the other half's sums, which leaves them as they are. */
INLINE void sum_halves(const Sorted *s, Half *halves) {
    v128_t sums[HALF_SUMS] = {wasm_f32x4_splat(0)}, columns[4];
    v128_t terms[16];
    for (int i = 0; i < 16; i += 4) {
        v128_t w = wasm_v128_load(s->w + i), wx = wasm_f32x4_mul(w, wasm_v128_load(s->x + i));
        v128_t mask = i < 8 ? wasm_i32x4_make(-1, 0, -1, 0) : wasm_i32x4_make(0, -1, 0, -1);
        terms[i] = wasm_v128_and(mask, wasm_i32x4_shuffle(wx, w, 0, 0, 4, 4));
        terms[i + 1] = wasm_v128_and(mask, wasm_i32x4_shuffle(wx, w, 1, 1, 5, 5));
        terms[i + 2] = wasm_v128_and(mask, wasm_i32x4_shuffle(wx, w, 2, 2, 6, 6));
        terms[i + 3] = wasm_v128_and(mask, wasm_i32x4_shuffle(wx, w, 3, 3, 7, 7));
    }
    for (int j = 0; j < 16; j++) sums[j + 1] = wasm_f32x4_add(sums[j], terms[s->order[j]]);
    for (int j = 17; j < HALF_SUMS; j++) sums[j] = wasm_f32x4_splat(0);
    for (int j = 0; j < HALF_SUMS; j += 4) {
        transpose4(sums[j], sums[j + 1], sums[j + 2], sums[j + 3], columns);
        wasm_v128_store(halves[0].x + j, columns[0]);
        wasm_v128_store(halves[1].x + j, columns[1]);
        wasm_v128_store(halves[0].w + j, columns[2]);
        wasm_v128_store(halves[1].w + j, columns[3]);
    }
}
INLINE void complete_half(Half *h) {
    for (int shift = 0; shift < 2; shift++) {
        const float *numbers = shift ? down : up;
        h->all_x[shift] = h->x[16] * numbers[2];
        h->all_w[shift] = h->w[16] * numbers[2] * numbers[2];
        for (int j = 0; j < HALF_SUMS; j += LANES)
            store(h->high_w[shift] + j, mul(load(h->w + j), splat(step_of_squares(numbers, 1))));
        for (int j = 17; j < HALF_SUMS; j++) h->high_w[shift][j] = __builtin_nanf("");
    }
}
/** The sums of one half for a vector of cuts under both shifts. */
INLINE void half_sums(const Half *h, int low, int high, v *sum_x, v *sum_2) {
    v below = add(splat(h->x[low]), load(h->x + high));
    for (int shift = 0; shift < 2; shift++) {
        float head = h->all_w[shift] + h->w[low] * step_of_squares(shift ? down : up, 0);
        sum_x[shift] = sub(splat(h->all_x[shift]), below);
        sum_2[shift] = add(splat(head), load(h->high_w[shift] + high));
    }
}

/** The sums of a vector of cuts under the four pairs of shifts. */
INLINE void sums_of_halves(v half_x[2][2], v half_2[2][2], v *sum_x, v *sum_2) {
    for (int k = 0; k < 4; k++) {
        sum_x[k] = add(half_x[0][k / 2], half_x[1][k % 2]);
        sum_2[k] = add(half_2[0][k / 2], half_2[1][k % 2]);
    }
}

/** Which cuts stand in the lanes of a vector: `low` and ones from `high` on, or what the tables say. */
typedef struct {
    int low, high;
    const int32_t *lows, *highs;
} Cuts;

/** Takes what is better among a vector of cuts under the four pairs of shifts. `used`: a bit for each lane that has one. */
INLINE void consider_cuts(Cut *cut, Cuts cuts, v half_x[2][2], v half_2[2][2], uint32_t used) {
    v sum_x[4], sum_2[4], better = splat(0), level = test_level(cut);
    sums_of_halves(half_x, half_2, sum_x, sum_2);
    for (int k = 0; k < 4; k++) better = either(better, may_be_better(sum_x[k], sum_2[k], level));
    uint32_t lanes = lane_signs(better) & used;
    if (!lanes) return;
    float each_x[4][LANES], each_2[4][LANES];
    for (int k = 0; k < 4; k++) {
        store(each_x[k], sum_x[k]);
        store(each_2[k], sum_2[k]);
    }
    for (; lanes; lanes &= lanes - 1) {
        int c = __builtin_ctz(lanes);
        int low = cuts.lows ? cuts.lows[c] : cuts.low, high = cuts.highs ? cuts.highs[c] : cuts.high + c;
        for (int k = 0; k < 4; k++) consider(cut, low, high, k, each_x[k][c], each_2[k][c]);
    }
}

/** Cuts from `low` and from `high` on. */
INLINE void consider_row(const Half *halves, Cut *cut, int low, int high) {
    v half_x[2][2], half_2[2][2];
    for (int half = 0; half < 2; half++) half_sums(&halves[half], low, high, half_x[half], half_2[half]);
    consider_cuts(cut, (Cuts){low, high, 0, 0}, half_x, half_2, ~0u);
}

#if LANES == 8
// Rows from the ninth on are short: one after another their cuts fill five vectors. Of cut (8, 16) on.
enum { PACKED = 5, PACKED_ROW = 9 };
static const int32_t PACKED_LOW[PACKED][8] = {{8, 9, 9, 9, 9, 9, 9, 9}, {9, 10, 10, 10, 10, 10, 10, 10},
    {11, 11, 11, 11, 11, 11, 12, 12}, {12, 12, 12, 13, 13, 13, 13, 14}, {14, 14, 15, 15, 16, 16, 16, 16}};
static const int32_t PACKED_HIGH[PACKED][8] = {{16, 9, 10, 11, 12, 13, 14, 15}, {16, 10, 11, 12, 13, 14, 15, 16},
    {11, 12, 13, 14, 15, 16, 12, 13}, {14, 15, 16, 13, 14, 15, 16, 14}, {15, 16, 15, 16, 16, 16, 16, 16}};

/** sums[at[0]] ... sums[at[7]], all of them among the eight from `first` on. */
INLINE v pick_sums(const float *sums, int first, v at) {
    return (v)_mm256_permutevar8x32_ps((__m256)load(sums + first), (__m256i)sub_whole(at, whole(first)));
}
INLINE void packed_sums(const Half *h, int n, v *sum_x, v *sum_2) {
    v at_low = load(PACKED_LOW[n]), at_high = load(PACKED_HIGH[n]);
    int first = n == 0 ? PACKED_ROW - 1 : PACKED_ROW;
    v below = add(pick_sums(h->x, first, at_low), pick_sums(h->x, PACKED_ROW, at_high));
    v low_w = pick_sums(h->w, first, at_low);
    for (int shift = 0; shift < 2; shift++) {
        v head = add(splat(h->all_w[shift]), mul(low_w, splat(step_of_squares(shift ? down : up, 0))));
        sum_x[shift] = sub(splat(h->all_x[shift]), below);
        sum_2[shift] = add(head, pick_sums(h->high_w[shift], PACKED_ROW, at_high));
    }
}
INLINE void consider_short_rows(const Half *halves, Cut *cut) {
    for (int n = 0; n < PACKED; n++) {
        v half_x[2][2], half_2[2][2];
        for (int half = 0; half < 2; half++) packed_sums(&halves[half], n, half_x[half], half_2[half]);
        uint32_t used = n == PACKED - 1 ? 31 : 255;
        consider_cuts(cut, (Cuts){0, 0, PACKED_LOW[n], PACKED_HIGH[n]}, half_x, half_2, used);
    }
}
#endif

void cut_sixteen(const Sorted *s, Cut *cut) {
    Half halves[2];
    v sum_x[4], sum_2[4], best = splat(0), best_2 = splat(0);
    sum_halves(s, halves);
    for (int half = 0; half < 2; half++) complete_half(&halves[half]);
    for (int low = 3; low <= 7; low++) {
        v half_x[2][2], half_2[2][2];
        for (int half = 0; half < 2; half++) half_sums(&halves[half], low, 10, half_x[half], half_2[half]);
        sums_of_halves(half_x, half_2, sum_x, sum_2);
        for (int k = 0; k < 4; k++) seed(sum_x[k], sum_2[k], &best, &best_2);
    }
    set_floor(cut, best, best_2);
#if LANES == 8
    for (int low = 0; low < PACKED_ROW - 1; low++)
        for (int high = low; high <= 16; high += LANES) consider_row(halves, cut, low, high);
    consider_row(halves, cut, PACKED_ROW - 1, PACKED_ROW - 1);
    consider_short_rows(halves, cut);
#else
    for (int low = 0; low <= 16; low++)
        for (int high = low; high <= 16; high += LANES) consider_row(halves, cut, low, high);
#endif
}
