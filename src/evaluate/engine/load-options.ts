import type { FLASH_ATTENTION, PURPOSES } from '../../../workers/llama-addon.js';

/** How a model is loaded. */
export interface LoadOptions {
  /** Tokens of a chunk. */
  readonly contextSize: number;
  /** Chunks that are decoded side by side. */
  readonly sequences?: number;
  /** Tokens given to the library at once, and computed at once. */
  readonly batch?: number;
  readonly microBatch?: number;
  readonly threads?: number | undefined;
  readonly flashAttention?: keyof typeof FLASH_ATTENTION;
  readonly purpose?: keyof typeof PURPOSES;
}
