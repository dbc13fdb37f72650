import { createHash } from 'node:crypto';
import { RECIPE_ANNOTATION } from '../push/published.js';
import { isDigest, SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import {
  digestOf,
  isJsonObject,
  jsonField,
  type JsonObject,
  type ModelFile,
  type Snapshot,
} from '../../files/index.js';
import { readGguf, tensorSize, type GgufTensor } from '../../gguf/index.js';
import type { ModelVariant } from '../../package/index.js';
import { parseManifest, blobFile, type Descriptor, type Layer, type Target } from '../../registry/index.js';
import {
  collectEvidence,
  commitOf,
  isSignedBy,
  PREDICATES,
  readProvenance,
  subjectDigests,
  BUILD_TYPE,
  type Identity,
  type ReadProvenance,
} from '../../trust/index.js';
import { convert } from '../conversion/convert.js';
import { download } from '../download.js';
import { pack } from '../packaging/pack.js';
import { quantize } from '../conversion/quantize.js';
import type { QuantizeStageOptions } from '../options/index.js';
import { layerFile, withPublishedSignature } from './rebuilt-signature.js';
import { type ResolvedArtifact, resolveArtifact } from './sign-artifact.js';

export interface RebuildOptions {
  /** Compare so many tensors instead of everything. */
  readonly sample?: number;
  /** Chooses the tensors; the same seed chooses the same. */
  readonly seed?: string;
  /** A directory with the source's files, where provenance names one that cannot be fetched. */
  readonly source?: string;
  /** The keys and identities whose provenance counts. Absent, any provenance does: the rebuilt bytes prove themselves. */
  readonly identities?: readonly Identity[];
}

/** What became of making an artifact again. */
export interface RebuildReport {
  readonly v: 1;
  /** `same-tensors`: the weights are equal, and something around them is not. */
  readonly result: 'identical' | 'same-tensors' | 'different' | 'inputs-unavailable' | 'no-provenance';
  readonly reference: string;
  readonly digest: Digest;
  readonly source?: string;
  readonly revision?: string;
  /** Set when tensors were sampled. */
  readonly sample?: { readonly seed: string; readonly tensors: readonly string[]; readonly of: number };
  readonly compared: readonly {
    readonly what: string;
    readonly expected: string;
    readonly actual: string;
    readonly equal: boolean;
  }[];
  readonly reason?: string;
}

/**
 * Makes an artifact again from what its provenance names, and compares. The whole: every layer's digest and the
 * manifest's. With `sample`: the bytes of some tensors, computed here and read from the registry by ranges. Whether the
 * provenance is honest needs no trust: the bytes agree or they do not.
 */
export async function rebuild(address: string, options: RebuildOptions, context: RunContext): Promise<RebuildReport> {
  const artifact = await resolveArtifact(address, context, 'rebuild');
  const { target, descriptor, layers, reference } = artifact;
  const head = { v: 1, reference, digest: descriptor.digest } as const;
  if (artifact.isIndex) {
    throw new SlipwayError('USAGE', `'${reference}' is an index: each of its members is made again by itself`, {
      try: `pipeline inspect ${address}   (lists them by digest)`,
    });
  }
  const said = await provenanceOf(target, descriptor.digest, options.identities, context.signal);
  if (said === undefined)
    return { ...head, result: 'no-provenance', compared: [], reason: 'nothing attached says how it was made' };
  const recipe = recipeOf(said, options.source);
  if (typeof recipe === 'string') return { ...head, result: 'inputs-unavailable', compared: [], reason: recipe };
  const made = { ...head, source: recipe.source, revision: recipe.revision };
  let variant: ModelVariant;
  try {
    const snapshot = await openInputs(recipe, said, context);
    variant = await variantOf(recipe, snapshot, context);
  } catch (error) {
    if (!SlipwayError.is(error) || !UNAVAILABLE.test(error.code)) throw error;
    return { ...made, result: 'inputs-unavailable', compared: [], reason: error.message };
  }
  return options.sample === undefined
    ? { ...made, ...(await compareWhole(variant, recipe, artifact, context)) }
    : {
        ...made,
        ...(await compareSample(
          variant,
          target,
          layers,
          { count: options.sample, seed: options.seed ?? descriptor.digest.slice(7, 23) },
          context,
        )),
      };
}

const UNAVAILABLE = /^(NOT_FOUND|HUB_|NET_|OCI_|OFFLINE$|INSECURE_REFUSED$)/;

interface Recipe {
  readonly source: string;
  readonly revision: string;
  readonly convert: JsonObject | undefined;
  readonly quantize: JsonObject | undefined;
  readonly pack: JsonObject;
  readonly variant: string;
}

async function provenanceOf(
  target: Target,
  digest: Digest,
  identities: readonly Identity[] | undefined,
  signal: AbortSignal,
): Promise<ReadProvenance | undefined> {
  const { attestations } = await collectEvidence(target, digest, signal);
  const keys = identities?.flatMap((one) => (one.kind === 'key' ? [one.publicKey] : []));
  return attestations
    .filter(({ statement }) => statement.predicateType === PREDICATES.slsa && subjectDigests(statement).has(digest))
    .filter(({ envelope }) => keys === undefined || keys.some((key) => isSignedBy(envelope, key)))
    .map(({ statement }) => readProvenance(statement.predicate))
    .find(({ buildType }) => buildType === BUILD_TYPE);
}

/** The recipe, or why it cannot be followed. */
function recipeOf(said: ReadProvenance, directory: string | undefined): Recipe | string {
  const read = (key: string): JsonObject | undefined => {
    const value = jsonField(said.externalParameters, key);
    return isJsonObject(value) ? value : undefined;
  };
  const [source, revision, variant] = ['source', 'revision', 'variant'].map((key) =>
    jsonField(said.externalParameters, key),
  );
  if (typeof source !== 'string' || typeof variant !== 'string') return 'its provenance names no source';
  const isHub = source.startsWith('hf://');
  const commit = commitOf(said);
  if (isHub && commit === undefined) return 'its provenance names no commit';
  // A recipe is a stranger's words: it may name a repository or an artifact, never a path of this machine.
  if (directory === undefined && !isHub && !source.startsWith('oci://'))
    return `it was made from '${source}': name that directory with --source`;
  const local = read('convert')?.['imatrix'] ?? read('quantize')?.['imatrix'] ?? read('convert')?.['metadata'];
  if (local !== undefined) return `it was made with the file ${JSON.stringify(local)}, which is not published with it`;
  return {
    source: directory ?? source,
    revision: commit ?? (typeof revision === 'string' ? revision : ''),
    convert: read('convert'),
    quantize: read('quantize'),
    pack: read('pack') ?? {},
    variant,
  };
}

/** The inputs, each with the digest that provenance names: other bytes are an error when they are read. */
async function openInputs({ source, revision }: Recipe, said: ReadProvenance, context: RunContext): Promise<Snapshot> {
  const known = new Map(
    said.dependencies.flatMap(({ name, digest }) => (name === undefined ? [] : [[name, digest?.['sha256']]])),
  );
  const isHub = source.startsWith('hf://');
  const stage = download(source, {
    include: [...known.keys()].filter((name) => /\.[A-Za-z0-9]+$|LICENSE|^[A-Z]+$/.test(name)).map(literal),
    ...(isHub && { revision }),
  });
  const snapshot = await stage.run(undefined, context);
  const files = snapshot.files.map((file): ModelFile => {
    const hex = known.get(file.path);
    const digest = hex === undefined ? undefined : (`sha256:${hex}` as const);
    return digest === undefined || !isDigest(digest) || file.digest !== undefined ? file : { ...file, digest };
  });
  const wrong = snapshot.files.find(
    ({ path, digest }) =>
      digest !== undefined && known.get(path) !== undefined && digest !== `sha256:${known.get(path)}`,
  );
  if (wrong !== undefined) {
    throw new SlipwayError('NOT_FOUND', `'${wrong.path}' is not the file that the provenance names any more`, {
      got: wrong.digest,
    });
  }
  return { ...snapshot, files };
}

/** A path as a pattern that matches it alone. */
function literal(path: string): string {
  return path.replaceAll(/[\\*?[\]{}()!+@|]/g, String.raw`\$&`);
}

async function variantOf(recipe: Recipe, snapshot: Snapshot, context: RunContext): Promise<ModelVariant> {
  const names = { ...snapshot.source };
  const at: Snapshot = { ...snapshot, source: names };
  const first =
    recipe.convert === undefined
      ? undefined
      : await convert({ ...recipe.convert, ...only(recipe.convert, recipe) }).run(at, context);
  const made =
    recipe.quantize === undefined
      ? first
      : await quantize({ ...(recipe.quantize as unknown as QuantizeStageOptions), ...onlyTypes(recipe) }).run(
          first ?? at,
          context,
        );
  const variants = made ?? [];
  const variant = variants.find(({ name }) => name === recipe.variant) ?? variants[0];
  if (variant !== undefined) return variant;
  return {
    name: recipe.variant,
    weights: at.files,
    companions: [],
    facts: { name: at.source.name, format: 'other', licenses: [], source: at.source },
    recipe: { snapshot: at, inputs: [] },
  };
}

/** Of several variants that were made together only the one in question. */
function only(options: JsonObject, { variant, quantize: later }: Recipe): object {
  return Array.isArray(options['quantize']) && later === undefined && options['quantize'].includes(variant)
    ? { quantize: variant }
    : {};
}

function onlyTypes({ variant, quantize: options }: Recipe): object {
  const types = options?.['types'];
  return Array.isArray(types) && types.includes(variant) ? { types: variant } : {};
}

type Compared = Pick<RebuildReport, 'result' | 'compared' | 'sample' | 'reason'>;

async function compareWhole(
  variant: ModelVariant,
  recipe: Recipe,
  { target, layers, descriptor }: Pick<ResolvedArtifact, 'target' | 'layers' | 'descriptor'>,
  context: RunContext,
): Promise<Compared> {
  // The recipe's name is of the registry's own word and says nothing of content: it is taken as it stands there.
  const there = await target.readManifest(descriptor.digest, context.signal);
  const named = parseManifest(there.bytes, descriptor.digest, descriptor.mediaType).annotations[RECIPE_ANNOTATION];
  const options = recipe.pack as { readonly annotations?: Readonly<Record<string, string>> };
  const annotations = { ...options.annotations, ...(named !== undefined && { [RECIPE_ANNOTATION]: named }) };
  const input = recipe.convert === undefined && recipe.quantize === undefined ? variant.recipe?.snapshot : undefined;
  const bare = await pack({ ...recipe.pack, annotations }).run(input ?? [variant], context);
  const packed = withPublishedSignature(bare, layers, target, context.signal);
  const [artifact] = packed.artifacts;
  if (artifact === undefined) throw new SlipwayError('MODEL_INVALID', 'nothing was packed');
  const compared: RebuildReport['compared'][number][] = [];
  const digests: Digest[] = [];
  const others: Descriptor[] = [];
  // What is made of the others' digests comes after them.
  for (const { layer, index } of inOrder(artifact.layers)) {
    const file = await layerFile(layer, others, context.signal);
    const digest =
      file === undefined ? NOT_OF_THESE : (await digestOf(file.read(undefined, context.signal), file.size)).digest;
    digests[index] = digest;
    others.push({ mediaType: layer.mediaType, digest, size: layer.file.size, annotations: layer.annotations });
    const expected = layers[index]?.digest ?? 'no such layer';
    compared.push({ what: layer.file.path, expected, actual: digest, equal: expected === digest });
  }
  const manifest = createHash('sha256').update(artifact.seal(digests).manifest.bytes).digest('hex');
  compared.push({
    what: 'manifest',
    expected: descriptor.digest,
    actual: `sha256:${manifest}`,
    equal: descriptor.digest === `sha256:${manifest}`,
  });
  await packed.confirm?.(context.signal);
  const weights = compared.filter(({ what }) => what.toLowerCase().endsWith('.gguf'));
  const result = compared.every(({ equal }) => equal)
    ? 'identical'
    : weights.length > 0 && weights.every(({ equal }) => equal)
      ? 'same-tensors'
      : 'different';
  // The digests are those of the manifest: what the registry gives for them is checked by every pull.
  return {
    result,
    compared,
    reason: 'digests were compared; the blobs as they are stored are read by a pull, or with --blobs',
  };
}

/** Stands for a signature that is about other files. */
const NOT_OF_THESE: Digest = `sha256:${'0'.repeat(64)}`;

function inOrder(layers: readonly Layer[]): readonly { readonly layer: Layer; readonly index: number }[] {
  const all = layers.map((layer, index) => ({ layer, index }));
  return [
    ...all.filter(({ layer }) => layer.made === undefined),
    ...all.filter(({ layer }) => layer.made !== undefined),
  ];
}

async function compareSample(
  variant: ModelVariant,
  target: Target,
  layers: readonly Descriptor[],
  { count, seed }: { readonly count: number; readonly seed: string },
  context: RunContext,
): Promise<Compared> {
  const here = new Map((variant.gguf?.tensors ?? []).map((tensor) => [tensor.name, tensor]));
  const there: GgufTensor[] = [];
  for (const layer of layers) {
    const title =
      layer.annotations?.['org.opencontainers.image.title'] ??
      layer.annotations?.['org.cncf.model.filepath'] ??
      layer.annotations?.['org.cnai.model.filepath'] ??
      '';
    if (title.toLowerCase().endsWith('.gguf'))
      there.push(...(await readGguf(blobFile(target, layer, title), {}, context.signal)).tensors);
  }
  if (there.length === 0)
    throw new SlipwayError('USAGE', 'there is no GGUF in it that tensors could be taken from', {
      try: '--rebuild without sample',
    });
  const chosen = drawn(there, count, seed);
  const compared: RebuildReport['compared'][number][] = [];
  for (const tensor of chosen) {
    const own = here.get(tensor.name);
    const [expected, actual] = [
      await tensorDigest(tensor, context.signal),
      own === undefined ? 'no such tensor' : await tensorDigest(own, context.signal),
    ];
    compared.push({ what: tensor.name, expected, actual, equal: expected === actual });
  }
  const same = compared.every(({ equal }) => equal);
  return {
    result: same ? 'same-tensors' : 'different',
    compared,
    sample: { seed, tensors: chosen.map(({ name }) => name), of: there.length },
    reason: `${chosen.length} of ${there.length} tensors were compared`,
  };
}

/** Tensors in the order of a hash over seed and name: the same seed gives the same order everywhere. */
function drawn(tensors: readonly GgufTensor[], count: number, seed: string): readonly GgufTensor[] {
  const keyed = tensors.map((tensor) => ({
    tensor,
    key: createHash('sha256').update(`${seed} ${tensor.name}`).digest('hex'),
  }));
  return keyed
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, count)
    .map(({ tensor }) => tensor);
}

async function tensorDigest(tensor: GgufTensor, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(`${tensor.type} ${tensor.dimensions.join('x')} ${tensorSize(tensor)} `);
  for await (const chunk of tensor.read(undefined, signal)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
