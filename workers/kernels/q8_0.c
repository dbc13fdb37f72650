// Q8_0: 32 weights, an f16 scale and 32 signed bytes (ggml-quants.c, quantize_row_q8_0_ref). Ignores importance.
// Three passes over a group of blocks, so that each pass is a run of independent work: extremes, scales, levels.
#include "float16.h"
#include "lanes.h"

enum { GROUP = 32 };

typedef struct {
    v largest[GROUP];
    float inverse[GROUP];
    uint32_t scales[GROUP];
} Scratch;

/** Largest magnitudes of each block. Returns the sum of all weights. */
INLINE v find_extremes(const float *x, int blocks, Scratch *s) {
    v total = splat(0);
    ROLLED
    for (int b = 0; b < blocks; b++, x += 32) {
        v largest[8], sums[8];
        for (int i = 0; i < 8; i++) sums[i] = wasm_v128_load(x + 4 * i), largest[i] = absolute(sums[i]);
        for (int n = 4; n > 0; n /= 2)
            for (int i = 0; i < n; i++) {
                largest[i] = keep_max(largest[i], largest[i + n]);
                sums[i] = add(sums[i], sums[i + n]);
            }
        s->largest[b] = keep_max(splat(0), largest[0]);
        total = add(total, sums[0]);
    }
    return total;
}

/** Scales of four blocks, from b on. Returns in which lanes a scale is too large for a half. */
INLINE v find_scales(int b, Scratch *s) {
    v d = quo(across(s->largest + b, keep_max), splat(127));
    v inverse = both(quo(splat(1), d), wasm_f32x4_ne(d, splat(0)));
    // A denormal d has an infinite inverse; x86 turns the out-of-range products into zero bytes.
    v dead = wasm_f32x4_eq(inverse, splat(__builtin_inff()));
    wasm_v128_store(s->inverse + b, wasm_v128_andnot(inverse, dead));
    wasm_v128_store(s->scales + b, to_halves(d));
    return wasm_f32x4_ge(d, splat(65520));
}

/** Half away from zero. As integers, for |f| < 2^22: truncated, then read from the low bits of a large sum. */
INLINE v round_level(v f) {
    v half = wasm_v128_or(both(f, splat(-0.0f)), splat(0.49999997f));
    return wasm_i32x4_sub(add(wasm_f32x4_trunc(add(f, half)), splat(ROUNDER)), wasm_i32x4_splat(0x4b400000));
}

CHECKED(quantize_q8_0)(const float *x, uint8_t *y, int blocks, uint8_t *scratch, const float *importance,
    int blocks_per_row) {
    (void)importance, (void)blocks_per_row;
    Scratch *s = (Scratch *)scratch;
    v sum = splat(0), overflow = splat(0);
    for (; blocks > 0; blocks -= GROUP) {
        int count = blocks < GROUP ? blocks : GROUP;
        sum = add(sum, find_extremes(x, count, s));
        ROLLED
        for (int b = 0; b < count; b += 4) overflow = wasm_v128_or(overflow, find_scales(b, s));
        ROLLED
        for (int b = 0; b < count; b++, x += 32, y += 34) {
            v inverse = splat(s->inverse[b]);
            store_half(y, (uint16_t)s->scales[b]);
            for (int i = 0; i < 32; i += 16) {
                v l[4];
                for (int k = 0; k < 4; k++) l[k] = round_level(mul(wasm_v128_load(x + i + 4 * k), inverse));
                v lo = wasm_i16x8_narrow_i32x4(l[0], l[1]), hi = wasm_i16x8_narrow_i32x4(l[2], l[3]);
                wasm_v128_store(y + 2 + i, wasm_i8x16_narrow_i16x8(lo, hi));
            }
        }
    }
    // A finite sum has finite terms.
    return !any_lane(overflow) && all(wasm_f32x4_eq(sub(sum, sum), splat(0)));
}

EXPORT(dequantize_q8_0)(const uint8_t *y, float *x, int blocks) {
    for (int b = 0; b < blocks; b++, x += 32, y += 34) {
        v d = splat(load_half_float(y));
        store_scaled(x, wasm_v128_load(y + 2), d);
        store_scaled(x + 16, wasm_v128_load(y + 18), d);
    }
}
