// Half precision <-> single precision, exactly as ggml's scalar code rounds (ggml-impl.h):
// to nearest even, subnormals kept, NaN becomes 0x7e00, everything from 65520 on becomes infinity.
#ifndef SLIPWAY_FLOAT16_H
#define SLIPWAY_FLOAT16_H
#include <stdint.h>

static inline uint32_t float_bits(float f) {
    union { float f; uint32_t u; } c = {f};
    return c.u;
}
static inline float float_from_bits(uint32_t u) {
    union { uint32_t u; float f; } c = {u};
    return c.f;
}

static inline uint16_t float_to_half(float f) {
    uint32_t u = float_bits(f), sign = (u >> 16) & 0x8000, a = u & 0x7fffffff;
    if (a > 0x7f800000) return (uint16_t)(sign | 0x7e00);
    if (a >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
    // Below the smallest normal half, adding 0.5 leaves the rounded subnormal in the low bits.
    if (a < 0x38800000) return (uint16_t)(sign | (float_bits(float_from_bits(a) + 0.5f) - 0x3f000000));
    a += 0xfff + ((a >> 13) & 1);
    return (uint16_t)(sign | ((a - 0x38000000) >> 13));
}
static inline float half_to_float(uint16_t h) {
    uint32_t m = (uint32_t)(h & 0x7fff) << 13, sign = (uint32_t)(h & 0x8000) << 16;
    if (m >= 0x0f800000) return float_from_bits(sign | 0x70000000 | m);
    return float_from_bits(sign | float_bits(float_from_bits(m) * 0x1p112f));
}

static inline void store_half(uint8_t *y, uint16_t h) {
    y[0] = (uint8_t)h;
    y[1] = (uint8_t)(h >> 8);
}
static inline uint16_t load_half(const uint8_t *y) { return (uint16_t)(y[0] | (y[1] << 8)); }
static inline float load_half_float(const uint8_t *y) { return half_to_float(load_half(y)); }
#endif
