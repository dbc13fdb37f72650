// IQ4_NL and IQ4_XS: four bits choose one of 16 unevenly spaced values (ggml-quants.c, quantize_row_iq4_nl_impl).
// Lanes are candidate scales: 16 of them are tried for every 32 weights, and all 16 see one weight at a time.
#include "float16.h"
#include "lanes.h"

#define VALUES -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
// Twice the midpoints of neighbouring values; a tie goes up.
static const int16_t thresholds[15] = {-231, -187, -148, -114, -84, -57, -32, -9, 14, 38, 63, 91, 122, 158, 202};

/** Levels of four products, whatever they are: 15 for NaN, as the reference's binary search ends there. */
INLINE v nearest_levels(v x) {
    v level = wasm_i32x4_splat(15);
    for (int k = 0; k < 15; k++) level = wasm_i32x4_add(level, lt(x, splat(0.5f * thresholds[k])));
    return level;
}

/** Eight doubled products, |x| < 2^15, as floored integers. */
INLINE v floor_eight(v a, v b) {
    a = add(wasm_f32x4_floor(a), splat(ROUNDER));
    b = add(wasm_f32x4_floor(b), splat(ROUNDER));
    return wasm_i16x8_shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}
INLINE v eight_levels(v doubled) {
    v level = wasm_i16x8_splat(0);
    for (int k = 0; k < 15; k++)
        level = wasm_i16x8_sub(level, wasm_i16x8_gt(doubled, wasm_i16x8_splat(thresholds[k] - 1)));
    return level;
}
/** The values nearest to 16 doubled products of the 16 candidates. */
INLINE void nearest_values(const v *doubled, v *q) {
    v low = eight_levels(floor_eight(doubled[0], doubled[1])), high = eight_levels(floor_eight(doubled[2], doubled[3]));
    v bytes = wasm_i8x16_swizzle(wasm_i8x16_make(VALUES), wasm_u8x16_narrow_i16x8(low, high));
    low = wasm_i16x8_extend_low_i8x16(bytes), high = wasm_i16x8_extend_high_i8x16(bytes);
    q[0] = wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(low));
    q[1] = wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(low));
    q[2] = wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(high));
    q[3] = wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(high));
}

/** Sums over 32 weights for the 16 inverse scales. All products stay within +-134: no scale exceeds 134/max. */
INLINE void correlate(const float *x, const float *w, const float *inverses, float *sums_x, float *sums_2) {
    v doubled[4], sum_x[4], sum_2[4];
    for (int g = 0; g < 4; g++) {
        doubled[g] = mul(splat(2), wasm_v128_load(inverses + 4 * g));
        sum_x[g] = sum_2[g] = splat(0);
    }
    for (int i = 0; i < 32; i++) {
        v xi = splat(x[i]), wi = splat(w[i]), products[4], q[4];
        for (int g = 0; g < 4; g++) products[g] = mul(doubled[g], xi);
        nearest_values(products, q);
        for (int g = 0; g < 4; g++) {
            v wq = mul(wi, q[g]);
            sum_x[g] = add(sum_x[g], mul(wq, xi));
            sum_2[g] = add(sum_2[g], mul(wq, q[g]));
        }
    }
    for (int g = 0; g < 4; g++) {
        wasm_v128_store(sums_x + 4 * g, sum_x[g]);
        wasm_v128_store(sums_2 + 4 * g, sum_2[g]);
    }
}

/** The scale of 32 weights; w holds the weights of their errors. */
NOINLINE float best_scale(const float *x, const float *w) {
    float largest = 0, peak = 0, inverses[16], sums_x[16], sums_2[16];
    for (int i = 0; i < 32; i++) {
        float a = __builtin_fabsf(x[i]);
        if (a > largest) largest = a, peak = x[i];
    }
    if (largest < 1e-15f) return 0;
    inverses[0] = 1 / (-peak / -127.f);
    for (int i = 1; i < 16; i++) inverses[i] = (i - 8 - 127) / peak;
    correlate(x, w, inverses, sums_x, sums_2);
    float scale = sums_2[0] > 0 ? sums_x[0] / sums_2[0] : 0, best = scale * sums_x[0];
    for (int i = 1; i < 16; i++)
        if (sums_2[i] > 0 && sums_x[i] * sums_x[i] > best * sums_2[i]) {
            scale = sums_x[i] / sums_2[i];
            best = scale * sums_x[i];
        }
    return scale;
}

INLINE void error_weights(const float *x, const float *importance, float variance, float *w) {
    for (int i = 0; i < 32; i += 4) {
        v xi = wasm_v128_load(x + i), square = mul(xi, xi);
        if (importance)
            square = mul(wasm_v128_load(importance + i), wasm_f32x4_sqrt(add(splat(variance), square)));
        wasm_v128_store(w + i, square);
    }
}
static float sum_of_squares(const float *x, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) sum += x[i] * x[i];
    return sum;
}

/** Four vectors of integers that fit a byte, as 16 bytes. */
INLINE v narrow_to_bytes(const v *l) {
    return wasm_u8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(l[0], l[1]), wasm_i16x8_narrow_i32x4(l[2], l[3]));
}

INLINE void store_levels(const float *x, float inverse, uint8_t *y) {
    v level[8];
    for (int i = 0; i < 8; i++) level[i] = nearest_levels(mul(splat(inverse), wasm_v128_load(x + 4 * i)));
    wasm_v128_store(y, wasm_v128_or(narrow_to_bytes(level), wasm_i8x16_shl(narrow_to_bytes(level + 4), 4)));
}
INLINE void load_levels(const uint8_t *y, float scale, float *x) {
    v levels = wasm_v128_load(y), values = wasm_i8x16_make(VALUES);
    store_scaled(x, wasm_i8x16_swizzle(values, both(levels, wasm_i8x16_splat(15))), splat(scale));
    store_scaled(x + 16, wasm_i8x16_swizzle(values, wasm_u8x16_shr(levels, 4)), splat(scale));
}

/** IQ4_NL: 32 weights, an f16 scale, 16 bytes of levels. */
EXPORT(quantize_iq4_nl)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    float *w = (float *)scratch;
    for (int b = 0; b < blocks; b++, x += 32, y += 18) {
        float variance = sum_of_squares(x, 32) * (2.f / 32);
        error_weights(x, importance ? importance + 32 * (b % blocks_per_row) : 0, variance, w);
        float scale = best_scale(x, w);
        store_half(y, float_to_half(scale));
        store_levels(x, scale != 0 ? 1 / scale : 0, y + 2);
    }
}
EXPORT(dequantize_iq4_nl)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, x += 32, y += 18) load_levels(y + 2, load_half_float(y), x);
}

/** IQ4_XS: 256 weights in 8 sub-blocks; f16 scale, 2 bytes and 4 bytes of 6-bit scales, 128 bytes of levels. */
EXPORT(quantize_iq4_xs)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    float *w = (float *)scratch, scales[8];
    for (int b = 0; b < blocks; b++, x += 256, y += 136) {
        const float *columns = importance ? importance + 256 * (b % blocks_per_row) : 0;
        float variance = sum_of_squares(x, 256) * (2.f / 256), largest = 0, peak = 0;
        for (int ib = 0; ib < 8; ib++) {
            error_weights(x + 32 * ib, columns ? columns + 32 * ib : 0, variance, w);
            float scale = scales[ib] = best_scale(x + 32 * ib, w);
            if (__builtin_fabsf(scale) > largest) largest = __builtin_fabsf(scale), peak = scale;
        }
        float d = -peak / 32, inverse = d != 0 ? 1 / d : 0;
        store_half(y, float_to_half(d));
        __builtin_memset(y + 2, 0, 6);
        for (int ib = 0; ib < 8; ib++) {
            int level = nearest(inverse * scales[ib]);
            level = level < -32 ? -32 : level > 31 ? 31 : level;
            float scale = d * level;
            store_levels(x + 32 * ib, scale != 0 ? 1 / scale : 0, y + 8 + 16 * ib);
            level += 32;
            y[4 + ib / 2] |= (uint8_t)((level & 15) << 4 * (ib & 1));
            y[2 + ib / 4] |= (uint8_t)((level >> 4) << 2 * (ib & 3));
        }
    }
}
EXPORT(dequantize_iq4_xs)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, x += 256, y += 136) {
        float d = load_half_float(y);
        for (int ib = 0; ib < 8; ib++) {
            int low = y[4 + ib / 2] >> 4 * (ib & 1) & 15, high = y[2 + ib / 4] >> 2 * (ib & 3) & 3;
            load_levels(y + 8 + 16 * ib, d * ((low | high << 4) - 32), x + 32 * ib);
        }
    }
}
