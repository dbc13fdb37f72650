import { SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import type { JsonValue } from '../../files/index.js';
import type { ModelVariant } from '../../package/index.js';
import {
  agreementChecks,
  BUILD_TYPE,
  canonicalJson,
  collectEvidence,
  identify,
  PREDICATES,
  readProvenance,
  subjectDigests,
  withoutTimes,
  type Check,
  type ReadProvenance,
} from '../../trust/index.js';
import { artifactFacts } from './artifact-facts.js';
import { bundleEvidence } from './bundle-evidence.js';
import { certificateVerifier } from './certificates.js';
import type { SignerPolicy } from './model-directory.js';
import { compareSample, compareWhole, type Compared } from './rebuild-compare.js';
import type { ComparedPart, TensorDifference } from './rebuild-difference.js';
import { openInputs, recipeOf, variantOf } from './rebuild-recipe.js';
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
  /** Of an index: what became of each member. */
  readonly members?: readonly RebuildReport[];
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
  if (artifact.isIndex) return { ...head, ...(await rebuildMembers(address, artifact, options, context)) };
  const all = await provenancesOf(artifact, options, context.signal);
  let nearest: RebuildReport = {
    ...head,
    result: 'no-provenance',
    compared: [],
    reason: 'nothing attached says how it was made',
  };
  for (const said of all.slice(0, MOST_FOLLOWED)) {
    const report = { ...head, ...(await follow(said, artifact, options, context)) };
    if (isRebuilt(report)) return report;
    if (RANK.indexOf(report.result) < RANK.indexOf(nearest.result)) nearest = report;
  }
  if (all.length < 2) return nearest;
  const followed = Math.min(all.length, MOST_FOLLOWED);
  const several = `${all.length} provenances contradict each other, ${followed} were followed and none gives these bytes`;
  return { ...nearest, reason: [several, nearest.reason].filter(Boolean).join('; ') };
}

/** Makes every member of an index again. It is as good as the worst of them. */
async function rebuildMembers(
  address: string,
  { subjects, descriptor }: ResolvedArtifact,
  options: RebuildOptions,
  context: RunContext,
): Promise<Omit<RebuildReport, 'v' | 'reference' | 'digest'>> {
  const bare = address.replace(/@sha256:[0-9a-f]{64}$/, '');
  const members: RebuildReport[] = [];
  for (const { digest } of subjects)
    if (digest !== descriptor.digest) members.push(await rebuild(`${bare}@${digest}`, options, context));
  const [worst] = members.toSorted((a, b) => WORST.indexOf(a.result) - WORST.indexOf(b.result));
  const compared = members.map((member) => {
    const equal = isRebuilt(member);
    return { what: member.digest, expected: equal ? member.result : 'identical', actual: member.result, equal };
  });
  return {
    result: worst?.result ?? 'no-provenance',
    compared,
    members,
    reason: worst?.reason ?? 'an index without members',
    sample: worst?.sample,
    difference: worst?.difference,
  };
}

/** Of several failures the first of these is told. */
const RANK: readonly RebuildReport['result'][] = [
  'different',
  'same-tensors',
  'inputs-unavailable',
  'not-reproducible-profile',
  'no-provenance',
];

/** Of several members the first of these speaks for all. */
const WORST: readonly RebuildReport['result'][] = [
  'different',
  'inputs-unavailable',
  'not-reproducible-profile',
  'no-provenance',
  'same-tensors',
  'identical',
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
  return { source, revision, ...compared, checks: await agreement(said, artifact, compared, context) };
}

/** What the weights say of themselves beside their provenance; of weights that are damaged nothing. */
async function agreement(
  said: ReadProvenance,
  { target, descriptor }: ResolvedArtifact,
  { result }: Compared,
  context: RunContext,
): Promise<readonly Check[] | undefined> {
  try {
    return agreementChecks(said, await artifactFacts(target, descriptor.digest, context));
  } catch (error) {
    if (!SlipwayError.is(error) || result !== 'different') throw error;
    return undefined;
  }
}

const UNAVAILABLE = /^(NOT_FOUND|HUB_|NET_|OCI_|OFFLINE$|INSECURE_REFUSED$)/;

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
