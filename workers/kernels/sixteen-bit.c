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

/** Four halves in the low 16 bits of each lane, by the rules of float_to_half. */
INLINE v to_halves(v f) {
    v sign = both(wasm_u32x4_shr(f, 16), wasm_i32x4_splat(0x8000)), a = both(f, wasm_i32x4_splat(0x7fffffff));
    v odd = both(wasm_u32x4_shr(a, 13), wasm_i32x4_splat(1));
    v rounded = wasm_i32x4_add(wasm_i32x4_add(a, wasm_i32x4_splat(0xfff)), odd);
    v normal = wasm_u32x4_shr(wasm_i32x4_sub(rounded, wasm_i32x4_splat(0x38000000)), 13);
    v small = wasm_i32x4_sub(add(a, splat(0.5f)), wasm_i32x4_splat(0x3f000000));
    v h = pick(wasm_i32x4_lt(a, wasm_i32x4_splat(0x38800000)), small, normal);
    h = pick(wasm_i32x4_ge(a, wasm_i32x4_splat(0x477ff000)), wasm_i32x4_splat(0x7c00), h);
    h = pick(wasm_i32x4_gt(a, wasm_i32x4_splat(0x7f800000)), wasm_i32x4_splat(0x7e00), h);
    return wasm_v128_or(h, sign);
}

EXPORT(quantize_f16)(const float *x, uint8_t *y, int n, uint8_t *scratch, const float *importance, int blocks_per_row) {
    (void)scratch, (void)importance, (void)blocks_per_row;
    int i = 0;
    for (; i + 8 <= n; i += 8)
        wasm_v128_store(y + 2 * i, wasm_u16x8_narrow_i32x4(to_halves(wasm_v128_load(x + i)), to_halves(wasm_v128_load(x + i + 4))));
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

/** Rounded upper halves, NaN made quiet (ggml_compute_fp32_to_bf16). */
INLINE v to_bfloats(v u) {
    v upper = wasm_u32x4_shr(u, 16), odd = both(upper, wasm_i32x4_splat(1));
    v rounded = wasm_u32x4_shr(wasm_i32x4_add(u, wasm_i32x4_add(odd, wasm_i32x4_splat(0x7fff))), 16);
    v nan = wasm_i32x4_gt(both(u, wasm_i32x4_splat(0x7fffffff)), wasm_i32x4_splat(0x7f800000));
    return pick(nan, wasm_v128_or(upper, wasm_i32x4_splat(64)), rounded);
}

EXPORT(quantize_bf16)(const float *x, uint8_t *y, int n, uint8_t *scratch, const float *importance, int blocks_per_row) {
    (void)scratch, (void)importance, (void)blocks_per_row;
    int i = 0;
    for (; i + 8 <= n; i += 8)
        wasm_v128_store(y + 2 * i, wasm_u16x8_narrow_i32x4(to_bfloats(wasm_v128_load(x + i)), to_bfloats(wasm_v128_load(x + i + 4))));
    for (; i < n; i++) store_half(y + 2 * i, (uint16_t)wasm_i32x4_extract_lane(to_bfloats(splat(x[i])), 0));
}
