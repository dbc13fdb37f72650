// Single-precision lanes, four or eight of them, each working on its own block or sub-block: every scalar statement of the reference
// becomes the same statement on vectors in the same order, so every lane rounds exactly as the reference does.
// Never add anything here that reassociates, fuses or relaxes: no f32x4.min/max (other NaN and -0 rules), no FMA.
#ifndef SLIPWAY_LANES_H
#define SLIPWAY_LANES_H
#include <stdbool.h>
#include <stdint.h>
#include <wasm_simd128.h>

#ifdef __wasm__
#define EXPORTED(name) __attribute__((export_name(#name)))
/** Of working memory with a fixed address: one thread uses it at a time. */
#define FIXED static
#else
#define EXPORTED(name)
#define FIXED
#endif
#define EXPORT(name) EXPORTED(name) void name
/** A kernel that returns whether all weights and scales are known to be finite; false: they have to be looked at. */
#define CHECKED(name) EXPORTED(name) bool name
/** A question whose answer is 1 or 0. */
#define ASKED(name) EXPORTED(name) int name
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
// Before a loop over the weights of a block: unrolled in full, its values no longer fit the registers.
#ifdef __clang__
#define ROLLED _Pragma("clang loop unroll(disable)")
#define UNROLLED_TWICE _Pragma("clang loop unroll_count(2)")
#else
// GCC unrolls nothing unless told so.
#define ROLLED
#define UNROLLED_TWICE
#endif

// A source that works with any number of lanes defines ANY_LANES before it includes this.
#if defined(ANY_LANES) && defined(__AVX2__)
#include "lanes-of-8.h"
#else
#define LANES 4
typedef v128_t v;
INLINE v load(const void *p) { return wasm_v128_load(p); }
INLINE void store(void *p, v a) { wasm_v128_store(p, a); }
INLINE v splat(float f) { return wasm_f32x4_splat(f); }
INLINE v add(v a, v b) { return wasm_f32x4_add(a, b); }
INLINE v sub(v a, v b) { return wasm_f32x4_sub(a, b); }
INLINE v mul(v a, v b) { return wasm_f32x4_mul(a, b); }
INLINE v quo(v a, v b) { return wasm_f32x4_div(a, b); }
INLINE v root(v a) { return wasm_f32x4_sqrt(a); }
INLINE v absolute(v a) { return wasm_f32x4_abs(a); }
INLINE v negative(v a) { return wasm_f32x4_neg(a); }
/** `x < kept ? x : kept` */
INLINE v keep_min(v kept, v x) { return wasm_f32x4_pmin(kept, x); }
/** `kept < x ? x : kept` */
INLINE v keep_max(v kept, v x) { return wasm_f32x4_pmax(kept, x); }
INLINE v gt(v a, v b) { return wasm_f32x4_gt(a, b); }
INLINE v lt(v a, v b) { return wasm_f32x4_lt(a, b); }
INLINE v ge(v a, v b) { return wasm_f32x4_ge(a, b); }
INLINE v eq(v a, v b) { return wasm_f32x4_eq(a, b); }
INLINE v ne(v a, v b) { return wasm_f32x4_ne(a, b); }
INLINE v pick(v mask, v yes, v no) { return wasm_v128_bitselect(yes, no, mask); }
INLINE v both(v a, v b) { return wasm_v128_and(a, b); }
INLINE v either(v a, v b) { return wasm_v128_or(a, b); }
INLINE v inverted(v a) { return wasm_v128_not(a); }
/** The bits of a that b has not. */
INLINE v without(v a, v b) { return wasm_v128_andnot(a, b); }
// Of masks with equal bits in every lane, of which the signs are enough: fewer instructions than all_true and any_true.
INLINE uint32_t lane_signs(v a) { return wasm_i32x4_bitmask(a); }
INLINE bool all(v mask) { return lane_signs(mask) == 15; }
INLINE bool any_lane(v mask) { return lane_signs(mask) != 0; }
/** Whether any bit is set. */
INLINE bool any(v bits) { return wasm_v128_any_true(bits); }
/** Nearest integers kept as floats; equal to nearest_lanes only while |f| < 2^22. */
INLINE v nearest_float(v f) { return wasm_f32x4_nearest(f); }
/** Towards zero, to whole numbers that fit 31 bits. */
INLINE v truncated(v f) { return wasm_i32x4_trunc_sat_f32x4(f); }
// Whole numbers.
INLINE v whole(int32_t i) { return wasm_i32x4_splat(i); }
INLINE v to_float(v i) { return wasm_f32x4_convert_i32x4(i); }
INLINE v add_whole(v a, v b) { return wasm_i32x4_add(a, b); }
INLINE v sub_whole(v a, v b) { return wasm_i32x4_sub(a, b); }
INLINE v min_whole(v a, v b) { return wasm_i32x4_min(a, b); }
INLINE v max_whole(v a, v b) { return wasm_i32x4_max(a, b); }
INLINE v lt_whole(v a, v b) { return wasm_i32x4_lt(a, b); }
INLINE v shift_left(v a, uint32_t n) { return wasm_i32x4_shl(a, n); }
INLINE v shift_right(v a, uint32_t n) { return wasm_u32x4_shr(a, n); }
INLINE v128_t part(v a, int k) {
    (void)k;
    return a;
}
INLINE v128_t sum_of_parts(v a) { return a; }
#endif

// 1.5 * 2^23: adding it leaves the nearest integer (ties to even) in the low bits of the sum.
#define ROUNDER 12582912.f

/** The reference's nearest_int: wraps around outside +-2^22, as the reference does. */
INLINE int nearest(float f) {
    union { float f; uint32_t u; } c = {f + ROUNDER};
    return (int)(c.u & 0x007fffff) - 0x00400000;
}
/** The same on four lanes, as integers. */
INLINE v nearest_lanes(v f) {
    v i = both(add(f, splat(ROUNDER)), whole(0x007fffff));
    return sub_whole(i, whole(0x00400000));
}
INLINE v clamp_lanes(v i, int low, int high) { return max_whole(whole(low), min_whole(whole(high), i)); }
INLINE v nearest_clamped(v f, int low, int high) { return clamp_lanes(nearest_lanes(f), low, high); }
INLINE v nearest_float_clamped(v f, float low, float high) {
    return keep_max(keep_min(nearest_float(f), splat(high)), splat(low));
}
/** roundf: half away from zero, exact for |f| < 2^22. As integers. */
INLINE v round_away(v f) {
    v half = either(both(f, splat(-0.0f)), splat(0.49999997f));
    return truncated(add(f, half));
}

INLINE void transpose4(v128_t a, v128_t b, v128_t c, v128_t d, v128_t *out) {
    v128_t ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);
    v128_t AB = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7), CD = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    out[0] = wasm_i64x2_shuffle(ab, cd, 0, 2);
    out[1] = wasm_i64x2_shuffle(ab, cd, 1, 3);
    out[2] = wasm_i64x2_shuffle(AB, CD, 0, 2);
    out[3] = wasm_i64x2_shuffle(AB, CD, 1, 3);
}
#if LANES == 4
/** Maximum or minimum of each of four vectors. */
INLINE v across(const v *m, v (*keep)(v, v)) {
    v ab = keep(wasm_i32x4_shuffle(m[0], m[1], 0, 4, 1, 5), wasm_i32x4_shuffle(m[0], m[1], 2, 6, 3, 7));
    v cd = keep(wasm_i32x4_shuffle(m[2], m[3], 0, 4, 1, 5), wasm_i32x4_shuffle(m[2], m[3], 2, 6, 3, 7));
    return keep(wasm_i64x2_shuffle(ab, cd, 0, 2), wasm_i64x2_shuffle(ab, cd, 1, 3));
}
/** The sign bit of each lane says whether its number is something else than a normal half: too small or too large. */
INLINE v not_normal_half(v f) {
    v a = both(f, wasm_i32x4_splat(0x7fffffff)), above = wasm_i32x4_sub(a, wasm_i32x4_splat(0x38800000));
    return wasm_v128_or(above, wasm_i32x4_sub(wasm_i32x4_splat(0x477fefff), a));
}
/** to_halves for normal halves. */
INLINE v to_normal_halves(v f) {
    v a = both(f, wasm_i32x4_splat(0x7fffffff)), odd = both(wasm_u32x4_shr(a, 13), wasm_i32x4_splat(1));
    v h = wasm_u32x4_shr(wasm_i32x4_add(wasm_i32x4_add(a, odd), wasm_i32x4_splat(0xfff - 0x38000000)), 13);
    return wasm_v128_or(h, both(wasm_u32x4_shr(f, 16), wasm_i32x4_splat(0x8000)));
}

#endif

/** Lane k of out[i] becomes rows[k][i], for i < n (a multiple of 4). */
INLINE void load_rows(const float *const *rows, int n, v *out) {
#if LANES == 4
    ROLLED
    for (int i = 0; i < n; i += 4)
        transpose4(load(rows[0] + i), load(rows[1] + i), load(rows[2] + i), load(rows[3] + i), out + i);
#else
    ROLLED
    for (int i = 0; i < n; i += 4) transpose_rows(rows, i, out + i);
#endif
}
/** Lane k of out[i] becomes x[k*stride + i], for i < n (a multiple of 4). */
INLINE void load_lanes(const float *x, int stride, int n, v *out) {
    const float *rows[LANES];
    for (int k = 0; k < LANES; k++) rows[k] = x + k * stride;
    load_rows(rows, n, out);
}
/** Inverse of load_lanes for integer lanes that fit a byte: four columns, out[k*stride + i]. */
INLINE void store_lanes(const v *l, uint8_t *out, int stride) {
    for (int k = 0; k < LANES / 4; k++, out += 4 * stride) {
        v128_t low = wasm_i16x8_narrow_i32x4(part(l[0], k), part(l[1], k));
        v128_t t = wasm_u8x16_narrow_i16x8(low, wasm_i16x8_narrow_i32x4(part(l[2], k), part(l[3], k)));
        t = wasm_i8x16_shuffle(t, t, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        wasm_v128_store32_lane(out, t, 0);
        wasm_v128_store32_lane(out + stride, t, 1);
        wasm_v128_store32_lane(out + 2 * stride, t, 2);
        wasm_v128_store32_lane(out + 3 * stride, t, 3);
    }
}

INLINE v128_t low_floats(v128_t words) { return wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(words)); }
INLINE v128_t high_floats(v128_t words) { return wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(words)); }
/** 16 signed bytes times d, stored as 16 floats. */
INLINE void store_scaled(float *x, v128_t bytes, v128_t d) {
    v128_t lo = wasm_i16x8_extend_low_i8x16(bytes), hi = wasm_i16x8_extend_high_i8x16(bytes);
    wasm_v128_store(x, wasm_f32x4_mul(low_floats(lo), d));
    wasm_v128_store(x + 4, wasm_f32x4_mul(high_floats(lo), d));
    wasm_v128_store(x + 8, wasm_f32x4_mul(low_floats(hi), d));
    wasm_v128_store(x + 12, wasm_f32x4_mul(high_floats(hi), d));
}
/** 16 signed bytes times d, plus m, stored as 16 floats. */
INLINE void store_scaled_plus(float *x, v128_t bytes, v128_t d, v128_t m) {
    v128_t lo = wasm_i16x8_extend_low_i8x16(bytes), hi = wasm_i16x8_extend_high_i8x16(bytes);
    wasm_v128_store(x, wasm_f32x4_add(wasm_f32x4_mul(low_floats(lo), d), m));
    wasm_v128_store(x + 4, wasm_f32x4_add(wasm_f32x4_mul(high_floats(lo), d), m));
    wasm_v128_store(x + 8, wasm_f32x4_add(wasm_f32x4_mul(low_floats(hi), d), m));
    wasm_v128_store(x + 12, wasm_f32x4_add(wasm_f32x4_mul(high_floats(hi), d), m));
}
/** Halves in the low 16 bits of each lane, by the rules of float_to_half (float16.h). */
INLINE v to_halves(v f) {
    v sign = both(shift_right(f, 16), whole(0x8000)), a = both(f, whole(0x7fffffff));
    v odd = both(shift_right(a, 13), whole(1));
    v rounded = add_whole(add_whole(a, whole(0xfff)), odd);
    v normal = shift_right(sub_whole(rounded, whole(0x38000000)), 13);
    v small = sub_whole(add(a, splat(0.5f)), whole(0x3f000000));
    v h = pick(lt_whole(a, whole(0x38800000)), small, normal);
    h = pick(lt_whole(whole(0x477fefff), a), whole(0x7c00), h);
    h = pick(lt_whole(whole(0x7f800000), a), whole(0x7e00), h);
    return either(h, sign);
}
/**
 * Sums of squares of up to four runs of n floats, each in index order. A single sum waits for every one of its
 * additions; four of them wait together.
 */
INLINE void sums_of_squares(const float *x, int n, int runs, float *sums) {
    const float *b = x + n * (runs > 1 ? 1 : 0), *c = x + n * (runs > 2 ? 2 : 0), *d = x + n * (runs > 3 ? 3 : 0);
    float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    ROLLED
    for (int i = 0; i < n; i++) {
        s0 += x[i] * x[i];
        s1 += b[i] * b[i];
        s2 += c[i] * c[i];
        s3 += d[i] * d[i];
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}
#endif
