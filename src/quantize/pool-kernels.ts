import { assetPath, SlipwayError } from '../core/index.js';
import { loadKernelModule } from '../../workers/kernel-module.js';
import type { KernelChoice, WorkerSetup } from '../../workers/messages.js';
import { prepareNative } from './native.js';
import type { NativeEnvironment } from './native-library.js';

/**
 * What workers are started with. Throws `KERNEL_UNAVAILABLE` when the compiled kernels, or an installed llama.cpp, are
 * asked for and cannot be used.
 */
export async function prepareSetup(kernel: KernelChoice, env: NativeEnvironment = {}): Promise<WorkerSetup> {
  if (kernel === 'js') return { kernel };
  if (kernel === 'native') {
    const { setup } = await prepareNative(env);
    return { ...(await prepareSetup('auto')), kernel, native: setup };
  }
  // `auto` falls back where the engine has no WebAssembly SIMD, not where an installation is broken.
  if (kernel === 'auto' && !('WebAssembly' in globalThis)) return { kernel: 'js' };
  try {
    return { kernel, module: await loadKernelModule(assetPath('kernels.wasm')) };
  } catch (cause) {
    if (SlipwayError.is(cause)) throw cause;
    throw new SlipwayError('KERNEL_UNAVAILABLE', 'the WebAssembly kernels cannot be loaded', {
      cause,
      try: ['in a clone: npm run build', "kernel: 'js' (slow)"],
    });
  }
}
