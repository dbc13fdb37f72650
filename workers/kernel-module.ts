import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** The compiled kernels of this installation. Fails when they were not built or this engine lacks SIMD. */
export async function loadKernelModule(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve('#workers/kernels.wasm');
  return WebAssembly.compile(await readFile(path));
}
