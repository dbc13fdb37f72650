// Q4_0, Q4_1, Q5_0, Q5_1 without importance (ggml-quants.c, quantize_row_q4_0_ref and its siblings).
// Three passes over a group of blocks, so that each pass is a run of independent work: extremes, scales, levels.
#include "blocks-of-32.h"
#include "float16.h"
#include "wide.h"

enum { GROUP = 32 };

typedef struct {
    v high[GROUP], low[GROUP];
    float origin[GROUP], inverse[GROUP], bias[GROUP];
    uint32_t scales[GROUP], mins[GROUP];
    /** Set when a half may not be finite. */
    bool overflow;
} Scratch;

/** Of weights whose magnitude is the largest, the first decides the sign. `x` has four blocks, or as many as `left`. */
NOINLINE v first_of_largest(const float *x, int left, v largest) {
    float magnitudes[4], first[4];
    wasm_v128_store(magnitudes, largest);
    for (int k = 0; k < 4; k++) {
        int i = 0;
        first[k] = 0;
        if (k >= left || magnitudes[k] == 0) continue;
        while (i < 31 && __builtin_fabsf(x[32 * k + i]) != magnitudes[k]) i++;
        first[k] = x[32 * k + i];
    }
    return wasm_v128_load(first);
}
/** Of zeros that are the minimum, the first decides the sign. */
NOINLINE v first_of_zeros(const float *x, int left, v min) {
    float values[4];
    wasm_v128_store(values, min);
    for (int k = 0; k < 4 && k < left; k++) {
        int i = 0;
        if (values[k] != 0) continue;
        while (i < 31 && x[32 * k + i] != 0) i++;
        values[k] = x[32 * k + i];
    }
    return wasm_v128_load(values);
}

/** Largest and smallest of each block and, without a minimum, 0; four lanes yet to be compared with each other. */
INLINE void find_extremes(const float *x, int blocks, Scratch *s, bool has_min) {
    ROLLED
    for (int b = 0; b < blocks; b++, x += 32) {
        wide high[WIDE_PARTS], low[WIDE_PARTS];
        for (int i = 0; i < WIDE_PARTS; i++) high[i] = low[i] = load_wide(x + WIDE * i);
        // In pairs, so that no comparison waits for more than two others.
        for (int n = WIDE_PARTS / 2; n > 0; n /= 2)
            for (int i = 0; i < n; i++) {
                high[i] = wide_max(high[i], high[i + n]);
                low[i] = wide_min(low[i], low[i + n]);
            }
        v largest = halves_max(high[0]), smallest = halves_min(low[0]);
        s->high[b] = has_min ? largest : keep_max(splat(0), largest);
        s->low[b] = has_min ? smallest : keep_min(splat(0), smallest);
    }
}

/** The scale of four blocks whose extremes, `signed_max` the one of larger magnitude, have these values. */
INLINE v scale_of(v high, v low, v signed_max, int top, bool has_min) {
    // Dividing by a power of two is multiplying by its inverse.
    return has_min ? quo(sub(high, low), splat((float)top)) : mul(signed_max, splat(-2 / (float)(top + 1)));
}
INLINE float bias_of(int top, bool has_min) { return has_min ? 0.5f : (float)(top + 1) / 2 + 0.5f; }

/** find_scales for blocks with two weights of largest magnitude, with 0 as minimum, or with uncommon scales. */
NOINLINE void uncommon_scales(const float *x, int b, int left, Scratch *s, int top, bool has_min) {
    v high = across(s->high + b, keep_max), low = across(s->low + b, keep_min), max = high;
    if (has_min) low = first_of_zeros(x, left, low);
    else max = first_of_largest(x, left, keep_max(high, wasm_f32x4_neg(low)));
    // Adding 0 makes the difference of a zero and a negative zero positive, as that of one weight and itself.
    v d = add(scale_of(high, low, max, top, has_min), splat(has_min ? 0 : -0.0f));
    v inverse = both(quo(splat(1), d), wasm_f32x4_ne(d, splat(0)));
    // The inverse of a denormal scale is infinite; x86 turns the products, out of range, into zero bytes.
    v dead = wasm_f32x4_eq(absolute(inverse), splat(__builtin_inff())), halves = to_halves(d), mins = to_halves(low);
    inverse = wasm_v128_andnot(inverse, dead);
    wasm_v128_store(s->inverse + b, inverse);
    wasm_v128_store(s->bias + b, pick(dead, splat(0.5f), splat(bias_of(top, has_min))));
    wasm_v128_store(s->scales + b, halves);
    wasm_v128_store(s->mins + b, mins);
    // Infinity times 0 is no number: with an inverse of 0 the weights themselves are multiplied.
    wasm_v128_store(s->origin + b, both(low, wasm_f32x4_ne(inverse, splat(0))));
    v exponent = wasm_i32x4_splat(0x7c00), overflow = wasm_i32x4_eq(both(halves, exponent), exponent);
    if (has_min) overflow = wasm_v128_or(overflow, wasm_i32x4_eq(both(mins, exponent), exponent));
    s->overflow |= any_lane(overflow);
}

/** Scales of four blocks, from b on. */
INLINE void find_scales(const float *x, int b, int left, Scratch *s, int top, bool has_min) {
    v high = across(s->high + b, keep_max), low = across(s->low + b, keep_min), negative = wasm_f32x4_neg(low);
    v d = scale_of(high, low, pick(gt(high, negative), high, low), top, has_min);
    v uncommon = has_min ? not_normal_half(low) : wasm_f32x4_eq(high, negative);
    uncommon = wasm_v128_or(uncommon, not_normal_half(d));
    if (any_lane(uncommon)) {
        uncommon_scales(x, b, left, s, top, has_min);
        return;
    }
    wasm_v128_store(s->inverse + b, quo(splat(1), d));
    wasm_v128_store(s->bias + b, splat(bias_of(top, has_min)));
    wasm_v128_store(s->scales + b, to_normal_halves(d));
    if (!has_min) return;
    wasm_v128_store(s->mins + b, to_normal_halves(low));
    wasm_v128_store(s->origin + b, low);
}

// 2^22 - 1/4. Of the sum with a number from 1/4 on only multiples of 1/2 are left, and rounding to them lets the integer
// part stand: what lies between n - 1/2 and n becomes n - 1/2, a tie (n itself) the even multiple, which is n.
#define HALVES 4194303.75f

/** Stores 32 levels, given doubled, as nibbles: the i-th byte holds levels i and i + 16. */
INLINE void store_doubled(v first, v second, uint8_t *nibbles) {
    // What crosses the border of two bytes is masked away.
    first = both(wasm_u16x8_shr(first, 1), wasm_i8x16_splat(15));
    second = both(wasm_i16x8_shl(second, 3), wasm_i8x16_splat(-16));
    wasm_v128_store(nibbles, wasm_v128_or(first, second));
}
/** The same for levels of five bits. The fifth bits stand before the nibbles. */
INLINE void store_doubled_fives(v first, v second, uint8_t *nibbles) {
    // Shifted left by 2, the fifth bit is the sign that bitmask collects.
    uint32_t low = wasm_i8x16_bitmask(wasm_i16x8_shl(first, 2)), high = wasm_i8x16_bitmask(wasm_i16x8_shl(second, 2));
    uint32_t bits = low | high << 16;
    __builtin_memcpy(nibbles - 4, &bits, 4);
    store_doubled(first, second, nibbles);
}

/**
 * Levels of one block: (x - origin)*inverse + bias, truncated, at most top. What is no number leaves a byte in `seen`
 * that no level does.
 */
INLINE void write_levels(const float *x, wide origin, wide inverse, wide bias, uint8_t *nibbles, v *seen, int top,
    bool has_min) {
    wide f[WIDE_PARTS];
    for (int i = 0; i < WIDE_PARTS; i++) {
        wide r = load_wide(x + WIDE * i);
        if (has_min) r = wide_sub(r, origin);
        // The integer parts twice over, the lowest bit being what is left.
        f[i] = wide_add(wide_add(wide_mul(r, inverse), bias), wide_splat(HALVES));
        f[i] = wide_sub_whole(f[i], wide_whole(0x4a800000));
    }
    v first, second, limit = wasm_i8x16_splat((int8_t)(2 * top + 1));
    narrow_wide(f, &first, &second);
    *seen = wasm_u8x16_max(*seen, wasm_u8x16_max(first, second));
    // With a minimum the largest weight is top steps away from it, and half a step more is still top.
    if (!has_min) first = wasm_u8x16_min(first, limit), second = wasm_u8x16_min(second, limit);
    if (top == 15) store_doubled(first, second, nibbles);
    else store_doubled_fives(first, second, nibbles);
}

INLINE bool quantize(const float *x, uint8_t *y, int blocks, Scratch *s, int top, bool has_min) {
    int head = header_size(top, has_min), size = head + 16;
    v seen = splat(0);
    s->overflow = false;
    for (; blocks > 0; blocks -= GROUP) {
        int count = blocks < GROUP ? blocks : GROUP;
        find_extremes(x, count, s, has_min);
        UNROLLED_TWICE
        for (int b = 0; b < count; b += 4) find_scales(x + 32 * b, b, count - b, s, top, has_min);
        ROLLED
        for (int b = 0; b < count; b++, x += 32, y += size) {
            store_half(y, (uint16_t)s->scales[b]);
            if (has_min) store_half(y + 2, (uint16_t)s->mins[b]);
            wide origin = wide_splat(s->origin[b]), inverse = wide_splat(s->inverse[b]), bias = wide_splat(s->bias[b]);
            write_levels(x, origin, inverse, bias, y + head, &seen, top, has_min);
        }
    }
    return !s->overflow && !any(wasm_u8x16_gt(seen, wasm_i8x16_splat((int8_t)(2 * top + 3))));
}

bool quantize_plain_blocks(const float *x, uint8_t *y, int blocks, uint8_t *scratch, int top, bool has_min) {
    Scratch *s = (Scratch *)scratch;
    if (top == 15 && has_min) return quantize(x, y, blocks, s, 15, true);
    if (top == 15) return quantize(x, y, blocks, s, 15, false);
    if (has_min) return quantize(x, y, blocks, s, 31, true);
    return quantize(x, y, blocks, s, 31, false);
}
