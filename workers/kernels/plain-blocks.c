// Q4_0, Q4_1, Q5_0, Q5_1 without importance (ggml-quants.c, quantize_row_q4_0_ref and its siblings).
// Three passes over a group of blocks, so that each pass is a run of independent work: extremes, scales, levels.
#include "blocks-of-32.h"
#include "float16.h"

enum { GROUP = 32 };

typedef struct {
    v high[GROUP], low[GROUP];
    float origin[GROUP], inverse[GROUP], bias[GROUP];
    uint32_t scales[GROUP], mins[GROUP];
} Scratch;

/** Integers 0 ... 255 that 2^23 was added to, as 16 bytes. */
INLINE v narrow_magic(const v *f) {
    v mask = wasm_i32x4_splat(0xff);
    v lo = wasm_i16x8_narrow_i32x4(both(f[0], mask), both(f[1], mask));
    v hi = wasm_i16x8_narrow_i32x4(both(f[2], mask), both(f[3], mask));
    return wasm_u8x16_narrow_i16x8(lo, hi);
}

INLINE v across_max(const v *m) {
    v t[4];
    transpose4(m[0], m[1], m[2], m[3], t);
    return keep_max(keep_max(t[0], t[1]), keep_max(t[2], t[3]));
}
INLINE v across_min(const v *m) {
    v t[4];
    transpose4(m[0], m[1], m[2], m[3], t);
    return keep_min(keep_min(t[0], t[1]), keep_min(t[2], t[3]));
}

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
    for (int b = 0; b < blocks; b++) {
        v first = wasm_v128_load(x + 32 * b), zero = splat(0);
        v high = has_min ? first : keep_max(zero, first), low = has_min ? first : keep_min(zero, first);
        for (int i = 4; i < 32; i += 4) {
            v r = wasm_v128_load(x + 32 * b + i);
            high = keep_max(high, r);
            low = keep_min(low, r);
        }
        s->high[b] = high;
        s->low[b] = low;
    }
}

/** Scales of four blocks, from b on. */
INLINE void find_scales(const float *x, int b, int left, Scratch *s, int top, bool has_min) {
    v high = across_max(s->high + b), low = across_min(s->low + b), d;
    float half = (float)(top + 1) / 2;
    if (has_min) {
        if (any(wasm_f32x4_eq(low, splat(0)))) low = first_of_zeros(x + 32 * b, left, low);
        // Adding 0 makes the difference of a zero and a negative zero positive, as that of one weight and itself.
        d = quo(add(sub(high, low), splat(0)), splat((float)top));
        wasm_v128_store(s->origin + b, low);
        wasm_v128_store(s->mins + b, to_halves(low));
    } else {
        v negative = wasm_f32x4_neg(low), max = pick(gt(high, negative), high, low);
        if (any(both(wasm_f32x4_eq(high, negative), gt(high, splat(0))))) max = first_of_largest(x + 32 * b, left,
            keep_max(high, negative));
        d = quo(max, splat(-half));
    }
    v inverse = both(quo(splat(1), d), wasm_f32x4_ne(d, splat(0)));
    // The inverse of a denormal scale is infinite; x86 turns the products, out of range, into zero bytes.
    v dead = wasm_f32x4_eq(absolute(inverse), splat(__builtin_inff()));
    wasm_v128_store(s->inverse + b, wasm_v128_andnot(inverse, dead));
    wasm_v128_store(s->bias + b, pick(dead, splat(0.5f), splat(has_min ? 0.5f : half + 0.5f)));
    wasm_v128_store(s->scales + b, to_halves(d));
}

/** Levels of one block: (x - origin)*inverse + bias, truncated, at most top. */
INLINE void write_levels(const float *x, v origin, v inverse, v bias, uint8_t *nibbles, int top, bool has_min) {
    v f[8], magic = splat(8388608.f);
    for (int i = 0; i < 8; i++) {
        v r = wasm_v128_load(x + 4 * i);
        // pmax, this way round, makes 0 of NaN (infinity times 0).
        if (has_min) r = wasm_f32x4_pmax(splat(0), add(mul(sub(r, origin), inverse), bias));
        else r = add(mul(r, inverse), bias);
        f[i] = wasm_f32x4_floor(wasm_f32x4_pmin(splat((float)top + 0.5f), r));
    }
    if (top == 15) {
        for (int i = 0; i < 4; i++) f[i] = add(add(f[i], mul(f[i + 4], splat(16))), magic);
        wasm_v128_store(nibbles, narrow_magic(f));
    } else {
        for (int i = 0; i < 8; i++) f[i] = add(f[i], magic);
        store_levels(narrow_magic(f), narrow_magic(f + 4), nibbles, top);
    }
}

INLINE void quantize(const float *x, uint8_t *y, int blocks, Scratch *s, int top, bool has_min) {
    int head = header_size(top, has_min), size = head + 16;
    for (; blocks > 0; blocks -= GROUP, x += 32 * GROUP, y += size * GROUP) {
        int count = blocks < GROUP ? blocks : GROUP;
        find_extremes(x, count, s, has_min);
        ROLLED
        for (int b = 0; b < count; b += 4) find_scales(x, b, count - b, s, top, has_min);
        ROLLED
        for (int b = 0; b < count; b++) {
            uint8_t *out = y + size * b;
            store_half(out, (uint16_t)s->scales[b]);
            if (has_min) store_half(out + 2, (uint16_t)s->mins[b]);
            v origin = splat(s->origin[b]), inverse = splat(s->inverse[b]), bias = splat(s->bias[b]);
            write_levels(x + 32 * b, origin, inverse, bias, out + head, top, has_min);
        }
    }
}

void quantize_plain_blocks(const float *x, uint8_t *y, int blocks, uint8_t *scratch, int top, bool has_min) {
    Scratch *s = (Scratch *)scratch;
    if (top == 15 && has_min) quantize(x, y, blocks, s, 15, true);
    else if (top == 15) quantize(x, y, blocks, s, 15, false);
    else if (has_min) quantize(x, y, blocks, s, 31, true);
    else quantize(x, y, blocks, s, 31, false);
}
