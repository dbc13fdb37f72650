// What Q4_0, Q4_1, Q5_0 and Q5_1 share: blocks of 32 weights with an f16 scale, and an f16 minimum in the _1 types.
#ifndef SLIPWAY_BLOCKS_OF_32_H
#define SLIPWAY_BLOCKS_OF_32_H
#include "lanes.h"

/** The part of a block before its nibbles: scale, minimum, fifth bits. */
INLINE int header_size(int top, bool has_min) { return 2 + (has_min ? 2 : 0) + (top == 31 ? 4 : 0); }

/** Stores 32 levels: the i-th byte holds levels i and i + 16; the fifth bits stand before. */
INLINE void store_levels(v128_t first, v128_t second, uint8_t *nibbles, int top) {
    if (top == 31) {
        // Shifted left by 3, the fifth bit is the sign that bitmask collects.
        uint32_t bits = wasm_i8x16_bitmask(wasm_i8x16_shl(first,
            3)) | (uint32_t)wasm_i8x16_bitmask(wasm_i8x16_shl(second, 3)) << 16;
        __builtin_memcpy(nibbles - 4, &bits, 4);
        first = wasm_v128_and(first, wasm_i8x16_splat(15));
    }
    wasm_v128_store(nibbles, wasm_v128_or(first, wasm_i8x16_shl(second, 4)));
}

/** Without importance. `top` is the highest level, 15 or 31. Returns true when all weights and scales are finite. */
bool quantize_plain_blocks(const float *x, uint8_t *y, int blocks, uint8_t *scratch, int top, bool has_min);
#endif
