import { assetPath, SlipwayError } from '../core/index.js';
import { loadKernelModule } from '../../workers/kernel-module.js';
import type { EngineChoice, WorkerSetup } from '../../workers/messages.js';
import { prepareGgml } from './ggml.js';
import type { LlamaEnvironment } from './llama-library.js';
import { findNativeKernels, requireNativeKernels } from './native-kernels.js';

/** Throws `KERNEL_UNAVAILABLE` when an engine that is asked for by name cannot be used, whether or not a row is to be encoded. */
export async function requireEngine(engine: EngineChoice, env: LlamaEnvironment): Promise<void> {
  if (engine === 'native') requireNativeKernels();
  if (engine === 'llama.cpp') await prepareGgml(env);
}

/**
 * What workers are started with. Throws `KERNEL_UNAVAILABLE` when native kernels, those in WebAssembly, or an installed
 * llama.cpp are asked for and cannot be used.
 */
export async function prepareSetup(engine: EngineChoice, env: LlamaEnvironment = {}): Promise<WorkerSetup> {
  if (engine === 'js') return { engine };
  if (engine === 'native') return { engine, native: requireNativeKernels() };
  if (engine === 'llama.cpp') {
    const { setup } = await prepareGgml(env);
    return { ...(await prepareSetup('auto')), engine, ggml: setup };
  }
  const native = engine === 'auto' ? findNativeKernels() : undefined;
  if (native !== undefined) return { engine, native };
  // `auto` falls back where the engine has no WebAssembly SIMD, not where an installation is broken.
  if (engine === 'auto' && !('WebAssembly' in globalThis)) return { engine: 'js' };
  try {
    return { engine, module: await loadKernelModule(assetPath('kernels.wasm')) };
  } catch (cause) {
    if (SlipwayError.is(cause)) throw cause;
    throw new SlipwayError('KERNEL_UNAVAILABLE', 'the WebAssembly kernels cannot be loaded', {
      cause,
      try: ['in a clone: npm run build', '--engine js (slow)'],
    });
  }
}
