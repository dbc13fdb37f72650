import { bf16, f16, f32 } from './float-types.js';
import { q8_0 } from './q8-0.js';
import type { Twin } from './twin.js';

/** Every tensor type that can be written and read, by its name in ggml. */
export const TWINS: ReadonlyMap<string, Twin> = new Map([
  ['F32', f32],
  ['F16', f16],
  ['BF16', bf16],
  ['Q8_0', q8_0],
]);
