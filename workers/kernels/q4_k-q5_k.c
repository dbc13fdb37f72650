// Q4_K and Q5_K: super-blocks of 256 weights, 8 sub-blocks of 32 with a 6-bit scale and a 6-bit minimum each
// (ggml-quants.c, quantize_row_q4_K_ref, quantize_row_q4_K_impl, and the same of Q5_K).
#define ANY_LANES
#include "fit.h"
#include "float16.h"
#include "lanes.h"
#include "packing.h"
#include "search-min.h"

/** Of sub-blocks. */
enum { GROUPS = 8 / LANES };

typedef struct {
    Rows rows;
    float scales[8], mins[8], sums[8], squares[4];
    uint8_t L[256], ls[8], lm[8];
    MinFit fit[GROUPS];
} Scratch;

/** Weights without importance: root mean square of the sub-block plus magnitude. */
INLINE void own_weights(Scratch *s) {
    ROLLED
    for (int g = 0; g < GROUPS; g++) {
        v *x = s->rows.x + 32 * g, *w = s->rows.w + 32 * g, sum = splat(0);
        ROLLED
        for (int i = 0; i < 32; i++) sum = add(sum, mul(x[i], x[i]));
        v average = root(quo(sum, splat(32)));
        ROLLED
        for (int i = 0; i < 32; i++) w[i] = add(average, absolute(x[i]));
    }
}

INLINE void important_weights(Scratch *s, float square, const float *importance) {
    v sigma2 = splat(2 * square / 256);
    ROLLED
    for (int g = 0; g < GROUPS; g++) {
        v *xg = s->rows.x + 32 * g, *w = s->rows.w + 32 * g, sum = splat(0);
        load_lanes(importance + 32 * LANES * g, 32, 32, w);
        ROLLED
        for (int i = 0; i < 32; i++) {
            w[i] = mul(w[i], root(add(sigma2, mul(xg[i], xg[i]))));
            sum = add(sum, w[i]);
        }
        store(s->sums + LANES * g, sum);
    }
}

/** Scales relative to the largest one; a negative one ends as 63 through its byte, as in the reference. */
INLINE void plain_scales(Scratch *s, uint8_t *y) {
    float max_scale = 0, max_min = 0;
    for (int j = 0; j < 8; j++) {
        if (s->scales[j] > max_scale) max_scale = s->scales[j];
        if (s->mins[j] > max_min) max_min = s->mins[j];
    }
    float inverse_scale = max_scale > 0 ? 63.f / max_scale : 0.f, inverse_min = max_min > 0 ? 63.f / max_min : 0.f;
    for (int j = 0; j < 8; j++) {
        uint8_t l = (uint8_t)nearest(inverse_scale * s->scales[j]), m = (uint8_t)nearest(inverse_min * s->mins[j]);
        s->ls[j] = l > 63 ? 63 : l;
        s->lm[j] = m > 63 ? 63 : m;
    }
    store_half(y, float_to_half(max_scale / 63.f));
    store_half(y + 2, float_to_half(max_min / 63.f));
}

INLINE void fitted_scales(Scratch *s, uint8_t *y) {
    store_half(y, float_to_half(fit_positive(s->scales, 8, 63, s->sums, s->ls)));
    store_half(y + 2, float_to_half(fit_positive(s->mins, 8, 63, s->sums, s->lm)));
}

/** Twelve bytes of 6-bit scales and minimums; scales and mins become what a reader will compute from them. */
INLINE void pack_scales(Scratch *s, uint8_t *y) {
    float d = load_half_float(y), dmin = load_half_float(y + 2);
    uint8_t *packed = y + 4;
    for (int j = 0; j < 8; j++) {
        uint8_t l = s->ls[j], m = s->lm[j];
        s->scales[j] = d * l;
        s->mins[j] = dmin * m;
        if (j < 4) {
            packed[j] = l;
            packed[j + 4] = m;
        } else {
            packed[j + 4] = (uint8_t)((l & 15) | (m << 4));
            packed[j - 4] |= (uint8_t)((l >> 4) << 6);
            packed[j] |= (uint8_t)((m >> 4) << 6);
        }
    }
}

/** Final levels from the stored scales; a sub-block whose scale is 0 keeps those of the search. */
INLINE void final_levels(Scratch *s, int top) {
    ROLLED
    for (int g = 0; g < GROUPS; g++) {
        v *x = s->rows.x + 32 * g, d = load(s->scales + LANES * g), m = load(s->mins + LANES * g);
        v kept = eq(d, splat(0));
        bool any_kept = any_lane(kept);
        ROLLED
        for (int i = 0; i < 32; i += 4) {
            v l[4];
            for (int k = 0; k < 4; k++) {
                l[k] = nearest_clamped(quo(add(x[i + k], m), d), 0, top);
                if (any_kept) l[k] = pick(kept, min_levels(&s->fit[g], x[i + k], top), l[k]);
            }
            store_lanes(l, s->L + 32 * LANES * g + i, 32);
        }
    }
}

INLINE void pack_nibbles(const uint8_t *L, uint8_t *out) {
    v128_t low = wasm_i8x16_splat(15);
    for (int p = 0; p < 4; p++)
        for (int i = 0; i < 32; i += 16) {
            v128_t a = wasm_v128_load(L + 64 * p + i), b = wasm_v128_load(L + 64 * p + 32 + i);
            wasm_v128_store(out + 32 * p + i, wasm_v128_or(wasm_v128_and(a, low), wasm_i8x16_shl(b, 4)));
        }
}

INLINE void quantize(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row, int size, MinSearch p) {
    Scratch *s = (Scratch *)scratch;
    for (int b = 0; b < blocks; b++, x += 256, y += size) {
        ROLLED
        for (int g = 0; g < GROUPS; g++) load_lanes(x + 32 * LANES * g, 32, 32, s->rows.x + 32 * g);
        if (importance) {
            if (b % 4 == 0) sums_of_squares(x, 256, blocks - b, s->squares);
            important_weights(s, s->squares[b % 4], importance + 256 * (b % blocks_per_row));
        } else {
            own_weights(s);
        }
        search_min_32(&s->rows, s->fit, p);
        ROLLED
        for (int g = 0; g < GROUPS; g++) {
            store(s->scales + LANES * g, s->fit[g].scale);
            store(s->mins + LANES * g, s->fit[g].minimum);
        }
        if (importance) fitted_scales(s, y);
        else plain_scales(s, y);
        pack_scales(s, y);
        final_levels(s, p.top);
        if (p.top == 31) pack_bit_plane(s->L, 4, y + 16);
        pack_nibbles(s->L, y + size - 128);
    }
}

NOINLINE void q4_plain(const float *x, uint8_t *y, int blocks, uint8_t *scratch) {
    quantize(x, y, blocks, scratch, 0, 1, 144, (MinSearch){15, -1.f, 0.1f, 20});
}
NOINLINE void q4_important(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    quantize(x, y, blocks, scratch, importance, blocks_per_row, 144, (MinSearch){15, -0.9f, 0.05f, 36});
}
NOINLINE void q5_plain(const float *x, uint8_t *y, int blocks, uint8_t *scratch) {
    quantize(x, y, blocks, scratch, 0, 1, 176, (MinSearch){31, -0.5f, 0.1f, 15});
}
NOINLINE void q5_important(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    quantize(x, y, blocks, scratch, importance, blocks_per_row, 176, (MinSearch){31, -0.9f, 0.05f, 36});
}

EXPORT(quantize_q4_k)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    if (importance) q4_important(x, y, blocks, scratch, importance, blocks_per_row);
    else q4_plain(x, y, blocks, scratch);
}
EXPORT(quantize_q5_k)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    if (importance) q5_important(x, y, blocks, scratch, importance, blocks_per_row);
    else q5_plain(x, y, blocks, scratch);
}

INLINE void unpack_scale(const uint8_t *packed, int j, int *scale, int *min) {
    if (j < 4) {
        *scale = packed[j] & 63;
        *min = packed[j + 4] & 63;
    } else {
        *scale = (packed[j + 4] & 15) | ((packed[j - 4] >> 6) << 4);
        *min = (packed[j + 4] >> 4) | ((packed[j] >> 6) << 4);
    }
}

INLINE void dequantize(const uint8_t *y, float *x, int blocks, int size) {
    for (int b = 0; b < blocks; b++, y += size) {
        float d = load_half_float(y), dmin = load_half_float(y + 2);
        for (int j = 0; j < 8; j++) {
            int scale, min;
            unpack_scale(y + 4, j, &scale, &min);
            // d*l - m and d*l + (-m) are the same operation.
            v128_t s = wasm_f32x4_splat(d * (float)scale), m = wasm_f32x4_splat(-(dmin * (float)min));
            for (int i = 0; i < 32; i += 16, x += 16) {
                v128_t q = wasm_v128_load(y + size - 128 + 32 * (j / 2) + i);
                q = j % 2 ? wasm_u8x16_shr(q, 4) : wasm_v128_and(q, wasm_i8x16_splat(15));
                if (size == 176) {
                    v128_t bit = wasm_v128_and(wasm_u8x16_shr(wasm_v128_load(y + 16 + i), (uint32_t)j), wasm_i8x16_splat(1));
                    q = wasm_v128_or(q, wasm_i8x16_shl(bit, 4));
                }
                store_scaled_plus(x, q, s, m);
            }
        }
    }
}
EXPORT(dequantize_q4_k)(const uint8_t *y, float *x, int blocks) { dequantize(y, x, blocks, 144); }
EXPORT(dequantize_q5_k)(const uint8_t *y, float *x, int blocks) { dequantize(y, x, blocks, 176); }
