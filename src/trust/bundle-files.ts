import { SlipwayError } from '../core/index.js';
import { attestationOf, type Evidence, type FoundAttestation } from './collect-evidence.js';

/** A file that holds bundles. */
export interface BundleFile {
  /** What reports call it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Bundles of one file that are read: an index has one for each member and each predicate type. */
const MOST_BUNDLES = 1024;

/**
 * Evidence from files instead of a registry: one bundle, or one a line (JSON Lines). What cannot be read is listed, not thrown, as
 * {@link collectEvidence} does.
 */
export function evidenceOfBundles(files: readonly BundleFile[]): Evidence {
  const attestations: FoundAttestation[] = [];
  const unreadable: { where: string; reason: string }[] = [];
  const incomplete: string[] = [];
  for (const { name, bytes } of files) {
    const bundles = bundlesIn(bytes);
    if (bundles.length > MOST_BUNDLES)
      incomplete.push(`'${name}' holds ${bundles.length} bundles, ${MOST_BUNDLES} were read`);
    for (const [index, bundle] of bundles.slice(0, MOST_BUNDLES).entries()) {
      const where = bundles.length === 1 ? name : `${name}:${index + 1}`;
      try {
        attestations.push(attestationOf(bundle, where));
      } catch (error) {
        if (!SlipwayError.is(error)) throw error;
        unreadable.push({ where, reason: [error.message, error.details.got].filter(Boolean).join(': ') });
      }
    }
  }
  return { attestations, signatures: [], others: [], unreadable, incomplete };
}

/** One bundle as it is, as cosign writes it with `--bundle`; several one a line, as `gh attestation download` writes them. */
export function bundleFileBytes(bundles: readonly Uint8Array[]): Uint8Array {
  const [only] = bundles;
  if (bundles.length === 1 && only !== undefined) return only;
  const lines = bundles.map((bytes) => JSON.stringify(JSON.parse(Buffer.from(bytes).toString('utf8'))));
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

/** The bundles of a file. A bundle may itself be spread over lines: only lines that each begin an object are one each. */
function bundlesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const isList = lines.length > 1 && lines.every((line) => line.startsWith('{') && line.trimEnd().endsWith('}'));
  return isList ? lines.map((line) => Buffer.from(line, 'latin1')) : [bytes];
}
