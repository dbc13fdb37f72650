import { isDigest, SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import {
  isJsonObject,
  jsonField,
  type JsonObject,
  type JsonValue,
  type ModelFile,
  type Snapshot,
} from '../../files/index.js';
import type { ModelVariant } from '../../package/index.js';
import {
  agreementChecks,
  canonicalJson,
  collectEvidence,
  commitOf,
  identify,
  PREDICATES,
  readProvenance,
  subjectDigests,
  BUILD_TYPE,
  withoutTimes,
  type Check,
  type ReadProvenance,
} from '../../trust/index.js';
import { convert } from '../conversion/convert.js';
import { download } from '../download.js';
import { quantize } from '../conversion/quantize.js';
import type { QuantizeStageOptions } from '../options/index.js';
import { artifactFacts } from './artifact-facts.js';
import { bundleEvidence } from './bundle-evidence.js';
import { certificateVerifier } from './certificates.js';
import type { SignerPolicy } from './model-directory.js';
import { compareSample, compareWhole, type Compared } from './rebuild-compare.js';
import type { ComparedPart, TensorDifference } from './rebuild-difference.js';
import { profileTrouble } from './recipe.js';
import { type ResolvedArtifact, resolveArtifact } from './sign-artifact.js';

export interface RebuildOptions {
  /** Compare so many tensors instead of everything. */
  readonly sample?: number;
  /** Chooses the tensors; the same seed chooses the same. */
  readonly seed?: string;
  /** A directory with the source's files, where provenance names one that cannot be fetched. */
  readonly source?: string;
  /** Whose provenance counts. Absent, any provenance does: the rebuilt bytes prove themselves. */
  readonly policy?: SignerPolicy;
  /** Files with bundles that hold its provenance instead of what is attached. */
  readonly bundles?: readonly string[];
}

/** What became of making an artifact again. */
export interface RebuildReport {
  readonly v: 1;
  /**
   * `same-tensors`: the weights are equal, and something around them is not. `not-reproducible-profile`: it was made by a recipe, or with
   * arithmetic, that cannot be run here.
   */
  readonly result: Compared['result'] | 'not-reproducible-profile' | 'inputs-unavailable' | 'no-provenance';
  readonly reference: string;
  readonly digest: Digest;
  readonly source?: string;
  readonly revision?: string;
  /** Set when tensors were sampled. */
  readonly sample?: { readonly seed: string; readonly tensors: readonly string[]; readonly of: number };
  readonly compared: readonly ComparedPart[];
  /** Where the weights differ first. */
  readonly difference?: TensorDifference;
  /** Whether the provenance says of the weights what they say of themselves. */
  readonly checks?: readonly Check[];
  readonly reason?: string;
}

/** Of provenances that contradict each other so many are followed: anyone who may push can attach one. */
const MOST_FOLLOWED = 4;

/**
 * Makes an artifact again from what its provenance names, and compares. The whole: every layer's digest and the
 * manifest's. With `sample`: the bytes of some tensors, computed here and read from the registry by ranges. Whether the
 * provenance is honest needs no trust: the bytes agree or they do not. Of several, one whose bytes agree is enough.
 */
export async function rebuild(address: string, options: RebuildOptions, context: RunContext): Promise<RebuildReport> {
  const artifact = await resolveArtifact(address, context, 'rebuild');
  const { descriptor, reference } = artifact;
  const head = { v: 1, reference, digest: descriptor.digest } as const;
  if (artifact.isIndex) {
    throw new SlipwayError('USAGE', `'${reference}' is an index: each of its members is made again by itself`, {
      try: `pipeline inspect ${address}   (lists them by digest)`,
    });
  }
  const all = await provenancesOf(artifact, options, context.signal);
  let told: RebuildReport = {
    ...head,
    result: 'no-provenance',
    compared: [],
    reason: 'nothing attached says how it was made',
  };
  for (const said of all.slice(0, MOST_FOLLOWED)) {
    const report = { ...head, ...(await follow(said, artifact, options, context)) };
    if (isRebuilt(report)) return report;
    if (RANK.indexOf(report.result) < RANK.indexOf(told.result)) told = report;
  }
  if (all.length < 2) return told;
  const followed = Math.min(all.length, MOST_FOLLOWED);
  const several = `${all.length} provenances contradict each other, ${followed} were followed and none gives these bytes`;
  return { ...told, reason: [several, told.reason].filter(Boolean).join('; ') };
}

/** Of several failures the first of these is told. */
const RANK: readonly RebuildReport['result'][] = [
  'different',
  'same-tensors',
  'inputs-unavailable',
  'not-reproducible-profile',
  'no-provenance',
];

/** Whether the bytes are what comes of the inputs: all of them, or those of the tensors that were drawn. */
export function isRebuilt({ result, sample }: Pick<RebuildReport, 'result' | 'sample'>): boolean {
  return result === 'identical' || (sample !== undefined && result === 'same-tensors');
}

/** Makes the artifact again as one provenance says. */
async function follow(
  said: ReadProvenance,
  artifact: ResolvedArtifact,
  options: RebuildOptions,
  context: RunContext,
): Promise<Omit<RebuildReport, 'v' | 'reference' | 'digest'>> {
  const trouble = profileTrouble(said);
  if (trouble !== undefined) return { result: 'not-reproducible-profile', compared: [], reason: trouble };
  const recipe = recipeOf(said, options.source);
  if (typeof recipe === 'string') return { result: 'inputs-unavailable', compared: [], reason: recipe };
  const { source, revision } = recipe;
  let variant: ModelVariant;
  try {
    const snapshot = await openInputs(recipe, said, context);
    variant = await variantOf(recipe, snapshot, context);
  } catch (error) {
    if (!SlipwayError.is(error) || !UNAVAILABLE.test(error.code)) throw error;
    return { source, revision, result: 'inputs-unavailable', compared: [], reason: error.message };
  }
  const { sample: count, seed = artifact.descriptor.digest.slice(7, 23) } = options;
  const isConverted = recipe.convert !== undefined || recipe.quantize !== undefined;
  const compared =
    count === undefined
      ? await compareWhole(variant, { pack: recipe.pack, isConverted }, artifact, context)
      : await compareSample(variant, artifact.target, artifact.layers, { count, seed }, context);
  const facts = await artifactFacts(artifact.target, artifact.descriptor.digest, context);
  return { source, revision, ...compared, checks: agreementChecks(said, facts) };
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

/** What is said about how it was made, each once: what the recipe of this project says first. */
async function provenancesOf(
  { target, descriptor: { digest } }: ResolvedArtifact,
  { policy, bundles = [] }: RebuildOptions,
  signal: AbortSignal,
): Promise<readonly ReadProvenance[]> {
  const evidence = (await bundleEvidence(bundles, signal)) ?? collectEvidence;
  const { attestations } = await evidence(target, digest, signal);
  const byCertificate = policy && certificateVerifier(policy);
  const predicates: JsonValue[] = [];
  for (const found of attestations) {
    const { statement } = found;
    if (statement.predicateType !== PREDICATES.slsa || !subjectDigests(statement).has(digest)) continue;
    if (policy === undefined || (await identify(found, policy, byCertificate)).kind === 'known')
      predicates.push(statement.predicate);
  }
  const unique = [...new Map(predicates.map((one) => [canonicalJson(withoutTimes(one)), one])).values()];
  const all = unique.map((predicate) => readProvenance(predicate));
  return [
    ...all.filter(({ buildType }) => buildType === BUILD_TYPE),
    ...all.filter(({ buildType }) => buildType !== BUILD_TYPE),
  ];
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
