import type { Digest } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import type { Artifact, Layer } from '../registry/index.js';
import { isBesideWeights, isWeightKind, orderedFiles, type FileKind, type KindedFile } from './file-kind.js';
import { jsonBytes, requireDigests, sealManifest } from './manifest-bytes.js';
import { adapterAnnotations, createdAt, sortedAnnotations, type PackOptions } from './format-options.js';
import { hasTypeOf, kindAnnotation, type PackagingFormat } from './packaging-format.js';
import { tarFile } from './tar-file.js';
import type { ModelVariant } from './variant.js';

const MODELKIT_ARTIFACT_TYPE = 'application/vnd.kitops.modelkit.manifest.v1+json';
const MODELKIT_CONFIG_TYPE = 'application/vnd.kitops.modelkit.config.v1+json';

export interface ModelKitOptions extends PackOptions {
  /** `tar` (the default) is read by every release; `raw` shares blobs with other formats and needs a KitOps newer than 1.7. */
  readonly layers?: 'tar' | 'raw' | undefined;
}

/** KitOps' own file owner and group. */
const OWNER = { uid: 1000, gid: 0 };

type Role = 'model' | 'modelpart' | 'code' | 'dataset' | 'docs';
/** KitOps matches layers to entries by their order within a role, and writes the roles in this order. */
const ROLES: readonly Role[] = ['model', 'modelpart', 'code', 'dataset', 'docs'];
const ROLE_OF: Readonly<Record<FileKind, Role>> = {
  weight: 'modelpart',
  projector: 'modelpart',
  adapter: 'modelpart',
  draft: 'modelpart',
  'weight.config': 'modelpart',
  code: 'code',
  dataset: 'dataset',
  doc: 'docs',
};

interface Placed {
  readonly role: Role;
  readonly kind: FileKind;
  readonly file: ModelFile;
}

/** A KitOps ModelKit. Its config is the Kitfile as JSON, with the digest of each entry's layer. */
export function modelkit(variant: ModelVariant, options: ModelKitOptions = {}): Artifact {
  const form = options.layers ?? 'tar';
  const placed = placedFiles(orderedFiles(variant));
  const layers = placed.map(({ role, kind, file }): Layer => ({
    file: form === 'tar' ? tarFile(file, OWNER) : file,
    mediaType: `application/vnd.kitops.modelkit.${role}.v1.${form}`,
    annotations: {
      ...kindAnnotation(kind),
      'org.cncf.model.filepath': file.path,
      ...(form === 'raw' ? { 'org.opencontainers.image.title': file.path } : {}),
    },
  }));
  return {
    format: 'kitops',
    variant: variant.name,
    layers,
    seal: (digests) => {
      requireDigests(layers, digests);
      return sealManifest(
        {
          artifactType: MODELKIT_ARTIFACT_TYPE,
          config: { mediaType: MODELKIT_CONFIG_TYPE, bytes: jsonBytes(kitfile(variant, placed, digests)) },
          layers,
          annotations: sortedAnnotations({
            ...adapterAnnotations(variant.facts),
            'org.opencontainers.image.created': createdAt(variant.facts, options),
            ...options.annotations,
          }),
        },
        digests,
      );
    },
  };
}

/** The first weight is the model; what else it needs is its parts. An adapter alone is the model of its kit. */
function placedFiles(files: readonly KindedFile[]): Placed[] {
  const main = files.find(({ kind }) => isWeightKind(kind));
  const placed = files.map((entry): Placed => ({
    role: entry === main ? 'model' : ROLE_OF[entry.kind],
    kind: entry.kind,
    file: entry.file,
  }));
  return placed.sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
}

interface KitEntry {
  readonly path: string;
  /** Of a model's part: `projector`, `adapter` or `draft`. */
  readonly type?: string;
  readonly digest: Digest | undefined;
  readonly diffId: Digest | undefined;
}

function kitfile(variant: ModelVariant, placed: readonly Placed[], digests: readonly Digest[]): unknown {
  const { facts } = variant;
  const entries = placed.map(({ role, kind, file }, index): { role: Role; entry: KitEntry } => {
    const digest = digests[index];
    const type = role === 'modelpart' && isBesideWeights(kind) ? kind : undefined;
    return { role, entry: { path: file.path, ...(type !== undefined && { type }), digest, diffId: digest } };
  });
  const of = (role: Role): KitEntry[] | undefined => {
    const found = entries.filter((entry) => entry.role === role).map(({ entry }) => entry);
    return found.length === 0 ? undefined : found;
  };
  const license = facts.licenses.length === 0 ? undefined : facts.licenses.join(' AND ');
  const [model] = of('model') ?? [];
  return {
    manifestVersion: '1.0.0',
    package: {
      name: facts.name,
      version: facts.version,
      description: facts.description,
      license,
      authors: facts.authors ?? (facts.vendor === undefined ? undefined : [facts.vendor]),
    },
    model:
      model === undefined
        ? undefined
        : {
            name: facts.name,
            path: model.path,
            license,
            format: facts.format,
            parts: of('modelpart')?.map((part) => ({ name: part.path, ...part })),
            digest: model.digest,
            diffId: model.diffId,
          },
    code: of('code'),
    datasets: of('dataset')?.map((entry) => ({ name: entry.path, ...entry })),
    docs: of('docs'),
  };
}

/** Finds a layer's entry in the Kitfile by its digest; the entry's place is its path. */
function kitName(digest: Digest | undefined, config: unknown): string | undefined {
  const pending: unknown[] = [config];
  for (let steps = 0; pending.length > 0 && steps < 100_000; steps++) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    const entry = value as { digest?: unknown; path?: unknown };
    if (entry.digest === digest && typeof entry.path === 'string') return entry.path.replace(/^(\.\/)+/, '');
    pending.push(...Object.values(value));
  }
  return undefined;
}

/** The format's row: see `PackagingFormat`. */
export const kitopsFormat: PackagingFormat<'kitops-tar' | 'kitops-raw'> = {
  description: 'a KitOps ModelKit, in tar layers or raw ones (`--kitops-layers`)',
  recognise: (manifest) => hasTypeOf(manifest, 'kitops.modelkit'),
  layerNames: ({ manifest, annotated, config }) =>
    annotated.map((name, index) => name ?? kitName(manifest.layers[index]?.digest, config)),
  shapes: ['kitops-tar', 'kitops-raw'],
  shape: (_, forms) => ([...forms].some((form) => form !== 'raw') ? 'kitops-tar' : 'kitops-raw'),
  optionsKey: 'kitops',
  pack: modelkit,
};
