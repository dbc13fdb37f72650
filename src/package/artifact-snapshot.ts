import { isDigest, SlipwayError } from '../core/index.js';
import {
  assertDistinctPaths,
  comparePaths,
  isJsonObject,
  localRelativePath,
  jsonField,
  parseJson,
  pathFilter,
  readWhole,
  type JsonObject,
  type JsonValue,
  type ModelFile,
  type PathSelection,
  type Snapshot,
} from '../files/index.js';
import type { Descriptor, Manifest, ReadableTarget, StoredManifest } from '../registry/index.js';
import { filesOfArtifact, requireFiles } from './artifact-files.js';
import { checkedManifest } from './checked-manifest.js';
import { layerFiles, type CheckedLayer } from './layer-files.js';
import { VARIANT_ANNOTATIONS } from './variant-index.js';

/** An artifact in a repository. */
export interface ArtifactAddress {
  readonly target: ReadableTarget;
  /** Tag or digest. */
  readonly reference: string;
  /** How the repository is called, without secrets: `harbor.example/models/tiny`, `layout:./models`. */
  readonly name: string;
}

export interface ArtifactSnapshotOptions extends PathSelection {
  /** Which member of an index is meant (`Q4_K_M`). The only one needs no choice. */
  readonly variant?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** See {@link LayerReading.checked}. */
  readonly checked?: CheckedLayer | undefined;
}

const CONFIG_LIMIT = 4 * 1024 * 1024;

/**
 * The files of an artifact of any format, pinned by digest and lazily readable: raw layers, and what stands in archives.
 * Throws `FORMAT_UNSUPPORTED` when it has no files, `USAGE` when a variant has to be named, `PATH_UNSAFE`, `MANIFEST_INVALID`.
 */
export async function artifactSnapshot(
  address: ArtifactAddress,
  options: ArtifactSnapshotOptions = {},
): Promise<Snapshot> {
  const { target, name, reference } = address;
  const { signal } = options;
  const { stored, manifest } = await findManifest(address, options);
  const config = configFile(manifest, target);
  const namesInConfig = manifest.config.mediaType.startsWith('application/vnd.kitops.');
  const contents = filesOfArtifact(manifest, namesInConfig ? await jsonOf(config, signal) : undefined);
  requireFiles(contents, name);
  const files: ModelFile[] = [];
  const reading = { target, signal, checked: options.checked };
  for (const layer of contents.files) files.push(...(await layerFiles(layer, contents.format, reading)));
  const wanted = files.filter(({ path }) => pathFilter(options)(path));
  if (wanted.length === 0) {
    throw new SlipwayError('NOT_FOUND', `no file of '${name}' is selected`, {
      got: `${files.length} files, none matches`,
      try: 'look at the include and exclude patterns',
    });
  }
  assertDistinctPaths(
    wanted.map(({ path }) => path),
    localRelativePath,
  );
  const { digest } = stored.descriptor;
  const created = manifest.annotations?.['org.opencontainers.image.created'];
  return {
    source: {
      kind: 'registry',
      name,
      url: `${target.host === undefined ? '' : 'oci://'}${name}@${digest}`,
      revision: digest,
      ...(isDigest(reference) ? {} : { requestedRevision: reference }),
      ...(created === undefined || Number.isNaN(Date.parse(created)) ? {} : { committedAt: created }),
    },
    files: wanted.sort((a, b) => comparePaths(a.path, b.path)),
    ...(!namesInConfig && config.size <= CONFIG_LIMIT && { confirm: async (stop) => fetchConfig(config, stop) }),
  };
}

/**
 * Fetches and checks the config that no file is made of: a registry that is a proxy (Harbor's cache) keeps an artifact only
 * when every blob of it has passed through. One that is not there is no loss: the files are.
 */
async function fetchConfig(config: ModelFile, signal: AbortSignal | undefined): Promise<void> {
  try {
    await readWhole(config, CONFIG_LIMIT, signal);
  } catch (error) {
    if (!SlipwayError.is(error) || !['OCI_NOT_FOUND', 'NOT_FOUND'].includes(error.code)) throw error;
  }
}

function configFile({ config: { digest, size } }: Manifest, target: ReadableTarget): ModelFile {
  return { path: 'config', size, digest, read: (range, stop) => target.readBlob({ digest, size }, range, stop) };
}

/** Only older ModelKits name their files in the config; others need not have one that is JSON. */
async function jsonOf(config: ModelFile, signal: AbortSignal | undefined): Promise<JsonValue> {
  return parseJson(new TextDecoder().decode(await readWhole(config, CONFIG_LIMIT, signal)), config.path);
}

/**
 * Reads the manifest that an address means; of an index the only member, or the one whose variant is named.
 * Throws `USAGE` when a variant has to be named, `MANIFEST_INVALID`, `OCI_NOT_FOUND`.
 */
export async function findManifest(
  address: ArtifactAddress,
  options: Pick<ArtifactSnapshotOptions, 'variant' | 'signal'>,
): Promise<{ readonly stored: StoredManifest; readonly manifest: Manifest }> {
  const { target, reference, name } = address;
  const outer = await target.readManifest(reference, options.signal);
  const value = parsed(outer, name);
  const members = jsonField(value, 'manifests');
  if (members === undefined) {
    if (options.variant !== undefined) throw noVariants(name, options.variant);
    return { stored: outer, manifest: checkedManifest(value) };
  }
  const stored = await target.readManifest(chosenMember(members, name, options.variant).digest, options.signal);
  return { stored, manifest: checkedManifest(parsed(stored, name)) };
}

/** What was asked for may be another quantization than this one: nothing is handed out in its place. */
function noVariants(name: string, variant: string): SlipwayError {
  return new SlipwayError('USAGE', `'${name}' is one artifact, and no index to choose '${variant}' from`, {
    try: ['leave out --variant', `pipeline inspect ${name}   (lists its tags)`],
  });
}

function parsed({ bytes }: StoredManifest, name: string): JsonObject {
  const value = parseJson(new TextDecoder().decode(bytes), `manifest of ${name}`);
  if (isJsonObject(value)) return value;
  throw new SlipwayError('MANIFEST_INVALID', `the manifest of '${name}' is no JSON object`, { where: name });
}

/** By our own annotation first; of another's index, by any annotation with that value. */
function chosenMember(members: JsonValue, name: string, variant: string | undefined): Descriptor {
  const list = Array.isArray(members)
    ? (members as readonly Descriptor[]).filter((member) => isDigest(member?.digest))
    : [];
  const wanted = variant?.toLowerCase();
  const isWanted = (value: unknown): boolean => typeof value === 'string' && value.toLowerCase() === wanted;
  const named = list.filter((member) => isWanted(member.annotations?.[VARIANT_ANNOTATIONS.name]));
  const alike =
    named.length > 0 ? named : list.filter((member) => Object.values(member.annotations ?? {}).some(isWanted));
  const fitting = variant === undefined ? list : alike;
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const names = list.flatMap((member) => member.annotations?.[VARIANT_ANNOTATIONS.name] ?? []);
  const problem = variant === undefined ? 'one has to be named' : `${fitting.length} of them fit '${variant}'`;
  throw new SlipwayError('USAGE', `'${name}' holds ${list.length} variants: ${problem}`, {
    got: names.length === 0 ? 'variants without names' : names.slice(0, 20).join(', '),
    try: names.length === 0 ? 'give the digest or tag of one' : `--variant ${names[0] ?? ''}`,
  });
}
