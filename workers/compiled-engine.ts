import { copyBytes } from './copy-bytes.js';
import type { Engine, Flaw } from './engine.js';
import type { BlockFormat, EncodeTask } from './messages.js';
import type { Kernel, Kernels } from './kernels.js';
import { comparedRows, type Rounding } from './rounding.js';
import { reserve, ROWS_AT } from './row-memory.js';
import { isRefused, SCALE_OFFSETS } from './scales.js';

/** Weights that are widened to be compared at a time: what stays in the processor's first-level caches. */
const RESTORED_WEIGHTS = 4096;
/** Bytes of a vector. */
const VECTOR = 16;

interface Addresses {
  readonly scratch: number;
  readonly importance: number;
  readonly input: number;
  readonly floats: number;
  readonly output: number;
  /** Nothing lies here or behind it. */
  readonly free: number;
}

/** Types whose kernels say, when there is no importance, that weights and scales are finite; no other check is needed. */
const SELF_CHECKED: ReadonlySet<string> = new Set(['Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0']);

/**
 * Runs compiled kernels, in WebAssembly or native. Rows that lie in their memory are encoded where they are, others are
 * copied in.
 */
export function createCompiledEngine({ find: kernel, memory, scratch }: Kernels): Engine {
  const call = (name: string, ...numbers: number[]): number => (kernel(name) as Kernel)(...numbers);

  function supports(from: string, to: string): boolean {
    const widens = from === 'F32' || kernel(`dequantize_${from.toLowerCase()}`) !== undefined;
    return widens && (to === 'F32' || kernel(`quantize_${to.toLowerCase()}`) !== undefined);
  }

  /** Rows, columns, floats and blocks one after another; rows that are here already come first. */
  function place(task: EncodeTask, input: Uint8Array, weights: number, output: Uint8Array): Addresses {
    // An engine that computes part of the task itself hands on rows of its own.
    const inPlace = task.memory === memory && input.buffer === task.input.buffer;
    const inputAt = inPlace ? input.byteOffset : ROWS_AT;
    const importance = aligned(inPlace ? task.input.byteOffset + task.input.length : inputAt + input.length);
    const converted = aligned(importance + 4 * (task.importance?.length ?? 0));
    const isFloat = task.from.type === 'F32';
    const behind = aligned(isFloat ? converted : converted + 4 * weights);
    reserve(memory, behind + output.length);
    const outputAt = inPlace ? outputPlace(task, input, output, behind) : behind;
    if (!inPlace) copyBytes(input, new Uint8Array(memory.buffer), inputAt);
    return {
      scratch,
      importance,
      input: inputAt,
      floats: isFloat ? inputAt : converted,
      output: outputAt,
      free: behind + output.length + VECTOR,
    };
  }

  function encode(task: EncodeTask, input: Uint8Array, output: Uint8Array, rounding?: Rounding): Flaw {
    const { from, to } = task;
    const weights = (input.length / from.blockSize) * from.blockLength;
    const at = place(task, input, weights, output);
    const fused = task.refuseNonFinite ? undefined : kernel(`${from.type}_to_${to.type}`.toLowerCase());
    if (fused !== undefined) fused(at.input, at.output, weights);
    else if (from.type !== 'F32')
      call(`dequantize_${from.type.toLowerCase()}`, at.input, at.floats, weights / from.blockLength);
    const flaw = fused === undefined ? quantize(task, at, weights) : undefined;
    if (flaw === undefined && rounding !== undefined) compare(task, at, weights, rounding);
    const resultAt = to.type === 'F32' ? at.floats : at.output;
    const isThere = task.inPlace === true && resultAt === output.byteOffset;
    if (flaw === undefined && !isThere) copyBytes(new Uint8Array(memory.buffer, resultAt, output.length), output);
    return flaw;
  }

  /** Where blocks are written: at once to where they belong when nothing that is still to be read is there. */
  function outputPlace(task: EncodeTask, input: Uint8Array, output: Uint8Array, otherwise: number): number {
    if (task.inPlace !== true || task.to.type === 'F32') return otherwise;
    // The last vector store of a block may run over its end; those of 16-bit types do not.
    const exact = task.to.blockLength === 1;
    const end = output.byteOffset + output.length + (exact ? 0 : VECTOR);
    // Other types have been widened somewhere else when blocks are written.
    const needed = task.from.type === 'F32' ? input.byteOffset : input.byteOffset + input.length;
    return end <= needed ? output.byteOffset : otherwise;
  }

  /** Weights to blocks, both in this memory. */
  function quantize(task: EncodeTask, at: Addresses, weights: number): Flaw {
    const { to } = task;
    // Q8_0 ignores importance.
    const importance = to.type === 'Q8_0' ? undefined : task.importance;
    const finite = (): boolean => !task.refuseNonFinite || call('all_finite', at.floats, weights) === 1;
    if (to.type === 'F32') return finite() ? undefined : 'input';
    const selfChecked = importance === undefined && SELF_CHECKED.has(to.type);
    if (!selfChecked && !finite()) return 'input';
    if (importance !== undefined) new Float32Array(memory.buffer, at.importance).set(importance);
    const columns = importance === undefined ? 0 : at.importance;
    const blocks = weights / to.blockLength;
    const kernel = `quantize_${to.type.toLowerCase()}`;
    const checked = call(kernel, at.floats, at.output, blocks, at.scratch, columns, task.rowLength / to.blockLength);
    if (!task.refuseNonFinite || (selfChecked && checked === 1)) return undefined;
    if (selfChecked && !finite()) return 'input';
    return acceptable(to, at.output, blocks) ? undefined : 'result';
  }

  /** Widens rows of blocks again and compares them with the weights. */
  function compare(task: EncodeTask, at: Addresses, weights: number, rounding: Rounding): void {
    const { to, rowLength, importance } = task;
    const { sums } = rounding;
    const rows = weights / rowLength;
    const together = rounding.stride > 1 ? 1 : Math.max(1, Math.floor(RESTORED_WEIGHTS / rowLength));
    const sumsAt = aligned(at.free);
    const restored = aligned(sumsAt + sums.byteLength);
    reserve(memory, restored + 4 * together * rowLength);
    const columns = importance === undefined ? 0 : at.importance;
    // Of a type that ignores importance it was not put there.
    if (importance !== undefined) new Float32Array(memory.buffer, columns).set(importance);
    const shared = new Float64Array(memory.buffer, sumsAt, sums.length);
    shared.set(sums);
    const widen = kernel(`dequantize_${to.type.toLowerCase()}`) as Kernel;
    const measure = kernel('rounding_error') as Kernel;
    const rowBlocks = rowLength / to.blockLength;
    for (const row of comparedRows(rounding, rows)) {
      if (row % together !== 0) continue;
      const count = Math.min(together, rows - row);
      widen(at.output + row * rowBlocks * to.blockSize, restored, count * rowBlocks);
      measure(at.floats + 4 * row * rowLength, restored, count, rowLength, columns, sumsAt);
    }
    sums.set(shared);
  }

  /** Whether ggml would accept these blocks. */
  function acceptable(to: BlockFormat, output: number, blocks: number): boolean {
    if (to.type === 'F16') return call('finite_f16', output, blocks) === 1;
    if (to.type === 'BF16') return call('finite_bf16', output, blocks) === 1;
    if (to.type === 'MXFP4') return call('finite_exponents', output, blocks, to.blockSize) === 1;
    const offsets = SCALE_OFFSETS.get(to.type);
    if (offsets !== undefined)
      return offsets.every((offset) => call('finite_halves', output, blocks, to.blockSize, offset) === 1);
    const bytes = new Uint8Array(memory.buffer);
    for (let block = 0; block < blocks; block++)
      if (isRefused(to.type, bytes, output + block * to.blockSize)) return false;
    return true;
  }

  return { supports, encode };
}

function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}
