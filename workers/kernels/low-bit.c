// Q1_0 and Q2_0: one or two bits a weight and one f16 scale (ggml-quants.c, quantize_row_q1_0_ref and
// quantize_row_q2_0_ref). Both ignore importance.
#include "float16.h"
#include "lanes.h"

/** The mean magnitudes of four blocks of 128, summed in order: lanes are blocks. */
INLINE v four_means(const float *x) {
    v sum = splat(0), four[4];
    for (int i = 0; i < 128; i += 4) {
        load_lanes(x + i, 128, 4, four);
        for (int k = 0; k < 4; k++) sum = add(sum, absolute(four[k]));
    }
    return quo(sum, splat(128));
}
INLINE float one_mean(const float *x) {
    float sum = 0;
    for (int i = 0; i < 128; i++) sum += __builtin_fabsf(x[i]);
    return sum / 128;
}
/** A bit for each of 16 weights: 1 when it is not negative (-0 included). */
INLINE int sixteen_signs(const float *x) {
    v m[4];
    for (int k = 0; k < 4; k++) m[k] = wasm_f32x4_ge(wasm_v128_load(x + 4 * k), splat(0));
    v low = wasm_i16x8_narrow_i32x4(m[0], m[1]), high = wasm_i16x8_narrow_i32x4(m[2], m[3]);
    return wasm_i8x16_bitmask(wasm_i8x16_narrow_i16x8(low, high));
}

/** Q1_0: 128 weights, an f16 scale, 16 bytes of signs. */
EXPORT(quantize_q1_0)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    (void)scratch, (void)importance, (void)blocks_per_row;
    float means[4];
    for (int b = 0; b < blocks; b++, x += 128, y += 18) {
        if (b % 4 == 0 && b + 4 <= blocks) wasm_v128_store(means, four_means(x));
        float mean = b / 4 * 4 + 4 <= blocks ? means[b % 4] : one_mean(x);
        store_half(y, float_to_half(mean));
        for (int i = 0; i < 8; i++) store_half(y + 2 + 2 * i, (uint16_t)sixteen_signs(x + 16 * i));
    }
}
EXPORT(dequantize_q1_0)(const uint8_t *y, float *x, int blocks) {
    v bits = wasm_i32x4_make(1, 2, 4, 8);
    for (int b = 0; b < blocks; b++, y += 18) {
        v d = splat(load_half_float(y)), minus = wasm_f32x4_neg(d);
        for (int i = 0; i < 32; i++, x += 4) {
            v four = wasm_i32x4_splat(y[2 + i / 2] >> 4 * (i & 1));
            wasm_v128_store(x, pick(wasm_i32x4_eq(both(four, bits), bits), d, minus));
        }
    }
}

/** Q2_0: 64 weights, an f16 scale (the largest magnitude), 16 bytes of four levels -1 to 1, stored as 0 to 2. */
EXPORT(quantize_q2_0)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    (void)scratch, (void)importance, (void)blocks_per_row;
    for (int b = 0; b < blocks; b++, x += 64, y += 18) {
        v m = splat(0);
        for (int i = 0; i < 64; i += 4) m = keep_max(m, absolute(wasm_v128_load(x + i)));
        m = keep_max(m, wasm_i32x4_shuffle(m, m, 2, 3, 0, 1));
        m = keep_max(m, wasm_i32x4_shuffle(m, m, 1, 0, 3, 2));
        float d = wasm_f32x4_extract_lane(m, 0), inverse = d > 0 ? 1 / d : 0;
        // A denormal scale has an infinite inverse: x86 turns such products into the smallest integer, level 0.
        bool tiny = inverse == __builtin_inff();
        store_half(y, float_to_half(d));
        for (int i = 0; i < 4; i++) {
            v four[4], packed = splat(0);
            load_lanes(x + 16 * i, 4, 4, four);
            for (int k = 0; k < 4; k++) {
                v level = wasm_i32x4_add(round_away(mul(four[k], splat(inverse))), wasm_i32x4_splat(1));
                packed = wasm_v128_or(packed, wasm_i32x4_shl(clamp_lanes(level, 0, 3), (uint32_t)(2 * k)));
            }
            if (tiny) packed = splat(0);
            packed = wasm_u8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(packed, packed), packed);
            wasm_v128_store32_lane(y + 2 + 4 * i, packed, 0);
        }
    }
}
EXPORT(dequantize_q2_0)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, y += 18) {
        float d = load_half_float(y);
        for (int i = 0; i < 64; i++) *x++ = (float)((y[2 + i / 4] >> 2 * (i & 3) & 3) - 1) * d;
    }
}
