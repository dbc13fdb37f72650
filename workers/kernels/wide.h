// 32 weights of one block side by side, as wide as the processor has them: what needs no lane of its own for each block.
// Operations are those of lanes.h.
#ifndef SLIPWAY_WIDE_H
#define SLIPWAY_WIDE_H
#include "lanes.h"

#if defined(__AVX2__)
#include <immintrin.h>
#define WIDE 8
typedef __m256 wide;
INLINE wide load_wide(const float *x) { return _mm256_loadu_ps(x); }
INLINE wide wide_splat(float f) { return _mm256_set1_ps(f); }
INLINE wide wide_whole(int32_t i) { return (wide)_mm256_set1_epi32(i); }
INLINE wide wide_add(wide a, wide b) { return _mm256_add_ps(a, b); }
INLINE wide wide_sub(wide a, wide b) { return _mm256_sub_ps(a, b); }
INLINE wide wide_mul(wide a, wide b) { return _mm256_mul_ps(a, b); }
INLINE wide wide_sub_whole(wide a, wide b) { return (wide)_mm256_sub_epi32((__m256i)a, (__m256i)b); }
// minps and maxps yield the second operand unless the first one is smaller or larger.
INLINE wide wide_max(wide kept, wide x) { return _mm256_max_ps(x, kept); }
INLINE wide wide_min(wide kept, wide x) { return _mm256_min_ps(x, kept); }
INLINE v halves_max(wide a) { return keep_max((v)_mm256_castps256_ps128(a), (v)_mm256_extractf128_ps(a, 1)); }
INLINE v halves_min(wide a) { return keep_min((v)_mm256_castps256_ps128(a), (v)_mm256_extractf128_ps(a, 1)); }
/** 32 integers as bytes, saturated. */
INLINE void narrow_wide(const wide *l, v *first, v *second) {
    __m256i low = _mm256_packs_epi32((__m256i)l[0], (__m256i)l[1]);
    __m256i bytes = _mm256_packs_epi16(low, _mm256_packs_epi32((__m256i)l[2], (__m256i)l[3]));
    // Packing works in each half of a register: fours of bytes stand as 0, 2, 4, 6, 1, 3, 5, 7.
    bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    *first = (v)_mm256_castsi256_si128(bytes);
    *second = (v)_mm256_extracti128_si256(bytes, 1);
}
#else
#define WIDE 4
typedef v wide;
INLINE wide load_wide(const float *x) { return wasm_v128_load(x); }
INLINE wide wide_splat(float f) { return splat(f); }
INLINE wide wide_whole(int32_t i) { return wasm_i32x4_splat(i); }
INLINE wide wide_add(wide a, wide b) { return add(a, b); }
INLINE wide wide_sub(wide a, wide b) { return sub(a, b); }
INLINE wide wide_mul(wide a, wide b) { return mul(a, b); }
INLINE wide wide_sub_whole(wide a, wide b) { return wasm_i32x4_sub(a, b); }
INLINE wide wide_max(wide kept, wide x) { return keep_max(kept, x); }
INLINE wide wide_min(wide kept, wide x) { return keep_min(kept, x); }
INLINE v halves_max(wide a) { return a; }
INLINE v halves_min(wide a) { return a; }
INLINE void narrow_wide(const wide *l, v *first, v *second) {
    v low = wasm_i16x8_narrow_i32x4(l[0], l[1]), high = wasm_i16x8_narrow_i32x4(l[4], l[5]);
    *first = wasm_i8x16_narrow_i16x8(low, wasm_i16x8_narrow_i32x4(l[2], l[3]));
    *second = wasm_i8x16_narrow_i16x8(high, wasm_i16x8_narrow_i32x4(l[6], l[7]));
}
#endif
enum { WIDE_PARTS = 32 / WIDE };
#endif
