import { SlipwayError, type RunContext } from '../../core/index.js';
import { readWhole, type ModelFile, type Snapshot } from '../../files/index.js';
import {
  compareWithSignature,
  isIgnored,
  MODEL_SIGNATURE,
  MODEL_SIGNATURE_LIMIT,
  openModelSignature,
  type Policy,
  type SignedModel,
  type SignedResource,
} from '../../trust/index.js';
import { certificateVerifier } from './certificates.js';
import { resourcesOf } from './model-directory.js';

/** How many names an error lists. */
const SHOWN = 5;

/**
 * Verifies the `model.sig` that a source brings (OpenSSF Model Signing) before anything is made of its files: who signed, and that every
 * file that is taken is one that was signed, with these bytes. `signature` is the source's file of that name, if it has one. The snapshot
 * says whose signature it was. Throws `TRUST_REFUSED`, `TRUST_UNDECIDED`.
 */
export async function requireSignedSource(
  snapshot: Snapshot,
  signature: ModelFile | undefined,
  policy: Policy,
  { signal }: Pick<RunContext, 'signal'>,
): Promise<Snapshot> {
  const rule = policy.sourceSignature;
  if (rule === undefined) return snapshot;
  const where = snapshot.source.url;
  if (signature === undefined) {
    if (!rule.required) return snapshot;
    throw refused(where, `it brings no ${MODEL_SIGNATURE}, which the policy '${policy.name}' asks for`);
  }
  const signed = await opened(await readWhole(signature, MODEL_SIGNATURE_LIMIT, signal), where, { ...policy, ...rule });
  await requireFilesOf(snapshot, signed, signal);
  const { identity, root, resources } = signed;
  return { ...snapshot, signature: { identity: identity.name, root: `sha256:${root}`, resources: resources.length } };
}

async function opened(bytes: Uint8Array, where: string, policy: Policy): Promise<SignedModel> {
  try {
    return await openModelSignature(
      bytes,
      `${where} ${MODEL_SIGNATURE}`,
      policy.identities,
      certificateVerifier(policy),
    );
  } catch (error) {
    if (!SlipwayError.is(error) || error.code !== 'ATTESTATION_INVALID') throw error;
    throw refused(where, [error.message, error.details.got].filter(Boolean).join(': '));
  }
}

/** Files whose digest is known beforehand are compared by it, the others are read. */
async function requireFilesOf({ source, files }: Snapshot, signed: SignedModel, signal: AbortSignal): Promise<void> {
  const taken = files.filter(({ path }) => !isIgnored(path, signed, MODEL_SIGNATURE));
  const actual: SignedResource[] = [];
  for (const file of taken) {
    const { path, digest } = file;
    if (digest !== undefined && signed.method === 'files') actual.push({ name: path, digest });
    else actual.push(...(await resourcesOf(file, signed, signal)));
  }
  // What is not taken is nothing that the artifact is made of.
  const { unsigned, changed } = compareWithSignature(signed, actual);
  const problems = [
    ...changed.slice(0, SHOWN).map((at) => ({ at, text: 'other bytes than were signed' })),
    ...unsigned.slice(0, SHOWN).map((at) => ({ at, text: 'not signed' })),
  ];
  if (problems.length > 0) throw refused(source.url, `${changed.length + unsigned.length} files differ`, problems);
}

function refused(
  where: string,
  got: string,
  problems?: readonly { readonly at: string; readonly text: string }[],
): SlipwayError {
  return new SlipwayError('TRUST_REFUSED', `the files of '${where}' are not those that were signed, or not signed`, {
    where,
    got,
    problems,
    kept: 'nothing was made of them',
  });
}
