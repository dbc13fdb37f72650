import type { Kernel, Kernels } from './kernels.js';
import { createMemory, ROWS_AT } from './row-memory.js';

/** The kernels of a WebAssembly module, in memory of their own unless given. Scratch and tables lie below the rows. */
export function wasmKernels(module: WebAssembly.Module, memory: WebAssembly.Memory = createMemory(0)): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const heap = (exports['__heap_base'] as WebAssembly.Global).value;
  if ((exports['memory_end'] as Kernel)() > ROWS_AT)
    throw new RangeError('the memory of the kernels reaches into the rows');
  return { find: (name) => exports[name] as Kernel | undefined, memory, scratch: Math.ceil(heap / 16) * 16 };
}
