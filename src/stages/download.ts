import { runKey, SlipwayError, type Planned, type RunContext, type Stage } from '../core/index.js';
import type { ModelFile, Snapshot } from '../files/index.js';
import {
  artifactSnapshot,
  chooseVariant,
  decimalSize,
  ggufRepository,
  FILE_KINDS,
  kindOf,
  kindOfRole,
  readWeightRoles,
  type CheckedLayer,
  type FileKind,
} from '../package/index.js';
import { openSource, OrderedFiles, parseAddress } from '../source/index.js';
import { vouched, withRecipe } from './fingerprint.js';
import { watched } from './items.js';
import type { DownloadOptions } from './options/index.js';
import { leftOutOf } from './left-out.js';
import { httpOf, tellRetry, windowRoom } from './resources.js';
import { storedFile } from './stored-file.js';

/**
 * Opens a model: `hf://org/name[@revision]`, a directory, `oci://host/repository:tag`, `layout:./dir:tag`, or an https
 * address. Lists and pins; bytes are read when a later stage asks for them, through the run's store when there is one.
 */
export function download(source: string, options: DownloadOptions = {}): Stage<void, Snapshot> {
  const open = async (context: RunContext, checked?: CheckedLayer): Promise<Snapshot> => {
    const { verify: _verify, spill: _spill, kinds, policy, ...rest } = options;
    const { env, signal, network, credentials } = context;
    const http = httpOf(context, 'download');
    const onRetry = tellRetry(context, 'download');
    const { insecureHosts } = network;
    const registry = { http, env, network, onRetry, credentials };
    const readArtifact: typeof artifactSnapshot = (address, artifactOptions) =>
      artifactSnapshot(address, { ...artifactOptions, checked });
    const settings = { ...rest, insecureHosts, fetch: http.fetch, onRetry, env, signal, registry, readArtifact };
    const choose = async (address: string): Promise<Snapshot> =>
      ofKinds(ofVariant(await openSource(address, settings), oneVariant(source, options.variant)), kinds, signal);
    if (policy === undefined) return choose(source);
    // What verifies signatures is loaded where there is a policy: most downloads start without it.
    const { openTrusted } = await import('./trust/trusted-source.js');
    return openTrusted(source, policy, { choose, settings }, context);
  };
  const PLANNED = runKey<PlannedSource>('planned download');
  return {
    name: 'download',
    source,
    plan: async (_input, context): Promise<Planned<Snapshot>> => {
      let hasLayers = false;
      const snapshot = await open(context, (layer) => {
        hasLayers = true;
        return layer;
      });
      const planReport = report(snapshot, context);
      const checks = new SourceChecks(options, context);
      // What a plan has listed, pinned and read, its run need not ask for again. A store is not written to yet.
      if (snapshot.source.kind !== 'huggingface') {
        // Files that lie in a layer are opened anew: a run checks the layer as a whole.
        if (!hasLayers) context.state.set(PLANNED, { snapshot, checks, isThrough: false });
        return { reports: [planReport], output: await vouchedSnapshot(snapshot) };
      }
      const isThrough = context.store === undefined;
      const checked = isThrough ? checks.through(snapshot) : snapshot;
      context.state.set(PLANNED, { snapshot: checked, checks, isThrough });
      return { reports: [planReport], output: await vouchedSnapshot(checked) };
    },
    run: async (_input, context) => {
      const before = context.state.get(PLANNED);
      const checks = before?.checks ?? new SourceChecks(options, context);
      const snapshot = before?.snapshot ?? (await open(context, (layer) => checks.around(layer)));
      checks.isShown = true;
      const omitted = leftOutOf(snapshot);
      if (omitted !== undefined) context.emit({ type: 'warning', code: 'FILES_LEFT_OUT', ...omitted });
      return vouchedSnapshot(before?.isThrough === true ? snapshot : checks.through(snapshot));
    },
  };
}

/** What a plan has opened, for its run. */
interface PlannedSource {
  readonly snapshot: Snapshot;
  readonly checks: SourceChecks;
  /** The snapshot's files are read through the checks already. */
  readonly isThrough: boolean;
}

/** The one quantization that the address or the options name. Throws `USAGE` when they name two. */
function oneVariant(source: string, inOptions: string | undefined): string | undefined {
  const address = parseAddress(source);
  const inAddress = 'variant' in address ? address.variant : undefined;
  if (inAddress === undefined || inOptions === undefined) return inAddress ?? inOptions;
  if (inAddress.toLowerCase() === inOptions.toLowerCase()) return inAddress;
  throw new SlipwayError('USAGE', 'two different quantizations are asked for', {
    got: `'${inAddress}' in the address, '${inOptions}' as the option`,
  });
}

/** An artifact's variant was chosen when it was opened. */
function ofVariant(snapshot: Snapshot, variant: string | undefined): Snapshot {
  return variant === undefined || snapshot.source.kind === 'registry' ? snapshot : chooseVariant(snapshot, variant);
}

/** GGUFs are told apart by what they say of themselves. Throws `NOT_FOUND` when no file is of these kinds. */
async function ofKinds(
  snapshot: Snapshot,
  kinds: readonly FileKind[] | undefined,
  signal: AbortSignal,
): Promise<Snapshot> {
  if (kinds === undefined) return snapshot;
  const wanted = new Set(kinds);
  const roles = await readWeightRoles(snapshot.files, signal);
  const kindOfFile = (path: string): FileKind => {
    const role = roles.get(path);
    return role === undefined ? kindOf(path) : kindOfRole(role);
  };
  const files = snapshot.files.filter(({ path }) => wanted.has(kindOfFile(path)));
  if (files.length > 0)
    return { ...snapshot, files, leftOut: (snapshot.leftOut ?? []).filter(({ path }) => wanted.has(kindOf(path))) };
  const found = snapshot.files.map(({ path }) => kindOfFile(path));
  const present = FILE_KINDS.filter((kind) => found.includes(kind));
  const counts = present.map((kind) => `${found.filter((other) => other === kind).length} ${kind}`);
  throw new SlipwayError('NOT_FOUND', `no file of '${snapshot.source.name}' is of the kind ${kinds.join(' or ')}`, {
    where: snapshot.source.url,
    got: `${snapshot.files.length === 1 ? '1 file' : `${snapshot.files.length} files`}: ${counts.join(', ')}`,
    try: `--kind ${present[0] ?? 'weight'}, or leave it out`,
  });
}

/** A snapshot's fingerprint: where it is from, its revision, and which files of it. */
async function vouchedSnapshot(snapshot: Snapshot): Promise<Snapshot> {
  const files = snapshot.files.map(({ path, size, digest }) => ({ path, size, digest }));
  const { kind, name, revision } = snapshot.source;
  // A directory is called differently on every machine, and its files' digests are not known beforehand.
  if (kind !== 'directory') withRecipe(snapshot, 'download', [], { kind, name, revision, files });
  return vouched(snapshot, 'download', [], { source: snapshot.source, files });
}

function report(snapshot: Snapshot, context: RunContext): Planned<Snapshot>['reports'][number] {
  const { source, files } = snapshot;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const revision = source.revision.replace(/^sha256:/, '').slice(0, 12);
  const omitted = leftOutOf(snapshot);
  const { variants } = ggufRepository(files);
  return {
    stage: 'download',
    summary: [
      `${source.url} @${revision}${moving(source)}, ${files.length === 1 ? '1 file' : `${files.length} files`}`,
      omitted?.message,
    ]
      .filter(Boolean)
      .join('; '),
    ...(variants.length > 1 && { details: variants.map(({ name, size }) => `${name} ${decimalSize(size)}`) }),
    bytesIn: bytes,
    ...(context.store === undefined || source.kind === 'directory' ? {} : { disk: bytes }),
    data: {
      source,
      files: files.map(({ path, size, digest }) => ({ path, size, digest: digest ?? null })),
      variants: variants.map(({ name, size, files: parts }) => ({ name, size, files: parts.map(({ path }) => path) })),
      leftOut: omitted?.files ?? [],
    },
  };
}

/** Where a repository's branch, or a tag, was asked for: the next run may find another commit under it. */
function moving({ kind, requestedRevision }: Snapshot['source']): string {
  if (kind !== 'huggingface' && kind !== 'modelscope') return '';
  // One that was asked for by its commit has no other name.
  const isPinned = requestedRevision === undefined || /^[0-9a-f]{40}$/.test(requestedRevision);
  return isPinned ? '' : ` (${requestedRevision} now: it may move, --revision pins it)`;
}

/** Puts the store, or an audit, between the source and its readers. */
class SourceChecks {
  /** Set when readings are to be told: those of a plan count when its run begins. */
  isShown = false;
  readonly #verify: 'full' | 'transport';
  readonly #context: RunContext;
  readonly #ordered: OrderedFiles;

  constructor({ verify = 'full', spill }: DownloadOptions, context: RunContext) {
    this.#verify = verify;
    this.#context = context;
    const ordered = new OrderedFiles({ room: () => windowRoom(context), spill, signal: context.signal });
    context.defer(async () => ordered.close());
    this.#ordered = ordered;
  }

  /** A file, or a layer that files lie in. */
  around(file: ModelFile): ModelFile {
    const context = this.#context;
    if (context.store !== undefined) return storedFile(file, context);
    if (this.#verify === 'transport' || file.digest === undefined) return this.#watched(file);
    return this.#ordered.add(this.#watched(file.unchecked ?? file));
  }

  through(snapshot: Snapshot): Snapshot {
    if (snapshot.source.kind === 'directory') {
      return { ...snapshot, files: snapshot.files.map((file) => this.#watched(file)) };
    }
    const files = snapshot.files.map((file) => this.around(file));
    return {
      ...snapshot,
      files,
      confirm: async (signal) => {
        await snapshot.confirm?.(signal);
        await this.#ordered.audit(signal);
      },
    };
  }

  #watched(file: ModelFile): ModelFile {
    return watched(file, 'download', this.#context, () => this.isShown);
  }
}
