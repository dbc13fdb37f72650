import { countText, SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import { projectStorage, splitRepository, type ProjectStorage } from '../../harbor/index.js';
import { parseManifest, type Descriptor, type OpenedTarget, type ReadableTarget } from '../../registry/index.js';
import { formatLimit } from '../limit-text.js';
import type { PackedModel } from '../packaging/packed-model.js';
import { openHarborBehind } from './push-harbor.js';

type RemoteTarget = Extract<OpenedTarget['target'], { host: string }>;

/** Manifests of the repository that are read to find what is there already. */
const MOST_READ = 32;

/** What is about to be sent. */
export interface Load {
  /** Each blob once. */
  readonly files: readonly { readonly size: number; readonly digest?: Digest }[];
  /** `host/repository` that all of them came from. */
  readonly from?: string | undefined;
}

/** The load of a packed model: its layers. */
export function loadOf({ artifacts, from }: PackedModel): Load {
  const layers = artifacts.flatMap((artifact) => artifact.layers.map(({ file }) => file));
  return { files: [...new Map(layers.map((file) => [file.digest ?? file, file])).values()], from };
}

/** The load of a copy: what these manifests of a repository name. */
export async function loadOfCopy(
  source: OpenedTarget['target'],
  references: readonly string[],
  signal: AbortSignal,
): Promise<Load> {
  const blobs = await blobsOf(source, references, Number.MAX_SAFE_INTEGER, signal);
  return { files: [...new Map(blobs.map((blob) => [blob.digest, blob])).values()], from: source.name };
}

/** A push for which a project has no room. */
interface Shortage extends ProjectStorage {
  readonly host: string;
  readonly project: string;
  /** Bytes of what is not there yet. */
  readonly needed: number;
}

/**
 * Throws `OCI_STORAGE_FULL` when the project of a Harbor has no room for what is about to be sent: Harbor itself says so
 * only when a file has arrived. Where it does not tell this account its quota, nothing is asked further.
 */
export async function requireQuota(load: Load, target: OpenedTarget['target'], context: RunContext): Promise<void> {
  const shortage = await findShortage(load, target, context);
  if (shortage === undefined) return;
  const { host, project, needed, limit } = shortage;
  throw new SlipwayError('OCI_STORAGE_FULL', `the quota of the project '${project}' has no room for this push`, {
    where: target.name,
    got: wordsOf(shortage),
    context: { needed, limit, used: shortage.used },
    try: [
      `raise the quota: pipeline harbor project create ${host} ${project} --quota SIZE`,
      'delete artifacts that are no longer needed and run garbage collection: until then what they held counts',
      'if another repository of the project has these files already: --no-quota-check (quotaCheck: false)',
    ],
  });
}

/** The same as a sentence for a plan, in which an earlier stage may yet raise the quota. */
export async function quotaWarnings(
  load: Load,
  target: OpenedTarget['target'],
  context: RunContext,
): Promise<readonly string[]> {
  const shortage = await findShortage(load, target, context);
  return shortage === undefined ? [] : [`the quota of the project '${shortage.project}': ${wordsOf(shortage)}`];
}

/** What of a Harbor project's quota is used; `undefined` where it has none, or does not say. Sizes in bytes. */
export async function quotaFacts(
  target: OpenedTarget['target'],
  context: RunContext,
): Promise<{ readonly used: number; readonly limit: number } | undefined> {
  try {
    const harbor = await openHarborBehind(target, context);
    if (harbor === undefined || target.host === undefined) return undefined;
    const storage = await projectStorage(harbor, splitRepository(target.repository).project);
    return storage === undefined || storage.limit === -1 ? undefined : { used: storage.used, limit: storage.limit };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return undefined;
  }
}

function wordsOf({ needed, limit, used }: Shortage): string {
  const free = Math.max(0, limit - used);
  const text = (bytes: number): string =>
    formatLimit(needed) === formatLimit(free) ? countText(bytes, 'byte') : formatLimit(bytes);
  return `${text(needed)} to send, ${text(free)} free of ${formatLimit(limit)}`;
}

async function findShortage(
  load: Load,
  target: OpenedTarget['target'],
  context: RunContext,
): Promise<Shortage | undefined> {
  try {
    const harbor = await openHarborBehind(target, context);
    if (harbor === undefined || target.host === undefined) return undefined;
    const { project } = splitRepository(target.repository);
    const storage = await projectStorage(harbor, project);
    if (storage === undefined || storage.limit === -1) return undefined;
    const free = storage.limit - storage.used;
    if (sizeOf(load.files) <= free) return undefined;
    const needed = sizeOf(await missing(load, target, project, context.signal));
    // A project that is over its quota takes what adds nothing: another tag, a copy within it.
    const fits = needed === 0 || needed <= free;
    return fits ? undefined : { ...storage, host: target.host, project, needed };
  } catch (error) {
    // Whatever could not be asked: the push itself will say it better.
    if (context.signal.aborted) throw error;
    return undefined;
  }
}

function sizeOf(files: Load['files']): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * The files that the project does not hold, as far as this can be known: a blob counts once in a project. One whose digest
 * is known only when it has been computed is taken to be there when a layer of its size is: no push is refused in error.
 */
async function missing(
  { files, from }: Load,
  target: RemoteTarget,
  project: string,
  signal: AbortSignal,
): Promise<Load['files']> {
  if (from?.startsWith(`${target.host}/${project}/`) === true)
    return files.filter(({ digest }) => digest === undefined);
  const present = await blobsOf(target, (await target.tags(signal)).slice(-MOST_READ), MOST_READ, signal);
  const digests = new Set(present.map(({ digest }) => digest));
  const sizes = new Set(present.map(({ size }) => size));
  const isThere = await Promise.all(
    files.map(async ({ digest, size }) =>
      digest === undefined ? sizes.has(size) : digests.has(digest) || target.hasBlob(digest, signal),
    ),
  );
  return files.filter((_, index) => isThere[index] !== true);
}

/** What manifests name, and those that indexes among them list; `most` manifests are read. */
async function blobsOf(
  target: ReadableTarget,
  references: readonly string[],
  most: number,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  const seen = new Set<Digest>();
  const pending = [...references];
  for (let reads = 0; reads < most; reads++) {
    const reference = pending.pop();
    if (reference === undefined) break;
    const { bytes, descriptor } = await target.readManifest(reference, signal);
    if (seen.has(descriptor.digest)) continue;
    seen.add(descriptor.digest);
    const { blobs, manifests } = parseManifest(bytes, reference, descriptor.mediaType);
    found.push(...blobs);
    pending.push(...manifests.map(({ digest }) => digest));
  }
  return found;
}
