import type { Engine, Flaw } from './engine.js';
import type { BlockFormat, EncodeTask } from './messages.js';
import { isRefused, SCALE_OFFSETS } from './scales.js';

type Kernel = (...numbers: number[]) => number;

/** Bytes that every kernel may use as it likes. */
const SCRATCH = 65_536;
const PAGE = 65_536;

interface Addresses {
  readonly scratch: number;
  readonly importance: number;
  readonly input: number;
  readonly floats: number;
  readonly output: number;
}

/** Types whose kernels say, when there is no importance, that weights and scales are finite; no other check is needed. */
const SELF_CHECKED: ReadonlySet<string> = new Set(['Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0']);

/** Runs the compiled kernels in a private memory (workers must not share one: all would use the same stack). */
export function createWasmEngine(module: WebAssembly.Module): Engine {
  const { exports } = new WebAssembly.Instance(module, {});
  const memory = exports['memory'] as WebAssembly.Memory;
  const base = aligned((exports['__heap_base'] as WebAssembly.Global).value);
  const kernel = (name: string): Kernel | undefined => exports[name] as Kernel | undefined;
  const call = (name: string, ...numbers: number[]): number => (kernel(name) as Kernel)(...numbers);

  function supports(from: string, to: string): boolean {
    const widens = from === 'F32' || kernel(`dequantize_${from.toLowerCase()}`) !== undefined;
    return widens && (to === 'F32' || kernel(`quantize_${to.toLowerCase()}`) !== undefined);
  }

  function place(task: EncodeTask, input: number, weights: number, output: number): Addresses {
    const scratch = base;
    const importance = scratch + SCRATCH;
    const inputAt = aligned(importance + 4 * (task.importance?.length ?? 0));
    const floats = aligned(inputAt + input);
    const outputAt = aligned(floats + 4 * weights);
    // Vector stores of the last block may not run over the end: one spare page.
    const pages = Math.ceil((outputAt + output) / PAGE) + 1 - memory.buffer.byteLength / PAGE;
    if (pages > 0) memory.grow(pages);
    return { scratch, importance, input: inputAt, floats, output: outputAt };
  }

  function encode(task: EncodeTask, input: Uint8Array, output: Uint8Array): Flaw {
    const { from, to } = task;
    const weights = (input.length / from.blockSize) * from.blockLength;
    const at = place(task, input.length, weights, output.length);
    const bytes = new Uint8Array(memory.buffer);
    const floats = from.type === 'F32' ? at.input : at.floats;
    bytes.set(input, at.input);
    if (from.type !== 'F32')
      call(`dequantize_${from.type.toLowerCase()}`, at.input, floats, weights / from.blockLength);
    const flaw = quantize(task, at, floats, weights);
    if (flaw !== undefined) return flaw;
    const stored = to.type === 'F32' ? floats : at.output;
    output.set(bytes.subarray(stored, stored + output.length));
    return undefined;
  }

  /** Weights to blocks, both in this memory. */
  function quantize(task: EncodeTask, at: Addresses, floats: number, weights: number): Flaw {
    const { to, importance } = task;
    const finite = (): boolean => !task.refuseNonFinite || call('all_finite', floats, weights) === 1;
    if (to.type === 'F32') return finite() ? undefined : 'input';
    const selfChecked = importance === undefined && SELF_CHECKED.has(to.type);
    if (!selfChecked && !finite()) return 'input';
    if (importance !== undefined) new Float32Array(memory.buffer, at.importance).set(importance);
    const columns = importance === undefined ? 0 : at.importance;
    const blocks = weights / to.blockLength;
    const kernel = `quantize_${to.type.toLowerCase()}`;
    const checked = call(kernel, floats, at.output, blocks, at.scratch, columns, task.rowLength / to.blockLength);
    if (!task.refuseNonFinite || (selfChecked && checked === 1)) return undefined;
    if (selfChecked && !finite()) return 'input';
    return acceptable(to, at.output, blocks) ? undefined : 'result';
  }

  /** Whether ggml would accept these blocks. */
  function acceptable(to: BlockFormat, output: number, blocks: number): boolean {
    if (to.type === 'F16') return call('finite_f16', output, blocks) === 1;
    if (to.type === 'BF16') return call('finite_bf16', output, blocks) === 1;
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
