import { DiskStore, type ModelFile } from '../../src/files/index.js';
import { openTarget, pushArtifacts, type Artifact, type RegistryOptions } from '../../src/registry/index.js';
import { workload } from './workload.js';

export const CLIENT: RegistryOptions = {
  retryDelayMs: 2,
  uploads: { chunkSize: 200_000 },
  credentials: async () => ({ kind: 'basic', username: 'user', password: 'password', origin: 'chaos' }),
};

/** Pushes the workload of a seed to an address. With a store, what has a digest is brought there first and read from it. */
export async function pushWorkload(
  address: string,
  seed: number,
  { store, signal }: { readonly store?: string | undefined; readonly signal?: AbortSignal },
): Promise<void> {
  const { target } = openTarget(address, CLIENT);
  const artifacts =
    store === undefined ? workload(seed) : workload(seed).map((one) => stored(one, new DiskStore(store)));
  await pushArtifacts(target, artifacts, {
    tags: ({ format }) => [format, `${format}-latest`],
    ...(signal !== undefined && { signal }),
  });
}

function stored(artifact: Artifact, store: DiskStore): Artifact {
  return { ...artifact, layers: artifact.layers.map((layer) => ({ ...layer, file: throughStore(layer.file, store) })) };
}

function throughStore(file: ModelFile, store: DiskStore): ModelFile {
  const { path, size, digest } = file;
  if (digest === undefined) return file;
  const source = { path, size, digest, read: file.read.bind(file) };
  return {
    path,
    size,
    digest,
    async *read(range, signal) {
      await store.ensure(source, signal);
      yield* store.read(digest, range, signal);
    },
  };
}
