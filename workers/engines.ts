import { createCompiledEngine } from './compiled-engine.js';
import type { Engine } from './engine.js';
import type { WorkerSetup } from './messages.js';
import { nativeKernelsMaker } from './native-kernels.js';
import { openGgml } from './ggml-library.js';
import { createGgmlEngine } from './ggml-engine.js';
import { createTwinEngine } from './twin-engine.js';
import { TWINS } from './twins/index.js';
import { wasmKernels } from './wasm-kernels.js';

/** Makes engines that work in the given memory, in order of preference. */
export type EngineMaker = (memory?: WebAssembly.Memory) => readonly Engine[];

export function engineMaker({ engine, module, native, ggml }: WorkerSetup): EngineMaker {
  const library = ggml === undefined ? undefined : openGgml(ggml);
  const nativeKernels = native === undefined ? undefined : nativeKernelsMaker(native);
  return (memory) => {
    const engines: Engine[] = [];
    if (nativeKernels !== undefined) engines.push(createCompiledEngine(nativeKernels(memory)));
    else if (module !== undefined) engines.push(createCompiledEngine(wasmKernels(module, memory)));
    if (engine !== 'wasm' && engine !== 'native') engines.push(createTwinEngine(TWINS));
    const [ours] = engines;
    if (ggml === undefined || library === undefined || ours === undefined) return engines;
    return [createGgmlEngine(library, ggml.types, ours), ours];
  };
}
