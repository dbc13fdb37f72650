import type { Engine } from './engine.js';
import type { WorkerSetup } from './messages.js';
import { openNative } from './native-addon.js';
import { createNativeEngine } from './native-engine.js';
import { createTwinEngine } from './twin-engine.js';
import { TWINS } from './twins/index.js';
import { createWasmEngine } from './wasm-engine.js';

/** Makes engines that work in the given memory, in order of preference. */
export type EngineMaker = (memory?: WebAssembly.Memory) => readonly Engine[];

export function engineMaker({ kernel, module, native }: WorkerSetup): EngineMaker {
  const library = native === undefined ? undefined : openNative(native);
  return (memory) => {
    const engines: Engine[] = [];
    if (kernel !== 'js' && module !== undefined) engines.push(createWasmEngine(module, memory));
    if (kernel !== 'wasm') engines.push(createTwinEngine(TWINS));
    const [ours] = engines;
    if (native === undefined || library === undefined || ours === undefined) return engines;
    return [createNativeEngine(library, native.types, ours), ours];
  };
}
