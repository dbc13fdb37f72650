import { createHash } from 'node:crypto';
import { SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import { digestOf, sha256, type JsonObject } from '../../files/index.js';
import { tensorSize, type GgufTensor } from '../../gguf/index.js';
import type { ModelVariant } from '../../package/index.js';
import { fileOfLayer, parseManifest, type Descriptor, type Layer, type Target } from '../../registry/index.js';
import { pack } from '../packaging/pack.js';
import { RECIPE_ANNOTATION } from '../push/published.js';
import { comparedHeader } from './rebuild-header.js';
import { firstDamaged } from './rebuild-stored.js';
import {
  firstDifference,
  type ComparedPart,
  publishedGguf,
  type PublishedGguf,
  type TensorDifference,
} from './rebuild-difference.js';
import { layerFile, withPublishedSignature } from './rebuilt-signature.js';
import type { ResolvedArtifact } from './sign-artifact.js';

/** What a comparison of an artifact with the same made again has found. */
export interface Compared {
  readonly result: 'identical' | 'same-tensors' | 'different';
  readonly compared: readonly ComparedPart[];
  /** Set when tensors were sampled. */
  readonly sample?: { readonly seed: string; readonly tensors: readonly string[]; readonly of: number };
  /** Where the weights differ first. */
  readonly difference?: TensorDifference;
  readonly reason?: string;
}

/** How an artifact was packed, and whether anything was made of its files before. */
export interface Packing {
  readonly pack: JsonObject;
  readonly isConverted: boolean;
}

/** Makes every layer, the config and the manifest again, and compares digests. Where weights differ, tensor by tensor. */
export async function compareWhole(
  variant: ModelVariant,
  packing: Packing,
  artifact: Pick<ResolvedArtifact, 'target' | 'layers' | 'descriptor'>,
  context: RunContext,
): Promise<Compared> {
  const compared = await compareDigests(variant, packing, artifact, context);
  const reason = 'digests were compared, and what is stored was read';
  if (compared.every(({ equal }) => equal)) {
    const damaged = await firstDamaged(variant, artifact, context);
    if (damaged === undefined) return { result: 'identical', compared, reason };
    return { result: 'different', compared: [...compared, damaged.part], reason, difference: damaged.difference };
  }
  const difference = await firstDifference(variant, wrongWeights(compared, artifact.layers), artifact.target, context);
  const hasWeights = compared.some(({ what }) => what.toLowerCase().endsWith('.gguf'));
  return difference === undefined && hasWeights
    ? { result: 'same-tensors', compared, reason }
    : { result: 'different', compared, reason, difference };
}

/** Layers of weights that are not what was made again. */
function wrongWeights(compared: readonly ComparedPart[], layers: readonly Descriptor[]): readonly Descriptor[] {
  const wrong = compared.filter(({ what, equal }) => !equal && what.toLowerCase().endsWith('.gguf'));
  return layers.filter(({ digest }) => wrong.some(({ expected }) => expected === digest));
}

async function compareDigests(
  variant: ModelVariant,
  { pack: options, isConverted }: Packing,
  { target, layers, descriptor }: Pick<ResolvedArtifact, 'target' | 'layers' | 'descriptor'>,
  context: RunContext,
): Promise<readonly ComparedPart[]> {
  // The recipe's name is of the registry's own word and says nothing of content: it is taken as it stands there.
  const there = await target.readManifest(descriptor.digest, context.signal);
  const published = parseManifest(there.bytes, descriptor.digest, descriptor.mediaType);
  const named = published.annotations[RECIPE_ANNOTATION];
  const ownAnnotations = (options as { readonly annotations?: Readonly<Record<string, string>> }).annotations;
  const annotations = { ...ownAnnotations, ...(named !== undefined && { [RECIPE_ANNOTATION]: named }) };
  const input = isConverted ? undefined : variant.recipe?.snapshot;
  const bare = await pack({ ...options, annotations }).run(input ?? [variant], context);
  const packed = withPublishedSignature(bare, layers, target, context.signal);
  const [artifact] = packed.artifacts;
  if (artifact === undefined) throw new SlipwayError('MODEL_INVALID', 'nothing was packed');
  const compared: ComparedPart[] = [];
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
  const sealed = artifact.seal(digests);
  const [config] = published.blobs;
  const same = (what: string, expected: string, bytes: Uint8Array): ComparedPart => {
    const actual = sha256(bytes);
    return { what, expected, actual, equal: expected === actual };
  };
  compared.push(same('config', config?.digest ?? 'no config', sealed.config.bytes));
  compared.push(same('manifest', descriptor.digest, sealed.manifest.bytes));
  await packed.confirm?.(context.signal);
  return compared;
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

/** Computes some tensors again and compares them with what the registry gives of them by ranges. */
export async function compareSample(
  variant: ModelVariant,
  target: Target,
  layers: readonly Descriptor[],
  { count, seed }: { readonly count: number; readonly seed: string },
  context: RunContext,
): Promise<Compared> {
  const here = new Map((variant.gguf?.tensors ?? []).map((tensor) => [tensor.name, tensor]));
  const published: PublishedGguf[] = [];
  for (const layer of layers) {
    try {
      const found = await publishedGguf(target, layer, context.signal);
      if (found !== undefined) published.push(found);
    } catch (error) {
      if (!SlipwayError.is(error) || error.code !== 'GGUF_INVALID') throw error;
      const difference = { file: fileOfLayer(layer) ?? layer.digest, reason: error.message };
      return { result: 'different', compared: [], difference, reason: 'a header cannot be read' };
    }
  }
  const there = published.flatMap(({ content }) => content.tensors);
  if (there.length === 0)
    throw new SlipwayError('USAGE', 'there is no GGUF in it that tensors could be taken from', {
      try: '--rebuild without sample',
    });
  const chosen = drawn(there, count, seed);
  // A header is small: all of it is compared, so that no key of it (a chat template) can be another.
  const header = comparedHeader(variant.gguf, published);
  const compared: ComparedPart[] = [header.part];
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
    reason: `the header and ${chosen.length} of ${there.length} tensors were compared`,
    difference: header.difference,
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
