// Bit fields of super-blocks, from levels that lie one a byte in weight order.
#ifndef SLIPWAY_PACKING_H
#define SLIPWAY_PACKING_H
#include "lanes.h"

/** 64 bytes: byte i of each half holds the low two bits of levels i, i + 32, i + 64 and i + 96. */
INLINE void pack_two_bits(const uint8_t *L, uint8_t *out) {
    v128_t low = wasm_i8x16_splat(3);
    for (int h = 0; h < 2; h++)
        for (int i = 0; i < 32; i += 16) {
            const uint8_t *l = L + 128 * h + i;
            v128_t a = wasm_v128_and(wasm_v128_load(l), low), b = wasm_v128_and(wasm_v128_load(l + 32), low);
            v128_t c = wasm_v128_and(wasm_v128_load(l + 64), low), d = wasm_v128_load(l + 96);
            v128_t ab = wasm_v128_or(a, wasm_i8x16_shl(b, 2)), cd = wasm_v128_or(wasm_i8x16_shl(c, 4), wasm_i8x16_shl(d, 6));
            wasm_v128_store(out + 32 * h + i, wasm_v128_or(ab, cd));
        }
}

/** 32 bytes: bit p of byte i is the given bit of level 32*p + i. */
INLINE void pack_bit_plane(const uint8_t *L, int bit, uint8_t *out) {
    for (int i = 0; i < 32; i += 16) {
        v128_t bits = wasm_i32x4_splat(0);
        for (int p = 0; p < 8; p++) {
            v128_t one = wasm_v128_and(wasm_u8x16_shr(wasm_v128_load(L + 32 * p + i), (uint32_t)bit), wasm_i8x16_splat(1));
            bits = wasm_v128_or(bits, wasm_i8x16_shl(one, (uint32_t)p));
        }
        wasm_v128_store(out + i, bits);
    }
}
#endif
