import type { Digest, RunContext } from '../core/index.js';
import { digestOf, localFile } from '../files/index.js';
import { readImatrix, type Imatrix } from '../quantize/index.js';

/** Reads an importance matrix from a local file; its path, as given, is recorded in the GGUF as llama-quantize does. */
export async function loadImatrix(path: string | undefined, context: RunContext): Promise<{ imatrix?: Imatrix }> {
  if (path === undefined) return {};
  return { imatrix: await readImatrix(await localFile(path, path), context.signal) };
}

/** What stands for the file's content among options. */
export async function fileDigest(path: string | undefined, context: RunContext): Promise<Digest | undefined> {
  if (path === undefined) return undefined;
  return (await digestOf((await localFile(path, path)).read(undefined, context.signal))).digest;
}

/** Files that shape the bytes, with their digests, for the record of how a variant was made. */
export function namedInputs(
  paths: readonly (string | undefined)[],
  digests: readonly (Digest | undefined)[],
): readonly { readonly name: string; readonly digest: Digest }[] {
  return paths.flatMap((name, index) => {
    const digest = digests[index];
    return name === undefined || digest === undefined ? [] : [{ name, digest }];
  });
}
