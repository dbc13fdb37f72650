import { bf16, f16, f32 } from './float-types.js';
import { GRID_TWINS } from './grid-types.js';
import { q2_k } from './q2-k.js';
import { q3_k } from './q3-k.js';
import { q4_0, q4_1, q5_0, q5_1 } from './q4-0-q5-1.js';
import { q4_k, q5_k } from './q4-k-q5-k.js';
import { q6_k } from './q6-k.js';
import { q8_0 } from './q8-0.js';
import type { Twin } from './twin.js';

/** Every tensor type that can be written and read, by its name in ggml. */
export const TWINS: ReadonlyMap<string, Twin> = new Map([
  ['F32', f32],
  ['F16', f16],
  ['BF16', bf16],
  ['Q4_0', q4_0],
  ['Q4_1', q4_1],
  ['Q5_0', q5_0],
  ['Q5_1', q5_1],
  ['Q8_0', q8_0],
  ['Q2_K', q2_k],
  ['Q3_K', q3_k],
  ['Q4_K', q4_k],
  ['Q5_K', q5_k],
  ['Q6_K', q6_k],
  ...GRID_TWINS,
]);
