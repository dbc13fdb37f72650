import { basename, join } from 'node:path';
import { EXIT_CODES, readRegular, SlipwayError } from '../../core/index.js';
import {
  answered,
  attestVerification,
  bundlePath,
  verifyDirectoryReport,
  verifyFileReport,
  verifyReference,
} from '../../stages/trust/index.js';
import { MODEL_SIGNATURE, type Attached, type Policy, type VerifyReport } from '../../trust/index.js';
import { ToldFailure } from '../program/command-module.js';
import type { Session } from '../session/session.js';
import { sessionSigner } from './key-option.js';
import type { TrustPlace } from './place.js';
import { VERIFY_EXAMPLE, type VerifyCommandOptions } from './verify-options.js';
import { verifyText } from './verify-text.js';
import { withContext } from './with-context.js';

/** Files with bundles that the flags name: of a directory or file the one that is its signature. */
export function bundlesOf({ bundle = [], signature }: VerifyCommandOptions): readonly string[] {
  return signature === undefined ? bundle : [...bundle, signature];
}

function signatureOf(options: VerifyCommandOptions, beside: string): string {
  const [only = beside, ...more] = bundlesOf(options);
  if (more.length === 0) return only;
  throw new SlipwayError('USAGE', 'a directory or file is verified by one signature', { try: '--bundle FILE' });
}

/** Verifies an artifact, a directory or a file. */
export async function verifyPlace(
  session: Session,
  place: TrustPlace,
  policy: Policy,
  options: VerifyCommandOptions,
): Promise<VerifyReport> {
  const { signal } = session;
  switch (place.kind) {
    case 'artifact':
      return withContext(session, 'verify', async (context) =>
        answered(
          verifyReference(place.address, policy, context, {
            blobs: options.blobs === true,
            bundles: bundlesOf(options),
          }),
        ),
      );
    case 'directory': {
      const ignoreUnsigned = options.ignoreUnsignedFiles === true;
      return verifyDirectoryReport(place.path, signatureOf(options, join(place.path, MODEL_SIGNATURE)), policy, {
        ignoreUnsigned,
        ignored: options.ignorePaths ?? [],
        signal,
      });
    }
    case 'file':
      return verifyFileReport(place.path, signatureOf(options, bundlePath(place.path)), policy, { signal });
    default:
      return place satisfies never;
  }
}

/** Signs that it was accepted; what is not accepted is not attested. */
export async function attestAccepted(
  session: Session,
  place: TrustPlace,
  report: Pick<VerifyReport, 'digest' | 'reference' | 'policy' | 'verdict' | 'verified'>,
  { attestKey, policy }: VerifyCommandOptions,
  rebuilt?: 'identical' | 'same-tensors',
): Promise<Attached | undefined> {
  if (attestKey === undefined || report.verdict !== 'accepted') return undefined;
  if (place.kind !== 'artifact')
    throw new SlipwayError('USAGE', '--attest-key is for artifacts: nothing can be attached to a directory or file', {
      try: VERIFY_EXAMPLE,
    });
  const signer = await sessionSigner(session, attestKey);
  const file = policy === undefined ? undefined : { uri: basename(policy), bytes: await readRegular(policy) };
  return withContext(session, 'attest', async (context) =>
    attestVerification(place.address, report, signer, { now: new Date(), policy: file, rebuilt }, context),
  );
}

/** The report is the result whatever it says; the exit code says it to scripts. */
export function printReport(session: Session, report: VerifyReport, attested: Attached | undefined): void {
  const json = { ...report, attested };
  session.output.result({ json, text: verifyText(report, session.output.paint), quiet: report.verdict });
  if (report.verdict === 'refused') throw new ToldFailure(EXIT_CODES.TRUST_REFUSED);
  if (report.verdict === 'undecided') throw new ToldFailure(EXIT_CODES.TRUST_UNDECIDED);
}
