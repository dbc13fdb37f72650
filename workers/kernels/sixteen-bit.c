// F16 and BF16: a "block" is one weight. Conversions as ggml and numpy make them (round to nearest even).
#include "float16.h"
#include "lanes.h"

EXPORT(dequantize_f16)(const uint8_t *y, float *x, int n) {
    int i = 0;
    for (; i + 8 <= n; i += 8) {
        v h = wasm_v128_load(y + 2 * i);
        for (int k = 0; k < 2; k++) {
            v u = k ? wasm_u32x4_extend_high_u16x8(h) : wasm_u32x4_extend_low_u16x8(h);
            v m = wasm_i32x4_shl(both(u, wasm_i32x4_splat(0x7fff)), 13);
            v sign = wasm_i32x4_shl(both(u, wasm_i32x4_splat(0x8000)), 16);
            v special = both(wasm_i32x4_ge(m, wasm_i32x4_splat(0x0f800000)), wasm_i32x4_splat(0x7f800000));
            wasm_v128_store(x + i + 4 * k, wasm_v128_or(wasm_v128_or(mul(m, splat(0x1p112f)), special), sign));
        }
    }
    for (; i < n; i++) x[i] = load_half_float(y + 2 * i);
}

EXPORT(quantize_f16)(const float *x, uint8_t *y, int n, uint8_t *scratch, const float *importance, int blocks_per_row) {
    (void)scratch, (void)importance, (void)blocks_per_row;
    int i = 0;
    for (; i + 8 <= n; i += 8)
        wasm_v128_store(y + 2 * i, wasm_u16x8_narrow_i32x4(to_halves(wasm_v128_load(x + i)),
            to_halves(wasm_v128_load(x + i + 4))));
    for (; i < n; i++) store_half(y + 2 * i, float_to_half(x[i]));
}

EXPORT(dequantize_bf16)(const uint8_t *y, float *x, int n) {
    int i = 0;
    for (; i + 8 <= n; i += 8) {
        v h = wasm_v128_load(y + 2 * i);
        wasm_v128_store(x + i, wasm_i32x4_shl(wasm_u32x4_extend_low_u16x8(h), 16));
        wasm_v128_store(x + i + 4, wasm_i32x4_shl(wasm_u32x4_extend_high_u16x8(h), 16));
    }
    for (; i < n; i++) x[i] = float_from_bits((uint32_t)load_half(y + 2 * i) << 16);
}

/** Eight weights through floats. */
INLINE v bfloats_to_halves(v b) {
    return wasm_u16x8_narrow_i32x4(to_halves(wasm_i32x4_shl(wasm_u32x4_extend_low_u16x8(b), 16)),
        to_halves(wasm_i32x4_shl(wasm_u32x4_extend_high_u16x8(b), 16)));
}

/** Which of eight weights are something else than a normal half: too small (zero, too) or too large. */
INLINE v not_normal_bfloats(v b) {
    v above = wasm_i16x8_sub(both(b, wasm_i16x8_splat(0x7fff)), wasm_i16x8_splat(0x3880));
    return wasm_u16x8_ge(above, wasm_i16x8_splat(0x4780 - 0x3880));
}

/** Eight normal halves: another bias of the exponent, and a longer significand. */
INLINE v normal_bfloats_to_halves(v b) {
    v half = wasm_i16x8_shl(wasm_i16x8_sub(both(b, wasm_i16x8_splat(0x7fff)), wasm_i16x8_splat((127 - 15) << 7)), 3);
    return wasm_v128_or(half, both(b, wasm_i16x8_splat((int16_t)0x8000)));
}

/** As through floats; y may be x. */
EXPORT(bf16_to_f16)(const uint8_t *x, uint8_t *y, int n) {
    int i = 0;
    ROLLED
    for (; i + 16 <= n; i += 16) {
        v a = wasm_v128_load(x + 2 * i), b = wasm_v128_load(x + 2 * i + 16);
        bool plain = !any(wasm_v128_or(not_normal_bfloats(a), not_normal_bfloats(b)));
        wasm_v128_store(y + 2 * i, plain ? normal_bfloats_to_halves(a) : bfloats_to_halves(a));
        wasm_v128_store(y + 2 * i + 16, plain ? normal_bfloats_to_halves(b) : bfloats_to_halves(b));
    }
    for (; i < n; i++) store_half(y + 2 * i, float_to_half(float_from_bits((uint32_t)load_half(x + 2 * i) << 16)));
}

/** Rounded upper halves, NaN made quiet (ggml_compute_fp32_to_bf16). */
INLINE v to_bfloats(v u) {
    v upper = wasm_u32x4_shr(u, 16), odd = both(upper, wasm_i32x4_splat(1));
    v rounded = wasm_u32x4_shr(wasm_i32x4_add(u, wasm_i32x4_add(odd, wasm_i32x4_splat(0x7fff))), 16);
    v nan = wasm_i32x4_gt(both(u, wasm_i32x4_splat(0x7fffffff)), wasm_i32x4_splat(0x7f800000));
    return pick(nan, wasm_v128_or(upper, wasm_i32x4_splat(64)), rounded);
}

EXPORT(quantize_bf16)(const float *x, uint8_t *y, int n, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    (void)scratch, (void)importance, (void)blocks_per_row;
    int i = 0;
    for (; i + 8 <= n; i += 8)
        wasm_v128_store(y + 2 * i, wasm_u16x8_narrow_i32x4(to_bfloats(wasm_v128_load(x + i)),
            to_bfloats(wasm_v128_load(x + i + 4))));
    for (; i < n; i++) store_half(y + 2 * i, (uint16_t)wasm_i32x4_extract_lane(to_bfloats(splat(x[i])), 0));
}
