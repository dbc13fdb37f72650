// The instructions of WebAssembly's SIMD (spec: "Vector Instructions") that the kernels in workers/kernels use, for
// processors with SSE4.1 and more, and for NEON. The kernels find this file in the place of the compiler's own of that
// name, so that one source serves all. What each function yields is what the specification says, to the last bit: NaN,
// zeros and integers out of range included.
#ifndef SLIPWAY_WASM_SIMD128_H
#define SLIPWAY_WASM_SIMD128_H
#include <stdbool.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#else
#error "kernels are compiled for x86-64 and for arm64"
#endif

typedef int32_t v128_t __attribute__((vector_size(16)));
typedef float simd_f32 __attribute__((vector_size(16)));
typedef int8_t simd_i8 __attribute__((vector_size(16)));
typedef uint8_t simd_u8 __attribute__((vector_size(16)));
typedef int16_t simd_i16 __attribute__((vector_size(16)));
typedef uint16_t simd_u16 __attribute__((vector_size(16)));
typedef uint32_t simd_u32 __attribute__((vector_size(16)));
typedef int64_t simd_i64 __attribute__((vector_size(16)));
typedef int8_t simd_i8_half __attribute__((vector_size(8)));
typedef uint8_t simd_u8_half __attribute__((vector_size(8)));
typedef int16_t simd_i16_half __attribute__((vector_size(8)));
typedef uint16_t simd_u16_half __attribute__((vector_size(8)));

#define SIMD static inline __attribute__((always_inline))

// Rows begin anywhere.
typedef struct __attribute__((packed, may_alias)) {
    v128_t value;
} simd_unaligned;
typedef struct __attribute__((packed, may_alias)) {
    int64_t value;
} simd_unaligned64;
typedef struct __attribute__((packed, may_alias)) {
    int32_t value;
} simd_unaligned32;

SIMD v128_t wasm_v128_load(const void *p) { return ((const simd_unaligned *)p)->value; }
SIMD void wasm_v128_store(void *p, v128_t a) { ((simd_unaligned *)p)->value = a; }
SIMD v128_t wasm_v128_load32_zero(const void *p) { return (v128_t){((const simd_unaligned32 *)p)->value, 0, 0, 0}; }
SIMD v128_t wasm_v128_load64_zero(const void *p) {
    return (v128_t)(simd_i64){((const simd_unaligned64 *)p)->value, 0};
}
SIMD v128_t wasm_v128_load64_splat(const void *p) {
    int64_t value = ((const simd_unaligned64 *)p)->value;
    return (v128_t)(simd_i64){value, value};
}
SIMD v128_t simd_load32(const void *p, v128_t a, int lane) {
    a[lane] = ((const simd_unaligned32 *)p)->value;
    return a;
}
SIMD v128_t simd_load64(const void *p, v128_t a, int lane) {
    simd_i64 b = (simd_i64)a;
    b[lane] = ((const simd_unaligned64 *)p)->value;
    return (v128_t)b;
}
#define wasm_v128_load32_lane(p, a, lane) simd_load32(p, a, lane)
#define wasm_v128_load64_lane(p, a, lane) simd_load64(p, a, lane)
#define wasm_v128_store32_lane(p, a, lane) (((simd_unaligned32 *)(void *)(p))->value = (a)[lane])
#define wasm_v128_store64_lane(p, a, lane) (((simd_unaligned64 *)(void *)(p))->value = ((simd_i64)(a))[lane])

SIMD v128_t wasm_f32x4_make(float a, float b, float c, float d) { return (v128_t)(simd_f32){a, b, c, d}; }
SIMD v128_t wasm_i32x4_make(int32_t a, int32_t b, int32_t c, int32_t d) { return (v128_t){a, b, c, d}; }
#define wasm_i8x16_make(...) ((v128_t)(simd_i8){__VA_ARGS__})
SIMD v128_t wasm_f32x4_splat(float a) { return (v128_t)(simd_f32){a, a, a, a}; }
SIMD v128_t wasm_i32x4_splat(int32_t a) { return (v128_t){a, a, a, a}; }
SIMD v128_t wasm_i16x8_splat(int16_t a) { return (v128_t)(simd_i16){a, a, a, a, a, a, a, a}; }
SIMD v128_t wasm_i8x16_splat(int8_t a) {
    return (v128_t)(simd_i8){a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a};
}
#define wasm_i32x4_extract_lane(a, lane) ((a)[lane])
#define wasm_f32x4_extract_lane(a, lane) (((simd_f32)(a))[lane])

SIMD v128_t wasm_v128_and(v128_t a, v128_t b) { return a & b; }
SIMD v128_t wasm_v128_or(v128_t a, v128_t b) { return a | b; }
SIMD v128_t wasm_v128_xor(v128_t a, v128_t b) { return a ^ b; }
SIMD v128_t wasm_v128_not(v128_t a) { return ~a; }
SIMD v128_t wasm_v128_andnot(v128_t a, v128_t b) { return a & ~b; }
SIMD v128_t wasm_v128_bitselect(v128_t yes, v128_t no, v128_t mask) { return (mask & yes) | (~mask & no); }

#define SIMD_BINARY(name, type, operator)                                                                              \
    SIMD v128_t wasm_##name(v128_t a, v128_t b) { return (v128_t)((type)a operator(type) b); }
SIMD_BINARY(f32x4_add, simd_f32, +)
SIMD_BINARY(f32x4_sub, simd_f32, -)
SIMD_BINARY(f32x4_mul, simd_f32, *)
SIMD_BINARY(f32x4_div, simd_f32, /)
SIMD_BINARY(f32x4_eq, simd_f32, ==)
SIMD_BINARY(f32x4_ne, simd_f32, !=)
SIMD_BINARY(f32x4_lt, simd_f32, <)
SIMD_BINARY(f32x4_gt, simd_f32, >)
SIMD_BINARY(f32x4_ge, simd_f32, >=)
SIMD_BINARY(i32x4_add, simd_u32, +)
SIMD_BINARY(i32x4_sub, simd_u32, -)
SIMD_BINARY(i32x4_mul, simd_u32, *)
SIMD_BINARY(i32x4_eq, v128_t, ==)
SIMD_BINARY(i32x4_lt, v128_t, <)
SIMD_BINARY(i32x4_gt, v128_t, >)
SIMD_BINARY(i32x4_ge, v128_t, >=)
SIMD_BINARY(i16x8_sub, simd_u16, -)
SIMD_BINARY(i16x8_eq, simd_i16, ==)
SIMD_BINARY(i16x8_gt, simd_i16, >)
SIMD_BINARY(u16x8_ge, simd_u16, >=)
SIMD_BINARY(i8x16_add, simd_u8, +)
SIMD_BINARY(i8x16_sub, simd_u8, -)
SIMD_BINARY(i8x16_eq, simd_i8, ==)
SIMD_BINARY(i8x16_lt, simd_i8, <)
SIMD_BINARY(i8x16_gt, simd_i8, >)
SIMD_BINARY(u8x16_lt, simd_u8, <)
SIMD_BINARY(u8x16_gt, simd_u8, >)

// The count is taken modulo the width of a lane.
SIMD v128_t wasm_i32x4_shl(v128_t a, uint32_t n) { return (v128_t)((simd_u32)a << (n & 31)); }
SIMD v128_t wasm_u32x4_shr(v128_t a, uint32_t n) { return (v128_t)((simd_u32)a >> (n & 31)); }
SIMD v128_t wasm_i16x8_shl(v128_t a, uint32_t n) { return (v128_t)((simd_u16)a << (uint16_t)(n & 15)); }
SIMD v128_t wasm_u16x8_shr(v128_t a, uint32_t n) { return (v128_t)((simd_u16)a >> (uint16_t)(n & 15)); }
SIMD v128_t wasm_i8x16_shl(v128_t a, uint32_t n) { return (v128_t)((simd_u8)a << (uint8_t)(n & 7)); }
SIMD v128_t wasm_u8x16_shr(v128_t a, uint32_t n) { return (v128_t)((simd_u8)a >> (uint8_t)(n & 7)); }

#define wasm_i64x2_shuffle(a, b, ...) ((v128_t)__builtin_shufflevector((simd_i64)(a), (simd_i64)(b), __VA_ARGS__))
#define wasm_i32x4_shuffle(a, b, ...) ((v128_t)__builtin_shufflevector((v128_t)(a), (v128_t)(b), __VA_ARGS__))
#define wasm_i16x8_shuffle(a, b, ...) ((v128_t)__builtin_shufflevector((simd_i16)(a), (simd_i16)(b), __VA_ARGS__))
#define wasm_i8x16_shuffle(a, b, ...) ((v128_t)__builtin_shufflevector((simd_i8)(a), (simd_i8)(b), __VA_ARGS__))

#define SIMD_LOW8(a) __builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7)
#define SIMD_HIGH8(a) __builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15)
#define SIMD_LOW4(a) __builtin_shufflevector(a, a, 0, 1, 2, 3)
#define SIMD_HIGH4(a) __builtin_shufflevector(a, a, 4, 5, 6, 7)
#define SIMD_EXTEND(name, from, to, part)                                                                              \
    SIMD v128_t wasm_##name(v128_t a) { return (v128_t)__builtin_convertvector(part((from)a), to); }
SIMD_EXTEND(i16x8_extend_low_i8x16, simd_i8, simd_i16, SIMD_LOW8)
SIMD_EXTEND(i16x8_extend_high_i8x16, simd_i8, simd_i16, SIMD_HIGH8)
SIMD_EXTEND(u16x8_extend_low_u8x16, simd_u8, simd_u16, SIMD_LOW8)
SIMD_EXTEND(i32x4_extend_low_i16x8, simd_i16, v128_t, SIMD_LOW4)
SIMD_EXTEND(i32x4_extend_high_i16x8, simd_i16, v128_t, SIMD_HIGH4)
SIMD_EXTEND(u32x4_extend_low_u16x8, simd_u16, simd_u32, SIMD_LOW4)
SIMD_EXTEND(u32x4_extend_high_u16x8, simd_u16, simd_u32, SIMD_HIGH4)

SIMD v128_t wasm_f32x4_convert_i32x4(v128_t a) { return (v128_t)__builtin_convertvector(a, simd_f32); }
SIMD v128_t wasm_f32x4_abs(v128_t a) { return a & wasm_i32x4_splat(0x7fffffff); }
SIMD v128_t wasm_f32x4_neg(v128_t a) { return a ^ wasm_i32x4_splat((int32_t)0x80000000); }

#if defined(__x86_64__)

#define SIMD_PS(a) ((__m128)(a))
#define SIMD_EPI(a) ((__m128i)(a))
#define SIMD_INTEGERS(name, instruction)                                                                               \
    SIMD v128_t wasm_##name(v128_t a, v128_t b) { return (v128_t)instruction(SIMD_EPI(a), SIMD_EPI(b)); }
SIMD_INTEGERS(i32x4_min, _mm_min_epi32)
SIMD_INTEGERS(i32x4_max, _mm_max_epi32)
SIMD_INTEGERS(u8x16_min, _mm_min_epu8)
SIMD_INTEGERS(u8x16_max, _mm_max_epu8)
SIMD_INTEGERS(i16x8_narrow_i32x4, _mm_packs_epi32)
SIMD_INTEGERS(u16x8_narrow_i32x4, _mm_packus_epi32)
SIMD_INTEGERS(i8x16_narrow_i16x8, _mm_packs_epi16)
SIMD_INTEGERS(u8x16_narrow_i16x8, _mm_packus_epi16)

SIMD v128_t wasm_i8x16_abs(v128_t a) { return (v128_t)_mm_abs_epi8(SIMD_EPI(a)); }
// minps and maxps yield the second operand unless the first one is smaller or larger.
SIMD v128_t wasm_f32x4_pmin(v128_t a, v128_t b) { return (v128_t)_mm_min_ps(SIMD_PS(b), SIMD_PS(a)); }
SIMD v128_t wasm_f32x4_pmax(v128_t a, v128_t b) { return (v128_t)_mm_max_ps(SIMD_PS(b), SIMD_PS(a)); }
SIMD v128_t wasm_f32x4_sqrt(v128_t a) { return (v128_t)_mm_sqrt_ps(SIMD_PS(a)); }
#define SIMD_ROUND(a, mode) ((v128_t)_mm_round_ps(SIMD_PS(a), (mode) | _MM_FROUND_NO_EXC))
SIMD v128_t wasm_f32x4_nearest(v128_t a) { return SIMD_ROUND(a, _MM_FROUND_TO_NEAREST_INT); }
SIMD v128_t wasm_f32x4_floor(v128_t a) { return SIMD_ROUND(a, _MM_FROUND_TO_NEG_INF); }
SIMD v128_t wasm_f32x4_trunc(v128_t a) { return SIMD_ROUND(a, _MM_FROUND_TO_ZERO); }
/** The instruction yields 0x80000000 for all that is out of range: of what is too large, all bits are turned around. */
SIMD v128_t wasm_i32x4_trunc_sat_f32x4(v128_t a) {
    v128_t truncated = (v128_t)_mm_cvttps_epi32(SIMD_PS(a));
    return (truncated ^ wasm_f32x4_ge(a, wasm_f32x4_splat(0x1p31f))) & wasm_f32x4_eq(a, a);
}
/** The instruction looks at four bits and the sign of an index; adding saturates from 16 on to where the sign is set. */
SIMD v128_t wasm_i8x16_swizzle(v128_t a, v128_t indices) {
    __m128i out_of_range = _mm_adds_epu8(SIMD_EPI(indices), _mm_set1_epi8(0x70));
    return (v128_t)_mm_shuffle_epi8(SIMD_EPI(a), out_of_range);
}
SIMD uint32_t wasm_i32x4_bitmask(v128_t a) { return (uint32_t)_mm_movemask_ps(SIMD_PS(a)); }
SIMD uint32_t wasm_i8x16_bitmask(v128_t a) { return (uint32_t)_mm_movemask_epi8(SIMD_EPI(a)); }
SIMD bool wasm_v128_any_true(v128_t a) { return !_mm_testz_si128(SIMD_EPI(a), SIMD_EPI(a)); }

#else

SIMD v128_t wasm_i32x4_min(v128_t a, v128_t b) { return (v128_t)vminq_s32((int32x4_t)a, (int32x4_t)b); }
SIMD v128_t wasm_i32x4_max(v128_t a, v128_t b) { return (v128_t)vmaxq_s32((int32x4_t)a, (int32x4_t)b); }
SIMD v128_t wasm_u8x16_min(v128_t a, v128_t b) { return (v128_t)vminq_u8((uint8x16_t)a, (uint8x16_t)b); }
SIMD v128_t wasm_u8x16_max(v128_t a, v128_t b) { return (v128_t)vmaxq_u8((uint8x16_t)a, (uint8x16_t)b); }
#define SIMD_NARROW(name, instruction, half, wide, combine)                                                            \
    SIMD v128_t wasm_##name(v128_t a, v128_t b) {                                                                      \
        return (v128_t)combine(instruction((wide)a), instruction((wide)b));                                            \
    }
SIMD_NARROW(i16x8_narrow_i32x4, vqmovn_s32, int16x4_t, int32x4_t, vcombine_s16)
SIMD_NARROW(u16x8_narrow_i32x4, vqmovun_s32, uint16x4_t, int32x4_t, vcombine_u16)
SIMD_NARROW(i8x16_narrow_i16x8, vqmovn_s16, int8x8_t, int16x8_t, vcombine_s8)
SIMD_NARROW(u8x16_narrow_i16x8, vqmovun_s16, uint8x8_t, int16x8_t, vcombine_u8)

SIMD v128_t wasm_i8x16_abs(v128_t a) { return (v128_t)vabsq_s8((int8x16_t)a); }
SIMD v128_t wasm_f32x4_pmin(v128_t a, v128_t b) { return wasm_v128_bitselect(b, a, wasm_f32x4_lt(b, a)); }
SIMD v128_t wasm_f32x4_pmax(v128_t a, v128_t b) { return wasm_v128_bitselect(b, a, wasm_f32x4_lt(a, b)); }
SIMD v128_t wasm_f32x4_sqrt(v128_t a) { return (v128_t)vsqrtq_f32((float32x4_t)a); }
SIMD v128_t wasm_f32x4_nearest(v128_t a) { return (v128_t)vrndnq_f32((float32x4_t)a); }
SIMD v128_t wasm_f32x4_floor(v128_t a) { return (v128_t)vrndmq_f32((float32x4_t)a); }
SIMD v128_t wasm_f32x4_trunc(v128_t a) { return (v128_t)vrndq_f32((float32x4_t)a); }
SIMD v128_t wasm_i32x4_trunc_sat_f32x4(v128_t a) { return (v128_t)vcvtq_s32_f32((float32x4_t)a); }
SIMD v128_t wasm_i8x16_swizzle(v128_t a, v128_t indices) {
    return (v128_t)vqtbl1q_u8((uint8x16_t)a, (uint8x16_t)indices);
}
SIMD uint32_t wasm_i32x4_bitmask(v128_t a) {
    return vaddvq_u32((uint32x4_t)((simd_u32)a >> 31 << (simd_u32){0, 1, 2, 3}));
}
SIMD uint32_t wasm_i8x16_bitmask(v128_t a) {
    simd_u8 bits = (simd_u8)a >> 7 << (simd_u8){0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7};
    return vaddv_u8(vget_low_u8((uint8x16_t)bits)) | (uint32_t)vaddv_u8(vget_high_u8((uint8x16_t)bits)) << 8;
}
SIMD bool wasm_v128_any_true(v128_t a) { return vmaxvq_u32((uint32x4_t)a) != 0; }

#endif
#endif
