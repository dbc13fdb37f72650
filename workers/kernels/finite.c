// Looks for values that must not reach a model file.
#include "lanes.h"

/** 1 when every one of n floats is finite, looked at one by one. */
NOINLINE int each_finite(const float *x, int n) {
    v exponent = wasm_i32x4_splat(0x7f800000), found = splat(0);
    int i = 0;
    for (; i + 4 <= n; i += 4)
        found = wasm_v128_or(found, wasm_i32x4_eq(both(wasm_v128_load(x + i), exponent), exponent));
    for (; i < n; i++) found = wasm_v128_or(found, wasm_i32x4_eq(both(splat(x[i]), exponent), exponent));
    return !any(found);
}

/** 1 when every one of n floats is finite. A finite sum proves it; only another sum takes a closer look. */
ASKED(all_finite)(const float *x, int n) {
    v sums[4] = {splat(0), splat(0), splat(0), splat(0)};
    int i = 0;
    for (; i + 16 <= n; i += 16)
        for (int k = 0; k < 4; k++) sums[k] = add(sums[k], wasm_v128_load(x + i + 4 * k));
    for (; i < n; i++) sums[0] = add(sums[0], splat(x[i]));
    v sum = add(add(sums[0], sums[1]), add(sums[2], sums[3]));
    return all(wasm_f32x4_eq(sub(sum, sum), splat(0))) || each_finite(x, n);
}

/** 1 when every half at y + b*stride + offset is finite, for b < blocks. */
ASKED(finite_halves)(const uint8_t *y, int blocks, int stride, int offset) {
    // Only an exponent of all ones carries into the highest bit.
    uint32_t found = 0;
    for (int b = 0; b < blocks; b++) found |= (y[b * stride + offset + 1] & 0x7c) + 4;
    return !(found & 0x80);
}

/** 1 when no block starts with the byte 255: an exponent that stands for no number. */
ASKED(finite_exponents)(const uint8_t *y, int blocks, int stride) {
    bool found = false;
    for (int b = 0; b < blocks; b++) found |= y[b * stride] == 255;
    return !found;
}

INLINE int none_has(const uint8_t *y, int n, int exponent) {
    v mask = wasm_i16x8_splat((int16_t)exponent), found = splat(0);
    int i = 0;
    for (; i + 8 <= n; i += 8) found = wasm_v128_or(found, wasm_i16x8_eq(both(wasm_v128_load(y + 2 * i), mask), mask));
    int rest = 0;
    for (; i < n; i++) rest |= ((y[2 * i] | (y[2 * i + 1] << 8)) & exponent) == exponent;
    return !any(found) && !rest;
}
/** 1 when all n values are finite. */
ASKED(finite_f16)(const uint8_t *y, int n) { return none_has(y, n, 0x7c00); }
ASKED(finite_bf16)(const uint8_t *y, int n) { return none_has(y, n, 0x7f80); }
