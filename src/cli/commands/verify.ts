import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { EXIT_CODES, type OptionsOf, optionTable, readRegular, SlipwayError } from '../../core/index.js';
import {
  answered,
  attestVerification,
  bundlePath,
  isRebuilt,
  openAuthority,
  rebuild,
  verifyDirectoryReport,
  verifyFileReport,
  verifyReference,
  type RebuildReport,
} from '../../stages/trust/index.js';
import {
  loadPolicy,
  MODEL_SIGNATURE,
  policyJsonSchema,
  signaturePolicy,
  type Attached,
  type Identity,
  type Policy,
  type VerifyReport,
} from '../../trust/index.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import type { Session } from '../session/session.js';
import { declareOptions } from '../options/declare-options.js';
import { keysOf, sessionSigner } from '../trust/key-option.js';
import { trustPlace, type TrustPlace } from '../trust/place.js';
import { rebuildText, verifyText } from '../trust/verify-text.js';
import { withContext } from '../trust/with-context.js';

const OWN = optionTable({
  key: {
    kind: 'text',
    list: true,
    value: 'pub',
    help: 'public key that must have signed it: PEM file or env://NAME',
  },
  policy: { kind: 'path', value: 'file', help: 'policy file (YAML) that it must satisfy' },
  certificateIdentity: {
    kind: 'text',
    value: 'san',
    help: 'exact subject of the certificate that must have signed it',
  },
  certificateOidcIssuer: { kind: 'text', value: 'url', help: 'who vouched for that subject' },
  certificateChain: {
    kind: 'path',
    value: 'file',
    help: 'certificates (PEM) of an authority of your own, whose own may have signed a model.sig',
  },
  trustedRoot: {
    kind: 'path',
    value: 'file',
    help: 'trusted_root.json that certificates, logs and time stamps are checked against',
  },
  signature: { kind: 'path', value: 'file', help: 'signature of a directory or file, where it does not lie beside it' },
  ignoreUnsignedFiles: { kind: 'flag', help: 'accept unsigned files of a directory' },
  ignorePaths: { kind: 'text', list: true, value: 'path', help: 'leave this file or folder of a directory out' },
  blobs: { kind: 'flag', help: 'read every blob and check its digest' },
  seed: { kind: 'text', value: 'text', help: 'which tensors a sample takes; printed when it is drawn' },
  source: { kind: 'path', value: 'dir', help: 'where the files lie that it was made from, if that was a directory' },
  attestKey: {
    kind: 'text',
    value: 'key',
    help: 'sign that it was accepted (a verification summary) with this key, and attach that',
  },
  schema: { kind: 'flag', help: "print the policy file's JSON Schema" },
});
type VerifyCommandOptions = OptionsOf<typeof OWN>;

const EXAMPLE = 'pipeline verify harbor.example.com/models/qwen:q4_k_m --key release.pub';

export function define(command: Command, start: Start): void {
  command
    .description(
      `Verifies who signed an artifact, a directory or a file, and what a policy asks besides. Says what was not checked.\nExit codes: 0 accepted, ${EXIT_CODES.TRUST_REFUSED} refused, ${EXIT_CODES.TRUST_UNDECIDED} could not tell.\nWith --rebuild: 0 made again the same, ${EXIT_CODES.TRUST_REFUSED} different, ${EXIT_CODES.TRUST_UNDECIDED} inputs or provenance are not to be had, or of another kind.`,
    )
    .argument(
      '[what]',
      'host/repository[:tag][@sha256:…], layout:./dir[:tag], oci-archive:f.tar[:tag], ./directory, model.gguf',
    )
    .action(async (what: string | undefined) =>
      start(async (session) => {
        const { own: options } = await read(session.path);
        if (options.schema === true) {
          const schema = policyJsonSchema();
          session.output.result({ json: schema, text: JSON.stringify(schema, undefined, 2) });
          return;
        }
        const { rebuild: how } = command.opts<{ readonly rebuild?: string | true }>();
        if (how !== undefined) {
          await rebuildCommand(session, what, how, options);
          return;
        }
        if (what === undefined) throw new SlipwayError('USAGE', 'nothing to verify is named', { try: EXAMPLE });
        const policy = await policyOf(session, options);
        const place = trustPlace(what, session.path);
        const report = await verify(session, place, policy, options);
        printReport(session, report, await attestAccepted(session, place, report, options));
      }),
    );
  command.option(
    '--rebuild [how]',
    'make it again from what its provenance names, and compare: everything, or sample:N tensors',
  );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    EXAMPLE,
    'pipeline verify harbor.example.com/models/qwen:q4_k_m --policy production.policy.yaml --json',
    'pipeline verify ./qwen --key release.pub',
    'pipeline verify --schema > policy.schema.json',
  );
}

/** `--rebuild` compares bytes. With keys or a policy those are asked first, and only provenance by their identities counts. */
async function rebuildCommand(
  session: Session,
  given: string | undefined,
  how: string | true,
  options: VerifyCommandOptions,
): Promise<void> {
  const { what, sample } = rebuildWish(given, how);
  const place = trustPlace(what, session.path);
  if (place.kind !== 'artifact')
    throw new SlipwayError('USAGE', `'${what}' names no artifact`, {
      try: 'pipeline verify host/repository:tag --rebuild',
    });
  const policy = saysWhomToTrust(options) ? await policyOf(session, options) : undefined;
  const verification = policy && (await verify(session, place, policy, options));
  if (verification !== undefined && verification.verdict !== 'accepted') {
    printReport(session, verification, undefined);
    return;
  }
  const { seed, source } = options;
  const report = await withContext(session, 'rebuild', async (context) =>
    rebuild(
      verification === undefined ? place.address : pinned(place.address, verification.digest),
      { ...(sample !== undefined && { sample }), seed, source, ...(policy !== undefined && { policy }) },
      context,
    ),
  );
  await printRebuild(session, place, { report, verification }, options);
}

/** What is to be made again, and how many tensors of it. */
function rebuildWish(
  given: string | undefined,
  how: string | true,
): { readonly what: string; readonly sample: number | undefined } {
  const sample = how === true ? undefined : /^sample:([1-9]\d{0,5})$/.exec(how)?.[1];
  // A flag with an optional value takes what stands behind it: the reference itself.
  const what = given ?? (how !== true && sample === undefined ? how : undefined);
  if (what === undefined || (given !== undefined && how !== true && sample === undefined)) {
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
    ...(verification !== undefined && { verification }),
  };
  const text = [
    ...(verification === undefined ? [] : [verifyText(verification, session.output.paint)]),
    rebuildText(report),
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

function saysWhomToTrust(options: VerifyCommandOptions): boolean {
  const { key = [], policy, certificateIdentity, certificateOidcIssuer, certificateChain } = options;
  const named = [policy, certificateIdentity, certificateOidcIssuer, certificateChain];
  return key.length > 0 || named.some((one) => one !== undefined);
}

async function policyOf(session: Session, options: VerifyCommandOptions): Promise<Policy> {
  const { key, policy, trustedRoot } = options;
  const keys: readonly Identity[] = [...(await keysOf(session, key)), ...(await certifiedOf(options))];
  if (policy === undefined && keys.length === 0) {
    throw new SlipwayError('USAGE', 'neither a key nor a policy says whom to trust', {
      try: [EXAMPLE, 'pipeline verify harbor.example.com/models/qwen:q4_k_m --policy production.policy.yaml'],
    });
  }
  const root = trustedRoot === undefined ? {} : { trustedRoot };
  if (policy === undefined) return { ...signaturePolicy(keys), ...root };
  const loaded = { ...(await loadPolicy(policy, session.env)), ...root };
  return keys.length === 0 ? loaded : { ...loaded, identities: keys };
}

/** The identity that the flags about certificates together name. */
async function certifiedOf({
  certificateIdentity: san,
  certificateOidcIssuer: issuer,
  certificateChain: chain,
}: VerifyCommandOptions): Promise<readonly Identity[]> {
  if (chain !== undefined) {
    if (issuer === undefined) return [await openAuthority(chain, basename(chain), san)];
    throw new SlipwayError('USAGE', 'an authority of your own and an issuer of tokens are both named', {
      try: '--certificate-chain FILE [--certificate-identity SAN]',
    });
  }
  if (san === undefined && issuer === undefined) return [];
  if (san !== undefined && issuer !== undefined) return [{ kind: 'certificate', name: san, issuer, san }];
  throw new SlipwayError('USAGE', 'a subject without its issuer says nothing, nor the other way round', {
    try: '--certificate-identity SAN --certificate-oidc-issuer URL',
  });
}

async function verify(
  session: Session,
  place: TrustPlace,
  policy: Policy,
  options: VerifyCommandOptions,
): Promise<VerifyReport> {
  const { signal } = session;
  const { signature } = options;
  switch (place.kind) {
    case 'artifact':
      return withContext(session, 'verify', async (context) =>
        answered(verifyReference(place.address, policy, context, { blobs: options.blobs === true })),
      );
    case 'directory': {
      const ignoreUnsigned = options.ignoreUnsignedFiles === true;
      return verifyDirectoryReport(place.path, signature ?? join(place.path, MODEL_SIGNATURE), policy, {
        ignoreUnsigned,
        ignored: options.ignorePaths ?? [],
        signal,
      });
    }
    case 'file':
      return verifyFileReport(place.path, signature ?? bundlePath(place.path), policy, { signal });
    default:
      return place satisfies never;
  }
}

/** Signs that it was accepted; what is not accepted is not attested. */
async function attestAccepted(
  session: Session,
  place: TrustPlace,
  report: Pick<VerifyReport, 'digest' | 'reference' | 'policy' | 'verdict' | 'verified'>,
  { attestKey, policy }: VerifyCommandOptions,
  rebuilt?: 'identical' | 'same-tensors',
): Promise<Attached | undefined> {
  if (attestKey === undefined || report.verdict !== 'accepted') return undefined;
  if (place.kind !== 'artifact')
    throw new SlipwayError('USAGE', '--attest-key is for artifacts: nothing can be attached to a directory or file', {
      try: EXAMPLE,
    });
  const signer = await sessionSigner(session, attestKey);
  const file = policy === undefined ? undefined : { uri: basename(policy), bytes: await readRegular(policy) };
  return withContext(session, 'attest', async (context) =>
    attestVerification(place.address, report, signer, { now: new Date(), policy: file, rebuilt }, context),
  );
}

/** The report is the result whatever it says; the exit code says it to scripts. */
function printReport(session: Session, report: VerifyReport, attested: Attached | undefined): void {
  const json = { ...report, attested };
  session.output.result({ json, text: verifyText(report, session.output.paint), quiet: report.verdict });
  if (report.verdict === 'refused') throw new ToldFailure(EXIT_CODES.TRUST_REFUSED);
  if (report.verdict === 'undecided') throw new ToldFailure(EXIT_CODES.TRUST_UNDECIDED);
}
