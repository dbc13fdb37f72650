// Q6_K: super-blocks of 256 weights, 16 sub-blocks of 16 with an 8-bit scale each
// (ggml-quants.c, quantize_row_q6_K_ref and quantize_row_q6_K_impl). Importance is the weight itself.
#define ANY_LANES
#include "float16.h"
#include "lanes.h"
#include "search-scale.h"

/** Of sub-blocks. */
enum { GROUPS = 16 / LANES };

typedef struct {
    Rows rows;
    float scales[16];
    uint8_t L[256];
    ScaleFit fit[GROUPS];
} Scratch;

INLINE void search(Scratch *s, const float *x, const float *importance) {
    ROLLED
    for (int g = 0; g < GROUPS; g++) {
        v *xg = s->rows.x + 16 * g;
        load_lanes(x + 16 * LANES * g, 16, 16, xg);
        if (importance) load_lanes(importance + 16 * LANES * g, 16, 16, xg + WEIGHT);
        ROLLED
        for (int i = 0; i < 16; i++) {
            if (!importance) xg[WEIGHT + i] = mul(xg[i], xg[i]);
            xg[THIRD + i] = mul(xg[WEIGHT + i], xg[i]);
        }
        s->fit[g] = search_scale_16(xg, 32);
        store(s->scales + LANES * g, s->fit[g].scale);
    }
}

/** Final levels from the stored scales; a sub-block whose scale is 0 keeps those of the search. */
INLINE void final_levels(Scratch *s) {
    ROLLED
    for (int g = 0; g < GROUPS; g++) {
        v *x = s->rows.x + 16 * g, d = load(s->scales + LANES * g), kept = eq(d, splat(0));
        bool any_kept = any_lane(kept);
        ROLLED
        for (int i = 0; i < 16; i += 4) {
            v l[4];
            for (int k = 0; k < 4; k++) {
                l[k] = add_whole(nearest_clamped(quo(x[i + k], d), -32, 31), whole(32));
                if (any_kept) l[k] = pick(kept, scale_levels(&s->fit[g], x[i + k], 32), l[k]);
            }
            store_lanes(l, s->L + 16 * LANES * g + i, 16);
        }
    }
}

/** Low nibbles in 128 bytes, then the upper two bits in 64. */
INLINE void pack(const uint8_t *levels, uint8_t *y) {
    v128_t low = wasm_i8x16_splat(15);
    for (int h = 0; h < 2; h++)
        for (int i = 0; i < 32; i += 16) {
            const uint8_t *l = levels + 128 * h + i;
            v128_t a = wasm_v128_load(l), b = wasm_v128_load(l + 32), c = wasm_v128_load(l + 64), d = wasm_v128_load(l + 96);
            wasm_v128_store(y + 64 * h + i, wasm_v128_or(wasm_v128_and(a, low), wasm_i8x16_shl(c, 4)));
            wasm_v128_store(y + 64 * h + 32 + i, wasm_v128_or(wasm_v128_and(b, low), wasm_i8x16_shl(d, 4)));
            v128_t ab = wasm_v128_or(wasm_u8x16_shr(a, 4), wasm_i8x16_shl(wasm_u8x16_shr(b, 4), 2));
            v128_t cd = wasm_v128_or(wasm_i8x16_shl(wasm_u8x16_shr(c, 4), 4), wasm_i8x16_shl(wasm_u8x16_shr(d, 4), 6));
            wasm_v128_store(y + 128 + 32 * h + i, wasm_v128_or(ab, cd));
        }
}

INLINE void quantize(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    Scratch *s = (Scratch *)scratch;
    for (int b = 0; b < blocks; b++, x += 256, y += 210) {
        search(s, x, importance ? importance + 256 * (b % blocks_per_row) : 0);
        float max_scale = 0, largest = 0;
        for (int j = 0; j < 16; j++) {
            float a = __builtin_fabsf(s->scales[j]);
            if (a > largest) largest = a, max_scale = s->scales[j];
        }
        if (largest < 1e-15f) {
            __builtin_memset(y, 0, 210);
            continue;
        }
        float inverse = -128.f / max_scale;
        store_half(y + 208, float_to_half(1 / inverse));
        float d = load_half_float(y + 208);
        for (int j = 0; j < 16; j++) {
            int l = nearest(inverse * s->scales[j]);
            int8_t q = (int8_t)(l > 127 ? 127 : l);
            y[192 + j] = (uint8_t)q;
            s->scales[j] = d * q;
        }
        final_levels(s);
        pack(s->L, y);
    }
}

NOINLINE void plain(const float *x, uint8_t *y, int blocks, uint8_t *scratch) { quantize(x, y, blocks, scratch, 0, 1); }
NOINLINE void important(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    quantize(x, y, blocks, scratch, importance, blocks_per_row);
}
EXPORT(quantize_q6_k)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    if (importance) important(x, y, blocks, scratch, importance, blocks_per_row);
    else plain(x, y, blocks, scratch);
}

EXPORT(dequantize_q6_k)(const uint8_t *y, float *x, int blocks) {
    v128_t low = wasm_i8x16_splat(15), three = wasm_i8x16_splat(3), middle = wasm_i8x16_splat(32);
    for (int b = 0; b < blocks; b++, y += 210) {
        float d = load_half_float(y + 208);
        const int8_t *scales = (const int8_t *)y + 192;
        // Sixteen sub-blocks in order: j/2 picks the 32 weights, j%2 their half.
        for (int j = 0; j < 16; j++, x += 16) {
            int half = j / 8, quarter = j / 2 % 4, i = j % 2 * 16;
            v128_t q = wasm_v128_load(y + 64 * half + 32 * (quarter % 2) + i);
            q = quarter < 2 ? wasm_v128_and(q, low) : wasm_u8x16_shr(q, 4);
            v128_t high = wasm_v128_and(wasm_u8x16_shr(wasm_v128_load(y + 128 + 32 * half + i), (uint32_t)(2 * quarter)), three);
            q = wasm_i8x16_sub(wasm_v128_or(q, wasm_i8x16_shl(high, 4)), middle);
            store_scaled(x, q, wasm_f32x4_splat(d * scales[j]));
        }
    }
}
