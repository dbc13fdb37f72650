// Q2_K: super-blocks of 256 weights, 16 sub-blocks of 16 with a 4-bit scale and a 4-bit minimum each
// (ggml-quants.c, quantize_row_q2_K_ref and quantize_row_q2_K_impl).
#define ANY_LANES
#include "fit.h"
#include "float16.h"
#include "lanes.h"
#include "packing.h"
#include "search-min.h"

/** Of sub-blocks; eight sub-blocks are searched at a time. */
enum { GROUPS = 16 / LANES, SIDE = 8 / LANES };

typedef struct {
    Rows rows;
    float scales[16], mins[16], sums[16], squares[4];
    uint8_t L[256], ls[16], lm[16];
    MinFit fit[GROUPS];
} Scratch;

INLINE void important_weights(Scratch *s, float square, const float *importance) {
    v sigma2 = splat(square / 256);
    ROLLED
    for (int g = 0; g < GROUPS; g++) {
        v *xg = s->rows.x + 16 * g, *w = s->rows.w + 16 * g, sum = splat(0);
        load_lanes(importance + 16 * LANES * g, 16, 16, w);
        ROLLED
        for (int i = 0; i < 16; i++) {
            w[i] = mul(w[i], root(add(sigma2, mul(xg[i], xg[i]))));
            sum = add(sum, w[i]);
        }
        store(s->sums + LANES * g, sum);
    }
}

INLINE void search(Scratch *s, bool important) {
    for (int h = 0; h < 2; h++) {
        if (important) search_min_16(&s->rows, 16 * SIDE * h, s->fit + SIDE * h, (MinSearch){3, -0.9f, 0.05f, 36});
        else search_min_16_absolute(&s->rows, 16 * SIDE * h, s->fit + SIDE * h, (MinSearch){3, -0.5f, 0.1f, 15});
    }
    for (int g = 0; g < GROUPS; g++) {
        store(s->scales + LANES * g, s->fit[g].scale);
        store(s->mins + LANES * g, s->fit[g].minimum);
    }
}

/** Scales relative to the largest one. A negative one overflows its nibble, as it does in the reference. */
INLINE void plain_scales(const Scratch *s, uint8_t *y) {
    float max_scale = 0, max_min = 0;
    for (int j = 0; j < 16; j++) {
        if (s->scales[j] > max_scale) max_scale = s->scales[j];
        if (s->mins[j] > max_min) max_min = s->mins[j];
    }
    float inverse = max_scale > 0 ? 15.f / max_scale : 0, inverse_min = max_min > 0 ? 15.f / max_min : 0;
    for (int j = 0; j < 16; j++) {
        y[j] = max_scale > 0 ? (uint8_t)nearest(inverse * s->scales[j]) : 0;
        if (max_min > 0) y[j] |= (uint8_t)(nearest(inverse_min * s->mins[j]) << 4);
    }
    store_half(y + 80, float_to_half(max_scale > 0 ? max_scale / 15.f : 0.f));
    store_half(y + 82, float_to_half(max_min > 0 ? max_min / 15.f : 0.f));
}

INLINE void fitted_scales(Scratch *s, uint8_t *y) {
    store_half(y + 80, float_to_half(fit_positive(s->scales, 16, 15, s->sums, s->ls)));
    store_half(y + 82, float_to_half(fit_positive(s->mins, 16, 15, s->sums, s->lm)));
    for (int j = 0; j < 16; j++) y[j] = (uint8_t)(s->ls[j] | (s->lm[j] << 4));
}

/** Final levels from the stored scales; a sub-block whose scale is 0 keeps those of the search. */
INLINE void final_levels(Scratch *s, const uint8_t *y) {
    float d = load_half_float(y + 80), dmin = load_half_float(y + 82);
    for (int j = 0; j < 16; j++) {
        s->scales[j] = d * (float)(y[j] & 15);
        s->mins[j] = dmin * (float)(y[j] >> 4);
    }
    ROLLED
    for (int g = 0; g < GROUPS; g++) {
        v *x = s->rows.x + 16 * g, scale = load(s->scales + LANES * g), m = load(s->mins + LANES * g);
        v kept = eq(scale, splat(0));
        bool any_kept = any_lane(kept);
        ROLLED
        for (int i = 0; i < 16; i += 4) {
            v l[4];
            for (int k = 0; k < 4; k++) {
                l[k] = nearest_clamped(quo(add(x[i + k], m), scale), 0, 3);
                if (any_kept) l[k] = pick(kept, min_levels(&s->fit[g], x[i + k], 3), l[k]);
            }
            store_lanes(l, s->L + 16 * LANES * g + i, 16);
        }
    }
}

EXPORT(quantize_q2_k)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    Scratch *s = (Scratch *)scratch;
    for (int b = 0; b < blocks; b++, x += 256, y += 84) {
        ROLLED
        for (int g = 0; g < GROUPS; g++) load_lanes(x + 16 * LANES * g, 16, 16, s->rows.x + 16 * g);
        if (importance) {
            if (b % 4 == 0) sums_of_squares(x, 256, blocks - b, s->squares);
            important_weights(s, s->squares[b % 4], importance + 256 * (b % blocks_per_row));
        } else {
            ROLLED
            for (int i = 0; i < 64; i++) s->rows.w[i] = absolute(s->rows.x[i]);
        }
        search(s, importance != 0);
        if (importance) fitted_scales(s, y);
        else plain_scales(s, y);
        final_levels(s, y);
        pack_two_bits(s->L, y + 16);
    }
}

EXPORT(dequantize_q2_k)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, y += 84) {
        float d = load_half_float(y + 80), dmin = load_half_float(y + 82);
        for (int j = 0; j < 16; j++, x += 16) {
            v128_t q = wasm_v128_load(y + 16 + 32 * (j / 8) + j % 2 * 16);
            q = wasm_v128_and(wasm_u8x16_shr(q, (uint32_t)(j / 2 % 4 * 2)), wasm_i8x16_splat(3));
            // s*l - m and s*l + (-m) are the same operation.
            store_scaled_plus(x, q, wasm_f32x4_splat(d * (float)(y[j] & 15)), wasm_f32x4_splat(-(dmin * (float)(y[j] >> 4))));
        }
    }
}
