// TQ1_0 and TQ2_0: weights -1, 0, 1 times one scale (ggml-quants.c, quantize_row_tq1_0_ref and quantize_row_tq2_0_ref).
// Both ignore importance.
#include "float16.h"
#include "lanes.h"

/** Writes the 256 trits, 0 to 2, and returns the scale. A denormal scale has an infinite inverse: all trits are 1. */
INLINE float to_trits(const float *x, uint8_t *trits) {
    v m = splat(0);
    for (int i = 0; i < 256; i += 4) m = wasm_f32x4_pmax(absolute(wasm_v128_load(x + i)), m);
    m = wasm_f32x4_pmax(m, wasm_i32x4_shuffle(m, m, 2, 3, 0, 1));
    m = wasm_f32x4_pmax(m, wasm_i32x4_shuffle(m, m, 1, 0, 3, 2));
    float d = wasm_f32x4_extract_lane(m, 0), inverse = d != 0 ? 1 / d : 0;
    if (inverse == __builtin_inff()) inverse = 0;
    for (int i = 0; i < 256; i += 16) {
        v t[4];
        for (int k = 0; k < 4; k++) {
            v r = round_away(mul(wasm_v128_load(x + i + 4 * k), splat(inverse)));
            t[k] = wasm_i32x4_add(r, wasm_i32x4_splat(1));
        }
        v low = wasm_i16x8_narrow_i32x4(t[0], t[1]), high = wasm_i16x8_narrow_i32x4(t[2], t[3]);
        wasm_v128_store(trits + i, wasm_u8x16_narrow_i16x8(low, high));
    }
    return d;
}

/** n bytes of `count` trits each, n weights apart, as base-3 fractions: a number below 243 scaled up to 256. */
INLINE void pack_trits(const uint8_t *trits, int n, int count, uint8_t *y) {
    for (int m = 0; m < n; m++) {
        int number = 0;
        for (int k = 0; k < 5; k++) number = number * 3 + (k < count ? trits[m + k * n] : 0);
        y[m] = (uint8_t)((number * 256 + 242) / 243);
    }
}
/** TQ1_0: 256 weights, 52 bytes of five (the last four: four) trits, an f16 scale. */
EXPORT(quantize_tq1_0)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    (void)importance, (void)blocks_per_row;
    for (int b = 0; b < blocks; b++, x += 256, y += 54) {
        store_half(y + 52, float_to_half(to_trits(x, scratch)));
        pack_trits(scratch, 32, 5, y);
        pack_trits(scratch + 160, 16, 5, y + 32);
        pack_trits(scratch + 240, 4, 4, y + 48);
    }
}
INLINE float *unpack_trits(const uint8_t *y, int n, int count, float d, float *x) {
    int power = 1;
    for (int k = 0; k < count; k++, power *= 3)
        for (int m = 0; m < n; m++) *x++ = (float)(((uint8_t)(y[m] * power) * 3 >> 8) - 1) * d;
    return x;
}
EXPORT(dequantize_tq1_0)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, y += 54) {
        float d = load_half_float(y + 52);
        x = unpack_trits(y, 32, 5, d, x);
        x = unpack_trits(y + 32, 16, 5, d, x);
        x = unpack_trits(y + 48, 4, 4, d, x);
    }
}

/** TQ2_0: 256 weights, 64 bytes of four trits 32 weights apart, an f16 scale. */
EXPORT(quantize_tq2_0)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    (void)importance, (void)blocks_per_row;
    for (int b = 0; b < blocks; b++, x += 256, y += 66) {
        store_half(y + 64, float_to_half(to_trits(x, scratch)));
        for (int i = 0; i < 64; i += 16) {
            const uint8_t *t = scratch + (i / 32) * 128 + i % 32;
            v bits = wasm_v128_load(t);
            for (int n = 1; n < 4; n++)
                bits = wasm_v128_or(bits, wasm_i8x16_shl(wasm_v128_load(t + 32 * n), (uint32_t)(2 * n)));
            wasm_v128_store(y + i, bits);
        }
    }
}
EXPORT(dequantize_tq2_0)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, x += 256, y += 66) {
        v d = splat(load_half_float(y + 64));
        for (int i = 0; i < 256; i += 16) {
            v bits = wasm_u8x16_shr(wasm_v128_load(y + (i / 128) * 32 + i % 32), (uint32_t)(2 * (i / 32 % 4)));
            store_scaled(x + i, wasm_i8x16_sub(both(bits, wasm_i8x16_splat(3)), wasm_i8x16_splat(1)), d);
        }
    }
}
