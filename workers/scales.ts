/**
 * Where a block keeps the half-precision scales that ggml checks after quantizing (ggml-quants.c,
 * `ggml_validate_row_data`): byte offsets within the block. A NaN or an infinity there makes llama-quantize give up.
 */
export const SCALE_OFFSETS: ReadonlyMap<string, readonly number[]> = new Map([
  ['F16', [0]],
  ['Q4_0', [0]],
  ['Q4_1', [0, 2]],
  ['Q5_0', [0]],
  ['Q5_1', [0, 2]],
  ['Q8_0', [0]],
  ['Q2_K', [80, 82]],
  ['Q3_K', [108]],
  ['Q4_K', [0, 2]],
  ['Q5_K', [0, 2]],
  ['Q6_K', [208]],
  ['IQ2_XXS', [0]],
  ['IQ2_XS', [0]],
  ['IQ2_S', [0]],
  ['IQ3_XXS', [0]],
  ['IQ3_S', [0]],
  ['IQ1_S', [0]],
  ['IQ4_NL', [0]],
  ['IQ4_XS', [0]],
  ['TQ1_0', [52]],
  ['TQ2_0', [64]],
  ['Q1_0', [0]],
  ['Q2_0', [0]],
  // Its scales are always finite.
  ['NVFP4', []],
]);

/** True when the block of `type` that starts at `at` would be refused by ggml. */
export function isRefused(type: string, bytes: Uint8Array, at: number): boolean {
  const high = (offset: number): number => bytes[at + offset] ?? 0;
  if (type === 'BF16') return (high(1) & 0x7f) === 0x7f && (high(0) & 0x80) !== 0;
  if (type === 'F32') return (high(3) & 0x7f) === 0x7f && (high(2) & 0x80) !== 0;
  if (type === 'MXFP4') return high(0) === 0xff;
  // IQ1_M spreads its scale over the top nibbles of four words; the exponent sits in the last one.
  if (type === 'IQ1_M') return (high(55) & 0x70) === 0x70 && (high(53) & 0xc0) === 0xc0;
  return (SCALE_OFFSETS.get(type) ?? []).some((offset) => (high(offset + 1) & 0x7c) === 0x7c);
}
