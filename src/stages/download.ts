import { SlipwayError, type Planned, type RunContext, type Stage, type StorableFile } from '../core/index.js';
import type { ModelFile, Snapshot } from '../files/index.js';
import { artifactSnapshot, kindOf, type FileKind } from '../package/index.js';
import { auditedFile, openSource, type AuditedFile } from '../source/index.js';
import { vouched } from './fingerprint.js';
import { startItem, watched } from './items.js';
import type { DownloadOptions } from './options/index.js';
import { httpOf, tellRetry } from './resources.js';

/**
 * Opens a model: `hf://org/name[@revision]`, a directory, `oci://host/repository:tag`, `layout:./dir:tag`, or an https
 * address. Lists and pins; bytes are read when a later stage asks for them, through the run's store when there is one.
 */
export function download(source: string, options: DownloadOptions = {}): Stage<void, Snapshot> {
  const open = async (context: RunContext): Promise<Snapshot> => {
    const { verify: _verify, kinds, ...rest } = options;
    const { env, signal, network, credentials } = context;
    const http = httpOf(context, 'download');
    const onRetry = tellRetry(context, 'download');
    const registry = { http, env, network, onRetry, ...(credentials !== undefined && { credentials }) };
    const settings = { ...rest, fetch: http.fetch, onRetry, env, signal, registry, readArtifact: artifactSnapshot };
    return ofKinds(await openSource(source, settings), kinds);
  };
  return {
    name: 'download',
    plan: async (_input, context): Promise<Planned<Snapshot>> => {
      const snapshot = await open(context);
      return { reports: [report(snapshot, context)], output: await vouchedSnapshot(snapshot) };
    },
    run: async (_input, context) => {
      const snapshot = await open(context);
      return vouchedSnapshot(through(snapshot, options.verify ?? 'full', context));
    },
  };
}

/** Throws `NOT_FOUND` when no file is of these kinds. */
function ofKinds(snapshot: Snapshot, kinds: readonly FileKind[] | undefined): Snapshot {
  if (kinds === undefined) return snapshot;
  const isWanted = (path: string): boolean => kinds.includes(kindOf(path));
  const files = snapshot.files.filter(({ path }) => isWanted(path));
  if (files.length > 0)
    return { ...snapshot, files, leftOut: (snapshot.leftOut ?? []).filter(({ path }) => isWanted(path)) };
  const present = [...new Set(snapshot.files.map(({ path }) => kindOf(path)))].join(', ');
  throw new SlipwayError('NOT_FOUND', `no file of '${snapshot.source.name}' is of the kind ${kinds.join(' or ')}`, {
    where: snapshot.source.url,
    got: `${snapshot.files.length} files: ${present}`,
  });
}

/** A snapshot's fingerprint: where it is from, its revision, and which files of it. */
async function vouchedSnapshot(snapshot: Snapshot): Promise<Snapshot> {
  const files = snapshot.files.map(({ path, size, digest }) => ({ path, size, digest }));
  return vouched(snapshot, 'download', [], { source: snapshot.source, files });
}

function report(snapshot: Snapshot, context: RunContext): Planned<Snapshot>['reports'][number] {
  const { source, files } = snapshot;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const revision = source.revision.replace(/^sha256:/, '').slice(0, 12);
  return {
    stage: 'download',
    summary: `${source.url} @${revision}, ${files.length === 1 ? '1 file' : `${files.length} files`}`,
    bytesIn: bytes,
    ...(context.store === undefined || source.kind === 'directory' ? {} : { disk: bytes }),
    data: { source, files: files.map(({ path, size, digest }) => ({ path, size, digest: digest ?? null })) },
  };
}

/** Puts the store, or an audit, between the source and whoever reads. */
function through(snapshot: Snapshot, verify: 'full' | 'transport', context: RunContext): Snapshot {
  if (snapshot.source.kind === 'directory') {
    return { ...snapshot, files: snapshot.files.map((file) => watched(file, 'download', context)) };
  }
  if (context.store !== undefined) {
    return { ...snapshot, files: snapshot.files.map((file) => stored(file, context)) };
  }
  const audited: AuditedFile[] = [];
  const files = snapshot.files.map((file) => {
    if (verify === 'transport' || file.digest === undefined) return watched(file, 'download', context);
    const wrapped = auditedFile(watched(file.unchecked ?? file, 'download', context));
    audited.push(wrapped);
    return wrapped;
  });
  return {
    ...snapshot,
    files,
    confirm: async (signal) => {
      await snapshot.confirm?.(signal);
      for (const file of audited) await file.audit(signal);
    },
  };
}

/** A file that is fetched into the store, whole and verified, when its first byte is asked for. */
function stored(file: ModelFile, context: RunContext): ModelFile {
  const { path, size, digest } = file;
  const { store } = context;
  if (digest === undefined || store === undefined) return watched(file, 'download', context);
  let present: Promise<void> | undefined;
  const fetchOnce = (signal: AbortSignal | undefined): Promise<void> => {
    present ??= fetchInto(
      { path, size, digest, read: (range, stop, hints) => (file.unchecked ?? file).read(range, stop, hints) },
      context,
      signal,
    ).catch((error: unknown) => {
      present = undefined;
      throw error;
    });
    return present;
  };
  return {
    path,
    size,
    digest,
    async *read(range, signal, hints) {
      await fetchOnce(signal ?? context.signal);
      yield* store.read(digest, range, signal, hints);
    },
  };
}

async function fetchInto(file: StorableFile, context: RunContext, signal: AbortSignal | undefined): Promise<void> {
  const { store } = context;
  if (store === undefined) return;
  if ((await store.stat(file.digest)) === file.size) {
    context.emit({
      type: 'item.skip',
      stage: 'download',
      id: file.path,
      name: file.path,
      total: file.size,
      reason: 'cached',
    });
    return;
  }
  const item = startItem(context, 'download', file.path, file.size);
  await store.ensure(file, signal, item.progress);
  item.end({ digest: file.digest });
}
