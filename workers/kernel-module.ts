import { readFile } from 'node:fs/promises';

/** The compiled kernels, from their file. Fails when it is not there or this engine lacks SIMD. */
export async function loadKernelModule(path: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(path));
}
