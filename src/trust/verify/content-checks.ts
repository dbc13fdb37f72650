import { SlipwayError, type Digest, type ErrorCode } from '../../core/index.js';
import { jsonField, pathFilter } from '../../files/index.js';
import { FILE_ANNOTATIONS, type ParsedManifest } from '../../registry/index.js';
import { PREDICATES, subjectDigests } from '../bundle/statement.js';
import {
  BUILD_TYPE,
  commitOf,
  EXTERNAL_PARAMETERS,
  readProvenance,
  sourceSignerOf,
  type ReadProvenance,
} from '../provenance/slsa.js';
import { agreementChecks, type SaidOfWeights } from './agreement-checks.js';
import type { VerifiedAttestation } from './identify.js';
import type { Policy, SourceSignatureRule } from './policy.js';
import { bomCheck, scoreCheck } from './attested-checks.js';
import { fail, pass, skip, undecided, type Check } from './verification-report.js';

/** What an artifact is, as its own bytes say. */
export interface ArtifactFacts extends SaidOfWeights {
  /** Packaging format: `modelpack`, `cnai`, … */
  readonly format?: string;
  readonly quantization?: string;
  /** SPDX expressions. */
  readonly licenses: readonly string[];
  readonly baseModels: readonly string[];
  /** Digests of the layers that hold weights. */
  readonly weights: readonly Digest[];
}

/** A manifest with the statements about it whose signers are known. */
export interface AttestedSubject {
  readonly digest: Digest;
  readonly parsed: ParsedManifest;
  readonly attestations: readonly VerifiedAttestation[];
}

export interface ContentOptions {
  readonly policy: Policy;
  readonly facts?: (digest: Digest) => Promise<ArtifactFacts>;
  readonly now: Date;
}

/** What a policy asks of an artifact's content and making; nothing it does not ask is in the list. */
export async function contentChecks(subject: AttestedSubject, options: ContentOptions): Promise<readonly Check[]> {
  const { policy } = options;
  if (subject.parsed.kind === 'index') return [];
  const provenance = asksForProvenance(policy) ? provenanceOf(subject) : undefined;
  const checks = provenanceChecks(subject, provenance, options);
  const { licenses, baseModels, quantizations, formats } = policy;
  const asks = [licenses, baseModels, quantizations, formats].some((one) => one !== undefined);
  if (asks || (provenance !== undefined && options.facts !== undefined)) {
    const known = await readFacts(subject, options, asks);
    if ('check' in known) checks.push(known);
    else {
      if (provenance !== undefined) checks.push(...agreementChecks(provenance.said, known));
      if (asks) checks.push(...factChecks(known, policy));
    }
  }
  for (const limit of policy.evaluation ?? []) checks.push(scoreCheck(subject.attestations, limit));
  if (policy.requirePredicates.includes(PREDICATES.cyclonedx))
    checks.push(...bomCheck(ownDigests(subject), subject.attestations));
  return checks;
}

/** Failures that mean that the artifact is not what its kind has to be. */
const MALFORMED: ReadonlySet<ErrorCode> = new Set([
  'GGUF_INVALID',
  'SAFETENSORS_INVALID',
  'MODEL_INVALID',
  'JSON_INVALID',
  'MANIFEST_INVALID',
  'PATH_UNSAFE',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
]);

/** Failures that mean that it is no model, or several, whose weights say anything. */
const UNKNOWN: ReadonlySet<ErrorCode> = new Set(['FORMAT_UNSUPPORTED', 'NOT_FOUND', 'USAGE']);

/** What the artifact holds, or the check that says that it cannot be read. */
async function readFacts(
  { digest }: AttestedSubject,
  { facts }: ContentOptions,
  isAsked: boolean,
): Promise<ArtifactFacts | Check> {
  if (facts === undefined) return undecided('content', 'what the artifact holds cannot be read here');
  try {
    return await facts(digest);
  } catch (error) {
    if (!SlipwayError.is(error)) throw error;
    const reason = [error.message, error.details.got].filter(Boolean).join(': ');
    if (MALFORMED.has(error.code)) return fail('content', reason);
    if (!UNKNOWN.has(error.code)) throw error;
    return isAsked ? fail('content', reason) : skip('weights', reason);
  }
}

function ownDigests({ digest, parsed }: AttestedSubject): ReadonlySet<Digest> {
  return new Set([digest, ...parsed.blobs.map((blob) => blob.digest)]);
}

interface SignedProvenance {
  readonly found: VerifiedAttestation;
  readonly said: ReadProvenance;
}

/** The newest provenance that one of the identities signed; one by an identity that may speak for its builder comes first. */
function provenanceOf({ attestations }: AttestedSubject): SignedProvenance | undefined {
  const all = attestations
    .filter(({ statement }) => statement.predicateType === PREDICATES.slsa)
    .map((found) => ({ found, said: readProvenance(found.statement.predicate) }))
    .toSorted((a, b) => (b.said.finishedOn?.getTime() ?? 0) - (a.said.finishedOn?.getTime() ?? 0));
  return all.find(speaksForBuilder) ?? all[0];
}

function speaksForBuilder({ found, said }: SignedProvenance): boolean {
  const { builders } = found.identity;
  return builders === undefined || (said.builder !== undefined && matches(said.builder, builders));
}

/** Whether the policy cannot be satisfied by an artifact that does not say how it was made. */
function needsProvenance({ sourceSignature, sources, buildTypes, builders, maxAge }: Policy): boolean {
  return sourceSignature?.required === true || [sources, buildTypes, builders, maxAge].some((one) => one !== undefined);
}

function asksForProvenance(policy: Policy): boolean {
  return (
    needsProvenance(policy) ||
    policy.sourceSignature !== undefined ||
    policy.requirePredicates.includes(PREDICATES.slsa)
  );
}

function provenanceChecks(
  subject: AttestedSubject,
  provenance: SignedProvenance | undefined,
  { policy, now }: ContentOptions,
): Check[] {
  const { sourceSignature } = policy;
  if (!asksForProvenance(policy)) return [];
  if (provenance === undefined) {
    return needsProvenance(policy)
      ? [fail('provenance', 'the policy asks how it was made, and no provenance by its identities says so')]
      : sourceSignature === undefined
        ? []
        : [skip('sourceSignature', 'no provenance by its identities says whether the source was signed')];
  }
  const { said } = provenance;
  const checks = [buildCheck(provenance, subject, policy)];
  const { identity } = provenance.found;
  if (!speaksForBuilder(provenance))
    checks.push(fail('builder', `'${identity.name}' may not speak for the builder '${said.builder ?? 'unknown'}'`));
  if (policy.builders !== undefined) checks.push(listed('builder', said.builder, policy.builders));
  if (policy.sources !== undefined) checks.push(sourceCheck(said, policy.sources));
  if (sourceSignature !== undefined) checks.push(sourceSignatureCheck(said, sourceSignature));
  if (policy.maxAge !== undefined) checks.push(ageCheck(said, policy.maxAge, now));
  return checks;
}

function buildCheck({ found, said }: SignedProvenance, { parsed }: AttestedSubject, policy: Policy): Check {
  const types = policy.buildTypes ?? [BUILD_TYPE];
  if (said.buildType === undefined || !matches(said.buildType, types))
    return fail('provenance', `its build type is '${said.buildType ?? 'missing'}', which the policy does not know`);
  const unexpected = Object.keys(said.externalParameters).find((key) => !EXTERNAL_PARAMETERS.includes(key));
  if (said.buildType === BUILD_TYPE && unexpected !== undefined)
    return fail('provenance', `it has a parameter '${unexpected.slice(0, 80)}' that its build type does not`);
  const covered = subjectDigests(found.statement);
  const gguf = parsed.blobs.filter((layer) => isGgufLayer(layer.annotations)).map(({ digest }) => digest);
  const open = gguf.find((digest) => !covered.has(digest));
  if (said.buildType === BUILD_TYPE && open !== undefined)
    return fail('provenance', `the weights ${open} are not among its subjects`);
  return pass('provenance', `made by '${said.builder ?? 'unknown'}' as '${found.identity.name}' says`);
}

function isGgufLayer(annotations: Readonly<Record<string, string>> | undefined): boolean {
  return FILE_ANNOTATIONS.some((key) => annotations?.[key]?.toLowerCase().endsWith('.gguf') === true);
}

function sourceCheck(said: ReadProvenance, allowed: readonly string[]): Check {
  const source = jsonField(said.externalParameters, 'source');
  if (typeof source !== 'string') return fail('source', 'its provenance names no source');
  const commit = commitOf(said);
  const result = listed('source', source, allowed);
  const isOfCommit = commit !== undefined && allowed.includes(`${source}@${commit}`);
  if (result.status === 'fail' && !isOfCommit)
    return commit === undefined ? result : fail('source', `'${source}' at ${commit} is none of ${allowed.join(', ')}`);
  const isHub = source.startsWith('hf://');
  if (isHub && commit === undefined) return fail('source', `'${source}' is named without the commit that was read`);
  return pass('source', commit === undefined ? `'${source}'` : `'${source}' at ${commit}`);
}

/** The signature itself was verified where the source was read; what stands here is what the provenance's signer says of that. */
function sourceSignatureCheck(said: ReadProvenance, { required, identities }: SourceSignatureRule): Check {
  const signer = sourceSignerOf(said);
  if (signer !== undefined) {
    return identities.some(({ name }) => name === signer)
      ? pass('sourceSignature', `the source was signed by '${signer}', as the provenance says`)
      : fail('sourceSignature', `the source was signed by '${signer}', whom the policy does not name`);
  }
  const none = 'the provenance does not say that the source was signed';
  return required ? fail('sourceSignature', none) : skip('sourceSignature', none);
}

function ageCheck({ finishedOn }: ReadProvenance, maxAge: number, now: Date): Check {
  if (finishedOn === undefined) return fail('age', 'its provenance does not say when it was made');
  const age = now.getTime() - finishedOn.getTime();
  const when = finishedOn.toISOString();
  if (age > maxAge)
    return fail('age', `made at ${when}, ${Math.floor(age / 3_600_000)} h ago, allowed ${maxAge / 3_600_000} h`);
  // Clocks differ a little; a date in the future would make an old artifact young for ever.
  if (age < -300_000) return fail('age', `made at ${when}, which is in the future`);
  return pass('age', `made at ${when}, by the clock of the signer`);
}

function factChecks(known: ArtifactFacts, policy: Policy): Check[] {
  const checks: Check[] = [];
  if (policy.formats !== undefined) checks.push(listed('format', known.format, policy.formats));
  if (policy.quantizations !== undefined)
    checks.push(listed('quantization', known.quantization, policy.quantizations, inAnyCase));
  if (policy.licenses !== undefined)
    checks.push(everyListed('license', known.licenses, policy.licenses, 'it names no licence', inAnyCase));
  if (policy.baseModels !== undefined)
    checks.push(
      everyListed('baseModel', known.baseModels, policy.baseModels, 'it names no model that it descends from'),
    );
  return checks;
}

/** Names of licences (SPDX, annex D) and of quantizations are the same in any case. */
function inAnyCase(value: string, patterns: readonly string[]): boolean {
  return matches(
    value.toLowerCase(),
    patterns.map((pattern) => pattern.toLowerCase()),
  );
}

function everyListed(
  check: string,
  values: readonly string[],
  allowed: readonly string[],
  none: string,
  isOne = matches,
): Check {
  if (values.length === 0) return fail(check, none);
  const wrong = values.find((value) => !isOne(value, allowed));
  return wrong === undefined
    ? pass(check, values.map((one) => `'${one}'`).join(', '))
    : listed(check, wrong, allowed, isOne);
}

function listed(check: string, value: string | undefined, allowed: readonly string[], isOne = matches): Check {
  if (value === undefined) return fail(check, 'it does not say');
  if (isOne(value, allowed)) return pass(check, `'${value}'`);
  return fail(check, `'${value}' is none of ${allowed.join(', ')}`);
}

/** Whether a pattern covers the whole of the text; `*` stops at a slash, `**` does not. */
function matches(value: string, patterns: readonly string[]): boolean {
  if (patterns.includes(value)) return true;
  const globs = patterns.filter((pattern) => /[*?[{]/.test(pattern));
  if (globs.length === 0) return false;
  // With a slash in every pattern none is matched against a last part alone.
  return pathFilter({ include: globs.map((glob) => `x/${plainScheme(glob)}`) })(`x/${plainScheme(value)}`);
}

function plainScheme(text: string): string {
  return text.replace('://', '/');
}
