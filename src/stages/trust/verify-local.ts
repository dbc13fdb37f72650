import { SlipwayError } from '../../core/index.js';
import {
  fail,
  pass,
  PREDICATES,
  skip,
  undecided,
  verdictOf,
  type Check,
  type Policy,
  type VerifyReport,
} from '../../trust/index.js';
import { verifyDirectory, verifySingleFile, type VerifiedDirectory } from './model-directory.js';
import { fileDigestOf, openFileBundle } from './signed-file.js';

/** How many names an answer lists. */
const SHOWN = 5;

/** Verifies a directory against its `model.sig` as a report. */
export async function verifyDirectoryReport(
  directory: string,
  signature: string,
  policy: Policy,
  options: {
    readonly ignoreUnsigned?: boolean;
    /** Paths that are left out besides those that the signature leaves out. */
    readonly ignored?: readonly string[];
    readonly signal?: AbortSignal;
  } = {},
): Promise<VerifyReport> {
  let verified: VerifiedDirectory;
  try {
    verified = await verifyDirectory(directory, signature, policy, options);
  } catch (error) {
    return refusal(directory, policy, error);
  }
  return modelReport(directory, signature, policy, verified, options.ignoreUnsigned);
}

function modelReport(
  name: string,
  signature: string,
  policy: Policy,
  { signed, comparison }: VerifiedDirectory,
  ignoreUnsigned = false,
): VerifyReport {
  const checks = [
    pass('signature', `signed by '${signed.identity.name}', ${signed.resources.length} resources`),
    named('missing', comparison.missing, 'signed and not there'),
    named('changed', comparison.changed, 'other bytes than were signed'),
    ignoreUnsigned && comparison.unsigned.length > 0
      ? skip('unsigned', `${comparison.unsigned.length} unsigned files are ignored, as asked for`)
      : named('unsigned', comparison.unsigned, 'there and not signed'),
    ...notAsked(policy),
  ];
  const by = {
    subject: `sha256:${signed.root}` as const,
    predicateType: PREDICATES.oms,
    identity: signed.identity.name,
    where: signature,
  };
  return report(name, `sha256:${signed.root}`, policy, checks, [by]);
}

/** Verifies a file against a bundle about its digest. */
export async function verifyFileReport(
  file: string,
  bundle: string,
  policy: Policy,
  options: { readonly signal?: AbortSignal } = {},
): Promise<VerifyReport> {
  try {
    const { signer, digest, isSubject, predicateType } = await openFileBundle(file, bundle, policy, options.signal);
    if (predicateType === PREDICATES.oms)
      return modelReport(file, bundle, policy, await verifySingleFile(file, bundle, policy, options.signal));
    const checks = [
      signer.kind === 'known'
        ? pass('signature', `signed by '${signer.identity.name}'`)
        : signer.kind === 'undecided'
          ? undecided('signature', signer.reason)
          : fail('signature', `signed by none of the identities that the policy names: ${signer.reason}`),
      isSubject
        ? pass('subject', `the file is ${digest}`)
        : fail(
            'subject',
            `the file is ${digest}, which ${predicateType === undefined ? 'was not signed' : 'the statement is not about'}`,
          ),
      predicateCheck(predicateType, policy),
      ...notAsked(policy),
    ];
    const by = { subject: digest, predicateType: predicateType ?? MESSAGE, where: bundle };
    return report(
      file,
      digest,
      policy,
      checks,
      signer.kind === 'known' ? [{ ...by, identity: signer.identity.name }] : [],
    );
  } catch (error) {
    return refusal(file, policy, error, await fileDigestOf(file, options.signal));
  }
}

/** What a plain signature over a file is called where predicate types are listed. */
const MESSAGE = 'messageSignature';

/** Whether what is signed is what the policy asks for: a plain signature says no more than that the file was signed. */
function predicateCheck(predicateType: string | undefined, policy: Policy): Check {
  const wanted = policy.requireSignature ? [PREDICATES.sign] : policy.requirePredicates;
  if (predicateType === undefined) {
    return policy.requireSignature
      ? pass('predicate', 'a signature over the file itself')
      : fail('predicate', `the file itself is signed, wanted ${wanted.join(' or ')}`);
  }
  return wanted.includes(predicateType)
    ? pass('predicate', predicateType)
    : fail('predicate', `what is signed is '${predicateType}', wanted ${wanted.join(' or ')}`);
}

function named(check: string, paths: readonly string[], what: string): Check {
  if (paths.length === 0) return pass(check, `no file is ${what}`);
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return fail(check, `${what}: ${paths.slice(0, SHOWN).join(', ')}${more}`);
}

/** What a policy asks of artifacts and a directory or file cannot answer: said, so that it is not taken for checked. */
function notAsked(policy: Policy): readonly Check[] {
  const { requirePredicates, sources, baseModels, licenses, quantizations, formats, maxAge, evaluation } = policy;
  const asks = [sources, baseModels, licenses, quantizations, formats, maxAge, evaluation].some(
    (one) => one !== undefined,
  );
  if (!asks && (requirePredicates.length === 0 || !policy.requireSignature)) return [];
  return [
    { ...skip('policy', 'what the policy asks of an artifact can only be answered by a reference'), undecided: true },
  ];
}

function refusal(name: string, policy: Policy, error: unknown, digest = ''): VerifyReport {
  if (!SlipwayError.is(error)) throw error;
  const reason = [error.message, error.details.got].filter(Boolean).join(': ');
  if (error.code === 'TRUST_REFUSED' || error.code === 'ATTESTATION_INVALID')
    return report(name, digest, policy, [fail('signature', reason)], []);
  if (error.code === 'TRUST_UNDECIDED') return report(name, digest, policy, [undecided('signature', reason)], []);
  if (error.code === 'NOT_FOUND') return report(name, digest, policy, [fail('signature', `not signed: ${reason}`)], []);
  throw error;
}

function report(
  reference: string,
  digest: string,
  policy: Policy,
  checks: readonly Check[],
  verified: VerifyReport['verified'],
): VerifyReport {
  const verdict = verdictOf(checks);
  return {
    v: 1,
    ok: verdict === 'accepted',
    verdict,
    reference,
    digest,
    policy: policy.name,
    checks,
    verified,
    notChecked: notChecked(policy),
    evidence: { attestations: verified.length, legacySignatures: 0, otherReferrers: 0, unreadable: [], incomplete: [] },
  };
}

function notChecked({ identities }: Policy): readonly string[] {
  const [byKey, byAuthority] = (['key', 'authority'] as const).map((wanted) =>
    identities.some(({ kind }) => kind === wanted),
  );
  return [
    ...(byKey === true ? ['when it was signed: a signature by a key carries no trusted time'] : []),
    ...(byAuthority === true
      ? ['when it was signed, and whether the certificate has been revoked: its authority is not asked']
      : []),
    ...(byKey === true || byAuthority === true ? ['whether a transparency log knows the signature'] : []),
  ];
}
