// Q4_0, Q4_1, Q5_0, Q5_1: blocks of 32 weights with an f16 scale, and an f16 minimum in the _1 types
// (ggml-quants.c, quantize_row_q4_0_ref ... quantize_row_q5_1_impl). The scale that divides is not the rounded one.
#define ANY_LANES
#include "blocks-of-32.h"
#include "float16.h"
#include "lanes.h"
#include "search-min.h"
#include "search-scale.h"

/** Groups of blocks that are searched side by side. */
enum { SIDE = 8 / LANES };

typedef struct {
    Rows rows;
    MinFit fits[SIDE];
    uint8_t L[256];
} Scratch;

/** Lane k gets block k of x; a block beyond the row's end repeats the last one. */
INLINE void load_blocks(const float *x, int left, v *out) {
    const float *rows[LANES];
    for (int k = 0; k < LANES; k++) rows[k] = x + 32 * (k < left ? k : left - 1);
    load_rows(rows, 32, out);
}

INLINE void weigh(const v *x, v *w, v sigma2) {
    ROLLED
    for (int i = 0; i < 32; i++) w[i] = mul(w[i], root(add(sigma2, mul(x[i], x[i]))));
}

INLINE void store_blocks(uint8_t *y, int left, v halves, v mins, int top, bool has_min, const uint8_t *L) {

    int head = header_size(top, has_min), size = head + 16;
    uint32_t d[LANES], m[LANES];
    store(d, halves);
    store(m, mins);
    for (int k = 0; k < LANES && k < left; k++, y += size) {
        store_half(y, (uint16_t)d[k]);
        if (has_min) store_half(y + 2, (uint16_t)m[k]);
        store_levels(wasm_v128_load(L + 32 * k), wasm_v128_load(L + 32 * k + 16), y + head, top);
    }
}

/** One row of a type without a minimum, LANES blocks at a time. */
INLINE void important_scale_row(v sigma2, const float *x, uint8_t *y, int blocks, Scratch *s, const float *importance,
    int top) {
    int size = header_size(top, false) + 16, half = (top + 1) / 2;
    for (int b = 0; b < blocks; b += LANES) {
        load_blocks(x + 32 * b, blocks - b, s->rows.x);
        load_blocks(importance + 32 * b, blocks - b, s->rows.w);
        weigh(s->rows.x, s->rows.w, sigma2);
        ROLLED
        for (int i = 0; i < 32; i++) s->rows.third[i] = mul(s->rows.w[i], s->rows.x[i]);
        ScaleFit fit = search_scale_32(s->rows.x, half);
        ROLLED
        for (int i = 0; i < 32; i += 4) {
            v l[4];
            for (int k = 0; k < 4; k++) l[k] = scale_levels(&fit, s->rows.x[i + k], half);
            store_lanes(l, s->L + i, 32);
        }
        store_blocks(y + size * b, blocks - b, to_halves(fit.scale), splat(0), top, false, s->L);
    }
}

/** One row of a type with a minimum, eight blocks at a time. */
INLINE void important_min_row(v sigma2, const float *x, uint8_t *y, int blocks, Scratch *s, const float *importance,
    int top) {
    int size = header_size(top, true) + 16;
    for (int b = 0; b < blocks; b += 8) {
        ROLLED
        for (int g = 0; g < SIDE; g++) {
            // A second group without blocks of its own repeats the last one.
            int first = b + LANES * g < blocks ? b + LANES * g : blocks - 1;
            load_blocks(x + 32 * first, blocks - first, s->rows.x + 32 * g);
            load_blocks(importance + 32 * first, blocks - first, s->rows.w + 32 * g);
            weigh(s->rows.x + 32 * g, s->rows.w + 32 * g, sigma2);
        }
        search_min_32(&s->rows, s->fits, (MinSearch){top, -0.9f, 0.05f, 36});
        ROLLED
        for (int g = 0; g < SIDE && b + LANES * g < blocks; g++) {
            const MinFit *fit = &s->fits[g];
            ROLLED
            for (int i = 0; i < 32; i += 4) {
                v l[4];
                for (int k = 0; k < 4; k++) l[k] = min_levels(fit, s->rows.x[32 * g + i + k], top);
                store_lanes(l, s->L + 32 * LANES * g + i, 32);
            }
            v mins = to_halves(negative(fit->minimum));
            store_blocks(y + size * (b + LANES * g), blocks - b - LANES * g, to_halves(fit->scale), mins, top, true,
                s->L + 32 * LANES * g);
        }
    }
}

/** Returns whether all that was read and stored is known to be finite, which only the plain way looks at. */
INLINE bool quantize(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row, int top, bool has_min) {
    if (!importance) return quantize_plain_blocks(x, y, blocks, scratch, top, has_min);
    int size = header_size(top, has_min) + 16, length = 32 * blocks_per_row, rows = blocks / blocks_per_row;
    float sums[4];
    for (int row = 0; row < rows; row++, x += length, y += size * blocks_per_row) {
        if (row % 4 == 0) sums_of_squares(x, length, rows - row, sums);
        v sigma2 = splat(sums[row % 4] / (float)length);
        if (has_min) important_min_row(sigma2, x, y, blocks_per_row, (Scratch *)scratch, importance, top);
        else important_scale_row(sigma2, x, y, blocks_per_row, (Scratch *)scratch, importance, top);
    }
    return false;
}

CHECKED(quantize_q4_0)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    return quantize(x, y, blocks, scratch, importance, blocks_per_row, 15, false);
}
CHECKED(quantize_q4_1)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    return quantize(x, y, blocks, scratch, importance, blocks_per_row, 15, true);
}
CHECKED(quantize_q5_0)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    return quantize(x, y, blocks, scratch, importance, blocks_per_row, 31, false);
}
CHECKED(quantize_q5_1)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    return quantize(x, y, blocks, scratch, importance, blocks_per_row, 31, true);
}

/** 16 where the bit of this byte's index is set, for bits 0 ... 15. */
INLINE v128_t spread_bits(uint32_t bits) {
    v128_t both_bytes = wasm_i16x8_splat((int16_t)bits);
    v128_t bytes = wasm_i8x16_shuffle(both_bytes, both_bytes, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    v128_t one = wasm_i8x16_make(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
    return wasm_v128_and(wasm_i8x16_eq(wasm_v128_and(bytes, one), one), wasm_i8x16_splat(16));
}

INLINE void dequantize(const uint8_t *y, float *x, int blocks, int top, bool has_min) {
    int head = header_size(top, has_min);
    for (int b = 0; b < blocks; b++, x += 32, y += head + 16) {
        v128_t d = wasm_f32x4_splat(load_half_float(y)), q = wasm_v128_load(y + head);
        v128_t first = wasm_v128_and(q, wasm_i8x16_splat(15)), second = wasm_u8x16_shr(q, 4);
        if (top == 31) {
            uint32_t bits;
            __builtin_memcpy(&bits, y + head - 4, 4);
            first = wasm_v128_or(first, spread_bits(bits & 0xffff));
            second = wasm_v128_or(second, spread_bits(bits >> 16));
        }
        if (has_min) {
            v128_t m = wasm_f32x4_splat(load_half_float(y + 2));
            store_scaled_plus(x, first, d, m);
            store_scaled_plus(x + 16, second, d, m);
        } else {
            v128_t middle = wasm_i8x16_splat((int8_t)((top + 1) / 2));
            store_scaled(x, wasm_i8x16_sub(first, middle), d);
            store_scaled(x + 16, wasm_i8x16_sub(second, middle), d);
        }
    }
}
EXPORT(dequantize_q4_0)(const uint8_t *y, float *x, int blocks) { dequantize(y, x, blocks, 15, false); }
EXPORT(dequantize_q4_1)(const uint8_t *y, float *x, int blocks) { dequantize(y, x, blocks, 15, true); }
EXPORT(dequantize_q5_0)(const uint8_t *y, float *x, int blocks) { dequantize(y, x, blocks, 31, false); }
EXPORT(dequantize_q5_1)(const uint8_t *y, float *x, int blocks) { dequantize(y, x, blocks, 31, true); }
