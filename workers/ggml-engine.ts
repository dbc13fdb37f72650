import type { Engine, Flaw } from './engine.js';
import type { EncodeTask, NumberedType } from './messages.js';
import type { GgmlLibrary } from './ggml-library.js';
import { addRounding, comparedRows, type Rounding } from './rounding.js';

const F32 = { type: 'F32', blockLength: 1, blockSize: 4 };
const CONVERSIONS: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16']);

/**
 * Quantizes, and widens quantized rows, with ggml itself. What is no quantization (F32, F16, BF16) stays with `ours`,
 * and so does the question which weights were too much for ggml.
 */
export function createGgmlEngine(library: GgmlLibrary, types: readonly NumberedType[], ours: Engine): Engine {
  const ids: ReadonlyMap<string, number> = new Map(types.map(({ type, id }) => [type, id]));
  const knows = (type: string): boolean => ids.has(type) && !CONVERSIONS.has(type);
  const idOf = (type: string): number => ids.get(type) as number;

  /** The rows of a slab as F32, in memory of their own; undefined when one of them is refused. */
  function widen(task: EncodeTask, input: Uint8Array): Float32Array | undefined {
    const { from } = task;
    const widened = knows(from.type);
    const weights = widened
      ? library.dequantize(idOf(from.type), input)
      : new Float32Array((input.length / from.blockSize) * from.blockLength);
    const bytes = new Uint8Array(weights.buffer);
    const flaw = ours.encode({ ...task, from: widened ? F32 : from, to: F32 }, widened ? bytes : input, bytes);
    return flaw === undefined ? weights : undefined;
  }

  function quantize(task: EncodeTask, weights: Float32Array, output: Uint8Array, rounding?: Rounding): Flaw {
    const { to, rowLength, importance } = task;
    const blocks = library.quantize(idOf(to.type), weights, weights.length / rowLength, rowLength, importance);
    if (task.refuseNonFinite && !library.validate(idOf(to.type), blocks)) return 'result';
    if (rounding !== undefined) compare(task, weights, library.dequantize(idOf(to.type), blocks), rounding);
    output.set(blocks);
    return undefined;
  }

  function compare(
    { rowLength, importance }: EncodeTask,
    weights: Float32Array,
    restored: Float32Array,
    to: Rounding,
  ): void {
    for (const row of comparedRows(to, weights.length / rowLength)) {
      const [from, end] = [row * rowLength, (row + 1) * rowLength];
      addRounding(to.sums, weights.subarray(from, end), restored.subarray(from, end), importance);
    }
  }

  function encode(task: EncodeTask, input: Uint8Array, output: Uint8Array, rounding?: Rounding): Flaw {
    const weights = widen(task, input);
    if (weights === undefined) return 'input';
    try {
      return quantize(task, weights, output, rounding);
    } catch (error) {
      // ggml would have ended the process: weights overflow in its arithmetic, which it does not foresee.
      if ((error as { code?: unknown }).code !== 'GGML_GAVE_UP') throw error;
      const flaw = ours.encode(task, input, output, rounding);
      if (flaw === undefined && task.refuseNonFinite) throw error;
      return flaw;
    }
  }

  return { supports: (from, to) => knows(to) && ours.supports(from, to), encode };
}
