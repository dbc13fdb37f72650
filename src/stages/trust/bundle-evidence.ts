import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { diskError } from '../../core/index.js';
import { localFile, readWhole } from '../../files/index.js';
import { bundleFileBytes, evidenceOfBundles, type EvidenceSource } from '../../trust/index.js';

/** Of a file with bundles: several of the largest that are read at all. */
const FILE_LIMIT = 64 * 1024 * 1024;

/**
 * Evidence from files with bundles, which are read once. The registry is not asked what is attached: it may be out of reach, or keep
 * something back. `undefined` without files. Throws `NOT_FOUND` for a file that is not there.
 */
export async function bundleEvidence(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<EvidenceSource | undefined> {
  if (paths.length === 0) return undefined;
  const files = await Promise.all(
    paths.map(async (path) => ({
      name: basename(path),
      bytes: await readWhole(await localFile(path, path), FILE_LIMIT, signal),
    })),
  );
  const evidence = evidenceOfBundles(files);
  return async () => evidence;
}

/** Writes bundles into a file: one as cosign does, several one a line. */
export async function writeBundles(path: string, bundles: readonly Uint8Array[]): Promise<void> {
  await writeFile(path, bundleFileBytes(bundles)).catch((error: unknown) => {
    throw diskError(error, path);
  });
}
