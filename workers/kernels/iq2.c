// IQ2_XXS, IQ2_XS and IQ2_S: a grid point for each eight weights (ggml-quants.c, quantize_row_iq2_*_impl).
#include "iq2-fit.h"

/** Fills what a block without a scale keeps, and says whether that is all: a refused block is all ones. */
INLINE bool no_scale(float largest, uint8_t *y, int size) {
    __builtin_memset(y, largest != largest ? 255 : 0, (unsigned long)size);
    return !(largest > 0);
}
/** Importance is not optional for IQ2_XXS and IQ2_XS; without it every weight counts alike. */
INLINE const float *or_uniform(const float *importance, int block, int blocks_per_row, float *uniform) {
    if (importance) return importance + 256 * (block % blocks_per_row);
    for (int i = 0; i < 256; i++) uniform[i] = 1;
    return uniform;
}
INLINE void store_scales(const Stored *stored, float d, uint8_t *y) {
    for (int ib = 0; ib < 16; ib++) y[ib / 2] |= (uint8_t)(scale_level(1 / d, stored[ib].scale, 15) << 4 * (ib & 1));
}

/** Eight weights: the numbers 8, 25, 43 of a point times d, with signs. */
INLINE void load_eight(const Grid *grid, int point, uint8_t signs, float d, float *x) {
    v values = wasm_i8x16_make(0, 8, 0, 25, 0, 43, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    v words = wasm_u16x8_extend_low_u8x16(wasm_i8x16_swizzle(values, wasm_v128_load64_zero(grid->numbers + 8 * point)));
    for (int h = 0; h < 2; h++) {
        v q = wasm_f32x4_convert_i32x4(h ? wasm_u32x4_extend_high_u16x8(words) : wasm_u32x4_extend_low_u16x8(words));
        v bits = wasm_i32x4_make(1, 2, 4, 8), sign = wasm_i32x4_splat(signs >> 4 * h);
        v minus = both(wasm_i32x4_eq(both(sign, bits), bits), splat(-0.0f));
        wasm_v128_store(x + 4 * h, wasm_v128_xor(mul(splat(d), q), minus));
    }
}
INLINE float quarter_scale(const uint8_t *y, uint32_t level) {
    return load_half_float(y) * (0.5f + (float)level) * 0.25f;
}

/** IQ2_XXS: an f16 scale; per 32 weights four bytes of points and a word of 4 x 7 signs and a 4-bit scale. */
EXPORT(quantize_iq2_xxs)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    const Grid *grid = grid_iq2_xxs();
    float uniform[256];
    for (int b = 0; b < blocks; b++, x += 256, y += 66) {
        Stored stored[8];
        float largest = fit_iq2(grid, x, or_uniform(importance, b, blocks_per_row, uniform), IQ2_XXS, scratch, stored);
        if (no_scale(largest, y, 66)) continue;
        float d = largest / 31;
        store_half(y, float_to_half(d));
        for (int ib = 0; ib < 8; ib++) {
            uint32_t word = (uint32_t)scale_level(1 / d, stored[ib].scale, 15) << 28;
            for (int k = 0; k < 4; k++) {
                y[2 + 8 * ib + k] = (uint8_t)stored[ib].points[k];
                word |= (uint32_t)stored[ib].signs[k] << 7 * k;
            }
            store_word(y + 6 + 8 * ib, word);
        }
    }
}
EXPORT(dequantize_iq2_xxs)(const uint8_t *y, float *x, int blocks) {
    const Grid *grid = grid_iq2_xxs();
    for (int b = 0; b < blocks; b++, y += 66)
        for (int k = 0; k < 32; k++, x += 8) {
            const uint8_t *at = y + 2 + 8 * (k / 4);
            uint32_t word = load_word(at + 4);
            load_eight(grid, at[k % 4], complete_signs(word >> 7 * (k % 4) & 127), quarter_scale(y, word >> 28), x);
        }
}

/** IQ2_XS: an f16 scale, 32 words of a 9-bit point and 7 signs, 8 bytes of 4-bit scales. */
EXPORT(quantize_iq2_xs)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    const Grid *grid = grid_iq2_xs();
    float uniform[256];
    for (int b = 0; b < blocks; b++, x += 256, y += 74) {
        Stored stored[16];
        float largest = fit_iq2(grid, x, or_uniform(importance, b, blocks_per_row, uniform), IQ2_XS, scratch, stored);
        if (no_scale(largest, y, 74)) continue;
        store_half(y, float_to_half(largest / 31));
        for (int k = 0; k < 32; k++) {
            const Stored *s = stored + k / 2;
            store_half(y + 2 + 2 * k, (uint16_t)(s->points[k % 2] | s->signs[k % 2] << 9));
        }
        store_scales(stored, largest / 31, y + 66);
    }
}
EXPORT(dequantize_iq2_xs)(const uint8_t *y, float *x, int blocks) {
    const Grid *grid = grid_iq2_xs();
    for (int b = 0; b < blocks; b++, y += 74)
        for (int k = 0; k < 32; k++, x += 8) {
            uint16_t word = load_half(y + 2 + 2 * k);
            uint32_t level = y[66 + k / 4] >> 4 * (k / 2 & 1) & 15;
            load_eight(grid, word & 511, complete_signs(word >> 9), quarter_scale(y, level), x);
        }
}

/** IQ2_S: an f16 scale, 32 bytes of points, 32 of signs, 8 of the points' upper two bits, 8 of 4-bit scales. */
EXPORT(quantize_iq2_s)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    const Grid *grid = grid_iq2_s();
    for (int b = 0; b < blocks; b++, x += 256, y += 82) {
        Stored stored[16];
        float largest = fit_iq2(grid, x, importance ? importance + 256 * (b % blocks_per_row) : 0, IQ2_S, scratch,
            stored);
        bool none = no_scale(largest, y, 82);
        if (largest != largest) continue;
        for (int k = 0; k < 32; k++) {
            const Stored *s = stored + k / 2;
            y[2 + k] = (uint8_t)s->points[k % 2];
            y[34 + k] = s->signs[k % 2];
            y[66 + k / 4] |= (uint8_t)(s->points[k % 2] >> 8 << 2 * (k % 4));
        }
        if (none) continue;
        store_half(y, float_to_half(largest / 31 * 0.9875f));
        store_scales(stored, largest / 31, y + 74);
    }
}
EXPORT(dequantize_iq2_s)(const uint8_t *y, float *x, int blocks) {
    const Grid *grid = grid_iq2_s();
    for (int b = 0; b < blocks; b++, y += 82)
        for (int k = 0; k < 32; k++, x += 8) {
            int point = y[2 + k] | (y[66 + k / 4] >> 2 * (k % 4) & 3) << 8;
            load_eight(grid, point, y[34 + k], quarter_scale(y, y[74 + k / 4] >> 4 * (k / 2 & 1) & 15), x);
        }
}
