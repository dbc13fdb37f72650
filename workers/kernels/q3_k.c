// Q3_K: super-blocks of 256 weights, 16 sub-blocks of 16 with a signed 6-bit scale each
// (ggml-quants.c, quantize_row_q3_K_ref and quantize_row_q3_K_impl).
#define ANY_LANES
#include "fit.h"
#include "float16.h"
#include "lanes.h"
#include "packing.h"
#include "search-scale.h"

/** Of sub-blocks. */
enum { GROUPS = 16 / LANES };

typedef struct {
    Rows rows;
    v levels[64];
    float scales[16], sums[16], squares[4];
    uint8_t L[256], ls[16];
    ScaleFit fit[GROUPS];
} Scratch;

/** Sub-blocks on their way through make_q3_quants. */
typedef struct {
    v lx, l2, active;
} Descent;

INLINE Descent start(const v *x, v *w, v *wx, v *levels) {
    Descent D = {splat(0), splat(0), splat(0)};
    v max = splat(0), largest = splat(0);
    ROLLED
    for (int i = 0; i < 16; i++) {
        v a = absolute(x[i]);
        max = pick(gt(a, largest), x[i], max);
        largest = keep_max(largest, a);
        w[i] = mul(x[i], x[i]);
        wx[i] = mul(w[i], x[i]);
    }
    D.active = inverted(lt(largest, splat(1e-15f)));
    v inverse = quo(splat(-4), pick(D.active, max, splat(1)));
    UNROLLED_TWICE
    for (int i = 0; i < 16; i++) {
        v l = nearest_float_clamped(mul(inverse, x[i]), -4, 3);
        levels[i] = l;
        D.lx = add(D.lx, mul(wx[i], l));
        D.l2 = add(D.l2, mul(mul(w[i], l), l));
    }
    return D;
}

/**
 * Moves one level to its best place, where that improves the fit; returns whether it moved in any lane.
 * Few levels want to move (one in fifty in the first sweep), so the branch is predicted and nearly all steps are
 * independent of each other.
 */
INLINE bool descend(v x, v w, v wx, v *level, Descent *D) {
    v old = *level, lx = sub(D->lx, mul(wx, old)), l2 = sub(D->l2, mul(mul(w, old), old));
    v l = to_float(nearest_clamped(quo(mul(x, l2), lx), -4, 3));
    v moved = both(gt(lx, splat(0)), ne(l, old));
    if (__builtin_expect(!any_lane(moved), 1)) return false;
    lx = add(lx, mul(wx, l));
    l2 = add(l2, mul(mul(w, l), l));
    moved = both(both(moved, gt(l2, splat(0))), gt(mul(mul(lx, lx), D->l2), mul(mul(D->lx, D->lx), l2)));
    *level = pick(moved, l, old);
    D->lx = pick(moved, lx, D->lx);
    D->l2 = pick(moved, l2, D->l2);
    return any_lane(moved);
}

/** Least squares, then up to five sweeps of coordinate descent, for a group of sub-blocks. Levels become 0 ... 7. */
NOINLINE v descend_group(const v *x, v *w, v *wx, v *levels) {
    Descent D = start(x, w, wx, levels);
    // What did not move since the last move would not move if it were asked again: after 16 such steps all is done.
    int quiet = 0;
    ROLLED
    for (int step = 0; step < 5 * 16 && quiet < 16; step++) {
        int i = step % 16;
        quiet = descend(x[i], w[i], wx[i], levels + i, &D) ? 0 : quiet + 1;
    }
    ROLLED
    for (int i = 0; i < 16; i++) levels[i] = both(truncated(add(levels[i], splat(4))), D.active);
    return both(both(quo(D.lx, D.l2), gt(D.l2, splat(0))), D.active);
}

INLINE void plain_search(Scratch *s) {
    ROLLED
    for (int g = 0; g < GROUPS; g++)
        store(s->scales + LANES * g, descend_group(s->rows.x + 16 * g, s->rows.w, s->rows.third, s->levels + 16 * g));
}

INLINE void important_search(Scratch *s, float square, const float *importance) {
    v sigma2 = splat(2 * square / 256);
    ROLLED
    for (int g = 0; g < GROUPS; g++) {
        v *xg = s->rows.x + 16 * g, *w = xg + WEIGHT, sum = splat(0);
        load_lanes(importance + 16 * LANES * g, 16, 16, w);
        ROLLED
        for (int i = 0; i < 16; i++) {
            w[i] = mul(w[i], root(add(sigma2, mul(xg[i], xg[i]))));
            xg[THIRD + i] = mul(w[i], xg[i]);
            sum = add(sum, w[i]);
        }
        store(s->sums + LANES * g, sum);
        ScaleFit fit = search_scale_16(xg, 4);
        store(s->scales + LANES * g, fit.scale);
        ROLLED
        for (int i = 0; i < 16; i++) s->levels[16 * g + i] = scale_levels(&fit, xg[i], 4);
    }
}

/** Six-bit scales relative to the largest magnitude. Returns d. */
INLINE float plain_scales(Scratch *s) {
    float max = 0, largest = 0;
    for (int j = 0; j < 16; j++) {
        float a = __builtin_fabsf(s->scales[j]);
        if (a > largest) largest = a, max = s->scales[j];
    }
    float inverse = max != 0 ? -32.f / max : 0;
    for (int j = 0; j < 16; j++) {
        int8_t l = (int8_t)nearest(inverse * s->scales[j]);
        s->ls[j] = max != 0 ? (uint8_t)((l > 31 ? 31 : l < -32 ? -32 : l) + 32) : 0;
    }
    return max != 0 ? 1 / inverse : 0;
}

INLINE void pack_scales(const uint8_t *ls, uint8_t *packed) {
    __builtin_memset(packed, 0, 12);
    for (int j = 0; j < 16; j++) {
        packed[j % 8] |= (uint8_t)((ls[j] & 15) << (j / 8 * 4));
        packed[8 + j % 4] |= (uint8_t)((ls[j] >> 4) << (j / 4 * 2));
    }
}
INLINE int unpack_scale(const uint8_t *packed, int j) {
    return (((packed[j % 8] >> (j / 8 * 4)) & 15) | (((packed[8 + j % 4] >> (j / 4 * 2)) & 3) << 4)) - 32;
}

/** Final levels from the stored scales; a sub-block whose scale is 0 keeps those of the search. */
INLINE void final_levels(Scratch *s, float d) {
    for (int j = 0; j < 16; j++) s->scales[j] = d * (float)(s->ls[j] - 32);
    ROLLED
    for (int g = 0; g < GROUPS; g++) {
        v scale = load(s->scales + LANES * g), kept = eq(scale, splat(0));
        ROLLED
        for (int i = 0; i < 16; i += 4) {
            v l[4];
            for (int k = 0; k < 4; k++) {
                l[k] = add_whole(nearest_clamped(quo(s->rows.x[16 * g + i + k], scale), -4, 3), whole(4));
                l[k] = pick(kept, s->levels[16 * g + i + k], l[k]);
            }
            store_lanes(l, s->L + 16 * LANES * g + i, 16);
        }
    }
}

EXPORT(quantize_q3_k)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    Scratch *s = (Scratch *)scratch;
    for (int b = 0; b < blocks; b++, x += 256, y += 110) {
        ROLLED
        for (int g = 0; g < GROUPS; g++) load_lanes(x + 16 * LANES * g, 16, 16, s->rows.x + 16 * g);
        float d;
        if (importance) {
            if (b % 4 == 0) sums_of_squares(x, 256, blocks - b, s->squares);
            important_search(s, s->squares[b % 4], importance + 256 * (b % blocks_per_row));
            d = fit_signed(s->scales, 32, s->sums, s->ls);
        } else {
            plain_search(s);
            d = plain_scales(s);
        }
        store_half(y + 108, float_to_half(d));
        pack_scales(s->ls, y + 96);
        final_levels(s, load_half_float(y + 108));
        pack_bit_plane(s->L, 2, y);
        pack_two_bits(s->L, y + 32);
    }
}

EXPORT(dequantize_q3_k)(const uint8_t *y, float *x, int blocks) {
    v128_t one = wasm_i8x16_splat(1), three = wasm_i8x16_splat(3), four = wasm_i8x16_splat(4);
    for (int b = 0; b < blocks; b++, y += 110) {
        float d = load_half_float(y + 108);
        for (int j = 0; j < 16; j++, x += 16) {
            int i = j % 2 * 16;
            v128_t q = wasm_v128_and(wasm_u8x16_shr(wasm_v128_load(y + 32 + 32 * (j / 8) + i), (uint32_t)(j / 2 % 4 * 2)), three);
            v128_t high = wasm_v128_and(wasm_u8x16_shr(wasm_v128_load(y + i), (uint32_t)(j / 2)), one);
            q = wasm_i8x16_sub(wasm_v128_or(q, wasm_i8x16_shl(high, 2)), four);
            store_scaled(x, q, wasm_f32x4_splat(d * (float)unpack_scale(y + 96, j)));
        }
    }
}
