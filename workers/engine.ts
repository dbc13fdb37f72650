import type { EncodeTask } from './messages.js';
import type { Rounding } from './rounding.js';

/** What is wrong with a slab, if anything: a non-finite weight, or a scale that ggml refuses. */
export type Flaw = 'input' | 'result' | undefined;

/** Encodes slabs: a few whole rows at a time, in memory of its own. */
export interface Engine {
  /** True when both types of a task are known here. */
  supports(from: string, to: string): boolean;
  /**
   * Fills `output` with the rows of `input`; with a flaw the output is not to be used. `rounding`: where to add how far
   * the weights are from what their blocks hold.
   */
  encode(task: EncodeTask, input: Uint8Array, output: Uint8Array, rounding?: Rounding): Flaw;
}
