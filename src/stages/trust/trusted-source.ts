import { SlipwayError, type RunContext } from '../../core/index.js';
import type { ModelFile, Snapshot } from '../../files/index.js';
import { openSource, parseAddress } from '../../source/index.js';
import { MODEL_SIGNATURE } from '../../trust/index.js';
import { requireSignedSource } from './source-signature.js';
import { trustedSource } from './verify-reference.js';

type SourceSettings = Parameters<typeof openSource>[1];

/** How a source is opened. */
export interface SourceOpener {
  /** The files that were asked for, of an address. */
  readonly choose: (address: string) => Promise<Snapshot>;
  readonly settings: SourceSettings;
}

/**
 * Opens a source that a policy lets in: an artifact by the digest that was verified; of any other source its own signature is verified,
 * when the policy asks for that. Throws `TRUST_REFUSED`, `TRUST_UNDECIDED`.
 */
export async function openTrusted(
  source: string,
  policy: string,
  { choose, settings }: SourceOpener,
  context: RunContext,
): Promise<Snapshot> {
  const { address, signedBy } = await trustedSource(source, policy, context);
  const chosen = await choose(address);
  if (signedBy === undefined) return chosen;
  return requireSignedSource(chosen, await signatureOf(chosen, source, settings), signedBy, context);
}

/** The signature that a source brings, whatever else of it was chosen. */
async function signatureOf(
  { source: { revision, kind }, files }: Snapshot,
  address: string,
  settings: SourceSettings,
): Promise<ModelFile | undefined> {
  const chosen = files.find(({ path }) => path === MODEL_SIGNATURE);
  if (chosen !== undefined) return chosen;
  const { include: _include, exclude: _exclude, variant: _variant, ...rest } = settings;
  const pinned = kind === 'huggingface' ? { revision } : {};
  const plain = parseAddress(address);
  const bare =
    'variant' in plain && plain.variant !== undefined ? address.slice(0, -plain.variant.length - 1) : address;
  try {
    const { files: found } = await openSource(bare, { ...rest, ...pinned, include: [MODEL_SIGNATURE] });
    return found.find(({ path }) => path === MODEL_SIGNATURE);
  } catch (error) {
    if (SlipwayError.is(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
