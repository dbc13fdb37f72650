// Q8_0: 32 weights, an f16 scale and 32 signed bytes (ggml-quants.c, quantize_row_q8_0_ref). Ignores importance.
#include "float16.h"
#include "lanes.h"

EXPORT(quantize_q8_0)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance, int blocks_per_row) {
    (void)scratch, (void)importance, (void)blocks_per_row;
    for (int b = 0; b < blocks; b++, x += 32, y += 34) {
        v r[8], m = splat(0);
        for (int i = 0; i < 8; i++) {
            r[i] = wasm_v128_load(x + 4 * i);
            m = wasm_f32x4_pmax(absolute(r[i]), m);
        }
        m = wasm_f32x4_pmax(m, wasm_i32x4_shuffle(m, m, 2, 3, 0, 1));
        m = wasm_f32x4_pmax(m, wasm_i32x4_shuffle(m, m, 1, 0, 3, 2));
        float largest = wasm_f32x4_extract_lane(m, 0), d = largest / 127, inverse = d != 0 ? 1.0f / d : 0.0f;
        store_half(y, float_to_half(d));
        // A denormal d has an infinite inverse; x86 turns the out-of-range products into a zero byte.
        if (inverse == __builtin_inff()) inverse = 0;
        v s = splat(inverse);
        for (int i = 0; i < 8; i += 4) {
            v lo = wasm_i16x8_narrow_i32x4(round_away(mul(r[i], s)), round_away(mul(r[i + 1], s)));
            v hi = wasm_i16x8_narrow_i32x4(round_away(mul(r[i + 2], s)), round_away(mul(r[i + 3], s)));
            wasm_v128_store(y + 2 + 4 * i, wasm_i8x16_narrow_i16x8(lo, hi));
        }
    }
}

EXPORT(dequantize_q8_0)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, x += 32, y += 34) {
        v d = splat(load_half_float(y));
        store_scaled(x, wasm_v128_load(y + 2), d);
        store_scaled(x + 16, wasm_v128_load(y + 18), d);
    }
}
