// MXFP4 and NVFP4: the 4-bit floats 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives under a power-of-two or an 8-bit
// float scale (ggml-quants.c, quantize_row_mxfp4_ref and quantize_row_nvfp4_ref). Both ignore importance.
#include "float16.h"
#include "lanes.h"

// Twice the numbers; scales are halved to make up for it.
static const float numbers[8] = {0, 1, 2, 3, 4, 6, 8, 12};

/**
 * Where the code goes up: halfway between two numbers, exactly (both have few bits), ties stay low. A number that
 * overflows is never nearer than the one below it, and under a scale of 0 all are the same.
 */
INLINE void code_thresholds(float scale, v *t) {
    for (int k = 0; k < 7; k++) {
        float above = numbers[k + 1] * scale, halfway = 0.5f * (numbers[k] + numbers[k + 1]) * scale;
        t[k] = splat(scale > 0 && above < __builtin_inff() ? halfway : __builtin_inff());
    }
}
/** Codes of four weights: the magnitude's number, 8 more for a negative one; zero has no sign. */
INLINE v four_codes(v x, const v *t) {
    v a = absolute(x), code = splat(0);
    for (int k = 0; k < 7; k++) code = wasm_i32x4_sub(code, gt(a, t[k]));
    v negative = both(both(lt(x, splat(0)), gt(a, t[0])), wasm_i32x4_splat(8));
    return wasm_v128_or(code, negative);
}
INLINE v sixteen_codes(const float *x, const v *t) {
    v c[4];
    for (int k = 0; k < 4; k++) c[k] = four_codes(wasm_v128_load(x + 4 * k), t);
    return wasm_u8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(c[0], c[1]), wasm_i16x8_narrow_i32x4(c[2], c[3]));
}
/** Signed numbers of 16 codes. */
INLINE v sixteen_numbers(v codes) {
    return wasm_i8x16_swizzle(wasm_i8x16_make(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12), codes);
}
INLINE float largest_magnitude(const float *x, int n) {
    v m = splat(0);
    for (int i = 0; i < n; i += 4) m = keep_max(m, absolute(wasm_v128_load(x + i)));
    m = keep_max(m, wasm_i32x4_shuffle(m, m, 2, 3, 0, 1));
    m = keep_max(m, wasm_i32x4_shuffle(m, m, 1, 0, 3, 2));
    return wasm_f32x4_extract_lane(m, 0);
}

/**
 * floor(log2f(x)) for x > 0. The logarithm of the numbers just below a power of two rounds up to the integer: within
 * 11/16 of the spacing of the result, counted in units of the last of 24 bits (glibc agrees at every exponent).
 */
INLINE int floor_log2(float x) {
    uint32_t u = float_bits(x);
    int exponent = (int)(u >> 23) - 127;
    uint32_t mantissa = (u & 0x7fffff) | 0x800000;
    if (u < 0x800000) {
        int shift = __builtin_clz(u) - 8;
        mantissa = u << shift;
        exponent = -126 - shift;
    }
    uint32_t distance = (uint32_t)(exponent < 0 ? -exponent - 1 : exponent);
    uint32_t spacing = distance ? 1u << (31 - __builtin_clz(distance)) : 1;
    return 0x1000000 - mantissa <= 11 * spacing / 16 ? exponent + 1 : exponent;
}
/** Half of 2^(exponent - 127). */
INLINE float half_power_of_two(uint8_t exponent) {
    return float_from_bits(exponent < 2 ? 0x00200000u << exponent : (uint32_t)(exponent - 1) << 23);
}

// 2^22 - 1/4. In the sum with a number from 1/4 on the integer part is exact, see plain-blocks.c.
#define HALVES 4194303.75f

/**
 * Sixteen codes under a scale that is a power of two, of which `inverse` is twice the inverse, a bit smaller: products
 * come out as the largest number below what they should be, so that halfway between two numbers stays low. As bytes,
 * twice the integer parts and a bit to be dropped, they are compared with twice the thresholds 1, 3, 5, 7, 10, 14, 20.
 */
INLINE v sixteen_scaled_codes(const float *x, v inverse) {
    v r[4], l[4], code = splat(0);
    for (int k = 0; k < 4; k++) {
        r[k] = wasm_v128_load(x + 4 * k);
        l[k] = wasm_i32x4_sub(add(mul(absolute(r[k]), inverse), splat(HALVES)), wasm_i32x4_splat(0x4a800000));
    }
    v twice = wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(l[0], l[1]), wasm_i16x8_narrow_i32x4(l[2], l[3]));
    v signs = wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(r[0], r[1]), wasm_i16x8_narrow_i32x4(r[2], r[3]));
    static const int8_t below[7] = {1, 5, 9, 13, 19, 27, 39};
    for (int k = 0; k < 7; k++) code = wasm_i8x16_sub(code, wasm_i8x16_gt(twice, wasm_i8x16_splat(below[k])));
    // Zero has no sign.
    v negative = both(wasm_i8x16_lt(signs, splat(0)), wasm_i8x16_gt(code, splat(0)));
    return wasm_v128_or(code, both(negative, wasm_i8x16_splat(8)));
}

/** MXFP4: 32 weights, an exponent byte, 16 bytes of codes. Below 2^-125 the exponent wraps around, as in ggml. */
EXPORT(quantize_mxfp4)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    (void)scratch, (void)importance, (void)blocks_per_row;
    ROLLED
    for (int b = 0; b < blocks; b++, x += 32, y += 17) {
        float largest = largest_magnitude(x, 32);
        uint8_t exponent = largest > 0 ? (uint8_t)(floor_log2(largest) + 125) : 0;
        v low, high;
        if (exponent > 1 && exponent < 250) {
            v inverse = splat(float_from_bits((uint32_t)(256 - exponent) << 23) * (1 - 0x1p-24f));
            low = sixteen_scaled_codes(x, inverse), high = sixteen_scaled_codes(x + 16, inverse);
        } else {
            v t[7];
            code_thresholds(half_power_of_two(exponent), t);
            low = sixteen_codes(x, t), high = sixteen_codes(x + 16, t);
        }
        y[0] = exponent;
        wasm_v128_store(y + 1, wasm_v128_or(low, wasm_i8x16_shl(high, 4)));
    }
}
EXPORT(dequantize_mxfp4)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, x += 32, y += 17) {
        v codes = wasm_v128_load(y + 1), d = splat(half_power_of_two(y[0]));
        store_scaled(x, sixteen_numbers(both(codes, wasm_i8x16_splat(15))), d);
        store_scaled(x + 16, sixteen_numbers(wasm_u8x16_shr(codes, 4)), d);
    }
}

/** An unsigned float of 4 exponent and 3 fraction bits (bias 7); halves round up, 448 and more become 0x7e. */
INLINE uint8_t to_scale_byte(float x) {
    if (!(x > 0)) return 0;
    if (x > 448) x = 448;
    uint32_t u = float_bits(x);
    int exponent = (int)(u >> 23) - 120;
    if (exponent <= 0) {
        int fraction = (int)(x * 512 + 0.5f);
        return (uint8_t)(fraction > 7 ? 7 : fraction);
    }
    int rounded = (int)(u >> 20 & 7) + (int)(u >> 19 & 1) + exponent * 8;
    return (uint8_t)(rounded >= 15 * 8 ? 0x7e : rounded);
}
/** Half of the number that a scale byte stands for; 0x7f, NaN in the format, reads as 0. */
INLINE float half_scale(uint8_t byte) {
    if (byte == 0x7f) return 0;
    int exponent = byte >> 3 & 15, fraction = byte & 7;
    if (exponent == 0) return (float)fraction * 0x1p-10f;
    return (float)(8 + fraction) * float_from_bits((uint32_t)(exponent - 11 + 127) << 23);
}

/** The first of the 16 codes with the smallest error, for weights so far out of range that errors round to the same. */
static uint8_t distant_code(float x, float scale) {
    float least = __builtin_fabsf(x);
    uint8_t code = 0;
    for (uint8_t i = 1; i < 16; i++) {
        float error = __builtin_fabsf((i < 8 ? numbers[i] : -numbers[i & 7]) * scale - x);
        if (error < least) least = error, code = i;
    }
    return code;
}

/** NVFP4: 64 weights in 4 sub-blocks; 4 scale bytes, then 8 bytes of codes a sub-block. */
EXPORT(quantize_nvfp4)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    (void)scratch, (void)importance, (void)blocks_per_row;
    for (int b = 0; b < blocks; b++, y += 36)
        for (int s = 0; s < 4; s++, x += 16) {
            v t[7];
            float largest = largest_magnitude(x, 16), scale = half_scale(y[s] = to_scale_byte(largest / 6));
            if (largest > 6 * 448) {
                for (int i = 0; i < 8; i++)
                    y[4 + 8 * s + i] = distant_code(x[i], scale) | (uint8_t)(distant_code(x[i + 8], scale) << 4);
                continue;
            }
            code_thresholds(scale, t);
            v codes = sixteen_codes(x, t), high = wasm_i64x2_shuffle(codes, codes, 1, 0);
            wasm_v128_store64_lane(y + 4 + 8 * s, wasm_v128_or(codes, wasm_i8x16_shl(high, 4)), 0);
        }
}
EXPORT(dequantize_nvfp4)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, y += 36)
        for (int s = 0; s < 4; s++, x += 16) {
            v bytes = wasm_v128_load64_splat(y + 4 + 8 * s);
            v codes = wasm_i64x2_shuffle(both(bytes, wasm_i8x16_splat(15)), wasm_u8x16_shr(bytes, 4), 0, 2);
            store_scaled(x, sixteen_numbers(codes), splat(half_scale(y[s])));
        }
}
