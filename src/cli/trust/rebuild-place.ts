import { EXIT_CODES, SlipwayError } from '../../core/index.js';
import { isRebuilt, rebuild, type RebuildReport } from '../../stages/trust/index.js';
import type { VerifyReport } from '../../trust/index.js';
import { ToldFailure } from '../program/command-module.js';
import type { Session } from '../session/session.js';
import { trustPlace, type TrustPlace } from './place.js';
import { policyOf, saysWhomToTrust, type VerifyCommandOptions } from './verify-options.js';
import { attestAccepted, bundlesOf, printReport, verifyPlace } from './verify-place.js';
import { rebuildText, verifyText } from './verify-text.js';
import { withContext } from './with-context.js';

/** `--rebuild` compares bytes. With keys or a policy those are asked first, and only provenance by their identities counts. */
export async function rebuildPlace(
  session: Session,
  address: string | undefined,
  how: string | true,
  options: VerifyCommandOptions,
): Promise<void> {
  const { what, sample } = rebuildWish(address, how);
  const place = trustPlace(what, session.path);
  if (place.kind !== 'artifact')
    throw new SlipwayError('USAGE', `'${what}' names no artifact`, {
      try: 'pipeline verify host/repository:tag --rebuild',
    });
  const policy = saysWhomToTrust(options) ? await policyOf(session, options) : undefined;
  const verification = policy && (await verifyPlace(session, place, policy, options));
  if (verification !== undefined && verification.verdict !== 'accepted') {
    printReport(session, verification, undefined);
    return;
  }
  const { seed, source } = options;
  const report = await withContext(session, 'rebuild', async (context) =>
    rebuild(
      verification === undefined ? place.address : pinned(place.address, verification.digest),
      {
        sample,
        seed,
        source,
        bundles: bundlesOf(options),
        policy,
      },
      context,
    ),
  );
  await printRebuild(session, place, { report, verification }, options);
}

/** What is to be made again, and how many tensors of it. */
function rebuildWish(
  address: string | undefined,
  how: string | true,
): { readonly what: string; readonly sample: number | undefined } {
  const sample = how === true ? undefined : /^sample:([1-9]\d{0,5})$/.exec(how)?.[1];
  // A flag with an optional value takes what stands behind it: the reference itself.
  const what = address ?? (how !== true && sample === undefined ? how : undefined);
  if (what === undefined || (address !== undefined && how !== true && sample === undefined)) {
    throw new SlipwayError('USAGE', '--rebuild is given alone or with sample:N', {
      try: ['pipeline verify REF --rebuild', 'pipeline verify REF --rebuild sample:16'],
    });
  }
  return { what, sample: sample === undefined ? undefined : Number(sample) };
}

/** What was verified is what is made again, wherever its tag is meanwhile. */
function pinned(address: string, digest: string): string {
  return `${address.replace(/@sha256:[0-9a-f]{64}$/, '')}@${digest}`;
}

interface Rebuilt {
  readonly report: RebuildReport;
  readonly verification: VerifyReport | undefined;
}

async function printRebuild(
  session: Session,
  place: TrustPlace,
  { report, verification }: Rebuilt,
  options: VerifyCommandOptions,
): Promise<void> {
  const { result } = report;
  const ok = isRebuilt(report);
  const rebuilt = ok && (result === 'identical' || result === 'same-tensors') ? result : undefined;
  const verdict = rebuilt === undefined ? ('refused' as const) : ('accepted' as const);
  const { policy, verified } = verification ?? { policy: 'rebuild', verified: [] };
  const attested = await attestAccepted(session, place, { ...report, policy, verdict, verified }, options, rebuilt);
  const more = {
    attested,
    verification,
  };
  const text = [
    ...(verification === undefined ? [] : [verifyText(verification, session.output.paint)]),
    rebuildText(report, session.output.paint),
  ].join('\n');
  session.output.result({ json: { ok, ...report, ...more }, text, quiet: result });
  if (UNTOLD.has(result)) throw new ToldFailure(EXIT_CODES.TRUST_UNDECIDED);
  if (!ok) throw new ToldFailure(EXIT_CODES.TRUST_REFUSED);
}

/** Results that say nothing about the bytes. */
const UNTOLD: ReadonlySet<RebuildReport['result']> = new Set([
  'inputs-unavailable',
  'no-provenance',
  'not-reproducible-profile',
]);
