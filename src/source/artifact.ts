import { isDigest, SlipwayError } from '../core/index.js';
import {
  checkedRange,
  isJsonObject,
  jsonField,
  parseJson,
  type JsonObject,
  type JsonValue,
  type ModelFile,
  type Snapshot,
} from '../files/index.js';
import { MEDIA_TYPES, type Descriptor, type Manifest, type ReadableTarget } from '../registry/index.js';
import { selectFiles, type SelectionOptions } from './selection.js';
import { verifiedFile } from './verified-file.js';

export interface ArtifactSourceOptions extends SelectionOptions {
  /** The repository to read from. */
  readonly target: ReadableTarget;
  /** Tag or digest in it. */
  readonly reference: string;
  /** How the repository is called, without secrets: `harbor.example/models/tiny`. */
  readonly name: string;
  /** Which manifest of an index: the value of an annotation of its descriptor. The only one needs no choice. */
  readonly variant?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_LAYERS = 10_000;
/** Where the formats that keep one file in one raw layer write its name. */
const NAME_KEYS = ['org.cncf.model.filepath', 'org.cnai.model.filepath', 'org.opencontainers.image.title'] as const;

/** The files of an artifact that keeps one file in one raw layer (ModelPack, CNAI, ORAS, Docker model), pinned by digest. */
export async function openArtifact(options: ArtifactSourceOptions): Promise<Snapshot> {
  const { target, name, signal } = options;
  const { descriptor, manifest } = await readManifest(options);
  const layers = manifest.layers.flatMap((layer) => {
    const path = NAME_KEYS.map((key) => layer.annotations?.[key]).find((value) => value !== undefined);
    return path === undefined || isPacked(layer) ? [] : [{ path, layer }];
  });
  if (layers.length === 0) {
    throw new SlipwayError('FORMAT_UNSUPPORTED', `'${name}' has no layer that is a named file`, {
      where: `${name}@${descriptor.digest}`,
      got: `${manifest.layers.length} layers of ${manifest.artifactType ?? manifest.config.mediaType}`,
      try: 'pull it into a directory first, then use that',
    });
  }
  // An alias is a second descriptor of one blob: both names stay.
  const chosen = selectFiles(unique(layers), { ...options, include: options.include ?? ['**'] }, name);
  const created = manifest.annotations?.['org.opencontainers.image.created'];
  return {
    source: {
      kind: 'registry',
      name,
      url: `oci://${name}@${descriptor.digest}`,
      revision: descriptor.digest,
      ...(isDigest(options.reference) ? {} : { requestedRevision: options.reference }),
      ...(created === undefined || Number.isNaN(Date.parse(created)) ? {} : { committedAt: created }),
    },
    files: chosen.map(({ path, layer }) => blobFile(target, path, layer, signal)),
  };
}

function unique<T extends { readonly path: string }>(layers: readonly T[]): T[] {
  const seen = new Set<string>();
  return layers.filter(({ path }) => !seen.has(path) && seen.add(path));
}

/** Archives and compressed layers are not the file that their annotation names. */
function isPacked(layer: Descriptor): boolean {
  const oras = layer.annotations?.['io.deis.oras.content.unpack'] === 'true';
  const oci =
    layer.mediaType === 'application/vnd.oci.image.layer.v1.tar' && layer.annotations?.[NAME_KEYS[2]] !== undefined;
  return oras || (!oci && /(\.tar|[.+](gzip|zstd|tar))$/.test(layer.mediaType));
}

function blobFile(target: ReadableTarget, path: string, layer: Descriptor, signal: AbortSignal | undefined): ModelFile {
  const { digest, size } = layer;
  const file: ModelFile = {
    path,
    size,
    digest,
    read: (range, stop) => target.readBlob({ digest, size }, checkedRange(path, size, range), stop ?? signal),
  };
  return verifiedFile(file, { sha256: digest });
}

interface Found {
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
}

async function readManifest(options: ArtifactSourceOptions): Promise<Found> {
  const { target, reference, signal } = options;
  const stored = await target.readManifest(reference, signal);
  const parsed = parsedManifest(stored.bytes, options.name);
  const members = jsonField(parsed, 'manifests');
  if (members === undefined) return { descriptor: stored.descriptor, manifest: asManifest(parsed, options.name) };
  const member = chosenMember(members, options);
  const inner = await target.readManifest(member.digest, signal);
  return {
    descriptor: inner.descriptor,
    manifest: asManifest(parsedManifest(inner.bytes, options.name), options.name),
  };
}

function parsedManifest(bytes: Uint8Array, name: string): JsonObject {
  const value = parseJson(new TextDecoder().decode(bytes), `manifest of ${name}`);
  if (isJsonObject(value)) return value;
  throw invalid(name, 'no JSON object');
}

/** Types are checked where a field is used for more than a comparison: digests, sizes, annotations. */
function asManifest(value: JsonObject, name: string): Manifest {
  const manifest = value as unknown as Manifest;
  const layers = Array.isArray(manifest.layers) ? manifest.layers : undefined;
  if (layers === undefined || layers.length > MAX_LAYERS) throw invalid(name, `${layers?.length ?? 'no'} layers`);
  for (const layer of layers) {
    const right =
      isDigest(layer?.digest) &&
      Number.isSafeInteger(layer.size) &&
      layer.size >= 0 &&
      typeof layer.mediaType === 'string';
    const named = NAME_KEYS.every((key) => ['string', 'undefined'].includes(typeof layer?.annotations?.[key]));
    if (!right || !named) throw invalid(name, 'a layer without a valid digest, size, type or name');
  }
  if (typeof manifest.config?.mediaType !== 'string') throw invalid(name, 'no config');
  return manifest;
}

function chosenMember(members: JsonValue, options: ArtifactSourceOptions): Descriptor {
  if (!Array.isArray(members) || members.length > MAX_LAYERS) throw invalid(options.name, 'no list of manifests');
  const models = (members as readonly Descriptor[]).filter(
    (member) => isDigest(member?.digest) && member.mediaType === MEDIA_TYPES.manifest,
  );
  const { variant } = options;
  const fitting =
    variant === undefined
      ? models
      : models.filter((member) => Object.values(member.annotations ?? {}).some((value) => value === variant));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  throw new SlipwayError('USAGE', `'${options.name}' holds ${models.length} variants, ${fitting.length} of them fit`, {
    got: variant === undefined ? 'no variant was named' : `variant '${variant}'`,
    try: 'name one variant, or give its digest or tag',
  });
}

function invalid(name: string, got: string): SlipwayError {
  return new SlipwayError('MANIFEST_INVALID', `the manifest of '${name}' is not valid`, { where: name, got });
}
