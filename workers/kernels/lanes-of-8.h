// Eight lanes (AVX2): lanes.h says what each function means.
#ifndef SLIPWAY_LANES_OF_8_H
#define SLIPWAY_LANES_OF_8_H
#include <immintrin.h>

#define LANES 8
typedef int32_t v __attribute__((vector_size(32)));
typedef uint32_t unsigned_lanes __attribute__((vector_size(32)));
typedef float float_lanes __attribute__((vector_size(32)));

INLINE v load(const void *p) { return (v)_mm256_loadu_si256(p); }
INLINE void store(void *p, v a) { _mm256_storeu_si256(p, (__m256i)a); }
INLINE v splat(float f) { return (v)_mm256_set1_ps(f); }
INLINE v whole(int32_t i) { return (v)_mm256_set1_epi32(i); }
INLINE v add(v a, v b) { return (v)((float_lanes)a + (float_lanes)b); }
INLINE v sub(v a, v b) { return (v)((float_lanes)a - (float_lanes)b); }
INLINE v mul(v a, v b) { return (v)((float_lanes)a * (float_lanes)b); }
INLINE v quo(v a, v b) { return (v)((float_lanes)a / (float_lanes)b); }
INLINE v root(v a) { return (v)_mm256_sqrt_ps((__m256)a); }
INLINE v absolute(v a) { return a & whole(0x7fffffff); }
INLINE v negative(v a) { return a ^ whole((int32_t)0x80000000); }
// minps and maxps yield the second operand unless the first one is smaller or larger.
INLINE v keep_min(v kept, v x) { return (v)_mm256_min_ps((__m256)x, (__m256)kept); }
INLINE v keep_max(v kept, v x) { return (v)_mm256_max_ps((__m256)x, (__m256)kept); }
INLINE v gt(v a, v b) { return (v)((float_lanes)a > (float_lanes)b); }
INLINE v lt(v a, v b) { return (v)((float_lanes)a < (float_lanes)b); }
INLINE v ge(v a, v b) { return (v)((float_lanes)a >= (float_lanes)b); }
INLINE v eq(v a, v b) { return (v)((float_lanes)a == (float_lanes)b); }
INLINE v ne(v a, v b) { return (v)((float_lanes)a != (float_lanes)b); }
INLINE v pick(v mask, v yes, v no) { return (v)_mm256_blendv_ps((__m256)no, (__m256)yes, (__m256)mask); }
INLINE v both(v a, v b) { return a & b; }
INLINE v either(v a, v b) { return a | b; }
INLINE v inverted(v a) { return ~a; }
INLINE v without(v a, v b) { return a & ~b; }
INLINE uint32_t lane_signs(v a) { return (uint32_t)_mm256_movemask_ps((__m256)a); }
INLINE bool all(v mask) { return lane_signs(mask) == 255; }
INLINE bool any_lane(v mask) { return lane_signs(mask) != 0; }
INLINE v nearest_float(v f) {
    return (v)_mm256_round_ps((__m256)f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
INLINE v truncated(v f) { return (v)_mm256_cvttps_epi32((__m256)f); }
INLINE v to_float(v i) { return (v)__builtin_convertvector(i, float_lanes); }
INLINE v add_whole(v a, v b) { return (v)((unsigned_lanes)a + (unsigned_lanes)b); }
INLINE v sub_whole(v a, v b) { return (v)((unsigned_lanes)a - (unsigned_lanes)b); }
INLINE v min_whole(v a, v b) { return (v)_mm256_min_epi32((__m256i)a, (__m256i)b); }
INLINE v max_whole(v a, v b) { return (v)_mm256_max_epi32((__m256i)a, (__m256i)b); }
INLINE v lt_whole(v a, v b) { return a < b; }
INLINE v shift_left(v a, uint32_t n) { return (v)((unsigned_lanes)a << n); }
INLINE v shift_right(v a, uint32_t n) { return (v)((unsigned_lanes)a >> n); }
/** Lanes 4*k to 4*k + 3. */
INLINE v128_t part(v a, int k) {
    return k == 0 ? __builtin_shufflevector(a, a, 0, 1, 2, 3) : __builtin_shufflevector(a, a, 4, 5, 6, 7);
}

INLINE v128_t sum_of_parts(v a) { return wasm_i32x4_add(part(a, 0), part(a, 1)); }
INLINE v join(v128_t low, v128_t high) { return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7); }

INLINE __m256 two_rows(const float *low, const float *high) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1);
}
/** Columns i to i + 3 of eight rows. */
INLINE void transpose_rows(const float *const *rows, int i, v *out) {
    __m256 a = two_rows(rows[0] + i, rows[4] + i), b = two_rows(rows[1] + i, rows[5] + i);
    __m256 c = two_rows(rows[2] + i, rows[6] + i), d = two_rows(rows[3] + i, rows[7] + i);
    __m256d ab = (__m256d)_mm256_unpacklo_ps(a, b), cd = (__m256d)_mm256_unpacklo_ps(c, d);
    __m256d AB = (__m256d)_mm256_unpackhi_ps(a, b), CD = (__m256d)_mm256_unpackhi_ps(c, d);
    out[0] = (v)_mm256_unpacklo_pd(ab, cd);
    out[1] = (v)_mm256_unpackhi_pd(ab, cd);
    out[2] = (v)_mm256_unpacklo_pd(AB, CD);
    out[3] = (v)_mm256_unpackhi_pd(AB, CD);
}
#endif
