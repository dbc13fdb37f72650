import { createRequire } from 'node:module';
import type { Kernels } from './kernels.js';
import type { NativeSetup } from './messages.js';
import { createMemory } from './row-memory.js';

type NativeKernel = (memory: Uint8Array, ...numbers: number[]) => number;

/** The addon that native/kernels makes. It keeps no state: any number of threads may call it. */
export interface KernelAddon {
  /** What this processor can run, fastest first. */
  readonly variants: readonly string[];
  /** The kernels of a variant by their names. */
  open(variant: string): Readonly<Record<string, NativeKernel>>;
}

/** Where the kernels may write what they like. Tables lie in the addon; address 0 would stand for no pointer. */
const SCRATCH = 65_536;

/** Loads an addon into this process. Throws what Node throws when it cannot be loaded. */
export function loadKernelAddon(path: string): KernelAddon {
  return createRequire(import.meta.url)(path) as KernelAddon;
}

/** Makes sets of native kernels, each for one memory: the same that the kernels in WebAssembly work in. */
export function nativeKernelsMaker({ addon, variant }: NativeSetup): (memory?: WebAssembly.Memory) => Kernels {
  const kernels = loadKernelAddon(addon).open(variant);
  return (memory = createMemory(0)) => {
    let bytes = new Uint8Array(memory.buffer);
    // Memory that has grown stands where it stood, and shows as another buffer.
    const current = (): Uint8Array => (bytes = bytes.buffer === memory.buffer ? bytes : new Uint8Array(memory.buffer));
    return {
      find: (name) => {
        const kernel = kernels[name];
        return kernel === undefined ? undefined : (...numbers) => kernel(current(), ...numbers);
      },
      memory,
      scratch: SCRATCH,
    };
  };
}
